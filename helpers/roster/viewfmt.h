/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view: the file that NSS and the account phase read. Written whole by
 * cnied, renamed into place, never changed afterwards but for one word.
 *
 * All integers are big-endian. All offsets are bytes from the start of the
 * file. A "ref" is an offset divided by 8. Layout, version 1:
 *
 *   header, 128 bytes
 *     0  8  "CNIEVIEW"
 *     8  4  version, 1: another number is another format
 *    12  4  flags: bit 0 enumeration allowed; other bits 0
 *    16  8  size of the file
 *    24  8  generation: another number for each change that it shows
 *    32  4  superseded: 0; the writer sets 1 here after it has renamed a
 *           newer view over this one (the only word that ever changes)
 *    36  4  number of accounts
 *    40  4  number of groups
 *    44  4  0
 *    48 16  index of account names
 *    64 16  index of uids
 *    80 16  index of group names
 *    96 16  index of gids
 *           an index: 8 offset of its first slot, 4 number of slots,
 *           4 longest probe (1..VIEW_PROBE_MAX; 0 where there are no slots)
 *   112  8  offset of the list, 0 where enumeration is not allowed
 *   120  8  0
 *
 *   account, at a multiple of 8
 *     0  4  uid
 *     4  4  primary gid
 *     8  4  expiry day, yyyymmdd, 0 none: the last day it may log in
 *    12  1  status: 1 active, 2 revoked
 *    13  1  length of the name
 *    14  1  length of home
 *    15  1  length of the shell
 *    16  4  number of groups (at most VIEW_GROUPS_MAX)
 *    20     gids of the groups, 4 each
 *           name NUL home NUL shell NUL, then 0 up to a multiple of 8
 *
 *   group, at a multiple of 8
 *     0  4  gid
 *     4  4  members listed (at most VIEW_MEMBERS_MAX; 0 for a larger group)
 *     8  4  length of the name
 *    12     refs of the members' accounts, 4 each
 *           name NUL, then 0 up to a multiple of 8
 *
 *   index: slots of 8 bytes, at a multiple of 8
 *     0  4  hash of the key
 *     4  4  ref of the record, 0 = empty slot
 *     A key of hash h is looked for in slot (h * slots) >> 32 and the ones
 *     after it (round the end) until an empty slot or the longest probe.
 *     Hash of a name: FNV-1a of 32 bits over its bytes, then the finaliser
 *     of MurmurHash3; of an id: the finaliser over the id.
 *
 *   list, at a multiple of 8: the refs of all accounts, then of all groups, 4
 *     each, in the order in which they are enumerated
 *
 * A file at the path is replaced by rename, never written or cut short in
 * place: no reader can defend itself against a mapping whose pages are gone.
 *
 * Every offset and length is checked where it is used, against the bytes that
 * are there; a lie gives R_MALFORMED or R_ABSENT, never an access outside. The
 * accessors are pure, need libc alone, keep nothing and take no memory.
 */
#ifndef CNIE_ROSTER_VIEWFMT_H
#define CNIE_ROSTER_VIEWFMT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/bytes.h"
#include "base/entry.h"
#include "base/result.h"

#define VIEW_MAGIC "CNIEVIEW"
#define VIEW_VERSION 1
#define VIEW_HEADER 128
#define VIEW_SUPERSEDED 32	/* offset of the word */
#define VIEW_NAME_MAX ENTRY_NAME_MAX
#define VIEW_GROUPS_MAX 64
#define VIEW_MEMBERS_MAX 64	/* larger groups list nobody */
#define VIEW_PROBE_MAX 255
#define VIEW_SLOT 8		/* bytes of a slot of an index */
#define VIEW_SIZE_MAX (UINT64_C(1) << 34)	/* refs reach 2^35 */

enum view_flag { VIEW_ENUMERATE = 1 };
enum view_status { VIEW_ACTIVE = 1, VIEW_REVOKED = 2 };

struct view_index {
	uint64_t offset;
	uint32_t slots, probe;
};

/* A checked header and the bytes it stands in; plain value, owns nothing. */
struct view {
	struct span file;
	uint32_t flags;
	uint64_t generation;
	uint32_t accounts, groups;
	struct view_index names, uids, group_names, gids;
	uint64_t list;
};

/* Strings point into the file and are NUL-terminated there. */
struct view_account {
	const char *name, *home, *shell;
	uint8_t name_n, home_n, shell_n;
	uint32_t uid, gid;
	uint32_t expiry;		/* yyyymmdd, 0 none */
	enum view_status status;
	uint32_t groups;
	struct span group_list;		/* for view_account_group */
};

struct view_group {
	const char *name;
	uint8_t name_n;
	uint32_t gid;
	uint32_t members;
	struct span member_list;	/* for view_group_member */
};

/* -- what may be in a view (also the roster's rules) --------------- */

/* As base/entry.h says. */
bool view_name_ok(struct span name);
bool view_id_ok(uint32_t id);
/* A primary gid: as view_id_ok, or a system group's (1..999). */
bool view_primary_gid_ok(uint32_t gid);
bool view_path_ok(struct span path);

/* -- reading ------------------------------------------------------- */

/* O(1): magic, version, size, indexes and list within the file. R_MALFORMED. */
must_check enum result view_check(struct span file, struct view *out);

/* True once a newer view stands in this one's place. */
bool view_superseded(const struct view *v);

/* R_ABSENT: not there. R_MALFORMED: there, and not what the format allows. */
must_check enum result view_find_name(const struct view *v, struct span name,
				      struct view_account *out);
must_check enum result view_find_uid(const struct view *v, uint32_t uid,
				     struct view_account *out);
must_check enum result view_find_group(const struct view *v, struct span name,
				       struct view_group *out);
must_check enum result view_find_gid(const struct view *v, uint32_t gid,
				     struct view_group *out);

/* The i-th supplementary group of an account; R_MALFORMED for i out of range
 * or a gid that is not view_id_ok. */
must_check enum result view_account_group(const struct view_account *a,
					  uint32_t i, uint32_t *gid);
/* The i-th listed member of a group. */
must_check enum result view_group_member(const struct view *v,
					 const struct view_group *g, uint32_t i,
					 struct view_account *out);

/* Enumeration: the n-th account, the n-th group. R_ABSENT behind the last, and
 * for every n where the view does not allow it. */
must_check enum result view_account_nth(const struct view *v, uint32_t n,
					struct view_account *out);
must_check enum result view_group_nth(const struct view *v, uint32_t n,
				      struct view_group *out);

/* -- the format's arithmetic, shared with the writer --------------- */

uint32_t view_hash_name(struct span name);
uint32_t view_hash_id(uint32_t id);
uint32_t view_slot(uint32_t hash, uint32_t slots);	/* slots > 0 */

/* -- the file ------------------------------------------------------ */

struct view_map {
	struct view view;	/* view.file is the mapping */
	dev_t dev;
	ino_t ino;
	struct timespec written;	/* its last change */
};

/*
 * Map the view at path (as this process sees it) read-only; no descriptor is
 * kept. R_ABSENT: no such file. R_DENIED: not a regular file of root, or
 * writable by group or others. R_MALFORMED: not a view of this version.
 * R_INTERNAL: the system refused. The caller unmaps.
 */
must_check enum result view_map_file(const char *path, struct view_map *out);
void view_unmap(struct view_map *m);	/* accepts a zeroed one, twice */
/* Whether the file at path is still the one mapped, unchanged, and one that
 * view_map_file would take: one lstat. */
bool view_map_current(const char *path, const struct view_map *m);

#endif
