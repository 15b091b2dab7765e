// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The end of an epoch: its tags, then its key wherever this machine has one. The
 * provider of today need not be that of its time, so the file goes where there
 * is one, and the token's key where a token is configured; unless cniectl has
 * marked that it stays there, for other machines.
 */
#include <stdio.h>

#include "base/prefix.h"
#include "base/refuse.h"
#include "service/keys.h"

enum { STEP_FILE, STEP_TOKEN };

static bool has_token(const struct txn *t)
{
	return t->config.provider == PROVIDER_PKCS11 ||
	       t->config.token_module[0];
}

/* Once the tags are gone, nothing here tells that the token has a key yet. */
static enum reason mark(struct txn *t, uint32_t epoch)
{
	if (!has_token(t) || key_token_stays(epoch))
		return REASON_NONE;
	return key_token_ends(epoch) == R_OK ? REASON_NONE : REASON_INTERNAL;
}

static enum reason forget(struct txn *t, uint32_t epoch)
{
	struct roster *roster = txn_roster(t);
	uint32_t unbound_now = 0;
	bool used = false;
	enum reason why;

	if (!roster)
		return REASON_ROSTER;
	why = roster_epoch_used(roster, epoch, &used);
	if (why == REASON_NONE && used)
		why = roster_unbound_count(roster, t->config.epoch,
					   &unbound_now);
	if (why == REASON_NONE && refused(unbound_now > t->request.number))
		why = REASON_EPOCH_NEEDED;
	if (why == REASON_NONE)
		why = mark(t, epoch);
	if (why == REASON_NONE)
		why = roster_retire(roster, epoch);
	roster_close(&roster);
	return why;
}

static void end_of(struct txn *t)
{
	char text[KEY_TEXT_MAX] = "";

	if (key_token_stays(t->key_epoch))
		snprintf(text, sizeof(text), "epoch %u: its tags are gone; the token's key of it stays there for the machines that share it, and the last of them retires without --keep-key",
			 t->key_epoch);
	else if (t->key_of == PROVIDER_PKCS11)
		snprintf(text, sizeof(text), "epoch %u: its tags and its key are gone, and the token has none of it for any machine that shares it",
			 t->key_epoch);
	else if (t->key_of == PROVIDER_TOKENISER)
		snprintf(text, sizeof(text), "epoch %u: its tags are gone, and what key of it was here; one at the tokenisation service is for the service to end",
			 t->key_epoch);
	if (key_remove(t->key_epoch) != R_OK)
		txn_refuse(t, REASON_INTERNAL);
	else
		txn_done(t, text);
}

/* As if it were a machine of that provider. */
static void destroy(struct txn *t, uint32_t provider,
		    const struct sector_fds *fds)
{
	struct msg_sector_config m = { .mode = SECTOR_DESTROY,
				       .epoch = t->key_epoch };

	t->config.provider = provider;
	key_staff_again(t, &m, fds);
}

static void in_token(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	enum reason why;

	t->key_step = STEP_TOKEN;
	if ((t->key_of != PROVIDER_PKCS11 && !t->config.token_module[0]) ||
	    key_token_stays(t->key_epoch)) {
		end_of(t);
		return;
	}
	why = key_pin(t, &fds);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else
		destroy(t, PROVIDER_PKCS11, &fds);
}

static void in_file(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	char text[KEY_TEXT_MAX] = "";

	t->key_step = STEP_FILE;
	switch (key_open_to_destroy(t->key_epoch, &fds.fd[0])) {
	case R_OK:
		destroy(t, PROVIDER_LOCAL, &fds);
		break;
	case R_ABSENT:
		in_token(t);	/* a credential's file, or nothing */
		break;
	case R_DENIED:
	case R_MALFORMED:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		(void)key_refused_text(t->key_epoch, text, sizeof(text));
		txn_refuse_with(t, REASON_INTERNAL, text);
	}
}

void key_retire_goes_on(struct txn *t, enum reason why)
{
	char text[KEY_TEXT_MAX];

	if (t->key_step == STEP_TOKEN &&
	    (why == REASON_NONE || why == REASON_NO_KEY)) {
		end_of(t);	/* the token has it no more */
	} else if (why == REASON_NONE) {
		in_token(t);
	} else if (t->key_step == STEP_FILE && why == REASON_NO_KEY) {
		/* it may be the only copy of a key that lives */
		snprintf(text, sizeof(text), "%s/sector-%u.key is the key of another sector or epoch, or no key, and was not overwritten: move it away, then cniectl key retire",
			 PATH_KEY_DIR, t->key_epoch);
		txn_refuse_with(t, why, text);
	} else if (t->key_step == STEP_TOKEN) {
		snprintf(text, sizeof(text), "%s; the tags of epoch %u are gone, and its key in the token is not: when the token can be used, cniectl key retire again",
			 reason_row(why)->text, t->key_epoch);
		txn_refuse_with(t, why, text);
	} else {
		txn_refuse(t, why);
	}
}

void key_retire(struct txn *t)
{
	uint32_t epoch = t->request.epoch;
	enum reason why = REASON_NONE;

	if (refused(key_live(&t->config, epoch) || epoch > t->config.epoch))
		why = REASON_EPOCH_LIVE;
	if (why == REASON_NONE)
		why = forget(t, epoch);
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	t->key_epoch = epoch;
	t->key_of = t->config.provider;
	in_file(t);
}
