// SPDX-License-Identifier: GPL-3.0-or-later
#include "login.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "base/secret.h"
#include "talk.h"

/* A login says about eight things and asks twice; a wrong code is refused,
 * not asked again. More is not a login. */
#define INFO_MAX 32
#define ASK_MAX 8
#define TEXT_MAX 512		/* PAM_MAX_MSG_SIZE of Linux-PAM */
#define DIGITS "0123456789"
#define CAN_DIGITS 6
#define DATE_DIGITS 6
#define MRZ_CHARACTERS DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz<"
#define MRZ_NUMBER_MAX 32	/* a TD1 continues it in the optional data */
#define PASS_CHARACTERS "abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567- "
#define PASS_MIN 10
#define PASS_MAX 12
#define PIN_MIN 4
#define PIN_MAX 16
#define QUEUE_WAIT_S 1
#define QUEUE_SIGNALS_MAX 8

struct login {
	pam_handle_t *pamh;
	char lang[LANGUAGE_MAX];
	int fd;
	int64_t deadline;
	unsigned int infos, asks;
	bool ended;
	struct login_end end;
};

struct login_end login_refused(enum reason reason)
{
	const struct reason_row *row = reason_row(reason);

	/* REASON_NONE is no reason to refuse, and must not become a success */
	if (row->result == R_OK)
		row = reason_row(REASON_INTERNAL);
	return (struct login_end){ .result = row->result, .msg = row->msg,
				   .code = row->code, .log = row->text };
}

static struct login_end absurd(void)
{
	struct login_end e = login_refused(REASON_INTERNAL);

	e.log = "cnied said something the protocol does not allow";
	return e;
}

static struct login_end went_away(void)
{
	return (struct login_end){ .result = R_ABSENT, .code = "",
				   .msg = MSG_SERVICE_DOWN,
				   .log = "cnied closed the connection before "
					  "an answer" };
}

/* Quietly: the stack goes on, and the person is asked for a password. */
static struct login_end unavailable(const char *log)
{
	return (struct login_end){ .result = R_ABSENT, .msg = MSG_NONE,
				   .code = "", .log = log };
}

static void end_with(struct login *l, struct login_end end)
{
	l->end = end;
	l->ended = true;
}

/* -- what cnied may say --- */

static bool is_prompt(unsigned int m)
{
	return m >= MSG_ASK_CAN && m <= MSG_ASK_PASS;
}

static enum result on_info(struct login *l, struct span in)
{
	struct msg_login_info m;
	char text[TEXT_MAX];
	enum result r = wire_get(in, MSG_LOGIN_INFO, &m);

	if (r != R_OK)
		return r;
	if (++l->infos > INFO_MAX || m.msg == MSG_NONE || m.msg >= MSG_COUNT ||
	    is_prompt(m.msg))
		return R_MALFORMED;
	message_text((enum msg)m.msg, l->lang, m.arg, NULL, text,
		     sizeof(text));
	/* the notice must be seen: what can't be shown is not gone on with */
	if (talk_say(l->pamh, m.msg >= MSG_NOT_AT_SEAT, text) != R_OK)
		end_with(l, login_refused(REASON_CANCELLED));
	return R_OK;
}

static bool six_digits(const char *s)
{
	return strlen(s) == CAN_DIGITS && strspn(s, DIGITS) == CAN_DIGITS;
}

/* "NUMBER YYMMDD YYMMDD"; unknown parts of a date are fillers. */
static bool three_fields(const char *s)
{
	size_t n = strspn(s, MRZ_CHARACTERS);

	if (n == 0 || n > MRZ_NUMBER_MAX || s[n] != ' ' ||
	    strlen(s + n) != 2 * (1 + DATE_DIGITS))
		return false;
	s += n + 1;
	return strspn(s, DIGITS "<") == DATE_DIGITS && s[DATE_DIGITS] == ' ' &&
	       strspn(s + DATE_DIGITS + 1, DIGITS "<") == DATE_DIGITS;
}

