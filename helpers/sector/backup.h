/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sector key on paper or a stick, for the day the machine is lost: its key
 * file, sealed to a public key whose secret half is kept off every machine.
 *
 *    0  15  "CNIE-KEY-BACKUP"
 *   15   1  version, 1
 *   16  16  BLAKE2b-128 of the sector's urn
 *   32   4  epoch
 *   36 128  crypto_box_seal (X25519, XSalsa20-Poly1305) of the 80 bytes of
 *           key.h
 *
 * What opens it is one line of text, the file of the secret half:
 *
 *   cnie-backup-secret-1 BASE64-OF-32-BYTES
 *
 * Anybody can seal to a public key. That a backup opens does not say who made
 * it: whoever restores one answers for where it came from.
 */
#ifndef CNIE_SECTOR_BACKUP_H
#define CNIE_SECTOR_BACKUP_H

#include "sector/key.h"

#define BACKUP_SEAL 48			/* crypto_box_SEALBYTES */
#define BACKUP_SIZE (15 + 1 + KEY_URN_HASH + 4 + KEY_FILE_SIZE + BACKUP_SEAL)
#define BACKUP_KEY 32			/* X25519, either half */
#define BACKUP_IDENTITY_MAX 66		/* the line with its newline */

struct backup_identity {	/* SECRET */
	uint8_t secret[BACKUP_KEY];
};
void backup_identity_wipe(struct backup_identity *i);

/* R_MALFORMED: not that one line. */
must_check enum result backup_identity_get(struct span text,
					   struct backup_identity *out);

/* R_DENIED: a recipient that is no public key. */
must_check enum result backup_seal(const struct sector_key *key,
				   const char *urn, uint32_t epoch,
				   const uint8_t recipient[BACKUP_KEY],
				   uint8_t out[BACKUP_SIZE]);

/* R_MALFORMED: not a backup. R_DENIED: of another sector or epoch, sealed to
 * another key, damaged, or holding what is no key of this sector and epoch. */
must_check enum result backup_open(struct span in,
				   const struct backup_identity *identity,
				   const char *urn, uint32_t epoch,
				   struct sector_key *out);

#endif
