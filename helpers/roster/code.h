/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The person's code: rules, hash (yescrypt through libcrypt), check. A code
 * is a secret of its caller, who wipes it; what crypt_r leaves behind is
 * wiped here. A hash is what the roster stores.
 */
#ifndef CNIE_ROSTER_CODE_H
#define CNIE_ROSTER_CODE_H

#include "base/reason.h"

#define CODE_MIN 6	/* characters (UTF-8 code points) */
#define CODE_MAX 64	/* bytes, as MSG_LOGIN_ANSWER carries */
#define CODE_HASH_SIZE 128	/* yescrypt writes 73 characters and NUL */

/*
 * REASON_NONE, or REASON_WEAK_CODE: shorter than CODE_MIN characters, longer
 * than CODE_MAX bytes, fewer than three different characters, or a sequence
 * with one constant step (123456, 987654, 024680, abcdef).
 */
must_check enum reason code_check(const char *code);

/* Hash with a fresh salt. Does not apply code_check. REASON_INTERNAL where
 * libcrypt or the kernel's random numbers fail. Takes 50-100 ms. */
must_check enum reason code_hash(const char *code, char out[CODE_HASH_SIZE]);

/*
 * REASON_NONE where code hashes to hash; REASON_WRONG_CODE where not;
 * REASON_NO_CODE for an empty hash; REASON_INTERNAL where libcrypt fails or
 * hash is not a yescrypt hash. Compares in constant time.
 */
must_check enum reason code_verify(const char *code, const char *hash);

#endif
