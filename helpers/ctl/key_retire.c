// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl key retire: the end of the epoch before. What is done is found done
 * by the next run.
 *
 * MUST: a key goes only after cnie.conf no longer names its epoch.
 */
#include <stdio.h>
#include <string.h>

#include "base/config_value.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/key_edit.h"
#include "ctl/key_seal.h"
#include "ctl/key_talk.h"
#include "ctl/key_unit.h"

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
	struct key_edits e = { 0 };

	key_edit(&e, "sector", "previous_epoch", NULL);
	key_edit(&e, "tokeniser", "previous_public_key", NULL);
	return key_edit_write(&e, path);
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

/* "lost" is said of a key only where nothing of it is here. */
static void tell_unnamed(uint32_t epoch, const struct config *c)
{
	char path[PREFIX_PATH_MAX];

	if (c->provider == PROVIDER_LOCAL && !seal_key_here(epoch, path))
		complain("the key of epoch %u is lost: those persons come with "
			 "their card, cniectl account rebind", epoch);
	else if (c->provider == PROVIDER_TOKENISER)
		complain("cnie.conf does not name epoch %u: with previous_epoch "
			 "= %u in [sector], and its previous_public_key in "
			 "[tokeniser], they log in until they are bound", epoch,
			 epoch);
	else
		complain("cnie.conf does not name epoch %u: with previous_epoch "
			 "= %u in [sector], and its key in order (cniectl "
			 "doctor), they log in until they are bound", epoch,
			 epoch);
}

/* Both epochs' sealed keys, as before. */
static bool unit_serve_sealed(const struct config *c)
{
	const uint32_t live[2] = { c->epoch, c->previous_epoch };

	return !seal_there(c->previous_epoch) ||
	       unit_serve(live, UNIT_SEALED_ALONE) == CTL_DONE;
}

/* As it was before this run took the line out: else those that cnied would not
 * lock out had no key left. */
static void name_again(const char *path, const struct config *c)
{
	uint32_t epoch = c->previous_epoch;
	struct key_edits e = { 0 };
	char number[16], key[2 * ELEMENT_SIZE + 1];

	snprintf(number, sizeof(number), "%u", epoch);
	hex_encode(SPAN(c->previous_public_key), key);
	key_edit(&e, "sector", "previous_epoch", number);
	if (c->provider == PROVIDER_TOKENISER)
		key_edit(&e, "tokeniser", "previous_public_key", key);
	if (key_edit_write(&e, path) != CTL_DONE)
		complain("[sector] previous_epoch = %u was taken out of %s: "
			 "those accounts can't log in until it is there again",
			 epoch, path);
	else if (c->provider == PROVIDER_TOKENISER ||
		 (unit_serve_sealed(c) && key_present()))
		complain("epoch %u lives on: those accounts still log in under "
			 "it", epoch);
	else if (name_no_more(path) == CTL_DONE)
		tell_unnamed(epoch, c);
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
		name_again(path, c);
	return code;
}

/* What a run that was killed has left, or somebody who edited cnie.conf. */
static int retire_left(const struct config *c, uint32_t limit)
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
		/* cnied knows whether its tags are gone, and nobody needs it */
		if (code == CTL_REFUSED && check_unbound(limit) != CTL_DONE)
			tell_unnamed(epoch, c);
		if (code != CTL_DONE)
			return code;
	}
}

int cmd_key_retire(const struct arguments *a)
{
	char path[PREFIX_PATH_MAX];
	scoped(close_fd) int lock = -1;
	struct config c;
	uint32_t limit = 0;
	int code = key_lock(&lock);

	if (code == CTL_DONE)
		code = key_config(&c, path);
	if (code == CTL_DONE)
		code = read_limit(a, &limit);
	if (code != CTL_DONE)
		return code;
	return c.previous_epoch ? retire_live(path, &c, limit) :
				  retire_left(&c, limit);
}
