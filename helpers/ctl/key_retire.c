// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl key retire: the end of the epoch before. What is done is found done
 * by the next run.
 *
 * MUST: a key goes only after cnie.conf no longer names its epoch.
 * MUST: --keep-key, once begun, is not forgotten: what a token has destroyed no
 * machine gets back, and what was left can be ended later.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config_value.h"
#include "base/file.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/key_edit.h"
#include "ctl/key_seal.h"
#include "ctl/key_talk.h"
#include "ctl/key_unit.h"

struct ending {
	uint32_t limit;		/* how many may be locked out, by --lock-out */
	bool keep;		/* --keep-key */
};

static int read_wishes(const struct arguments *a, struct ending *out)
{
	*out = (struct ending){ .keep = a->seen & OPT(OPT_KEEP_KEY) };
	if (!(a->seen & OPT(OPT_LOCK_OUT)) ||
	    value_u32(a->value[OPT_LOCK_OUT], &out->limit))
		return CTL_DONE;
	complain("--lock-out: how many accounts, a number");
	return CTL_USAGE;
}

/* -- what becomes of the token's key --------------------------------------------- */

static bool has_token(const struct config *c)
{
	return c->provider == PROVIDER_PKCS11 || c->token_module[0];
}

static int may_keep(const struct config *c, uint32_t epoch)
{
	char path[PREFIX_PATH_MAX];

	if (refused(seal_key_here(epoch, path))) {
		complain("--keep-key: %s is a file, and a file left is a key "
			 "left: only a token's key can stay", path);
		return CTL_REFUSED;
	}
	if (!refused(!has_token(c)))
		return CTL_DONE;
	complain("--keep-key: only a token's key can stay, and cnie.conf has "
		 "no [token]");
	return CTL_REFUSED;
}

static bool mark_path(uint32_t epoch, const char *mark,
		      char out[PREFIX_PATH_MAX])
{
	char name[96];

	snprintf(name, sizeof(name), PATH_KEY_DIR "/sector-%u.%s", epoch, mark);
	return prefix_path(name, out, PREFIX_PATH_MAX) == R_OK;
}

/* The mark that cnied looks for, and removes when all is done. */
static bool kept_path(uint32_t epoch, char out[PREFIX_PATH_MAX])
{
	return mark_path(epoch, "kept", out);
}

/* cnied's own mark: it found nobody who is not to be locked out, and the tags
 * go, or are gone. Only the token's key is left, for the next run. */
static bool tags_are_gone(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX];

	return mark_path(epoch, "token", path) && access(path, F_OK) == 0;
}

/* Before anything is changed. */
static int say_of_token(const struct config *c, uint32_t epoch, bool keep)
{
	char path[PREFIX_PATH_MAX], text[128];
	int code = keep ? may_keep(c, epoch) : CTL_DONE;

	if (code != CTL_DONE || !has_token(c))
		return code;
	if (!kept_path(epoch, path))
		return CTL_SYSTEM;
	if (!keep && access(path, F_OK)) {
		snprintf(text, sizeof(text), "what it has of epoch %u's key is "
			 "destroyed, for every machine that shares it", epoch);
		key_step("token", text);
	} else if (keep && file_replace(path, span_str(""), 0600) != R_OK) {
		complain("%s can't be written, and without it the key would "
			 "not stay: is the disk full?", path);
		code = CTL_SYSTEM;
	}
	return code;
}

/* The epoch lives on: the next run is asked anew. */
static void keep_no_more(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX];

	if (kept_path(epoch, path))
		unlink(path);
}

/* -- the epoch -------------------------------------------------------------------- */

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
	if (key_edit_write(&e, path) != CTL_DONE) {
		complain("[sector] previous_epoch = %u was taken out of %s: "
			 "those accounts can't log in until it is there again",
			 epoch, path);
	} else if (c->provider == PROVIDER_TOKENISER ||
		   (unit_serve_sealed(c) && key_present())) {
		keep_no_more(epoch);
		complain("epoch %u lives on: those accounts still log in under "
			 "it", epoch);
	} else if (name_no_more(path) == CTL_DONE) {
		tell_unnamed(epoch, c);
	}
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
		       const struct ending *how)
{
	const uint32_t live[2] = { c->epoch, 0 };
	int code = check_unbound(how->limit);

	if (code == CTL_DONE)
		code = say_of_token(c, c->previous_epoch, how->keep);
	if (code == CTL_DONE)
		code = name_no_more(path);
	if (code == CTL_DONE && (seal_there(c->epoch) ||
				 seal_there(c->previous_epoch)))
		code = unit_serve(live, UNIT_SEALED_ALONE);
	if (code != CTL_DONE)
		return code;
	code = end_epoch(c->previous_epoch, how->limit);
	if (code == CTL_REFUSED && !tags_are_gone(c->previous_epoch))
		name_again(path, c);
	return code;
}

/* What a run that was killed has left, or somebody who edited cnie.conf. */
static int retire_left(const struct config *c, const struct ending *how)
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
		code = say_of_token(c, epoch, how->keep);
		if (code != CTL_DONE)
			return code;
		if (seal_there(epoch))
			code = unit_serve(live, UNIT_SEALED_ALONE);
		if (code == CTL_DONE)
			code = end_epoch(epoch, how->limit);
		/* cnied knows whether its tags are gone, and nobody needs it */
		if (code == CTL_REFUSED && !tags_are_gone(epoch) &&
		    check_unbound(how->limit) != CTL_DONE)
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
	struct ending how;
	int code = key_lock(&lock);

	if (code == CTL_DONE)
		code = key_config(&c, path);
	if (code == CTL_DONE)
		code = read_wishes(a, &how);
	if (code != CTL_DONE)
		return code;
	return c.previous_epoch ? retire_live(path, &c, &how) :
				  retire_left(&c, &how);
}