static bool pin_digits(const char *s)
{
	size_t n = strlen(s);

	return n >= PIN_MIN && n <= PIN_MAX && strspn(s, DIGITS) == n;
}

/* The code of the day: ten letters and digits, perhaps in two halves. */
static bool pass_characters(const char *s)
{
	size_t n = strlen(s);

	return n >= PASS_MIN && n <= PASS_MAX &&
	       strspn(s, PASS_CHARACTERS) == n;
}

static bool any_code(const char *s)
{
	(void)s;		/* cnied compares it, however it looks */
	return true;
}

/* What a login may ask. Text of another form is none of it (a password typed
 * too early) and goes nowhere. */
static const struct {
	enum msg msg;
	bool may_echo;		/* it is printed on the card */
	bool (*form)(const char *s);
} questions[] = {
	{ MSG_ASK_CAN, true, six_digits },
	{ MSG_ASK_MRZ, true, three_fields },
	{ MSG_ASK_PIN, false, pin_digits },
	{ MSG_ASK_PIN_AGAIN, false, pin_digits },
	{ MSG_ASK_CODE, false, any_code },
	{ MSG_ASK_PASS, false, pass_characters },
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void answer_wipe(struct msg_login_answer *a)
{
	secret_wipe(a, sizeof(*a));
}

static void decline(struct msg_login_answer *a)
{
	answer_wipe(a);
	a->declined = 1;
}

static enum result on_ask(struct login *l, struct span in)
{
	scoped(answer_wipe) struct msg_login_answer answer = { 0 };
	struct msg_login_ask m;
	char text[TEXT_MAX];
	size_t q = 0;
	enum result r = wire_get(in, MSG_LOGIN_ASK, &m);

	if (r != R_OK)
		return r;
	while (q < QUESTIONS && questions[q].msg != (enum msg)m.msg)
		q++;
	if (++l->asks > ASK_MAX || q == QUESTIONS)
		return R_MALFORMED;
	message_text((enum msg)m.msg, l->lang, NULL, NULL, text, sizeof(text));
	talk_ask(l->pamh, m.echo && questions[q].may_echo, text, &answer);
	if (!questions[q].form(answer.text))
		decline(&answer);
	r = chan_send_guest(l->fd, MSG_LOGIN_ANSWER, &answer);
	if (r == R_MALFORMED) {		/* characters no code has */
		decline(&answer);
		r = chan_send_guest(l->fd, MSG_LOGIN_ANSWER, &answer);
	}
	/* where cnied has gone, its last word may still wait to be read */
	return r == R_ABSENT ? R_OK : r;
}

static enum result on_grant(struct login *l, struct span in)
{
	struct login_end end = { .result = R_OK, .code = "" };
	enum result r = wire_get(in, MSG_LOGIN_GRANT, &end.grant);

	if (r == R_OK)
		end_with(l, end);
	return r;
}

static enum result on_refuse(struct login *l, struct span in)
{
	struct msg_login_refuse m;
	struct login_end end;
	enum result r = wire_get(in, MSG_LOGIN_REFUSE, &m);

	if (r != R_OK)
		return r;
	end = login_refused((enum reason)m.reason);
	end.delay_s = m.delay_s;
	end_with(l, end);
	return R_OK;
}

static const struct {
	enum wire_msg type;
	enum result (*run)(struct login *l, struct span in);
} permitted[] = {
	{ MSG_LOGIN_INFO, on_info },
	{ MSG_LOGIN_ASK, on_ask },
	{ MSG_LOGIN_GRANT, on_grant },
	{ MSG_LOGIN_REFUSE, on_refuse },
};

static enum result handle(struct login *l, struct span in)
{
	unsigned int type = wire_type(in);

	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++)
		if (permitted[i].type == type)
			return permitted[i].run(l, in);
	return R_MALFORMED;
}

static enum result next_message(const struct login *l, uint8_t *buf,
				size_t cap, struct span *in)
{
	enum result r = chan_recv(l->fd, buf, cap, l->deadline, in);

	/* an answer that cnied had not read when it closed makes the first
	 * read fail; REFUSE is behind it */
	if (r == R_ABSENT)
		r = chan_recv(l->fd, buf, cap, l->deadline, in);
	return r;
}

