/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cnie.conf written anew where there is none that can be read: what setup must
 * know before, and what it keeps. Both answer an enum ctl_exit, and have
 * complained unless it is CTL_DONE. */
#ifndef CNIE_CTL_SETUP_ANEW_H
#define CNIE_CTL_SETUP_ANEW_H

#include <stdint.h>

/* The newest epoch of the roster's accounts whose key is not among the files
 * here, as cnied knows it; 0: there is none, or nobody is enrolled. wrong: what
 * keeps the old cnie.conf from being read; CTL_REFUSED with such an epoch then. */
int setup_no_key(const char *wrong, uint32_t *epoch);

/* The old file also has another name afterwards: cnie.conf.1, or the next. */
int setup_keep_old(const char *path);

#endif
