/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pair that backups of a sector key are made for: X25519, each half a file
 * of one line. The public half goes to the machines; the secret one stays on a
 * machine without a network, or in a safe.
 *
 *	cnie-backup-public-1 BASE64
 *	cnie-backup-secret-1 BASE64
 */
#ifndef CNIE_CTL_KEY_PAIR_H
#define CNIE_CTL_KEY_PAIR_H

#include "base/bytes.h"
#include "base/wire.h"

#define KEY_LINE_MAX 80		/* 66 with its newline */

enum key_half { KEY_PUBLIC, KEY_SECRET };

/* SECRET: half, text where it is KEY_SECRET. text is a C string and its
 * newline. */
void key_line_put(enum key_half half, const uint8_t bytes[ELEMENT_SIZE],
		  char text[KEY_LINE_MAX]);
/* Exactly one such line; its newline may be missing. R_DENIED: it is the other
 * half. R_MALFORMED: neither, or a public key that is none (all zero). */
must_check enum result key_line_get(enum key_half half, struct span text,
				    uint8_t bytes[ELEMENT_SIZE]);

/* The public half in a file, of anybody's: R_ABSENT, R_DENIED (the other
 * half), R_MALFORMED. */
must_check enum result key_public_read(const char *path,
				       uint8_t bytes[ELEMENT_SIZE]);

#endif
