/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One cniectl at a time changes what stands in a folder. */
#ifndef CNIE_CTL_LOCK_H
#define CNIE_CTL_LOCK_H

#include "base/prefix.h"

/* dir: the folder as this process sees it. CTL_REFUSED: another one is at it.
 * What failed has been said; *lock is held until it is closed. */
must_check int folder_lock(const char *path, char dir[PREFIX_PATH_MAX],
			   int *lock);

#endif
