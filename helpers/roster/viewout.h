/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What view.c writes with: a buffered output file, and the hash tables of
 * viewfmt.h. Private to roster/.
 */
#ifndef CNIE_ROSTER_VIEWOUT_H
#define CNIE_ROSTER_VIEWOUT_H

#include "roster/viewfmt.h"

/*
 * What is written at once, and ends at a multiple of its size: a file system
 * that keeps a file in large pieces of memory then maps all of it with large
 * pages, which spares a new process a page fault for nearly every look-up.
 */
#define OUT_PIECE (2 * 1024 * 1024)

struct out {
	int fd;			/* the caller's, readable and writable */
	uint64_t at;		/* size so far, with what is buffered */
	size_t used;
	uint8_t buf[OUT_PIECE];
};

/* Leaves room for the header. */
void out_init(struct out *o, int fd);
/* Pad to 8 and append; the record's ref. */
must_check enum result out_record(struct out *o, struct sink *record,
				  uint32_t *ref);
/* Flush and write the header over the room left for it. */
must_check enum result out_header(struct out *o, struct span header);

/* Keys of one index: hash and ref of each. */
struct key { uint32_t hash, ref; };
struct keys {
	struct key *key;
	size_t n, cap;
};

must_check enum result keys_add(struct keys *k, uint32_t hash, uint32_t ref);
void keys_free(struct keys *k);

/* How two keys of one hash are told apart. */
enum key_kind { UNIQUE_HASH, NAME_OF_ACCOUNT, NAME_OF_GROUP };

/* Append the index. R_MALFORMED: a key is there twice. */
must_check enum result out_index(struct out *o, const struct keys *k,
				 enum key_kind kind, struct view_index *index);
/* Append the refs of all accounts, then of all groups; where they begin. */
must_check enum result out_list(struct out *o, const struct keys *accounts,
				const struct keys *groups, uint64_t *offset);

#endif
