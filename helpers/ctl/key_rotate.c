// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl key rotate and retire: from one epoch to the next. What is done is
 * found done by the next run: a key that is there, a backup that is written,
 * a line of cnie.conf, an epoch that has left something.
 *
 * MUST: cnie.conf names an epoch only after its key is there, and a key goes
 * only after cnie.conf no longer names its epoch.
 */
#include <stdio.h>
#include <string.h>

#include "base/config_value.h"
#include "base/refuse.h"
#include "ctl/config_edit.h"
#include "ctl/key_backup.h"
#include "ctl/key_seal.h"
#include "ctl/key_talk.h"
#include "ctl/key_unit.h"
#include "ctl/talk.h"

#define EDITS_MAX 5

struct edits {
	size_t n;
	struct config_edit at[EDITS_MAX];
};

static void edit(struct edits *e, const char *section, const char *key,
		 const char *value)
{
	e->at[e->n++] = (struct config_edit){ section, key, value };
}

static int edit_config(const char *path, const struct edits *e)
{
	struct config_error error = { "" };

	if (config_edit_file(path, e->at, e->n, &error) == R_OK)
		return CTL_DONE;
	complain("%s", error.text);
	return CTL_SYSTEM;
}

/* -- rotate ------------------------------------------------------------------- */

struct rotation {
	struct config c;
	char path[PREFIX_PATH_MAX];
	struct backup_wish wish;
	const char *public_key, *ends;
	bool lost;		/* the key of the epoch that ends */
};

/* --public-key where the tokeniser has the key, a backup where it is here. */
static int read_wishes(const struct arguments *a, struct rotation *r)
{
	uint8_t element[ELEMENT_SIZE];
	uint32_t day;
	int code = backup_wish_read(a, &r->wish);

	r->public_key = a->value[OPT_PUBLIC_KEY];
	r->ends = a->value[OPT_ENDS];
	if (code != CTL_DONE)
		return code;
	if (r->ends && !value_date(r->ends, &day)) {
		complain("--ends: YYYY-MM-DD");
		return CTL_USAGE;
	}
	if ((r->c.provider == PROVIDER_TOKENISER) != (r->public_key != NULL)) {
		complain("--public-key: needed with the provider tokeniser, "
			 "and only there; its service publishes the new "
			 "epoch's");
		return CTL_USAGE;
	}
	if (r->public_key && !value_element(r->public_key, element)) {
		complain("--public-key: 64 hexadecimal digits, lower case");
		return CTL_USAGE;
	}
	if (r->c.provider != PROVIDER_LOCAL && r->wish.what == WISH_BACKUP) {
		struct msg_admin_done no = { .reason = REASON_KEY_CUSTODY };

		return talk_result(R_OK, &no);
	}
	return r->c.provider == PROVIDER_LOCAL ?
		       backup_wish_needed(&r->wish) : CTL_DONE;
}

/* Two epochs live already: a rotation that was killed late, or a second one. */
static int already(const struct config *c)
{
	const uint32_t live[2] = { c->epoch, c->previous_epoch };
	struct key_status s = { 0 };
	int code;

	backup_end();
	if (seal_there(c->previous_epoch)) {
		code = key_status_ask(&s);
		if (code != CTL_DONE)
			return code;
		if (strncmp(key_status_get(&s, "custody"), "sealed", 6))
			return seal_keys(live);
	}
	complain("epochs %u and %u are live, and more than two can't be: when "
		 "cniectl key status says that no account is unbound, cniectl "
		 "key retire", c->previous_epoch, c->epoch);
	return CTL_REFUSED;
}

static int write_rotation(const struct rotation *r)
{
	struct edits e = { 0 };
	char next[16], now[16], old_key[2 * ELEMENT_SIZE + 1];

	snprintf(next, sizeof(next), "%u", r->c.epoch + 1);
	snprintf(now, sizeof(now), "%u", r->c.epoch);
	hex_encode(SPAN(r->c.public_key), old_key);
	edit(&e, "sector", "epoch", next);
	if (!r->lost)
		edit(&e, "sector", "previous_epoch", now);
	if (r->ends)
		edit(&e, "sector", "epoch_ends", r->ends);
	if (r->public_key) {
		edit(&e, "tokeniser", "public_key", r->public_key);
		edit(&e, "tokeniser", "previous_public_key", old_key);
	}
	return edit_config(r->path, &e);
}

