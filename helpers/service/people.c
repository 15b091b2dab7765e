// SPDX-License-Identifier: GPL-3.0-or-later
/* What an administrator does for people: names, homes, passes, groups. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "service/admin.h"

#define PASS_CHARACTERS 10	/* 50 bits, and five tries */

static enum reason then_view(enum reason why, struct roster *roster)
{
	return why == REASON_NONE ? write_view(roster) : why;
}

enum reason do_rename(struct ask *ask, struct roster *roster)
{
	return then_view(roster_rename(roster, ask->m->account, ask->m->text),
			 roster);
}

enum reason do_move(struct ask *ask, struct roster *roster)
{
	return then_view(roster_move(roster, ask->m->account, ask->m->home),
			 roster);
}

/* -- the code of the day ------------------------------------------------ */

/* Read aloud and typed: RFC 4648's base32, which has no 0, 1 or 8. */
static enum result draw(char out[PASS_CHARACTERS + 1])
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t bytes[PASS_CHARACTERS];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return R_INTERNAL;
	for (size_t i = 0; i < PASS_CHARACTERS; i++)
		out[i] = digit[bytes[i] & 31];
	out[PASS_CHARACTERS] = '\0';
	secret_wipe(bytes, sizeof(bytes));
	return R_OK;
}

/* The first word of the list at which cnied asks nobody: its length, or 0. */
static size_t unasked(const struct config *c, const char *list,
		      const char **word)
{
	char one[sizeof(c->services)];
	size_t n;

	for (const char *s = list; *s; s += n) {
		s += strspn(s, " ");
		n = strcspn(s, " ");
		snprintf(one, sizeof(one), "%.*s", (int)n, s);
		if (n == 0 || config_list_has(c->greeters, one) ||
		    config_list_has(c->lockers, one) ||
		    config_list_has(c->services, one))
			continue;
		*word = s;
		return n;
	}
	return 0;
}

/* Where it is good: what was named, which must be services that ask a card
 * at all; else what the configuration says, or the greeters and lockers. */
static enum reason pass_services(struct ask *ask, char *out, size_t cap)
{
	struct config_error e = { "" };
	char path[PREFIX_PATH_MAX];
	const char *asked = ask->m->text, *word = "";
	struct config c;
	size_t wrong;
	int n;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK ||
	    config_read(path, &c, &e) != R_OK)
		return REASON_NOT_CONFIGURED;
	if (!asked[0])
		asked = c.pass_services;
	wrong = unasked(&c, asked, &word);
	if (wrong) {
		snprintf(ask->detail, sizeof(ask->detail), "%s: %.*s",
			 reason_row(REASON_SERVICE)->text, (int)wrong, word);
		return REASON_SERVICE;
	}
	if (asked[0])
		n = snprintf(out, cap, "%s", asked);
	else
		n = snprintf(out, cap, "%s %s", c.greeters, c.lockers);
	if (n > 0 && (size_t)n < cap)
		return REASON_NONE;
	snprintf(ask->detail, sizeof(ask->detail), "a pass names services of "
		 "%zu bytes at most: set [login] pass_services, or --services",
		 cap - 1);
	return REASON_NOT_CONFIGURED;
}

struct drawn {			/* SECRET */
	char code[PASS_CHARACTERS + 1];
	struct msg_admin_row row;
};

static void drawn_wipe(struct drawn *d)
{
	secret_wipe(d, sizeof(*d));
}

enum reason do_pass(struct ask *ask, struct roster *roster)
{
	struct roster_pass pass = { .until = ask->m->number };
	scoped(drawn_wipe) struct drawn d = { .code = "" };
	enum reason why = pass_services(ask, pass.services,
					sizeof(pass.services));

	if (why != REASON_NONE)
		return why;
	if (draw(d.code) != R_OK)
		return REASON_INTERNAL;
	why = code_hash(d.code, pass.hash);
	if (why == REASON_NONE)
		why = roster_pass_set(roster, ask->m->account, &pass,
				      (uint64_t)time(NULL));
	if (why != REASON_NONE)
		return why;
	/* shown in two halves; steps_pass.c takes it in any of its forms */
	snprintf(d.row.text, sizeof(d.row.text), "%.5s-%.5s", d.code,
		 d.code + PASS_CHARACTERS / 2);
	ask_row(ask, &d.row);
	return REASON_NONE;
}

enum reason do_pass_end(struct ask *ask, struct roster *roster)
{
	return roster_pass_end(roster, ask->m->account);
}

/* -- groups ----------------------------------------------------------------- */

static bool say_group(const char *name, uint32_t gid, uint32_t members,
		      void *ctx)
{
	struct msg_admin_row row = { "" };
	struct ask *ask = ctx;

	snprintf(row.text, sizeof(row.text), "%s\t%u\t%u", name, gid,
		 members);
	ask_row(ask, &row);
	return !ask->gone;
}

enum reason do_group_list(struct ask *ask, struct roster *roster)
{
	return roster_group_list(roster, say_group, ask);
}

/* An enrolment puts it again as it is configured: it would take back another
 * name, or find its own taken. */
static enum reason not_the_sectors(const char *name, uint32_t gid)
{
	struct config_error e = { "" };
	char path[PREFIX_PATH_MAX];
	struct config c;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK ||
	    config_read(path, &c, &e) != R_OK)
		return REASON_NOT_CONFIGURED;
	refuse_if((strcmp(name, c.group) == 0) != (gid == c.group_gid),
		  REASON_SECTOR_GROUP);
	return REASON_NONE;
}

enum reason do_group_put(struct ask *ask, struct roster *roster)
{
	enum reason why = not_the_sectors(ask->m->text, ask->m->gid);

	if (why != REASON_NONE)
		return why;
	return then_view(roster_group_put(roster, ask->m->text, ask->m->gid),
			 roster);
}

enum reason do_group_join(struct ask *ask, struct roster *roster)
{
	return then_view(roster_group_join(roster, ask->m->text,
					   ask->m->account), roster);
}

enum reason do_group_leave(struct ask *ask, struct roster *roster)
{
	return then_view(roster_group_leave(roster, ask->m->text,
					    ask->m->account), roster);
}
