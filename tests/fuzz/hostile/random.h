/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All of this process's randomness, OpenSSL's too, from one number: a plan
 * runs a second time as it ran the first. */
#ifndef CNIE_FUZZ_HOSTILE_RANDOM_H
#define CNIE_FUZZ_HOSTILE_RANDOM_H

#include "base/bytes.h"

void random_fix(uint64_t seed);
enum result random_fixed(void *unused, uint8_t *out, size_t n);

#endif