static void tell_rotated(const struct config *c)
{
	char text[96];

	snprintf(text, sizeof(text), "%u is the epoch now, %u lives on beside "
		 "it", c->epoch + 1, c->epoch);
	key_step("config", text);
	if (c->epoch_ends)
		key_step("config", "is epoch_ends still right?");
	puts("\nNothing changes for anybody: the next login of each account "
	     "binds it to the new key,\nand name, uid and home stay. Who has "
	     "not come yet: cniectl key status (unbound).\nWhen it is 0, or "
	     "those left are not to come back: cniectl key retire");
}

static void tell_lost(const struct config *c)
{
	char text[96];

	snprintf(text, sizeof(text), "%u is the epoch now; the key of %u is "
		 "lost, and not named", c->epoch + 1, c->epoch);
	key_step("config", text);
	printf("\nNobody is found by the old key. Each person comes once, with "
	       "their card: cniectl\naccount rebind ACCOUNT; name, uid and home "
	       "stay. Should a backup turn up before:\nprevious_epoch = %u in "
	       "[sector], and cniectl key restore FILE --previous --identity\n"
	       "SECRET. When all are bound: cniectl key retire\n", c->epoch);
}

/*
 * An old key that is lost must not be named: cnied evaluates under both, or
 * not at all. (Whether a tokeniser has its key we can't know.)
 */
static int look_for_old(struct rotation *r)
{
	struct key_status s = { 0 };
	bool dead = false;
	int code;

	if (r->c.provider == PROVIDER_TOKENISER)
		return CTL_DONE;
	code = seal_unblock(&r->c, r->c.epoch, &dead);
	if (code == CTL_DONE)
		code = key_status_ask(&s);
	r->lost = strcmp(key_status_get(&s, "key"), "present") != 0;
	return code;
}

/* The key, its backup, and only then the line that names it. */
static int rotate(struct rotation *r)
{
	uint32_t next = r->c.epoch + 1;
	uint32_t epochs[2] = { next, r->c.epoch };
	int code = look_for_old(r);

	if (r->lost)
		epochs[1] = 0;
	if (code == CTL_DONE && r->c.provider != PROVIDER_TOKENISER)
		code = key_make(next);
	if (code == CTL_DONE && r->c.provider == PROVIDER_LOCAL)
		code = backup_make(&r->wish, next);
	if (code == CTL_DONE)
		code = write_rotation(r);
	if (code != CTL_DONE)
		return code;
	backup_end();
	if (r->lost)
		tell_lost(&r->c);
	else
		tell_rotated(&r->c);
	return seal_there(r->c.epoch) ? seal_keys(epochs) : CTL_DONE;
}

int cmd_key_rotate(const struct arguments *a)
{
	struct rotation r = { 0 };
	int code = key_config(&r.c, r.path);

	if (code == CTL_DONE && refused(r.c.previous_epoch != 0))
		return already(&r.c);
	if (code == CTL_DONE && r.c.epoch == UINT32_MAX) {
		complain("[sector] epoch: there is no number after this one");
		return CTL_REFUSED;
	}
	if (code == CTL_DONE)
		code = read_wishes(a, &r);
	return code == CTL_DONE ? rotate(&r) : code;
}

/* -- retire ------------------------------------------------------------------- */

/* How many may be locked out, by --lock-out. */
static int read_limit(const struct arguments *a, uint32_t *limit)
{
	*limit = 0;
	if (!(a->seen & OPT(OPT_LOCK_OUT)) ||
	    value_u32(a->value[OPT_LOCK_OUT], limit))
		return CTL_DONE;
	complain("--lock-out: how many accounts, a number");
	return CTL_USAGE;
}

static int check_unbound(uint32_t limit)
{
	uint32_t count = 0;
	int code = key_unbound(&count);

	if (code != CTL_DONE || !refused(count > limit))
		return code;
	fflush(stdout);
	complain("%u account%s not bound to the new key: after this nobody "
		 "logs in there but by cniectl account rebind, in person",
		 count, count == 1 ? " is" : "s are");
	complain("wait until they have logged in, or revoke them; or "
		 "--lock-out %u", count);
	return CTL_REFUSED;
}

