/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CNIE_SIM_LEAK_H
#define CNIE_SIM_LEAK_H

#include <stddef.h>

/* Write to CNIE_ROOT/spool/name, which everybody may write to. */
void leak_to(const char *name, const void *p, size_t n);

#endif
