/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * driver: plays cnied for the pair cnie-card and cnie-inspect. It starts both
 * beside itself, sends their configuration, prints what they say one line
 * each, and takes number and portrait in place of cnie-sector and cnie-face.
 * For faults, measurements and independent cards; root is needed.
 *
 * Exit status: 0 all came, 1 a helper failed, 2 usage, 3 it hung.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/channel.h"
#include "base/spawn.h"

#define TEST_UID 65534
#define HANG_MS 20000

struct driver {
	struct msg_card_config card_config;
	struct msg_inspect_config config;
	struct msg_inspect_go go;
	enum proceed last;
	bool only_facts;	/* stop after the facts, as policy would */
	int kill_at;		/* stage after which to kill kill_who */
	char kill_who;
	int delay_ms;		/* between card and GO, as a person types */
	uint64_t now;
	uint32_t uid;
	pid_t card, inspect;
	int card_control, inspect_control, portrait, number;
	uint8_t buf[WIRE_PORTRAIT_MAX];
};

static const char *const stages[STAGE_COUNT] = {
	"none", "access-file", "pace", "select", "sod", "dg14",
	"passive-auth", "chip-proof", "dg1", "dg2",
};

_Noreturn static void die(const char *what)
{
	printf("error %s\n", what);
	exit(3);
}

/* Our end of a new channel; the other end goes to a child. */
static int channel(struct spawn_fd *to, int number)
{
	int pair[2];

	if (chan_pair(pair) != R_OK)
		die("socketpair");
	*to = (struct spawn_fd){ pair[1], number };
	return pair[0];
}

static pid_t start(enum helper_kind kind, const struct spawn_fd *fds, size_t n,
		   struct driver *d, int control)
{
	struct msg_helper_start m = { d->uid, d->uid, 0, d->now };
	pid_t pid;

	if (spawn_helper(kind, fds, n, &pid) != R_OK)
		die("spawn");
	if (chan_send(control, MSG_HELPER_START, &m) != R_OK)
		die("start");
	return pid;
}

static void start_both(struct driver *d)
{
	struct spawn_fd c[2], i[4];
	int apdu[2];
	bool with_card = d->config.mode != INSPECT_CSCA;

	if (chan_pair(apdu) != R_OK)
		die("socketpair");
	d->card_control = channel(&c[0], FD_CONTROL);
	c[1] = (struct spawn_fd){ apdu[0], FD_APDU };
	d->inspect_control = channel(&i[0], FD_CONTROL);
	i[1] = (struct spawn_fd){ apdu[1], FD_APDU };
	d->portrait = channel(&i[2], FD_PORTRAIT);
	d->number = channel(&i[3], FD_NUMBER);
	if (with_card) {
		d->card = start(HELPER_CARD, c, 2, d, d->card_control);
		if (chan_send(d->card_control, MSG_CARD_CONFIG,
			      &d->card_config) != R_OK)
			die("card config");
	}
	d->inspect = start(HELPER_INSPECT, i, 4, d, d->inspect_control);
	if (chan_send(d->inspect_control, MSG_INSPECT_CONFIG, &d->config) !=
	    R_OK)
		die("inspect config");
	close(apdu[0]);
	close(apdu[1]);
	for (size_t k = 0; k < 4; k++)
		if (k != 1)
			close(i[k].from);
	close(c[0].from);
}

static void print_fail(const char *who, struct span in)
{
	struct msg_helper_fail m;

	if (wire_get(in, MSG_HELPER_FAIL, &m) != R_OK || m.stage >= STAGE_COUNT)
		die("fail message");
	printf("fail %s %s sw=%04x stage=%s: %s\n", who,
	       reason_row(m.reason)->code, m.sw, stages[m.stage],
	       reason_row(m.reason)->text);
}

static void kill_now(struct driver *d, int stage)
{
	if (d->kill_at != stage)
		return;
	kill(d->kill_who == 'c' ? d->card : d->inspect, SIGKILL);
	d->kill_at = -1;
}

