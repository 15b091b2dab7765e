/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What may stand in an entry of the name service: one rule for who asks for it
 * (cniectl), who keeps it (the roster) and who answers it (the view). Pure: it
 * also runs in other people's processes.
 */
#ifndef CNIE_BASE_ENTRY_H
#define CNIE_BASE_ENTRY_H

#include "base/bytes.h"

#define ENTRY_NAME_MAX 32	/* utmp's and useradd's limit */
#define ENTRY_PATH_MAX 255
#define ENTRY_ID_MIN 1000
#define ENTRY_ID_MAX (INT32_MAX - 1)

/* [A-Za-z_][A-Za-z0-9_.-]*, 1..ENTRY_NAME_MAX, the last character no '.'. */
bool entry_name_ok(struct span name);
/* ENTRY_ID_MIN..ENTRY_ID_MAX but 65534 and 65535. */
bool entry_id_ok(uint32_t id);
/* Absolute path of 1..ENTRY_PATH_MAX printable ASCII characters without ':'. */
bool entry_path_ok(struct span path);
/* A home that is given: such a path, each part of it there and none of them
 * "." or "..": so not "/", "//" nor "/a/". */
bool entry_home_ok(struct span path);

#endif
