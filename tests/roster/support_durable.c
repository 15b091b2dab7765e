/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_durable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "roster/exchange.h"
#include "sim/powercut.h"
#include "support_roster.h"

#define PEOPLE 8

void durable_in(const char *folder)
{
	snprintf(test_dir, sizeof(test_dir), "%s", folder);
	snprintf(roster_path, sizeof(roster_path), "%s/roster.db", folder);
	snprintf(marks_path, sizeof(marks_path), "%s/roster.db.marks", folder);
	snprintf(view_path, sizeof(view_path), "%s/accounts.view", folder);
}

/* -- the life ------------------------------------------------------------ */

static struct roster *r;
static struct roster_account account[PEOPLE];

static void say(const char *format, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (powercut_note)
		powercut_note(text);
}

static enum reason enrol(int p, bool both)
{
	struct roster_new in = new_of(p);
	enum reason why;

	if (both)
		in.card = card_under(2, p, 1, 20300101);
	if (p % 2) {
		why = roster_propose(r, &test_policy, 0, &account[p]);
		if (why != REASON_NONE)
			return why;
		memcpy(in.name, account[p].name, sizeof(in.name));
		in.uid = account[p].uid;
		in.proposed = true;
	}
	why = roster_enrol(r, &test_policy, &in, &account[p]);
	if (why == REASON_NONE)
		say("enrol %d %u %s", p, account[p].uid, account[p].name);
	return why;
}

static enum reason login(struct roster_card card)
{
	struct roster_account a;

	return roster_login(r, &card, TODAY, NOW, &a);
}

static enum reason view(unsigned int accounts)
{
	enum reason why = view_write(r, view_path, VIEW_ENUMERATE);

	if (why == REASON_NONE)
		say("view %u", accounts);
	return why;
}

static enum reason reopen(void)
{
	roster_close(&r);
	return roster_open(roster_path, &r);
}

/* Two accounts; from the sixth version on one of them is revoked. */
static enum reason import(unsigned int version)
{
	static const char file[] =
		"cnie-roster\t2\turn:x\t%u\t20260101\t20991231\n"
		"group\tcnie\t65536\n"
		"account\t80000\timp0\t65536\t/h\t/s\t1\t1\t-\t1\t-\t-\t-\n"
		"tag\t80000\t2\tf0000000000000000000000000000000\n"
		"card\t80000\t2\te0000000000000000000000000000000\t1"
			"\t20340101\t1\n"
		"account\t80001\timp1\t65536\t/h\t/s\t%u\t1\t-\t1\t-\t-\t-\n"
		"tag\t80001\t2\tf1000000000000000000000000000000\n"
		"card\t80001\t2\te1000000000000000000000000000000\t1"
			"\t20340101\t1\n"
		"end\t9\n";
	static const struct import_options options = {
		.kind = EXCHANGE_ROSTER, .urn = "urn:x", .today = TODAY,
		.now = NOW,
	};
	struct import_summary sum;
	struct importer *i = NULL;
	char text[1024];
	uint64_t line;
	enum reason why = import_begin(r, &options, &i);

	snprintf(text, sizeof(text), file, version, version > 5 ? 2 : 1);
	if (why == REASON_NONE)
		why = import_lines(i, span_str(text), &line);
	if (why == REASON_NONE)
		why = import_end(i, &sum);
	import_free(&i);
	if (why == REASON_NONE)
		say("import %u", version);
	return why;
}

static enum reason step_open(void) { return reopen(); }
static enum reason step_enrol_1(void) { return enrol(1, false); }
static enum reason step_enrol_2(void) { return enrol(2, false); }
static enum reason step_enrol_3(void) { return enrol(3, false); }
static enum reason step_view_3(void) { return view(3); }
static enum reason step_import_5(void) { return import(5); }
static enum reason step_view_5(void) { return view(5); }
static enum reason step_import_6(void) { return import(6); }
static enum reason step_enrol_4(void) { return enrol(4, true); }
static enum reason step_view_6(void) { return view(6); }

static enum reason step_newer(void)
{
	enum reason why = login(card_of(1, 2, 20340101));

	if (why == REASON_NONE)
		say("newer 1");
	return why;
}

static enum reason step_block(void)
{
	enum reason why = roster_card_block(r, account[2].name);

	if (why == REASON_NONE)
		say("blocked 2");
	return why;
}

static enum reason step_revoke(void)
{
	enum reason why = roster_revoke(r, account[3].name);

	if (why == REASON_NONE)
		say("revoked %u", account[3].uid);
	return why;
}

static enum reason step_rename(void)
{
	enum reason why = roster_rename(r, account[1].name, "renamed");

	if (why == REASON_NONE)
		say("renamed %u renamed", account[1].uid);
	return why;
}

static enum reason step_bind(void)
{
	enum reason why = login(card_in_both(1, 2, 20340101));

	if (why == REASON_NONE)
		say("bound %u", account[1].uid);
	return why;
}

static enum reason step_rebind(void)
{
	struct roster_card card = card_under(2, 2, 2, 20340101);
	enum reason why = roster_rebind(r, account[2].name, &card, TODAY, NOW);

	if (why == REASON_NONE)
		say("bound %u", account[2].uid);
	return why;
}

static enum reason step_retire(void)
{
	enum reason why = roster_retire(r, 1);

	if (why == REASON_NONE)
		say("retired");
	return why;
}

static enum reason step_lose_marks(void)
{
	say("lost marks");
	return unlink(marks_path) ? REASON_ROSTER : reopen();
}

static enum reason step_pass(void)
{
	struct roster_pass pass = { .until = NOW + 600, .hash = "$y$x",
				    .services = "login" };
	enum reason why = roster_pass_set(r, account[4].name, &pass, NOW);

	if (why == REASON_NONE)
		why = roster_pass_tried(r, account[4].name);
	if (why == REASON_NONE)
		say("failed %u", account[4].uid);
	return why;
}

static enum reason step_back(void)
{
	enum reason why = roster_revoke(r, account[4].name);

	if (why == REASON_NONE)
		why = roster_restore(r, account[4].name);
	if (why == REASON_NONE)
		say("restored %u", account[4].uid);
	return why;
}

int durable_workload(void)
{
	static enum reason (*const steps[])(void) = {
		step_open, step_enrol_1, step_enrol_2, step_enrol_3,
		step_view_3, step_newer, step_block, step_revoke, step_rename,
		step_open, step_bind, step_rebind, step_import_5, step_view_5,
		step_import_6, step_retire, step_lose_marks, step_enrol_4,
		step_pass, step_back, step_view_6,
	};
	size_t n = sizeof(steps) / sizeof(steps[0]);

	for (size_t i = 0; i < n; i++)
		if (steps[i]() != REASON_NONE)
			return (int)i + 1;
	roster_close(&r);
	return 0;
}
