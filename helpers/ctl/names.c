// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/names.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/ctl.h"
#include "ctl/names_source.h"

#define NSSWITCH "/etc/nsswitch.conf"
#define NSSWITCH_MAX (64 * 1024)
#define OURS "cnie"

/* -- nsswitch.conf(5) ---------------------------------------------------------- */

static enum result add(struct names_sources *s, const char *name, size_t n)
{
	if (n == 0 || n >= sizeof(s->at[0]))
		return R_MALFORMED;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' &&
		    name[i] != '-' && name[i] != '.')
			return R_MALFORMED;
	if (n == strlen(OURS) && !memcmp(name, OURS, n))
		return R_OK;
	for (size_t i = 0; i < s->n; i++)
		if (strlen(s->at[i]) == n && !memcmp(s->at[i], name, n))
			return R_OK;
	if (s->n == NAMES_MAX)
		return R_MALFORMED;
	memcpy(s->at[s->n], name, n);
	s->at[s->n++][n] = '\0';
	return R_OK;
}

/* The words of one line, which ends at `end`. */
static enum result add_line(struct names_sources *s, const char *p,
			    const char *end)
{
	enum result r = R_OK;

	while (r == R_OK && p < end) {
		const char *from = p;

		if (isspace((unsigned char)*p)) {
			p++;
		} else if (*p == '[') {
			while (p < end && *p != ']')
				p++;
			p += p < end;
		} else {
			while (p < end && !isspace((unsigned char)*p) &&
			       *p != '[')
				p++;
			r = add(s, from, (size_t)(p - from));
		}
	}
	return r;
}

/* Every line of the database: which of two glibc takes is its own affair. */
static enum result add_lines(struct names_sources *s, const char *text,
			     const char *database, const char *otherwise)
{
	size_t n = strlen(database);
	bool any = false;
	enum result r = R_OK;

	while (r == R_OK && *text) {
		const char *p = text + strspn(text, " \t");
		const char *next = text + strcspn(text, "\n");
		const char *end = text + strcspn(text, "#\n");

		text = next + (*next == '\n');
		if (strncmp(p, database, n))
			continue;
		p += n + strspn(p + n, " \t");
		if (p >= end || *p != ':')
			continue;
		any = true;
		r = add_line(s, p + 1, end);
	}
	return r == R_OK && !any ? add(s, otherwise, strlen(otherwise)) : r;
}

static bool take_out(struct names_sources *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->at[i], name))
			continue;
		memmove(s->at[i], s->at[i + 1],
			(s->n - i - 1) * sizeof(s->at[0]));
		s->n--;
		return true;
	}
	return false;
}

enum result names_sources(const char *text, const char *database,
			  struct names_sources *out)
{
	struct names_sources s = { 0 };
	char compat[32];
	enum result r = add_lines(&s, text, database, "files");

	if (r == R_OK && take_out(&s, "compat")) {
		r = add(&s, "files", strlen("files"));
		snprintf(compat, sizeof(compat), "%s_compat", database);
		if (r == R_OK)
			r = add_lines(&s, text, compat, "nis");
		take_out(&s, "compat");
	}
	if (r == R_OK)
		*out = s;
	return r;
}

/* -- asking ---------------------------------------------------------------------- */

/* A module that ends the process is no answer: not with exit(1) either. */
#define EXIT_BASE 100

struct asked {
	pid_t pid;
	int pidfd;
};

/* R_INTERNAL where no process can be made. */
static enum result start(const char *source, const struct names_question *q,
			 struct asked *out)
{
	pid_t pid = fork();

	if (pid < 0)
		return R_INTERNAL;
	if (pid == 0) {
		/* a module may do as it likes; ours stay out of its reach */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (close_range(3, ~0U, 0))
			_exit(EXIT_BASE + VERDICT_SILENT);
		_exit(EXIT_BASE + (int)names_source_ask(source, q));
	}
	*out = (struct asked){ pid, pidfd_open(pid, 0) };
	return R_OK;
}

