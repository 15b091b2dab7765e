// SPDX-License-Identifier: GPL-3.0-or-later
/* What an administrator changes of one account, and card block. */
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "ctl/account.h"
#include "ctl/leave.h"
#include "ctl/names.h"
#include "ctl/names_entry.h"
#include "ctl/talk.h"
#include "ctl/word.h"

static const struct client quiet = { .info = talk_info };
static const struct client asking = { .info = talk_info, .ask = talk_ask };

int cmd_account_code(const struct arguments *a)
{
	int code = talk_account(ADMIN_ACCOUNT_CODE, a->operand, &asking);

	if (code == CTL_DONE)
		printf("the code of %s is set\n", a->operand);
	return code;
}

/* -- leaving, and coming back ------------------------------------------------------ */

static void tell_leaver(const struct account_row *row)
{
	const struct leaver who = {
		.name = row->f[ACCOUNT_NAME],
		.uid = (uint32_t)strtoul(row->f[ACCOUNT_UID], NULL, 10),
		.home = row->f[ACCOUNT_HOME],
	};

	printf("revoked: %s\n"
	       "The card and PAM's account phase refuse it from now on; its "
	       "files keep their owner.\n"
	       "What has begun, and what asks neither, goes on. On this "
	       "machine, now:\n", who.name);
	if (leave_print(&who, &leave_system_paths, stdout) == 0)
		puts("  no session, process, ssh key, cron or at job, timer "
		     "of it was found");
	printf("On every other machine of the sector: the same, once it has "
	       "the roster, from the one\nmachine that signs it: where that is "
	       "not this one, revoke it there too.\n"
	       "So that ssh keys and cron ask the account phase: UsePAM yes "
	       "in sshd_config, and\n"
	       "pam_cnie.so in the account lines of sshd, cron and atd.\n"
	       "Undo: cniectl account restore %s\n", who.name);
}

int cmd_account_revoke(const struct arguments *a)
{
	struct account_row row;
	int code = account_ask(a->operand, &row);

	if (code == CTL_DONE)
		code = talk_account(ADMIN_ACCOUNT_REVOKE, a->operand, &quiet);
	if (code == CTL_DONE)
		tell_leaver(&row);
	return code;
}

static enum result on_but(void *ctx, const char *text)
{
	struct msg_admin_row *but = ctx;

	snprintf(but->text, sizeof(but->text), "%s", text);
	return R_OK;
}

int cmd_account_restore(const struct arguments *a)
{
	struct msg_admin_row but = { "" };
	struct client client = { .ctx = &but, .info = talk_info,
				 .row = on_but };
	int code = talk_account(ADMIN_ACCOUNT_RESTORE, a->operand, &client);

	if (code != CTL_DONE)
		return code;
	if (but.text[0])
		printf("restored: %s, but %s\n", a->operand, but.text);
	else
		printf("restored: %s may log in again\n", a->operand);
	return CTL_DONE;
}

int cmd_card_block(const struct arguments *a)
{
	int code = talk_account(ADMIN_CARD_BLOCK, a->operand, &quiet);

	if (code == CTL_DONE)
		printf("the current card of %s is blocked; a newer card of "
		       "the same person becomes the current one when it is "
		       "used\nOn other machines: once they have the roster of "
		       "the one that signs it; block it there too\n",
		       a->operand);
	return code;
}

/* -- another name, another home ------------------------------------------------------ */

/* Another source that has the account too is asked first by everybody: its
 * name and home stay, and by its name it would be nobody that was revoked. */
static int ours_alone(const struct account_row *row)
{
	const struct names_question q = {
		.name = row->f[ACCOUNT_NAME],
		.id = (uint32_t)strtoul(row->f[ACCOUNT_UID], NULL, 10),
	};
	struct msg_verdict v;

	names_ask(&q, &v);
	if (v.verdict == VERDICT_FREE)
		return CTL_DONE;
	if (v.verdict == VERDICT_TAKEN)
		complain("%s is an account of %s too, a source of "
			 "/etc/nsswitch.conf that was there first: name and "
			 "home are that one's", q.name, v.source);
	else
		complain("%s, a source of /etc/nsswitch.conf, does not answer",
			 v.source);
	return CTL_REFUSED;
}

/* Renamed where it comes from (usermod -l): no other source has the old name
 * any more, and the new one is the name of exactly this uid. */
