// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The life of the sector key: made, asked about, saved; brought back and ended
 * in the files beside this one.
 * Each step may be repeated after a crash: what was done is found done. The
 * key itself is in cnie-sector's hands alone; here are files and epochs.
 */
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/config_value.h"
#include "base/file.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "service/key.h"
#include "service/keys.h"
#include "service/service.h"

#define KEPT "the sector has its key already; it was kept"
#define UNBOUND_ROWS 1000	/* named one by one; the rest is counted */

bool key_verb(uint8_t verb)
{
	/* they stand together in wire_admin.h, but for setup's */
	return verb == ADMIN_KEY_INIT ||
	       (verb >= ADMIN_KEY_STATUS && verb <= ADMIN_KEY_RESTORE);
}

void key_staff(struct txn *t, struct msg_sector_config *m,
	       const struct sector_fds *fds)
{
	txn_to(t, ST_PROBE);
	if (staff_sector_with(t, m, fds) != R_OK)
		txn_refuse(t, REASON_INTERNAL);
}

void key_staff_again(struct txn *t, struct msg_sector_config *m,
		     const struct sector_fds *fds)
{
	crew_end_all(&t->crew, &t->service->morgue);
	key_staff(t, m, fds);
}

enum reason key_pin(struct txn *t, struct sector_fds *fds)
{
	char path[256];
	enum result r = prefix_path(t->config.token_pin_file, path,
				    sizeof(path));

	if (r == R_OK)
		r = key_fds_file(fds, FD_KEY, path, FILE_PRIVATE);
	return r == R_OK ? REASON_NONE : REASON_TOKEN;
}

bool key_live(const struct config *c, uint32_t epoch)
{
	return epoch == c->epoch ||
	       (c->previous_epoch && epoch == c->previous_epoch);
}

enum { STEP_MAKE, STEP_LOOK };	/* in a token */

/* -- made ------------------------------------------------------------------------ */

/* One that is there is used once: cnie.conf is to name none that can't be. */
static void keep_file(struct txn *t, uint32_t epoch)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_PROBE, .epoch = epoch };
	char text[KEY_TEXT_MAX] = "";

	key_drop_unfinished(epoch);
	if (key_open(epoch, &fds.fd[0]) != R_OK) {
		(void)key_refused_text(epoch, text, sizeof(text));
		txn_refuse_with(t, REASON_NO_KEY, text);
	} else {
		key_staff(t, &m, &fds);
	}
}

/* Accounts are known by its key: a second one would find none of them. false:
 * it was refused. */
static bool ask_used(struct txn *t, uint32_t epoch, bool *used)
{
	struct roster *roster = txn_roster(t);
	enum reason why;

	if (!roster)
		return false;
	why = roster_epoch_used(roster, epoch, used);
	roster_close(&roster);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	return why == REASON_NONE;
}

static void make_file(struct txn *t, uint32_t epoch)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_KEYGEN, .epoch = epoch };
	char text[KEY_TEXT_MAX];
	bool used = true;

	if (key_custody(epoch) != CUSTODY_NONE ||
	    key_refused_text(epoch, text, sizeof(text))) {
		keep_file(t, epoch);
		return;
	}
	/* one that systemd did not hand over is no reason for another */
	if (refused(key_sealed_here(epoch))) {
		txn_refuse(t, REASON_NO_KEY);
		return;
	}
	if (!ask_used(t, epoch, &used))
		return;
	if (refused(used)) {
		txn_refuse(t, REASON_EPOCH_NEEDED);
		return;
	}
	t->key_epoch = epoch;
	if (key_backup_forget(epoch) != R_OK ||
	    key_create(epoch, t->key_path, sizeof(t->key_path), &fds.fd[0]) !=
	    R_OK)
		txn_refuse(t, REASON_NO_KEY);
	else
		key_staff(t, &m, &fds);
}

static void make_in_token(struct txn *t, uint32_t epoch, bool machine)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_KEYGEN, .epoch = epoch,
				       .machine_key = machine };
	bool used = false;
	enum reason why;

	if (!machine && !ask_used(t, epoch, &used))
		return;
	if (used) {		/* an empty token makes no other */
		m.mode = SECTOR_PROBE;
		t->key_step = STEP_LOOK;
	}
	why = key_pin(t, &fds);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else
		key_staff(t, &m, &fds);
}

/* Before cnie.conf names its key: does the service answer under it? */
static void try_service(struct txn *t, uint32_t epoch)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_PROBE, .epoch = epoch };
	enum result r;

	if (!t->request.text[0]) {
		txn_done(t, "the key is at the tokenisation service");
		return;
	}
	if (refused(epoch != t->config.epoch + 1 ||
		    !value_element(t->request.text, t->config.public_key))) {
		txn_refuse(t, REASON_PROTOCOL);
		return;
	}
	r = key_fds(&t->config, &fds);
	if (r == R_OK)
		key_staff(t, &m, &fds);
	else
		txn_refuse(t, r == R_BUSY ? REASON_TOKENISER : REASON_TOKEN);
}

