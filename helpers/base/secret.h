/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets: fixed size, one owner, wiped at the end of their scope.
 * They never grow, never reach the heap, a log, an argument list or the
 * environment. secret_page_* gives one locked page that a forked child gets
 * as zeros and that no core dump holds.
 */
#ifndef CNIE_BASE_SECRET_H
#define CNIE_BASE_SECRET_H

#include <stddef.h>

#include "base/result.h"

/* Overwrite n bytes; not optimised away. */
void secret_wipe(void *p, size_t n);

#define SECRET_PAGE_SIZE 4096

/* One zeroed page: mlocked, MADV_DONTDUMP, MADV_WIPEONFORK. R_INTERNAL where
 * the kernel refuses to lock it: then nothing secret may be put anywhere. */
must_check enum result secret_page_new(void **out);
/* Wipe and unmap; accepts NULL. */
void secret_page_free(void **page);

/* Core dumps off for this process: RLIMIT_CORE 0 and dumpable 0. */
must_check enum result secret_no_dumps(void);

#endif
