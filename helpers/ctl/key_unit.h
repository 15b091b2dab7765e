/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The drop-in by which systemd gives cnied sealed keys
 * (LoadCredentialEncrypted=, systemd.exec(5)).
 */
#ifndef CNIE_CTL_KEY_UNIT_H
#define CNIE_CTL_KEY_UNIT_H

#include <stdbool.h>
#include <stdint.h>

bool unit_systemd_runs(void);

enum unit_which {
	UNIT_ALL,		/* every epoch's credential that is there */
	UNIT_SEALED_ALONE,	/* where no plain file lies beside it */
};

/*
 * The drop-in names these epochs' credentials, 0 passed over; without any it
 * goes. cnied starts anew with it. An enum ctl_exit; has complained unless it
 * is CTL_DONE.
 */
int unit_serve(const uint32_t epochs[2], enum unit_which which);

/* Does the drop-in name this epoch's? */
bool unit_names(uint32_t epoch);

/* cnied's sockets listen again after it failed to start too often. */
void unit_revive(void);

#endif
