/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A root in which programs in the place of systemd's seal by base64 where there
 * is a file "tpm", and systemctl writes down what it was told: what our own
 * commands do with them is under test. (test_keys.sh has the real systemd-creds
 * and an emulated TPM.)
 */
#ifndef CNIE_TESTS_CTL_SUPPORT_SEAL_H
#define CNIE_TESTS_CTL_SUPPORT_SEAL_H

#include "support_key.h"

#define SEAL_KEY_1 "the first key, which nobody may see"
#define SEAL_KEY_2 "the second key, of the epoch after"
#define SEAL_KEYS "var/lib/cnie/key/"
#define SEAL_DROP_IN "etc/systemd/system/cnied.service.d/cnie-key.conf"

/* key_setup, those programs, the plain key of epoch 1, a backup by name. */
void seal_setup(void);

/* Files below the root. */
void seal_put(const char *name, const char *text, mode_t mode);
bool seal_has(const char *name);
const char *seal_text(const char *name);

#endif