static void make(struct txn *t)
{
	uint32_t epoch = t->request.epoch ? : t->config.epoch;

	/* only the epoch that is, or the one that comes */
	if (refused(!key_live(&t->config, epoch) &&
		    epoch != t->config.epoch + 1)) {
		txn_refuse(t, REASON_PROTOCOL);
		return;
	}
	switch (t->config.provider) {
	case PROVIDER_LOCAL:
		make_file(t, epoch);
		break;
	case PROVIDER_PKCS11:
		make_in_token(t, epoch, false);
		break;
	default:
		try_service(t, epoch);
	}
}

static void make_machine_key(struct txn *t)
{
	if (!t->config.token_cache)
		txn_refuse(t, REASON_KEY_CUSTODY);
	else
		make_in_token(t, t->config.epoch, true);
}

/* -- asked about ------------------------------------------------------------------- */

static const char *provider_name(uint32_t provider)
{
	return provider == PROVIDER_LOCAL ? "local" :
	       provider == PROVIDER_PKCS11 ? "pkcs11" : "tokeniser";
}

/* An epoch that nobody logs in under any more, and that has left something. */
static enum reason left_over(struct txn *t, struct roster *roster,
			     uint32_t *out)
{
	const struct config *c = &t->config;
	uint32_t found = key_left_over(c->epoch, c->previous_epoch);
	enum reason why = REASON_NONE;

	for (uint32_t e = c->epoch; !found && e-- > 1 &&
	     c->epoch - e <= UNBOUND_ROWS;) {
		bool used = false;

		if (e == c->previous_epoch)
			continue;
		why = roster_epoch_used(roster, e, &used);
		if (why != REASON_NONE)
			return why;
		if (used)
			found = e;
	}
	*out = found;
	return REASON_NONE;
}

static enum reason status_rows(struct txn *t, struct roster *roster)
{
	const struct config *c = &t->config;
	uint32_t unbound = 0, rest = 0, day;
	enum reason why = roster_unbound_count(roster, c->epoch, &unbound);

	if (why == REASON_NONE)
		why = left_over(t, roster, &rest);
	if (why != REASON_NONE)
		return why;
	txn_row(t, "provider\t%s", provider_name(c->provider));
	txn_row(t, "epoch\t%u", c->epoch);
	txn_row(t, "previous_epoch\t%u", c->previous_epoch);
	txn_row(t, "custody\t%s", key_custody_text(c, c->epoch));
	txn_row(t, "unbound\t%u", unbound);
	txn_row(t, "left_over\t%u", rest);
	day = c->provider == PROVIDER_LOCAL ? key_backup_day(c->epoch) : 0;
	if (c->provider != PROVIDER_LOCAL)
		txn_row(t, "backup\tnot held here");
	else if (day)
		txn_row(t, "backup\t%u", day);
	else
		txn_row(t, "backup\tnever");
	if (c->provider == PROVIDER_LOCAL && c->previous_epoch) {
		day = key_backup_day(c->previous_epoch);
		if (day)
			txn_row(t, "previous_backup\t%u", day);
		else
			txn_row(t, "previous_backup\tnever");
	}
	return REASON_NONE;
}

/* The rows first, then whether the helper can use the keys. */
static void status(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = {
		.mode = SECTOR_PROBE, .epoch = t->config.epoch,
		.old_epoch = t->config.previous_epoch,
	};
	struct roster *roster = txn_roster(t);
	char text[KEY_TEXT_MAX];
	enum reason why;
	enum result r;

	if (!roster)
		return;
	why = status_rows(t, roster);
	roster_close(&roster);
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	r = key_fds(&t->config, &fds);
	if (r == R_OK) {
		key_staff(t, &m, &fds);
		return;
	}
	if (key_refusal(&t->config, text, sizeof(text)))
		txn_row(t, "key\tunusable: %s", text);
	else
		txn_row(t, "key\t%s", r == R_ABSENT ? "missing" : "unusable");
	txn_done(t, "");
}

struct unbound {
	struct txn *t;
	uint32_t n;
};

static bool say_unbound(const struct roster_account *a, void *ctx)
{
	struct unbound *u = ctx;

	if (u->n++ < UNBOUND_ROWS)
		txn_row(u->t, "%s\t%u", a->name, a->uid);
	return u->t->state != ST_END && u->n <= UNBOUND_ROWS;
}