static enum verdict hear(struct asked *a, int64_t deadline)
{
	struct pollfd p = { .fd = a->pidfd, .events = POLLIN };
	int64_t left = deadline - mono_ms();
	int status = 0;

	if (a->pidfd < 0 || poll(&p, 1, left > 0 ? (int)left : 0) != 1)
		kill(a->pid, SIGKILL);
	close_fd(&a->pidfd);
	/* one that can't even be killed is left to itself */
	if (waitpid(a->pid, &status, WNOHANG) != a->pid ||
	    !WIFEXITED(status))
		return VERDICT_SILENT;
	switch (WEXITSTATUS(status)) {
	case EXIT_BASE + VERDICT_FREE:
		return VERDICT_FREE;
	case EXIT_BASE + VERDICT_TAKEN:
		return VERDICT_TAKEN;
	}
	return VERDICT_SILENT;
}

/* The worst answer counts, the first of its kind. */
static void judge(struct msg_verdict *out, enum verdict v, const char *source)
{
	if (v == VERDICT_FREE || out->verdict == VERDICT_TAKEN ||
	    out->verdict == v)
		return;
	out->verdict = (uint8_t)v;
	snprintf(out->source, sizeof(out->source), "%s", source);
}

static void ask_all(const struct names_sources *s,
		    const struct names_question *q, struct msg_verdict *out)
{
	struct asked asked[NAMES_MAX];
	enum result r[NAMES_MAX];
	int64_t deadline = mono_ms() + NAMES_WAIT_MS;

	fflush(NULL);
	for (size_t i = 0; i < s->n; i++)
		r[i] = start(s->at[i], q, &asked[i]);
	for (size_t i = 0; i < s->n; i++)
		judge(out, r[i] == R_OK ? hear(&asked[i], deadline) :
					  VERDICT_SILENT, s->at[i]);
}

/* Symbolic links are followed: many distributions' nsswitch.conf is one. */
static enum result read_nsswitch(char *text, size_t cap)
{
	FILE *in = fopen(NSSWITCH, "re");
	size_t n;

	if (!in)
		return errno == ENOENT ? R_ABSENT : R_INTERNAL;
	n = fread(text, 1, cap, in);
	if (ferror(in) || n == cap) {
		fclose(in);
		return R_INTERNAL;
	}
	fclose(in);
	text[n] = '\0';
	return R_OK;
}

void names_ask(const struct names_question *q, struct msg_verdict *out)
{
	static char text[NSSWITCH_MAX];
	struct names_sources s;
	struct msg_verdict v = { .verdict = VERDICT_FREE };
	enum result r;

	text[0] = '\0';
	r = read_nsswitch(text, sizeof(text));
	if (r == R_OK || r == R_ABSENT)
		r = names_sources(text, q->group ? "group" : "passwd", &s);
	if (r == R_OK)
		ask_all(&s, q, &v);
	else
		judge(&v, VERDICT_SILENT, "nsswitch.conf");
	*out = v;
}

/* -- for the subcommands ----------------------------------------------------------- */

static void complain_silent(const struct msg_verdict *v)
{
	complain("%s, a source of " NSSWITCH ", does not answer: whether a "
		 "name or number is free can't be known (getent -s %s passwd "
		 "root)", v->source, v->source);
}

enum result names_candidate(void *ctx, const struct msg_candidate *m,
			    struct msg_verdict *out)
{
	const struct names_question q = { .name = m->name, .id = m->uid };

	(void)ctx;
	names_ask(&q, out);
	if (out->verdict == VERDICT_SILENT)
		complain_silent(out);
	return R_OK;
}

int names_must_be_free(const struct names_question *q)
{
	struct msg_verdict v;

	names_ask(q, &v);
	if (v.verdict == VERDICT_SILENT)
		complain_silent(&v);
	if (v.verdict == VERDICT_TAKEN)
		complain("%s: %s, a source of " NSSWITCH ", knows this name or "
			 "number already (%s)", q->name, v.source,
			 reason_row(REASON_NAME_TAKEN)->code);
	refuse_if(v.verdict != VERDICT_FREE, CTL_REFUSED);
	return CTL_DONE;
}