static int name_no_more(const char *path)
{
	struct edits e = { 0 };

	edit(&e, "sector", "previous_epoch", NULL);
	edit(&e, "tokeniser", "previous_public_key", NULL);
	return edit_config(path, &e);
}

/* With the epochs that cnie.conf names now. */
static bool key_present(void)
{
	struct key_status s = { 0 };
	struct msg_admin_done done = { 0 };

	return key_status_try(&s, &done) == R_OK &&
	       done.reason == REASON_NONE &&
	       !strcmp(key_status_get(&s, "key"), "present");
}

/* As it was: else those that cnied would not lock out had no key left. */
static void name_again(const char *path, const struct config *c,
		       uint32_t epoch)
{
	struct edits e = { 0 };
	char number[16], key[2 * ELEMENT_SIZE + 1];

	snprintf(number, sizeof(number), "%u", epoch);
	hex_encode(SPAN(c->previous_public_key), key);
	edit(&e, "sector", "previous_epoch", number);
	if (c->provider == PROVIDER_TOKENISER)
		edit(&e, "tokeniser", "previous_public_key", key);
	if (edit_config(path, &e) != CTL_DONE)
		complain("[sector] previous_epoch = %u was taken out of %s: "
			 "those accounts can't log in until it is there again",
			 epoch, path);
	else if (c->provider == PROVIDER_TOKENISER || key_present())
		complain("epoch %u lives on: those accounts still log in under "
			 "it", epoch);
	else if (name_no_more(path) == CTL_DONE)
		complain("the key of epoch %u is lost: those persons come with "
			 "their card, cniectl account rebind", epoch);
}

static int end_epoch(uint32_t epoch, uint32_t limit)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_RETIRE,
				       .epoch = epoch, .number = limit };
	char text[64];
	/* what a sealing that was killed left of it is its key too */
	int code = seal_recover(epoch);

	snprintf(text, sizeof(text), "epoch %u: its tags and its key are gone",
		 epoch);
	return code == CTL_DONE ? key_request(&m, "retired", text) : code;
}

static int retire_live(const char *path, const struct config *c,
		       uint32_t limit)
{
	const uint32_t live[2] = { c->epoch, 0 };
	int code = check_unbound(limit);

	if (code == CTL_DONE)
		code = name_no_more(path);
	if (code == CTL_DONE && (seal_there(c->epoch) ||
				 seal_there(c->previous_epoch)))
		code = unit_serve(live, UNIT_SEALED_ALONE);
	if (code != CTL_DONE)
		return code;
	code = end_epoch(c->previous_epoch, limit);
	if (code == CTL_REFUSED)
		name_again(path, c, c->previous_epoch);
	return code;
}

/* What a run that was killed has left, or somebody who edited cnie.conf. */
static int retire_left(const char *path, const struct config *c,
		       uint32_t limit)
{
	const uint32_t live[2] = { c->epoch, 0 };
	uint32_t last = 0;

	for (;;) {
		struct key_status s = { 0 };
		int code = key_status_ask(&s);
		uint32_t epoch = key_status_number(&s, "left_over");

		if (code != CTL_DONE)
			return code;
		if (epoch == 0) {
			if (!last)
				puts("There is no epoch to retire.");
			return CTL_DONE;
		}
		if (epoch == last) {
			complain("something of epoch %u is still there: "
				 "journalctl -u cnied", epoch);
			return CTL_SYSTEM;
		}
		last = epoch;
		if (seal_there(epoch))
			code = unit_serve(live, UNIT_SEALED_ALONE);
		if (code == CTL_DONE)
			code = end_epoch(epoch, limit);
		if (code == CTL_REFUSED)
			name_again(path, c, epoch);
		if (code != CTL_DONE)
			return code;
	}
}

int cmd_key_retire(const struct arguments *a)
{
	char path[PREFIX_PATH_MAX];
	struct config c;
	uint32_t limit = 0;
	int code = key_config(&c, path);

	if (code == CTL_DONE)
		code = read_limit(a, &limit);
	if (code != CTL_DONE)
		return code;
	return c.previous_epoch ? retire_live(path, &c, limit) :
				  retire_left(path, &c, limit);
}
