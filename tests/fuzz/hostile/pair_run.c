// SPDX-License-Identifier: GPL-3.0-or-later
/* One run: cnied's part, said in cnied's order. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "hostile.h"
#include "pair.h"

#define DEADLINE_MS 30000	/* of a run; usual ones take 20 ms */
#define LEAKS_MS    30000	/* more, while leaks are looked for */
#define CHIP_MS	    60000
#define CODE_MAX    8

/* In the order in which what is there is heard: what one channel brings was
 * said before what the next one does. */
enum end {
	END_CARD, END_INSPECT, END_NUMBER, END_PORTRAIT,	/* ours */
	END_CARD_SERVER, END_INSPECT_SERVER,
	ENDS
};

struct run {
	const struct plan *plan;
	struct outcome *out;
	int fd[ENDS];			/* -1: closed */
};

static void broken(struct run *r, const char *what, unsigned int type)
{
	if (!r->out->broken[0])
		snprintf(r->out->broken, sizeof(r->out->broken),
			 "%s (message %u)", what, type);
}

static void shut(struct run *r, enum end e)
{
	if (r->fd[e] >= 0)
		close(r->fd[e]);
	r->fd[e] = -1;
}

/* -- the channels ----------------------------------------------------------- */

/* An order, and the other ends of the channels that it goes with. */
static enum result order(const struct server *s, const struct run_order *o,
			 const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(ORDER_FDS * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)o, sizeof(*o) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(s->fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(*o) ?
	       R_OK : R_INTERNAL;
}

/* The five channels of a login, and both programs told of their ends. */
static enum result begin(struct run *r, struct pair_of_programs *p,
			 const struct run_order *o)
{
	const enum setting s = hostile_cards[r->plan->card].setting;
	int control_card[2], control[2], apdus[2], portrait[2], number[2];
	enum result done;

	if (chan_pair(control_card) != R_OK || chan_pair(control) != R_OK ||
	    chan_pair(apdus) != R_OK || chan_pair(portrait) != R_OK ||
	    chan_pair(number) != R_OK)
		return R_INTERNAL;
	done = order(&p->card, o, (int[]){ p->log, control_card[1],
					   apdus[0] }, 3);
	if (done == R_OK)
		done = order(&p->inspect[s], o,
			     (int[]){ p->log, control[1], apdus[1],
				      portrait[1], number[1] }, 5);
	close(control_card[1]);
	close(control[1]);
	close(apdus[0]);
	close(apdus[1]);
	close(portrait[1]);
	close(number[1]);
	r->fd[END_CARD] = control_card[0];
	r->fd[END_INSPECT] = control[0];
	r->fd[END_PORTRAIT] = portrait[0];
	r->fd[END_NUMBER] = number[0];
	r->fd[END_CARD_SERVER] = p->card.fd;
	r->fd[END_INSPECT_SERVER] = p->inspect[s].fd;
	return done;
}

/* -- what is said ------------------------------------------------------------ */

/* After the facts cnied lets go of everything at once: what it would have
 * refused must be no worse for it. */
static void take_facts(struct run *r, struct span in)
{
	const struct msg_inspect_proceed number = { PROCEED_NUMBER };
	const struct msg_inspect_proceed portrait = { PROCEED_PORTRAIT };
	struct outcome *o = r->out;

	if (o->facts_came ||
	    wire_get(in, MSG_INSPECT_FACTS, &o->facts) != R_OK)
		broken(r, "facts", MSG_INSPECT_FACTS);
	o->facts_came = true;
	/* gone already: its end will say so */
	(void)!chan_send(r->fd[END_INSPECT], MSG_INSPECT_PROCEED, &number);
	(void)!chan_send(r->fd[END_INSPECT], MSG_INSPECT_PROCEED, &portrait);
}

static void take_failure(struct run *r, struct span in, enum reason *why)
{
	struct msg_helper_fail m;

	if (wire_get(in, MSG_HELPER_FAIL, &m) != R_OK || *why != REASON_NONE ||
	    reason_row(m.reason)->id != (enum reason)m.reason ||
	    m.stage >= STAGE_COUNT)
		broken(r, "a failure", MSG_HELPER_FAIL);
	else
		*why = (enum reason)m.reason;
}

static void inspect_says(struct run *r, struct span in)
{
	struct msg_helper_ready ready;
	struct msg_inspect_stage stage;
	struct msg_inspect_done done;
	const unsigned int type = wire_type(in);

	if (r->out->why != REASON_NONE || r->out->done)
		broken(r, "cnie-inspect after its last word", type);
	else if (type == MSG_INSPECT_FACTS)
		take_facts(r, in);
	else if (type == MSG_HELPER_FAIL)
		take_failure(r, in, &r->out->why);
	else if (type == MSG_INSPECT_DONE)
		r->out->done = wire_get(in, MSG_INSPECT_DONE, &done) == R_OK;
	else if (wire_get(in, MSG_INSPECT_STAGE, &stage) == R_OK)
		r->out->facts_after += r->out->facts_came ? 0 : stage.apdus;
	else if (wire_get(in, MSG_HELPER_READY, &ready) != R_OK)
		broken(r, "cnie-inspect", type);
}

static void card_says(struct run *r, struct span in)
{
	struct msg_helper_ready ready;
	struct msg_card_state state;

	if (wire_type(in) == MSG_HELPER_FAIL)
		take_failure(r, in, &r->out->card_why);
	else if (wire_get(in, MSG_HELPER_READY, &ready) != R_OK &&
		 wire_get(in, MSG_CARD_STATE, &state) != R_OK)
		broken(r, "cnie-card", wire_type(in));
}

static void take_number(struct run *r, struct span in)
{
	struct outcome *o = r->out;

	if (!o->facts_came || o->number_came ||
	    wire_get(in, MSG_NUMBER, &o->number) != R_OK)
		broken(r, "a number", wire_type(in));
	o->number_came = true;
}

static void take_portrait(struct run *r, struct span in)
{
	struct outcome *o = r->out;
	struct msg_portrait m;

	if (!o->number_came || o->portrait_came ||
	    wire_get(in, MSG_PORTRAIT, &m) != R_OK) {
		broken(r, "a portrait", wire_type(in));
		return;
	}
	o->portrait_came = true;
	o->format = m.format;
	o->portrait_n = m.image.n;
	memcpy(o->portrait, m.image.p, m.image.n);
}

static enum result server_says(struct life *l, struct span in)
{
	struct server_word w;

	if (in.n != sizeof(w))
		return R_INTERNAL;
	memcpy(&w, in.p, sizeof(w));
	if (w.magic != SERVER_MAGIC || w.pid <= 0)
		return R_INTERNAL;
	l->pid = w.pid;
	l->ended = w.ended;
	l->status = w.status;
	return R_OK;
}

/* One packet from one channel. R_ABSENT: it is closed, or a server died. */
static enum result hear(struct run *r, enum end e)
{
	static uint8_t buf[PORTRAIT_MAX];
	struct span in;
	enum result got = chan_recv(r->fd[e], buf, sizeof(buf), mono_ms(),
				    &in);

	if (e >= END_CARD_SERVER && got != R_OK)
		return R_INTERNAL;
	if (got != R_OK) {
		if (got != R_ABSENT)
			broken(r, "an endless packet", 0);
		shut(r, e);
		return R_OK;
	}
	switch (e) {
	case END_CARD:
		card_says(r, in);
		break;
	case END_INSPECT:
		inspect_says(r, in);
		break;
	case END_NUMBER:
		take_number(r, in);
		break;
	case END_PORTRAIT:
		take_portrait(r, in);
		break;
	case END_CARD_SERVER:
		return server_says(&r->out->card, in);
	case END_INSPECT_SERVER:
		return server_says(&r->out->inspect, in);
	case ENDS:
		break;
	}
	return R_OK;
}

/* -- the run ------------------------------------------------------------------- */

static bool over(const struct run *r)
{
	return r->out->card.ended && r->out->inspect.ended;
}

/* Too late: from outside, as cnied does it. */
static void kill_both(struct run *r)
{
	if (r->out->card.pid > 0 && !r->out->card.ended)
		kill(r->out->card.pid, SIGKILL);
	if (r->out->inspect.pid > 0 && !r->out->inspect.ended)
		kill(r->out->inspect.pid, SIGKILL);
	r->out->hung = true;
}

static enum result wait_end(struct run *r, int64_t deadline)
{
	while (!over(r)) {
		struct pollfd p[ENDS];
		enum result done = R_OK;
		int n;

		for (int e = 0; e < ENDS; e++)
			p[e] = (struct pollfd){ r->fd[e], POLLIN, 0 };
		n = poll(p, ENDS, (int)(deadline - mono_ms()));
		if (n < 0 && errno != EINTR)
			return R_INTERNAL;
		if (n == 0 || mono_ms() >= deadline) {
			if (r->out->hung)
				return R_INTERNAL;
			kill_both(r);
			deadline = mono_ms() + CHIP_MS;
		}
		for (int e = 0; n > 0 && e < ENDS && done == R_OK; e++)
			if (p[e].revents)
				done = hear(r, (enum end)e);
		if (done != R_OK)
			return done;
		/* the end of one is told to the other, by cnied */
		if (r->out->inspect.ended)
			shut(r, END_CARD);
	}
	for (int e = 0; e < END_CARD_SERVER; e++)
		while (r->fd[e] >= 0)
			if (hear(r, (enum end)e) != R_OK)
				return R_INTERNAL;
	return R_OK;
}

/* A word to the chip, and its answer. */
static enum result tell_chip(const struct server *chip, const char *text,
			     char *answer, size_t cap)
{
	struct span in;

	if (send(chip->fd, text, strlen(text), MSG_NOSIGNAL) < 0 ||
	    chan_recv(chip->fd, (uint8_t *)answer, cap - 1,
		      mono_ms() + CHIP_MS, &in) != R_OK)
		return R_INTERNAL;
	answer[in.n] = '\0';
	return R_OK;
}

static enum result go(struct run *r, const char *password)
{
	struct msg_inspect_go m = {
		.kind = hostile_cards[r->plan->card].mrz ? PASSWORD_MRZ
							 : PASSWORD_CAN,
	};

	if (r->plan->wrong_can)
		m.kind = PASSWORD_CAN;
	snprintf(m.password, sizeof(m.password), "%.*s", ANSWER_MAX - 1,
		 password);
	if (hostile_cards[r->plan->card].setting == SET_PIN)
		snprintf(m.pin, sizeof(m.pin), "135790");
	return chan_send(r->fd[END_INSPECT], MSG_INSPECT_GO, &m);
}

static enum result hear_hand(const struct server *chip, struct outcome *o)
{
	char text[256];

	if (tell_chip(chip, "report", text, sizeof(text)) != R_OK ||
	    sscanf(text, "apdus=%u told=%x sealed=%u struck=%x", &o->apdus,
		   &o->told, &o->sealed, &o->struck) != 4)
		return R_INTERNAL;
	return R_OK;
}

static void name_outcome(const struct run *r)
{
	const struct outcome *o = r->out;

	if (o->why == REASON_NONE && o->done && o->portrait_came)
		snprintf(r->out->code, CODE_MAX, "OK");
	else
		snprintf(r->out->code, CODE_MAX, "%s",
			 o->why == REASON_NONE ? "-" :
			 reason_row((uint16_t)o->why)->code);
}

static enum result run(struct run *r, struct pair_of_programs *p,
		       uint32_t flags)
{
	const struct run_order o = { r->plan->seed, flags };
	char text[PLAN_TEXT_MAX + 8] = "plan ", answer[256];
	enum result done;

	plan_write(r->plan, text + 5);
	if (tell_chip(&p->chip, text, answer, sizeof(answer)) != R_OK)
		return R_INTERNAL;
	if (strncmp(answer, "ok ", 3) != 0)
		return R_MALFORMED;
	done = begin(r, p, &o);
	if (done == R_OK)
		done = go(r, answer + 3);
	if (done == R_OK)
		done = wait_end(r, mono_ms() + DEADLINE_MS +
				(flags & RUN_LEAKS ? LEAKS_MS : 0));
	return done == R_OK ? hear_hand(&p->chip, r->out) : done;
}

enum result pair_run(struct pair_of_programs *p, const struct plan *plan,
		     uint32_t flags, struct outcome *out)
{
	struct run r = { .plan = plan, .out = out };
	enum result done;

	memset(out, 0, offsetof(struct outcome, portrait));
	memset(out->broken, 0, sizeof(*out) - offsetof(struct outcome, broken));
	for (int e = 0; e < ENDS; e++)
		r.fd[e] = -1;
	if (ftruncate(p->log, 0) != 0)
		return R_INTERNAL;
	done = run(&r, p, flags);
	for (int e = 0; e < END_CARD_SERVER; e++)
		shut(&r, (enum end)e);
	name_outcome(&r);
	return done;
}
