// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * An application of PAM for tests and the demo: one login through libpam and
 * a private service directory, every line it was shown, every code it got.
 *
 *	pamlogin --service-dir DIR --service NAME [--user NAME]
 *	         [--answers-fd N] [--rhost H] [--tty T] [--silent] [--acct]
 *	         [--as UID] [--euid UID] [--times]
 *
 * Answers come from a descriptor, never from the arguments (others can read
 * those): lines `can 123456`, `mrz NUMBER BIRTH EXPIRY`, `pin 1234` and
 * `code some words`, `pass abcde-23456`. A prompt takes the next
 * line of its kind, and waits for it; at the end of the file, and for a line
 * with nothing after the kind, the answer is empty.
 *
 * --acct   the account phase alone, as sshd does for a key
 * --as     real uid UID, effective 0: what su and sudo are
 * --euid   wholly UID: a locker in its user's session
 * --times  put milliseconds since the start before each line
 *
 * Exit status: 0 all phases succeeded, 10 + PAM code otherwise, 2 usage.
 */
#include <errno.h>
#include <getopt.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 256
#define LINES_MAX 16

struct answer {
	char line[LINE_MAX_LEN];	/* SECRET: wiped at the end */
	bool used;
};

struct session {
	const char *dir, *service, *user, *rhost, *tty;
	int answers_fd;		/* -1 none */
	bool silent, acct, times;
	long as, euid;		/* -1 unchanged */
	struct timespec begin;
	struct answer answers[LINES_MAX];
	size_t read;
};

__attribute__((format(printf, 2, 3)))
static void say(const struct session *s, const char *fmt, ...)
{
	struct timespec now;
	va_list args;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (s->times)
		printf("%6ld ms  ", (now.tv_sec - s->begin.tv_sec) * 1000 +
		       (now.tv_nsec - s->begin.tv_nsec) / 1000000);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* -- answers --- */

/* One line from the descriptor, byte by byte: what follows may be for others. */
static bool read_line(int fd, char *line)
{
	size_t n = 0;
	char c = 0;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n')
			break;
		if (n < LINE_MAX_LEN - 1)
			line[n++] = c;
	}
	line[n] = '\0';
	return n > 0 || c == '\n';
}

/* What stands after the kind, or NULL where the line is of another. */
static const char *of_kind(const char *line, const char *kind)
{
	size_t n = strlen(kind);

	if (strncmp(line, kind, n) != 0)
		return NULL;
	if (line[n] == '\0')
		return line + n;
	return line[n] == ' ' ? line + n + 1 : NULL;
}

static const char *next_answer(struct session *s, const char *kind)
{
	for (size_t i = 0; i < LINES_MAX; i++) {
		const char *text;

		if (i == s->read) {
			if (s->answers_fd < 0 ||
			    !read_line(s->answers_fd, s->answers[i].line))
				return "";
			s->read++;
		}
		text = of_kind(s->answers[i].line, kind);
		if (text && !s->answers[i].used) {
			s->answers[i].used = true;
			return text;
		}
	}
	return "";
}

/* -- conversation --- */

