/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of what admin.sock is asked about keys: keys.c begins each, and
 * hands on what cnie-sector says. */
#ifndef CNIE_SERVICE_KEYS_H
#define CNIE_SERVICE_KEYS_H

#include "service/key.h"
#include "service/txn.h"

#define KEY_TEXT_MAX 257	/* as msg_admin_done has it */

/* cnie-sector started for it; the transaction waits for its word. */
void key_staff(struct txn *t, struct msg_sector_config *m,
	       const struct sector_fds *fds);
/* The same once more, after another one of it has answered. */
void key_staff_again(struct txn *t, struct msg_sector_config *m,
		     const struct sector_fds *fds);
/* The token's PIN, at FD_KEY. */
must_check enum reason key_pin(struct txn *t, struct sector_fds *fds);
/* An epoch that cnie.conf names. */
bool key_live(const struct config *c, uint32_t epoch);

/* Each begins, and goes on when the helper has done its step (REASON_NONE) or
 * has failed. */
void key_restore(struct txn *t);
void key_restore_goes_on(struct txn *t, enum reason why);
void key_retire(struct txn *t);
void key_retire_goes_on(struct txn *t, enum reason why);

#endif
