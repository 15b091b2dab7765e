/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control socket: lines in, one line out for each. One client at a time;
 * the next is served when it closes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "vcard.h"

#define LINE_MAX_BYTES 4200

static enum result set_address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(out->sun_path))
		return R_MALFORMED;
	strcpy(out->sun_path, path);
	return R_OK;
}

enum result control_open(struct vcard *v)
{
	struct sockaddr_un a;

	if (!v->control)
		return R_OK;
	if (set_address(v->control, &a) != R_OK)
		return R_MALFORMED;
	unlink(v->control);
	v->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (v->listener < 0 ||
	    bind(v->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(v->listener, 8) != 0)
		return R_INTERNAL;
	return R_OK;
}

void control_close(struct vcard *v)
{
	close_fd(&v->client);
	close_fd(&v->listener);
	if (v->control)
		unlink(v->control);
}

/* -- commands ------------------------------------------------------------- */

typedef enum result command_fn(struct vcard *v, const char *argument,
			       char *reply, size_t cap);

static enum result run_insert(struct vcard *v, const char *argument,
			      char *reply, size_t cap)
{
	(void)reply;
	(void)cap;
	if (argument[0] && card_load(&v->card, argument) != R_OK)
		return R_MALFORMED;
	v->inserted = true;
	return v->reader < 0 ? reader_connect(v) : R_OK;
}

static enum result run_remove(struct vcard *v, const char *argument,
			      char *reply, size_t cap)
{
	(void)argument;
	(void)reply;
	(void)cap;
	v->inserted = false;
	reader_disconnect(v);
	return R_OK;
}

static enum result run_swap(struct vcard *v, const char *argument,
			    char *reply, size_t cap)
{
	(void)reply;
	(void)cap;
	return vcard_swap(v, argument);
}

/* The next power-on or reset finds another chip: no removal is seen. */
static enum result run_load(struct vcard *v, const char *argument, char *reply,
			    size_t cap)
{
	(void)reply;
	(void)cap;
	if (!argument[0] || strlen(argument) >= sizeof(v->load_at_reset))
		return R_MALFORMED;
	strcpy(v->load_at_reset, argument);
	return R_OK;
}

static enum result run_slow(struct vcard *v, const char *argument, char *reply,
			    size_t cap)
{
	(void)reply;
	(void)cap;
	v->slow_ms = (unsigned int)strtoul(argument, NULL, 10);
	return R_OK;
}

static enum result run_link(struct vcard *v, const char *argument, char *reply,
			    size_t cap)
{
	const struct link *l = link_by_name(argument);

	(void)reply;
	(void)cap;
	v->link = l ? l : v->link;
	return l ? R_OK : R_MALFORMED;
}

static enum result run_clear(struct vcard *v, const char *argument,
			     char *reply, size_t cap)
{
	(void)argument;
	(void)reply;
	(void)cap;
	memset(v->faults, 0, sizeof(v->faults));
	v->slow_ms = 0;
	v->load_at_reset[0] = 0;
	return R_OK;
}

static enum result run_reset(struct vcard *v, const char *argument,
			     char *reply, size_t cap)
{
	(void)argument;
	(void)reply;
	(void)cap;
	v->apdus = 0;
	v->waited_us = 0;
	v->sent = v->received = 0;
	return R_OK;
}

static enum result run_stats(struct vcard *v, const char *argument,
			     char *reply, size_t cap)
{
	(void)argument;
	snprintf(reply, cap, "apdus=%u last=%u sent=%zu received=%zu powered=%u "
		 "inserted=%d power=%d channel=%d waited_us=%llu", v->apdus,
		 v->apdus ? v->apdus : v->apdus_before, v->sent, v->received, v->powered, v->reader >= 0, v->power,
		 v->card.sm.on, (unsigned long long)v->waited_us);
	return R_OK;
}

static enum result run_quit(struct vcard *v, const char *argument, char *reply,
			    size_t cap)
{
	(void)argument;
	(void)reply;
	(void)cap;
	v->quit = true;
	return R_OK;
}

static const struct {
	const char *name;
	command_fn *run;
} commands[] = {
	{ "insert", run_insert }, { "remove", run_remove },
	{ "swap", run_swap },     { "load", run_load },
	{ "slow", run_slow },     { "link", run_link },
	{ "clear", run_clear },   { "reset", run_reset },
	{ "stats", run_stats },   { "quit", run_quit },
};

void control_run(struct vcard *v, const char *line, char *reply, size_t cap)
{
	size_t n = strcspn(line, " ");
	const char *argument = line + n + (line[n] ? 1 : 0);
	char text[256] = "";
	enum result r = fault_add(v, line);

	for (size_t i = 0; r == R_ABSENT &&
	     i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].name) != n ||
		    memcmp(commands[i].name, line, n) != 0)
			continue;
		r = commands[i].run(v, argument, text, sizeof(text));
		if (r == R_ABSENT)
			r = R_TIMEOUT;	/* the reader, not the command */
	}
	if (r == R_OK)
		snprintf(reply, cap, "ok%s%s", text[0] ? " " : "", text);
	else
		snprintf(reply, cap, "error %s", r == R_ABSENT
			 ? "no such command" : result_name(r));
}

/* -- the socket ----------------------------------------------------------- */

static void serve_line(struct vcard *v, const char *line)
{
	char reply[512];
	size_t n;

	control_run(v, line, reply, sizeof(reply) - 1);
	n = strlen(reply);
	reply[n++] = '\n';
	if (send(v->client, reply, n, MSG_NOSIGNAL) < 0)
		close_fd(&v->client);
}

void control_serve(struct vcard *v, bool accept_ready, bool client_ready)
{
	char buf[LINE_MAX_BYTES], *line, *save = NULL;
	ssize_t n;

	if (accept_ready && v->client < 0)
		v->client = accept4(v->listener, NULL, NULL, SOCK_CLOEXEC);
	if (!client_ready)
		return;
	n = recv(v->client, buf, sizeof(buf) - 1, 0);
	if (n <= 0) {
		close_fd(&v->client);
		return;
	}
	buf[n] = 0;
	line = strtok_r(buf, "\n", &save);
	for (; line && v->client >= 0; line = strtok_r(NULL, "\n", &save))
		serve_line(v, line);
}

int control_send(const char *path, const char *line)
{
	struct sockaddr_un a;
	char reply[512];
	ssize_t n = -1;
	scoped(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					 0);

	if (set_address(path, &a) != R_OK || fd < 0 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    dprintf(fd, "%s\n", line) < 0 ||
	    (n = recv(fd, reply, sizeof(reply) - 1, 0)) <= 0) {
		fprintf(stderr, "vcard: nobody answers at %s\n", path);
		return 1;
	}
	reply[n] = 0;
	fputs(reply, stdout);
	return strncmp(reply, "ok", 2) == 0 ? 0 : 1;
}
