/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/viewout.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"

/* What the file may grow to before a ref no longer fits. */
#define AT_MAX (VIEW_SIZE_MAX - (1 << 20))

/* -- output -------------------------------------------------------- */

void out_init(struct out *o, int fd)
{
	o->fd = fd;
	o->at = VIEW_HEADER;
	o->used = VIEW_HEADER;
	memset(o->buf, 0, VIEW_HEADER);
}

static enum result flush(struct out *o)
{
	size_t done = 0;

	while (done < o->used) {
		ssize_t n = write(o->fd, o->buf + done, o->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return R_INTERNAL;
		done += (size_t)n;
	}
	o->used = 0;
	return R_OK;
}

static enum result append(struct out *o, struct span s)
{
	if (o->at > AT_MAX)
		return R_INTERNAL;
	while (s.n > 0) {
		size_t end = OUT_PIECE - (o->at - o->used) % OUT_PIECE;
		size_t n = s.n < end - o->used ? s.n : end - o->used;

		memcpy(o->buf + o->used, s.p, n);
		o->used += n;
		o->at += n;
		s = span_of(s.p + n, s.n - n);
		if (o->used == end && flush(o) != R_OK)
			return R_INTERNAL;
	}
	return R_OK;
}

enum result out_record(struct out *o, struct sink *record, uint32_t *ref)
{
	uint64_t at = o->at;

	while (record->n % 8 && !record->overflow)
		sink_u8(record, 0);
	if (sink_done(record) != R_OK || append(o, sink_span(record)) != R_OK)
		return R_INTERNAL;
	*ref = (uint32_t)(at / 8);
	return R_OK;
}

enum result out_header(struct out *o, struct span header)
{
	if (flush(o) != R_OK)
		return R_INTERNAL;
	return pwrite(o->fd, header.p, header.n, 0) == (ssize_t)header.n ?
	       R_OK : R_INTERNAL;
}

/* -- keys ---------------------------------------------------------- */

enum result keys_add(struct keys *k, uint32_t hash, uint32_t ref)
{
	if (k->n == k->cap) {
		size_t cap = k->cap ? 2 * k->cap : 256;
		void *p = reallocarray(k->key, cap, sizeof(*k->key));

		if (!p)
			return R_INTERNAL;
		k->key = p;
		k->cap = cap;
	}
	k->key[k->n++] = (struct key){ hash, ref };
	return R_OK;
}

void keys_free(struct keys *k)
{
	free(k->key);
	*k = (struct keys){ 0 };
}

/* -- an index ------------------------------------------------------ */

struct name { char text[VIEW_NAME_MAX + 1]; };

/* The name in a record already in the file. */
static enum result name_at(int fd, uint32_t ref, enum key_kind kind,
			   struct name *out)
{
	off_t at = (off_t)ref * 8;
	uint8_t head[20];
	uint32_t words;
	size_t fixed, n;

	if (pread(fd, head, sizeof(head), at) < 12)
		return R_INTERNAL;
	memcpy(&words, head + (kind == NAME_OF_ACCOUNT ? 16 : 4), 4);
	fixed = kind == NAME_OF_ACCOUNT ? 20 : 12;
	n = kind == NAME_OF_ACCOUNT ? head[13] : head[11];
	*out = (struct name){ 0 };
	if (n > VIEW_NAME_MAX ||
	    pread(fd, out->text, n, at + (off_t)fixed +
		  4 * (off_t)be32toh(words)) != (ssize_t)n)
		return R_INTERNAL;
	return R_OK;
}

static enum result tell_apart(struct out *o, uint32_t a, uint32_t b,
			      enum key_kind kind)
{
	struct name x, y;

	if (kind == UNIQUE_HASH)	/* the finaliser is a bijection */
		return R_MALFORMED;
	if (flush(o) != R_OK || name_at(o->fd, a, kind, &x) != R_OK ||
	    name_at(o->fd, b, kind, &y) != R_OK)
		return R_INTERNAL;
	return strcmp(x.text, y.text) ? R_OK : R_MALFORMED;
}

/* How far the occupant of slot i is from where its hash sends it. */
static uint32_t distance(uint32_t slots, uint32_t i, uint32_t hash)
{
	uint32_t home = view_slot(hash, slots);

	return i >= home ? i - home : i + slots - home;
}

/*
 * Linear probing; the one farther from home keeps the slot (Robin Hood), which
 * keeps the longest probe short at this load. Keys of one hash always meet.
 */
static enum result insert(struct out *o, struct key *table, uint32_t slots,
			  struct key key, enum key_kind kind, uint32_t *longest)
{
	uint32_t i = view_slot(key.hash, slots), d = 0;

	while (table[i].ref) {
		uint32_t there = distance(slots, i, table[i].hash);

		if (table[i].hash == key.hash) {
			enum result r = tell_apart(o, table[i].ref, key.ref,
						   kind);

			if (r != R_OK)
				return r;
		}
		if (there < d) {
			struct key moved = table[i];

			table[i] = key;
			if (d + 1 > *longest)
				*longest = d + 1;
			key = moved;
			d = there;
		}
		i = i + 1 == slots ? 0 : i + 1;
		d++;
	}
	table[i] = key;
	if (d + 1 > *longest)
		*longest = d + 1;
	return R_OK;
}

static void free_table(struct key **table)
{
	free(*table);
}

static enum result put_table(struct out *o, struct key *table, uint32_t slots)
{
	for (uint32_t i = 0; i < slots; i++) {
		struct key be = { htobe32(table[i].hash),
				  htobe32(table[i].ref) };

		if (append(o, span_of(&be, sizeof(be))) != R_OK)
			return R_INTERNAL;
	}
	return R_OK;
}

enum result out_index(struct out *o, const struct keys *k, enum key_kind kind,
		      struct view_index *index)
{
	/* 62 of 100 slots full */
	uint64_t slots = k->n + k->n / 2 + k->n / 8 + 1;
	scoped(free_table) struct key *table = NULL;
	uint32_t longest = 0;

	*index = (struct view_index){ 0 };
	if (k->n == 0)
		return R_OK;
	if (slots > UINT32_MAX)
		return R_INTERNAL;
	table = calloc(slots, VIEW_SLOT);
	if (!table)
		return R_INTERNAL;
	for (size_t i = 0; i < k->n; i++) {
		enum result r = insert(o, table, (uint32_t)slots,
				       k->key[i], kind, &longest);

		if (r != R_OK)
			return r;
	}
	if (longest > VIEW_PROBE_MAX)
		return R_INTERNAL;
	*index = (struct view_index){ o->at, (uint32_t)slots, longest };
	return put_table(o, table, (uint32_t)slots);
}

/* -- the list ------------------------------------------------------ */

static enum result put_refs(struct out *o, const struct keys *k)
{
	for (size_t i = 0; i < k->n; i++) {
		uint32_t be = htobe32(k->key[i].ref);

		if (append(o, span_of(&be, sizeof(be))) != R_OK)
			return R_INTERNAL;
	}
	return R_OK;
}

enum result out_list(struct out *o, const struct keys *accounts,
		     const struct keys *groups, uint64_t *offset)
{
	uint64_t at = o->at;

	if (put_refs(o, accounts) != R_OK || put_refs(o, groups) != R_OK)
		return R_INTERNAL;
	*offset = at;
	return R_OK;
}