/* These prompts name what they ask for, in all languages. */
static const char *kind_of(const char *prompt)
{
	static const char *const kinds[][2] = {
		{ "(CAN)", "can" }, { "(MRZ)", "mrz" }, { "(PIN)", "pin" },
		{ "(PASS)", "pass" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(prompt, kinds[i][0]))
			return kinds[i][1];
	return "code";
}

static bool converse_one(struct session *s, const struct pam_message *m,
			 struct pam_response *r)
{
	switch (m->msg_style) {
	case PAM_TEXT_INFO:
		say(s, "info: %s", m->msg);
		return true;
	case PAM_ERROR_MSG:
		say(s, "error: %s", m->msg);
		return true;
	case PAM_PROMPT_ECHO_ON:
	case PAM_PROMPT_ECHO_OFF:
		say(s, "prompt: %s%s", m->msg,
		    m->msg_style == PAM_PROMPT_ECHO_ON ? "" : "(hidden)");
		r->resp = strdup(next_answer(s, kind_of(m->msg)));
		return r->resp != NULL;
	default:
		return false;
	}
}

static int converse(int n, const struct pam_message **msg,
		    struct pam_response **resp, void *data)
{
	struct pam_response *r;

	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	r = calloc((size_t)n, sizeof(*r));
	if (!r)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (!converse_one(data, msg[i], &r[i])) {
			while (i-- > 0)
				free(r[i].resp);
			free(r);
			return PAM_CONV_ERR;
		}
	*resp = r;
	return PAM_SUCCESS;
}

/* A test does not sleep: it says what a program would have waited. */
static void delay(int code, unsigned int us, void *data)
{
	(void)code;
	if (us > 0)
		say(data, "delay: yes");
}

/* -- phases --- */

static const char *code_name(int code)
{
	static const struct { int code; const char *name; } names[] = {
#define N(c) { c, #c }
		N(PAM_SUCCESS), N(PAM_AUTH_ERR), N(PAM_AUTHINFO_UNAVAIL),
		N(PAM_USER_UNKNOWN), N(PAM_MAXTRIES), N(PAM_SYSTEM_ERR),
		N(PAM_PERM_DENIED), N(PAM_ACCT_EXPIRED), N(PAM_IGNORE),
		N(PAM_CONV_ERR), N(PAM_ABORT), N(PAM_SERVICE_ERR),
		N(PAM_BUF_ERR), N(PAM_OPEN_ERR), N(PAM_SYMBOL_ERR),
		N(PAM_MODULE_UNKNOWN), N(PAM_CRED_ERR), N(PAM_SESSION_ERR),
		N(PAM_BAD_ITEM), N(PAM_NEW_AUTHTOK_REQD), N(PAM_INCOMPLETE),
#undef N
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == code)
			return names[i].name;
	return "PAM code";
}

static int phase(const struct session *s, const char *name, int code)
{
	say(s, "%s: %s (%d)", name, code_name(code), code);
	return code;
}

static int run(struct session *s, pam_handle_t *pamh)
{
	int flags = s->silent ? PAM_SILENT : 0, code;
	const void *user = NULL;

	if (!s->acct) {
		code = phase(s, "pam_authenticate",
			     pam_authenticate(pamh, flags));
		if (code != PAM_SUCCESS)
			return code;
	}
	if (pam_get_item(pamh, PAM_USER, &user) == PAM_SUCCESS && user)
		say(s, "user: %s", (const char *)user);
	code = phase(s, "pam_acct_mgmt", pam_acct_mgmt(pamh, flags));
	if (code != PAM_SUCCESS || s->acct)
		return code;
	return phase(s, "pam_setcred",
		     pam_setcred(pamh, flags | PAM_ESTABLISH_CRED));
}

static int items(const struct session *s, pam_handle_t *pamh)
{
	int code = pam_set_item(pamh, PAM_FAIL_DELAY, (const void *)delay);

	if (code == PAM_SUCCESS && s->rhost)
		code = pam_set_item(pamh, PAM_RHOST, s->rhost);
	if (code == PAM_SUCCESS && s->tty)
		code = pam_set_item(pamh, PAM_TTY, s->tty);
	return code;
}

static int login(struct session *s)
{
	struct pam_conv conv = { converse, s };
	pam_handle_t *pamh = NULL;
	int code = pam_start_confdir(s->service, s->user, &conv, s->dir,
				     &pamh);

	if (code != PAM_SUCCESS)
		return phase(s, "pam_start", code);
	code = items(s, pamh);
	if (code == PAM_SUCCESS)
		code = run(s, pamh);
	pam_end(pamh, code);
	return code;
}

/* -- arguments --- */

static long number(const char *text)
{
	char *end;
	long v = strtol(text, &end, 10);

	return *text && !*end && v >= 0 ? v : -1;
}

static bool option(struct session *s, int c)
{
	switch (c) {
	case 'd': s->dir = optarg; return true;
	case 's': s->service = optarg; return true;
	case 'u': s->user = optarg; return true;
	case 'r': s->rhost = optarg; return true;
	case 't': s->tty = optarg; return true;
	case 'q': s->silent = true; return true;
	case 'c': s->acct = true; return true;
	case 'm': s->times = true; return true;
	case 'f':
		s->answers_fd = (int)number(optarg);
		return s->answers_fd >= 0;
	case 'a':
		s->as = number(optarg);
		return s->as >= 0;
	case 'e':
		s->euid = number(optarg);
		return s->euid >= 0;
	default:
		return false;
	}
}

static bool become(const struct session *s)
{
	if (s->as >= 0 && setresuid((uid_t)s->as, 0, 0) != 0)
		return false;
	if (s->euid >= 0) {
		uid_t u = (uid_t)s->euid;

		return setresuid(u, u, u) == 0;
	}
	return true;
}

static const struct option options[] = {
	{ "service-dir", required_argument, NULL, 'd' },
	{ "service", required_argument, NULL, 's' },
	{ "user", required_argument, NULL, 'u' },
	{ "answers-fd", required_argument, NULL, 'f' },
	{ "rhost", required_argument, NULL, 'r' },
	{ "tty", required_argument, NULL, 't' },
	{ "as", required_argument, NULL, 'a' },
	{ "ruid", required_argument, NULL, 'a' },
	{ "euid", required_argument, NULL, 'e' },
	{ "silent", no_argument, NULL, 'q' },
	{ "acct", no_argument, NULL, 'c' },
	{ "times", no_argument, NULL, 'm' },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct session s = { .answers_fd = -1, .as = -1, .euid = -1 };
	int c, code;

	clock_gettime(CLOCK_MONOTONIC, &s.begin);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!option(&s, c))
			goto usage;
	if (!s.dir || !s.service || optind != argc)
		goto usage;
	if (!become(&s)) {
		perror("pamlogin: setresuid");
		return 2;
	}
	code = login(&s);
	explicit_bzero(s.answers, sizeof(s.answers));
	return code == PAM_SUCCESS ? 0 : 10 + code;
usage:
	fputs("usage: pamlogin --service-dir DIR --service NAME [--user NAME] "
	      "[--answers-fd N]\n       [--rhost H] [--tty T] [--silent] "
	      "[--acct] [--as UID] [--euid UID] [--times]\n", stderr);
	return 2;
}
