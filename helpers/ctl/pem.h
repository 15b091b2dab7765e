/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PEM (RFC 7468) as far as a store's files need it: where its blocks are, and
 * the SHA-256 of what is in one. */
#ifndef CNIE_CTL_PEM_H
#define CNIE_CTL_PEM_H

#include "ctl/csca_list.h"

/*
 * The next block of *text, which begins a line and then begins behind it:
 * `whole` lines, `body` between its first and its last. R_ABSENT: none is left.
 */
must_check enum result pem_next(struct span *text, struct span *whole,
				struct span *body);

/* der: room for body.n bytes. R_MALFORMED: it is not base64, or nothing. */
must_check enum result pem_fingerprint(struct span body, uint8_t *der,
				       char out[FINGERPRINT_MAX]);

#endif
