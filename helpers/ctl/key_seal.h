/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The local provider's key sealed by the TPM, through systemd-creds(1): a
 * credential sector-N.cred beside where the plain file was, and a drop-in by
 * which systemd unseals it for cnied alone. The plain file goes only after the
 * credential was compared with it and cnied was seen to use it.
 *
 * Those that answer an int say an enum ctl_exit, and have complained unless it
 * is CTL_DONE.
 */
#ifndef CNIE_CTL_KEY_SEAL_H
#define CNIE_CTL_KEY_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prefix.h"

/*
 * Seal each epoch's key, 0 passed over; where it is sealed already, what an
 * interrupted run left is finished. Nothing is given away on the way: where a
 * step fails the plain file serves as before.
 */
int seal_keys(const uint32_t epochs[2]);

/* A credential of this epoch is there. */
bool seal_there(uint32_t epoch);

/*
 * Whether anything of this epoch's key is here, usable or not: a key that does
 * not answer now is not a lost one. path: of the file.
 */
bool seal_key_here(uint32_t epoch, char path[PREFIX_PATH_MAX]);

/* What a sealing that was killed left: the plain file has its name again.
 * Before anything asks cnied whether the key is there. */
int seal_recover(uint32_t epoch);

enum sealed {
	SEALED_NONE,
	SEALED_OPENS,
	SEALED_DEAD,		/* a TPM answers, and does not open it */
	SEALED_SILENT,		/* no TPM answers: nothing is known of it */
};
/* Can this machine open it now? A cleared TPM and another board's seal what is
 * new and do not open this; one that is asleep, switched off or gone seals
 * nothing either. Nothing is thrown away for SEALED_SILENT. */
enum sealed seal_try(uint32_t epoch);
/* Complains where it does not open: why, and what to do. It is what it says. */
enum sealed seal_tell(uint32_t epoch);

/*
 * One that opens no more keeps cnied from starting: it is taken out of the
 * drop-in, and stays where it is. *dead: that of `epoch` is such a one. Where
 * no TPM answers nothing is changed, CTL_REFUSED, unless `without_tpm`: then it
 * is taken out too.
 */
struct config;
int seal_unblock(const struct config *c, uint32_t epoch, bool without_tpm,
		 bool *dead);

/* The credential goes; it opens no more, and the key is back. */
int seal_forget(uint32_t epoch);

#endif