static void go(struct driver *d)
{
	struct timespec t = { d->delay_ms / 1000,
			      d->delay_ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
	if (chan_send(d->inspect_control, MSG_INSPECT_GO, &d->go) != R_OK)
		printf("gone inspect\n");
}

/* false: this side has ended. */
static bool on_card(struct driver *d, struct span in, bool *present)
{
	static const char *const events[] = { "", "waiting", "lying-there",
					      "present", "found" };
	struct msg_card_state m;

	switch (wire_type(in)) {
	case MSG_HELPER_READY:
		return true;
	case MSG_CARD_STATE:
		if (wire_get(in, MSG_CARD_STATE, &m) != R_OK ||
		    m.event < CARD_WAITING || m.event > CARD_FOUND)
			die("card state");
		printf("card %s %s\n", events[m.event], m.reader);
		*present = m.event == CARD_PRESENT;
		if (*present)
			kill_now(d, STAGE_NONE);
		return true;
	case MSG_HELPER_FAIL:
		print_fail("card", in);
		return false;
	default:
		die("card said something else");
	}
}

static void print_facts(struct span in)
{
	struct msg_inspect_facts f;

	if (wire_get(in, MSG_INSPECT_FACTS, &f) != R_OK)
		die("facts");
	printf("facts flags=%03x proof=%u channel=%u password=%u dgs=%04x"
	       " expiry=%u state=%s profile=%s\n", f.flags, f.proof, f.channel,
	       f.password, f.data_groups, f.expiry, f.state, f.profile);
	printf("facts pace=%s/%s proof=%s signature=%s digest=%s\n", f.pace,
	       f.pace_curve, f.proof_curve, f.signature, f.digest);
	printf("facts anchor=%.16s... %s\n", f.anchor, f.anchor_name);
}

static void proceed(struct driver *d, enum proceed what)
{
	struct msg_inspect_proceed m = { (uint8_t)what };

	if (chan_send(d->inspect_control, MSG_INSPECT_PROCEED, &m) != R_OK)
		printf("gone inspect\n");
}

static bool on_stage(struct driver *d, struct span in)
{
	struct msg_inspect_stage m;

	if (wire_get(in, MSG_INSPECT_STAGE, &m) != R_OK ||
	    m.stage >= STAGE_COUNT)
		die("stage");
	printf("stage %-12s apdus=%-3u sent=%-5u received=%-6u us=%u\n",
	       stages[m.stage], m.apdus, m.sent, m.received, m.us);
	kill_now(d, m.stage);
	return true;
}

static bool on_inspect(struct driver *d, struct span in, bool *ready,
		       bool *ok)
{
	struct msg_helper_ready r;
	struct msg_inspect_done done;

	switch (wire_type(in)) {
	case MSG_HELPER_READY:
		if (wire_get(in, MSG_HELPER_READY, &r) != R_OK)
			die("ready");
		printf("ready inspect us=%u\n", r.load_us);
		*ready = true;
		return true;
	case MSG_INSPECT_STAGE:
		return on_stage(d, in);
	case MSG_INSPECT_FACTS:
		print_facts(in);
		if (d->only_facts)
			return false;
		proceed(d, d->config.mode == INSPECT_LOGIN ? PROCEED_NUMBER :
							     d->last);
		return true;
	case MSG_INSPECT_DONE:
		if (wire_get(in, MSG_INSPECT_DONE, &done) != R_OK)
			die("done");
		printf("done apdus=%u sent=%u received=%u anchors=%u\n",
		       done.apdus, done.sent, done.received, done.anchors);
		*ok = true;
		return false;
	case MSG_HELPER_FAIL:
		print_fail("inspect", in);
		return false;
	default:
		die("inspect said something else");
	}
}

static void on_number(struct driver *d, struct span in)
{
	struct msg_number m;

	if (wire_get(in, MSG_NUMBER, &m) != R_OK)
		die("number");
	printf("number %s %s document=%s expiry=%s\n", m.state, m.number,
	       m.document, m.expiry);
	proceed(d, d->last);
}

static void on_portrait(struct span in)
{
	struct msg_portrait m;

	if (wire_get(in, MSG_PORTRAIT, &m) != R_OK)
		die("portrait");
	printf("portrait format=%u bytes=%zu\n", m.format, m.image.n);
}

/* One packet that is there; R_TIMEOUT: none yet, R_ABSENT: its end. */
static enum result packet(struct driver *d, int fd, struct span *in)
{
	enum result r = chan_recv(fd, d->buf, sizeof(d->buf), mono_ms(), in);

	if (r != R_OK && r != R_ABSENT && r != R_TIMEOUT)
		die("channel");
	return r;
}

enum { P_CARD, P_INSPECT, P_NUMBER, P_PORTRAIT, P_COUNT };

static bool run(struct driver *d)
{
	struct pollfd p[P_COUNT] = {
		{ d->card_control, POLLIN, 0 },
		{ d->inspect_control, POLLIN, 0 },
		{ d->number, POLLIN, 0 }, { d->portrait, POLLIN, 0 },
	};
	bool present = d->config.mode == INSPECT_CSCA, ready = false;
	bool ok = false, gone = d->config.mode == INSPECT_CSCA;
	struct span in;

	while (p[P_INSPECT].fd >= 0) {
		if (poll(p, P_COUNT, HANG_MS + (int)d->card_config.wait_ms) <=
		    0)
			die("nobody says anything");
		for (int i = P_COUNT - 1; i >= 0; i--) {
			bool more = true;

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			if (packet(d, p[i].fd, &in) != R_OK)
				more = false;
			else if (i == P_CARD)
				more = on_card(d, in, &present);
			else if (i == P_INSPECT)
				more = on_inspect(d, in, &ready, &ok);
			else if (i == P_NUMBER)
				on_number(d, in);
			else
				on_portrait(in);
			if (!more)
				p[i].fd = -1;
			fflush(stdout);
		}
		/* a card that ends before it was asked anything */
		if (p[P_CARD].fd < 0 && !gone && !present)
			return false;
		if (present && ready && !gone) {
			gone = true;
			go(d);
		}
	}
	if (ok && packet(d, d->portrait, &in) == R_OK)
		on_portrait(in);
	return ok;
}

static void reap(pid_t pid, const char *name)
{
	int status;

	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		return;
	if (WIFSIGNALED(status))
		printf("exit %s signal %d\n", name, WTERMSIG(status));
	else
		printf("exit %s %d\n", name, WEXITSTATUS(status));
}

/*
 * Tell cnie-card to end and hear its last word. It may have gone already:
 * our word, unread, then gives an error once before what it said can be read.
 */
static void end_card(struct driver *d)
{
	struct msg_card_end end = { 0 };
	uint8_t buf[WIRE_MAX + 1];
	struct span in;

	if (chan_send(d->card_control, MSG_CARD_END, &end) != R_OK)
		printf("gone card\n");
	for (int ends = 0; ends < 2;) {
		if (chan_recv(d->card_control, buf, sizeof(buf),
			      mono_ms() + HANG_MS, &in) != R_OK)
			ends++;
		else if (wire_type(in) == MSG_HELPER_FAIL)
			print_fail("card", in);
	}
	close(d->card_control);
}

static void finish(struct driver *d)
{
	if (d->card > 0)
		end_card(d);
	close(d->inspect_control);
	reap(d->card, "card");
	reap(d->inspect, "inspect");
}

static int usage(void)
{
	fputs("usage: driver --csca DIR [options]\n"
	      "  --can N | --mrz KEY   --reader NAME  --ignore LIST\n"
	      "  --state UTO --country UT --codes ID,I --aid HEX\n"
	      "  --number REGEX --in-document --any-proof --max BYTES\n"
	      "  --mode login|only|csca   --finish  --facts  --fresh\n"
	      "  --wait MS  --delay MS  --now SECONDS  --uid N\n"
	      "  --kill card|inspect --after STAGE-NUMBER\n", stderr);
	return 2;
}

static void put(char *field, size_t cap, const char *value)
{
	if ((size_t)snprintf(field, cap, "%s", value) >= cap)
		die("an argument is too long");
}
#define PUT(field) put(field, sizeof(field), optarg)

static bool set_mode(struct driver *d, const char *mode)
{
	static const struct { const char *name; enum inspect_mode m; } m[] = {
		{ "login", INSPECT_LOGIN }, { "only", INSPECT_ONLY },
		{ "csca", INSPECT_CSCA },
	};

	for (size_t i = 0; i < sizeof(m) / sizeof(m[0]); i++)
		if (strcmp(m[i].name, mode) == 0) {
			d->config.mode = (uint8_t)m[i].m;
			return true;
		}
	return false;
}

static const struct option options[] = {
	{ "csca", 1, NULL, 'c' }, { "can", 1, NULL, 'p' },
	{ "mrz", 1, NULL, 'm' }, { "reader", 1, NULL, 'r' },
	{ "ignore", 1, NULL, 'i' }, { "state", 1, NULL, 's' },
	{ "country", 1, NULL, 'C' }, { "codes", 1, NULL, 'd' },
	{ "aid", 1, NULL, 'a' }, { "number", 1, NULL, 'n' },
	{ "in-document", 0, NULL, 'D' }, { "any-proof", 0, NULL, 'P' },
	{ "max", 1, NULL, 'M' }, { "mode", 1, NULL, 'o' },
	{ "finish", 0, NULL, 'f' }, { "facts", 0, NULL, 'F' },
	{ "fresh", 0, NULL, 'R' }, { "wait", 1, NULL, 'w' },
	{ "delay", 1, NULL, 'y' }, { "now", 1, NULL, 't' },
	{ "uid", 1, NULL, 'u' }, { "kill", 1, NULL, 'k' },
	{ "after", 1, NULL, 'A' }, { 0 }
};

static bool one_option(struct driver *d, int c)
{
	switch (c) {
	case 'c': PUT(d->config.csca_dir); break;
	case 'm': d->go.kind = PASSWORD_MRZ; PUT(d->go.password); break;
	case 'p': d->go.kind = PASSWORD_CAN; PUT(d->go.password); break;
	case 'r': PUT(d->card_config.reader); break;
	case 'i': PUT(d->card_config.ignore); break;
	case 's': PUT(d->config.state); break;
	case 'C': PUT(d->config.country); break;
	case 'd': PUT(d->config.document_codes); break;
	case 'a': PUT(d->config.aid); break;
	case 'n': PUT(d->config.number_regex); break;
	case 'D': d->config.flags |= PROFILE_NUMBER_IN_DOCUMENT;
		  d->config.flags &= ~(uint32_t)PROFILE_NUMBER_IN_OPTIONAL1;
		  break;
	case 'P': d->config.flags &= ~(uint32_t)PROFILE_REQUIRE_CHIP_PROOF;
		  break;
	case 'M': d->config.file_max = (uint32_t)atol(optarg); break;
	case 'o': return set_mode(d, optarg);
	case 'f': d->last = PROCEED_FINISH; break;
	case 'F': d->only_facts = true; break;
	case 'R': d->card_config.fresh = 1; break;
	case 'w': d->card_config.wait_ms = (uint32_t)atol(optarg); break;
	case 'y': d->delay_ms = atoi(optarg); break;
	case 't': d->now = strtoull(optarg, NULL, 10); break;
	case 'u': d->uid = (uint32_t)atol(optarg); break;
	case 'k': d->kill_who = optarg[0]; break;
	case 'A': d->kill_at = atoi(optarg); break;
	default: return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct driver d = {
		.config = {
			.mode = INSPECT_LOGIN, .profile = "driver",
			.flags = PROFILE_REQUIRE_CHIP_PROOF |
				 PROFILE_NUMBER_IN_OPTIONAL1,
			.state = "UTO", .country = "UT",
			.document_codes = "ID,I", .aid = "A0000002471001",
			.number_regex = "[A-Z]{1,2}[0-9]{1,7}",
			.file_max = 32768,
		},
		.go = { .kind = PASSWORD_CAN, .password = "123456" },
		.card_config = { .wait_ms = 3000 },
		.last = PROCEED_PORTRAIT, .kill_at = -1, .uid = TEST_UID,
	};
	bool ok;
	int c;

	d.now = (uint64_t)time(NULL);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!one_option(&d, c))
			return usage();
	if (optind != argc || !d.config.csca_dir[0])
		return usage();
	signal(SIGPIPE, SIG_IGN);
	start_both(&d);
	ok = run(&d);
	finish(&d);
	return ok ? 0 : 1;
}
