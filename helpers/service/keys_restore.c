// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A lost key brought back. One that is there is tried first: what can be used
 * is never replaced; what can't is overwritten when the other is in its place,
 * and not before.
 */
#include <stdio.h>

#include "base/file.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "service/keys.h"

enum { STEP_NEW, STEP_TRY, STEP_BESIDE, STEP_OVERWRITE };

static enum reason files(struct txn *t, struct sector_fds *fds)
{
	const struct msg_admin_request *m = &t->request;
	enum result r;

	if (key_fds_file(fds, FD_BACKUP, m->file, FILE_ANY) != R_OK ||
	    key_fds_file(fds, FD_IDENTITY, m->identity, FILE_PRIVATE) != R_OK)
		return REASON_KEY_BACKUP;
	if (t->key_step == STEP_BESIDE)
		r = key_create_beside(t->key_epoch, t->key_path,
				      sizeof(t->key_path), &fds->fd[0]);
	else
		r = key_create(t->key_epoch, t->key_path,
			       sizeof(t->key_path), &fds->fd[0]);
	return r == R_OK ? REASON_NONE : REASON_NO_KEY;
}

static void write_it(struct txn *t, int step)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_RESTORE,
				       .epoch = t->key_epoch };
	enum reason why;

	t->key_step = step;
	why = files(t, &fds);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else
		key_staff_again(t, &m, &fds);
}

/* The one that can't be used, by now under the new one's name. */
static void overwrite(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_DESTROY,
				       .epoch = t->key_epoch };

	t->key_step = STEP_OVERWRITE;
	if (key_open_exchanged(t->key_epoch, &fds.fd[0]) == R_OK)
		key_staff_again(t, &m, &fds);
	else
		key_restore_goes_on(t, REASON_INTERNAL);
}

static void overwritten(struct txn *t, enum reason why)
{
	char text[KEY_TEXT_MAX];

	if (why == REASON_NONE) {
		key_drop_unfinished(t->key_epoch);
		txn_done(t, "the sector key is back; what could not be used was overwritten");
		return;
	}
	/* cnie-sector overwrites no undamaged key of somebody else's */
	snprintf(text, sizeof(text), "the sector key is back; what lay there, perhaps the key of another sector or epoch, is %s/sector-%u.key.%s",
		 PATH_KEY_DIR, t->key_epoch,
		 key_keep_exchanged(t->key_epoch) ? "other" : "new");
	txn_done(t, text);
}

static void written(struct txn *t)
{
	bool beside = t->key_step == STEP_BESIDE;
	enum result r = beside ? key_exchange(t->key_epoch, t->key_path) :
				 key_commit(t->key_epoch, t->key_path);

	if (r != R_OK) {
		txn_refuse(t, REASON_KEY_EXISTS);
		return;
	}
	t->key_path[0] = '\0';
	if (beside)
		overwrite(t);
	else
		txn_done(t, "the sector key is back");
}

static void tried(struct txn *t, enum reason why)
{
	if (why == REASON_NONE)
		txn_refuse(t, REASON_KEY_EXISTS);
	else if (why != REASON_NO_KEY)
		txn_refuse(t, why);
	else if (key_handed(t->key_epoch))
		/* a file beside it would not be looked at */
		txn_refuse_with(t, REASON_KEY_EXISTS, "the sealed key is not of this sector and epoch: move its .cred away, systemctl restart cnied, then again");
	else
		write_it(t, STEP_BESIDE);
}

void key_restore_goes_on(struct txn *t, enum reason why)
{
	if (t->key_step == STEP_OVERWRITE)
		overwritten(t, why);
	else if (t->key_step == STEP_TRY)
		tried(t, why);
	else if (why != REASON_NONE)
		txn_refuse(t, why);
	else
		written(t);
}

static void try_it(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = { .mode = SECTOR_PROBE,
				       .epoch = t->key_epoch };
	char text[KEY_TEXT_MAX] = "";
	enum result r = key_open(t->key_epoch, &fds.fd[0]);

	key_drop_unfinished(t->key_epoch);
	t->key_step = STEP_TRY;
	if (r == R_OK) {
		key_staff(t, &m, &fds);
	} else if (r == R_ABSENT) {
		write_it(t, STEP_NEW);
	} else {
		(void)key_refused_text(t->key_epoch, text, sizeof(text));
		txn_refuse_with(t, REASON_KEY_EXISTS, text);
	}
}

void key_restore(struct txn *t)
{
	t->key_epoch = t->request.epoch ? : t->config.epoch;
	if (refused(t->config.provider != PROVIDER_LOCAL))
		txn_refuse(t, REASON_KEY_CUSTODY);
	else if (refused(!key_live(&t->config, t->key_epoch)))
		txn_refuse(t, REASON_KEY_BACKUP);
	else
		try_it(t);
}