static void converse(struct login *l)
{
	uint8_t buf[WIRE_MAX + 1];
	enum result r = R_OK;
	struct span in;

	while (!l->ended) {
		r = next_message(l, buf, sizeof(buf), &in);
		if (r == R_ABSENT)
			return end_with(l, went_away());
		if (r == R_TIMEOUT)
			return end_with(l, login_refused(REASON_DEADLINE));
		if (r == R_OK)
			r = handle(l, in);
		if (r != R_OK)
			return end_with(l, absurd());
	}
}

/* -- the socket --- */

static bool peer_is_root(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       n == sizeof(peer) && peer.uid == 0;
}

/* Where anybody's crowd fills the queue we wait in line with them, but not
 * for long; nobody listening is known at once. */
static enum result join(int fd, const struct sockaddr_un *to)
{
	const struct timeval wait = { .tv_sec = QUEUE_WAIT_S };
	int n = 0, flags = fcntl(fd, F_GETFL);

	if (flags < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0)
		return R_ABSENT;
	while (connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0)
		if (errno != EINTR || ++n > QUEUE_SIGNALS_MAX)
			return R_ABSENT;
	/* from here on an unread queue never holds us */
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? R_OK : R_ABSENT;
}

/* R_ABSENT: nobody listens, or too many wait. R_DENIED: not root's. */
static enum result reach(int *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	scoped(close_fd) int fd = -1;
	struct stat st;

	if (prefix_path(PATH_LOGIN_SOCK, to.sun_path,
			sizeof(to.sun_path)) != R_OK)
		return R_ABSENT;
	if (lstat(to.sun_path, &st) != 0)
		return R_ABSENT;
	if (!S_ISSOCK(st.st_mode) || st.st_uid != 0)
		return R_DENIED;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || join(fd, &to) != R_OK)
		return R_ABSENT;
	if (!peer_is_root(fd))
		return R_DENIED;
	*out = fd;
	fd = -1;
	return R_OK;
}

bool login_wake(void)
{
	scoped(close_fd) int fd = -1;

	return reach(&fd) == R_OK;
}

/* An item as printable ASCII; false where it does not fit whole, because a
 * cut name would be another's. An item that is not set is "". */
static bool item(pam_handle_t *pamh, int type, char *out, size_t cap)
{
	const void *value = NULL;

	out[0] = '\0';
	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS || !value)
		return true;
	return span_to_str(span_str(value), out, cap) == R_OK;
}

static bool start_message(pam_handle_t *pamh, const char *user,
			  struct msg_login_start *out)
{
	*out = (struct msg_login_start){ 0 };
	if (span_to_str(span_str(user), out->user, sizeof(out->user)) != R_OK)
		return false;
	if (!item(pamh, PAM_TTY, out->tty, sizeof(out->tty)))
		out->tty[0] = '\0';
	return item(pamh, PAM_SERVICE, out->service, sizeof(out->service)) &&
	       item(pamh, PAM_RHOST, out->rhost, sizeof(out->rhost));
}

void login_run(pam_handle_t *pamh, const struct options *o, const char *user,
	       struct login_end *end)
{
	struct login l = {
		.pamh = pamh,
		.deadline = mono_ms() + 1000 * (int64_t)o->timeout_s,
	};
	scoped(close_fd) int fd = -1;
	struct msg_login_start start;
	enum result r;

	options_language(pamh, o, l.lang);
	if (!start_message(pamh, user, &start)) {
		*end = unavailable("a PAM item is too long");
		return;
	}
	r = reach(&fd);
	if (r != R_OK) {
		*end = unavailable(r == R_DENIED ? "the login socket is not "
						   "root's" : NULL);
		return;
	}
	l.fd = fd;
	r = chan_send_guest(fd, MSG_LOGIN_START, &start);
	if (r == R_OK || r == R_ABSENT)
		converse(&l);
	else
		end_with(&l, went_away());
	*end = l.end;
}
