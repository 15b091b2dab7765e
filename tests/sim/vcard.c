/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vcard: a simulated eMRTD in pcscd's virtual reader (vpcd). It ends when the
 * reader's host closes the connection, on SIGTERM, or when told to quit.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "vcard.h"

static int usage(FILE *to)
{
	fputs("usage: vcard --card DIR [options]\n"
	      "       vcard --control PATH --send 'COMMAND'\n"
	      "  --host 127.0.0.1  --port 35963   the virtual reader\n"
	      "  --absent          start without the card in the reader\n"
	      "  --link ideal|contact|nfc424\n"
	      "  --control PATH    UNIX socket for commands\n"
	      "  --run 'COMMAND'   as if sent before the start; repeatable\n"
	      "  --verbose         print each APDU\n"
	      "commands: insert [DIR], remove, swap DIR, load DIR (found at"
	      " the next reset),\n"
	      "  slow MS, link NAME, clear, reset, stats, quit;\n"
	      "at APDU N, counted from power-on: remove-at N, remove-after N,"
	      " swap-at N DIR,\n"
	      "  slip-at N DIR (another chip, no removal seen), silent-at N,"
	      " mac-at N, plain-at N,\n"
	      "  sw-at N HEX, sw-from N HEX, loop61-at N, loop6c-at N,"
	      " short-at N,\n"
	      "  replay-at N (the answer before it again),"
	      " trickle-at N MS (from there on,\n"
	      "  MS before each byte)\n", to);
	return to == stdout ? 0 : 2;
}

struct arguments {
	const char *card, *send;
	const char *run[FAULTS_MAX];
	size_t runs;
};

static int parse_options(int argc, char **argv, struct vcard *v,
			 struct arguments *a)
{
	static const struct option options[] = {
		{ "card", 1, NULL, 'c' },    { "host", 1, NULL, 'H' },
		{ "port", 1, NULL, 'p' },    { "link", 1, NULL, 'l' },
		{ "control", 1, NULL, 'k' }, { "absent", 0, NULL, 'a' },
		{ "run", 1, NULL, 'r' },     { "send", 1, NULL, 's' },
		{ "verbose", 0, NULL, 'v' }, { "help", 0, NULL, 'h' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'c': a->card = optarg; break;
		case 'H': v->host = optarg; break;
		case 'p': v->port = optarg; break;
		case 'l': v->link = link_by_name(optarg); break;
		case 'k': v->control = optarg; break;
		case 'a': v->inserted = false; break;
		case 's': a->send = optarg; break;
		case 'v': v->verbose = true; break;
		case 'r':
			if (a->runs < FAULTS_MAX)
				a->run[a->runs++] = optarg;
			break;
		default: return usage(c == 'h' ? stdout : stderr);
		}
	}
	if (optind != argc || !v->link || (a->send ? !v->control : !a->card))
		return usage(stderr);
	return -1;
}

static enum result start(struct vcard *v, const struct arguments *a)
{
	char reply[512];

	if (card_load(&v->card, a->card) != R_OK) {
		fprintf(stderr, "vcard: %s is no card\n", a->card);
		return R_MALFORMED;
	}
	for (size_t i = 0; i < a->runs; i++) {
		control_run(v, a->run[i], reply, sizeof(reply));
		if (strncmp(reply, "ok", 2) != 0) {
			fprintf(stderr, "vcard: %s: %s\n", a->run[i], reply);
			return R_MALFORMED;
		}
	}
	if (control_open(v) != R_OK) {
		fprintf(stderr, "vcard: can't listen at %s\n", v->control);
		return R_INTERNAL;
	}
	if (v->inserted && reader_connect(v) != R_OK) {
		fprintf(stderr, "vcard: no virtual reader at %s:%s\n", v->host,
			v->port);
		return R_ABSENT;
	}
	puts("vcard: ready");
	fflush(stdout);
	return R_OK;
}

/* The host closed: end, unless it was we who pulled the card. */
static enum result serve(struct vcard *v, int signals)
{
	while (!v->quit) {
		struct pollfd p[4] = {
			{ signals, POLLIN, 0 }, { v->reader, POLLIN, 0 },
			{ v->client < 0 ? v->listener : -1, POLLIN, 0 },
			{ v->client, POLLIN, 0 },
		};

		if (poll(p, 4, -1) < 0 && errno != EINTR)
			return R_INTERNAL;
		if (p[0].revents)
			return R_OK;
		if (p[2].revents || p[3].revents)
			control_serve(v, p[2].revents, p[3].revents);
		/* a command may just have closed or replaced the reader */
		else if (p[1].revents && reader_serve(v) != R_OK)
			return R_OK;
	}
	return R_OK;
}

int main(int argc, char **argv)
{
	struct vcard v = {
		.host = "127.0.0.1", .port = "35963", .reader = -1,
		.listener = -1, .client = -1, .inserted = true,
		.link = link_by_name("ideal"),
	};
	struct arguments a = { 0 };
	sigset_t set;
	enum result r;
	int done;

	card_init(&v.card);
	done = parse_options(argc, argv, &v, &a);
	if (done >= 0)
		return done;
	if (a.send)
		return control_send(v.control, a.send);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	scoped(close_fd) int signals = signalfd(-1, &set, SFD_CLOEXEC);
	r = signals < 0 ? R_INTERNAL : start(&v, &a);
	if (r == R_OK)
		r = serve(&v, signals);
	reader_disconnect(&v);
	control_close(&v);
	blob_free(&v.last);
	card_done(&v.card);
	return r == R_OK ? 0 : 1;
}