static void unbound(struct txn *t)
{
	struct unbound u = { .t = t };
	struct roster *roster = txn_roster(t);
	uint32_t all = 0;
	enum reason why;
	char text[64];

	if (!roster)
		return;
	why = roster_unbound_count(roster, t->config.epoch, &all);
	if (why == REASON_NONE)
		why = roster_unbound(roster, t->config.epoch, say_unbound, &u);
	roster_close(&roster);
	if (why != REASON_NONE) {
		txn_refuse(t, why);
		return;
	}
	snprintf(text, sizeof(text), "%u", all);
	txn_done(t, text);
}

/* -- saved -------------------------------------------------------------------------- */

static void backup(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	uint32_t epoch = t->request.epoch ? : t->config.epoch;
	struct msg_sector_config m = { .mode = SECTOR_BACKUP, .epoch = epoch };

	if (refused(t->config.provider != PROVIDER_LOCAL)) {
		txn_refuse(t, REASON_KEY_CUSTODY);
		return;
	}
	if (t->request.flags & ADMIN_BACKUP_STORED) {
		if (key_backup_done(epoch, t->today) != R_OK)
			txn_refuse(t, REASON_INTERNAL);
		else
			txn_done(t, "");
		return;
	}
	if (!value_element(t->request.text, m.recipient)) {
		txn_refuse(t, REASON_KEY_BACKUP);
		return;
	}
	if (key_open(epoch, &fds.fd[0]) != R_OK)
		txn_refuse(t, REASON_NO_KEY);
	else
		key_staff(t, &m, &fds);
}

/* -- what the helper says -------------------------------------------------------------- */

void key_start(struct txn *t)
{
	switch (t->request.verb) {
	case ADMIN_KEY_MACHINE:
		make_machine_key(t);
		break;
	case ADMIN_KEY_STATUS:
		status(t);
		break;
	case ADMIN_KEY_UNBOUND:
		unbound(t);
		break;
	case ADMIN_KEY_RETIRE:
		key_retire(t);
		break;
	case ADMIN_KEY_BACKUP:
		backup(t);
		break;
	case ADMIN_KEY_RESTORE:
		key_restore(t);
		break;
	default:
		make(t);
	}
}

static void made(struct txn *t)
{
	bool kept = !t->key_path[0] && (t->key_step == STEP_LOOK ||
					t->config.provider == PROVIDER_LOCAL);

	if (t->key_path[0] &&
	    key_commit(t->key_epoch, t->key_path) != R_OK) {
		txn_refuse(t, REASON_KEY_EXISTS);
		return;
	}
	t->key_path[0] = '\0';
	txn_done(t, kept ? KEPT : t->request.text[0] ?
		 "the tokenisation service answers under the new one" :
		 "the sector key was made");
}

void on_key_ready(struct txn *t, enum source from, const void *msg)
{
	(void)from;
	(void)msg;
	switch (t->request.verb) {
	case ADMIN_KEY_STATUS:
		txn_row(t, "key\tpresent");
		txn_done(t, "");
		break;
	case ADMIN_KEY_RETIRE:
		key_retire_goes_on(t, REASON_NONE);
		break;
	case ADMIN_KEY_RESTORE:
		key_restore_goes_on(t, REASON_NONE);
		break;
	case ADMIN_KEY_BACKUP:
		break;		/* the backup follows */
	default:
		made(t);
	}
}

void on_key_backup(struct txn *t, enum source from, const void *msg)
{
	const struct msg_sector_backup *m = msg;
	struct msg_bulk bulk = { .last = 1, .bytes = m->sealed };

	(void)from;
	if (refused(t->request.verb != ADMIN_KEY_BACKUP)) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	if (chan_send(t->client->fd, MSG_ADMIN_BULK, &bulk) != R_OK)
		txn_refuse(t, REASON_CANCELLED);
	else
		txn_done(t, "");
}

void on_key_fail(struct txn *t, enum source from, const void *msg)
{
	const struct msg_helper_fail *m = msg;
	const struct reason_row *row = reason_row(m->reason);
	enum reason why = row->id == (enum reason)m->reason &&
			  row->id != REASON_NONE ? row->id :
			  REASON_HELPER_PROTOCOL;

	(void)from;
	if (t->request.verb == ADMIN_KEY_STATUS) {
		txn_row(t, "key\tunusable: %s", key_fail_text(m));
		txn_done(t, "");
	} else if (t->request.verb == ADMIN_KEY_RETIRE) {
		key_retire_goes_on(t, why);
	} else if (t->request.verb == ADMIN_KEY_RESTORE) {
		key_restore_goes_on(t, why);
	} else if (why == REASON_NO_KEY && t->key_step == STEP_LOOK) {
		txn_refuse_with(t, why, "accounts are known by the key of this epoch, and the token has no such key: another would know none of them. It comes from where the token was set up; where it is lost, cniectl key rotate --lost");
	} else if (why == REASON_KEY_EXISTS && !t->key_path[0]) {
		txn_done(t, KEPT);
	} else {
		txn_refuse_with(t, why, key_fail_text(m));
	}
}
