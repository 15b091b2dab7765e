/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What setup and cniectl key init share. */
#ifndef CNIE_CTL_KEY_H
#define CNIE_CTL_KEY_H

#include "base/config.h"

/*
 * The key of the configured epoch, and the machine's own where there is a
 * cache: there afterwards, made or kept. A sealed one that cnied does not get
 * is never replaced by another. An enum ctl_exit; has complained unless it is
 * CTL_DONE.
 */
int key_init(const struct config *c);

#endif