static bool renamed_there(const struct account_row *row, const char *to)
{
	const struct names_question old = { .name = row->f[ACCOUNT_NAME],
					    .id = NAMES_NO_ID };
	struct names_entry e;
	struct msg_verdict v;

	if (names_entry_get(to, &e) != R_OK || strcmp(e.owner, to) ||
	    e.uid != strtoul(row->f[ACCOUNT_UID], NULL, 10))
		return false;
	names_ask(&old, &v);
	return v.verdict == VERDICT_FREE;
}

static int may_rename(const struct account_row *row, const char *to,
		      bool *there)
{
	const struct names_question q = { .name = to, .id = NAMES_NO_ID };
	int code;

	*there = renamed_there(row, to);
	if (*there)
		return CTL_DONE;
	code = ours_alone(row);
	return code == CTL_DONE ? names_must_be_free(&q) : code;
}

int cmd_account_rename(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_ACCOUNT_RENAME };
	struct msg_admin_done done = { 0 };
	const char *to = a->value[OPT_TO_NAME];
	struct account_row row;
	bool there = false;
	int code = talk_new_name(to);

	snprintf(request.text, sizeof(request.text), "%s", to);
	if (code == CTL_DONE)
		code = talk_name(&request, a->operand);
	if (code == CTL_DONE)
		code = account_ask(a->operand, &row);
	if (code == CTL_DONE)
		code = may_rename(&row, to, &there);
	if (code == CTL_DONE)
		code = talk_result(client_run(&request, &quiet, &done), &done);
	if (code != CTL_DONE)
		return code;
	printf("renamed: %s is %s, uid %s as before; nobody else is ever "
	       "called %s\n", a->operand, to, row.f[ACCOUNT_UID], a->operand);
	if (!there)	/* else its home is the other source's affair */
		printf("Its home is still %s (cniectl account move %s --to "
		       "HOME).\n", row.f[ACCOUNT_HOME], to);
	puts("What names it by name is not changed: sudoers, crontabs, "
	     "/etc/group, mail.\n"
	     "Where another machine signs this one's roster, rename it there "
	     "too: else the next file\ntakes this back, and is refused once it "
	     "calls somebody else so.");
	return CTL_DONE;
}

static int home_form(const char *to)
{
	if (entry_home_ok(span_str(to)))
		return CTL_DONE;
	complain("--to: a home is an absolute path of %d bytes at most, "
		 "printable ASCII without space and colon; not / itself, no / "
		 "at its end, no //, no part that is . or ..",
		 ENTRY_PATH_MAX);
	return CTL_USAGE;
}

int cmd_account_move(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_ACCOUNT_MOVE };
	struct msg_admin_done done = { 0 };
	const char *to = a->value[OPT_TO_HOME];
	struct account_row row;
	int code = talk_name(&request, a->operand);

	if (code == CTL_DONE)
		code = home_form(to);
	snprintf(request.home, sizeof(request.home), "%s", to);
	if (code == CTL_DONE)
		code = account_ask(a->operand, &row);
	if (code == CTL_DONE && !strcmp(row.f[ACCOUNT_HOME], to)) {
		complain("the home of %s is %s already", a->operand, to);
		code = CTL_REFUSED;
	}
	if (code == CTL_DONE)
		code = ours_alone(&row);
	if (code == CTL_DONE)
		code = talk_result(client_run(&request, &quiet, &done), &done);
	if (code != CTL_DONE)
		return code;
	printf("moved: the home of %s is ", a->operand);
	word_print(to, stdout);
	printf("\nIts files are where they were. While nobody is logged in as "
	       "it:\n  mv -T ");
	word_print(row.f[ACCOUNT_HOME], stdout);
	putchar(' ');
	word_print(to, stdout);
	puts("\nTheir owner is the uid, which has not changed: no chown.\n"
	     "Where another machine signs this one's roster, move it there "
	     "too: else the next file\ntakes this back.");
	return CTL_DONE;
}

int cmd_account_rebind(const struct arguments *a)
{
	int code = talk_account(ADMIN_ACCOUNT_REBIND, a->operand, &asking);

	if (code == CTL_DONE)
		printf("bound: %s belongs to this card from now on; uid, name "
		       "and home are as before\n", a->operand);
	return code;
}
