// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * "I forgot my card today": the administrator's code for one account, one day
 * and the services named with it. It is asked before the card, of who types
 * the name of an account that has one; Enter goes on to the card.
 *
 * MUST: a try is counted on disk before it is judged (during an import, or on
 * a full disk, none is), and the fifth wrong one ends the pass. MUST: the gates
 * of a login apply; they were passed before.
 */
#include <string.h>
#include <time.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "service/service.h"

/* By the clock of this moment: the question may have waited past the end. */
static enum reason find(struct txn *t, struct roster *roster,
			struct roster_pass *pass)
{
	time_t now = time(NULL);

	if (now > 0 && (uint64_t)now > t->now)
		t->now = (uint64_t)now;
	return roster_pass_find(roster, t->start.user, t->start.service,
				t->today, t->now, pass, &t->account);
}

static void pass_wipe(struct roster_pass *pass)
{
	secret_wipe(pass, sizeof(*pass));
}

bool pass_asked(struct txn *t)
{
	scoped(pass_wipe) struct roster_pass pass = { 0 };
	struct roster *roster;
	enum reason why;

	if (!t->start.user[0])
		return false;
	roster = txn_roster(t);
	if (!roster)
		return true;		/* it was refused */
	why = find(t, roster, &pass);
	roster_close(&roster);
	if (why != REASON_NONE)
		return false;		/* the card will say why */
	txn_to(t, ST_ASK_PASS);
	txn_ask(t, MSG_ASK_PASS);
	return true;
}

struct typed { char code[ANSWER_MAX]; };	/* SECRET */

static void typed_wipe(struct typed *c)
{
	secret_wipe(c, sizeof(*c));
}

/* As it was drawn: without the hyphen that it is shown with, or spaces, and
 * in small letters. */
static void bare(const char *text, struct typed *out)
{
	size_t n = 0;

	for (; *text && n + 1 < sizeof(out->code); text++)
		if (*text != '-' && *text != ' ')
			out->code[n++] = *text >= 'A' && *text <= 'Z' ?
				(char)(*text - 'A' + 'a') : *text;
	out->code[n] = '\0';
}

static enum reason verify(struct txn *t, const char *text)
{
	scoped(typed_wipe) struct typed typed = { "" };
	scoped(pass_wipe) struct roster_pass pass = { 0 };
	struct roster *roster = txn_roster(t);
	enum reason why;

	if (!roster)
		return REASON_ROSTER;
	why = find(t, roster, &pass);
	bare(text, &typed);
	if (why == REASON_NONE)
		why = roster_pass_tried(roster, t->start.user);
	if (why == REASON_NONE)
		why = code_verify(typed.code, pass.hash);
	if (why == REASON_WRONG_CODE)
		why = REASON_WRONG_PASS;
	if (why == REASON_NONE)
		why = roster_pass_right(roster, t->start.user);
	roster_close(&roster);
	return why;
}

void on_pass(struct txn *t, enum source from, const void *msg)
{
	const struct msg_login_answer *m = msg;
	enum reason why;

	(void)from;
	if (m->declined || !m->text[0]) {
		t->account = (struct roster_account){ .uid = 0 };
		start_card(t);
		return;
	}
	t->event.kind = EVENT_PASS;
	why = verify(t, m->text);
	if (refused(why != REASON_NONE)) {
		txn_refuse(t, why);
		return;
	}
	t->proven.account = true;
	t->proven.pass = true;
	t->plan = PLAN_PASS;
	commit(t);
}

/* Ended or taken back meanwhile, or another's, is no login. */
enum reason pass_login(struct txn *t, struct roster *roster)
{
	scoped(pass_wipe) struct roster_pass pass = { 0 };
	uint32_t uid = t->account.uid;
	enum reason why = find(t, roster, &pass);

	if (why != REASON_NONE)
		return why;
	refuse_if(t->account.uid != uid, REASON_WRONG_PERSON);
	return REASON_NONE;
}
