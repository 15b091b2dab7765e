// SPDX-License-Identifier: GPL-3.0-or-later
#include "mutate.h"

#include <string.h>

#define PIECE_MAX 300

/* Status words that mean something to somebody (ISO 7816-4 5.6). */
static const uint16_t status_words[] = {
	0x9000, 0x6100, 0x6110, 0x61ff, 0x6200, 0x6281, 0x6282, 0x6283,
	0x6300, 0x63c0, 0x63c1, 0x63c2, 0x63cf, 0x6400, 0x6500, 0x6581,
	0x6700, 0x6882, 0x6883, 0x6884, 0x6981, 0x6982, 0x6983, 0x6984,
	0x6985, 0x6986, 0x6987, 0x6988, 0x6a80, 0x6a81, 0x6a82, 0x6a83,
	0x6a86, 0x6a88, 0x6b00, 0x6c00, 0x6c01, 0x6c10, 0x6cff, 0x6d00,
	0x6e00, 0x6f00, 0x9001, 0x0000, 0xffff, 0x9100,
};
#define STATUS_WORDS (sizeof(status_words) / sizeof(status_words[0]))

static uint16_t another_sw(uint32_t a)
{
	if (a % 8 == 7)
		return (uint16_t)(a * 0x9e37u);
	return status_words[a % STATUS_WORDS];
}

void put_in_place(struct sink *data, size_t at, size_t remove,
		  struct span with)
{
	uint8_t keep[PIECE_MAX];
	const bool within = with.n <= sizeof(keep);

	if (at > data->n || remove > data->n - at ||
	    data->n - remove + with.n > data->cap)
		return;
	if (within && with.n) {		/* it may be a part of data itself */
		memcpy(keep, with.p, with.n);
		with.p = keep;
	}
	memmove(data->p + at + with.n, data->p + at + remove,
		data->n - at - remove);
	if (with.n)
		memmove(data->p + at, with.p, with.n);
	data->n += with.n - remove;
}

/* Bytes that say where they come from: by b the same ones, or any. */
static size_t piece(uint32_t n, uint32_t b, uint8_t out[PIECE_MAX])
{
	struct dice d = { b };

	if (b % 4 == 0)
		memset(out, 0x00, n);
	else if (b % 4 == 1)
		memset(out, 0xff, n);
	else
		dice_bytes(&d, out, n);
	return n;
}

/* -- one function a kind ----------------------------------------------------- */

typedef void mutator(const struct mutation *m,
		     const struct surroundings *around, struct sink *data,
		     uint16_t *sw);
#define MUTATOR(name) \
	static void name(const struct mutation *m, \
			 const struct surroundings *around, \
			 struct sink *data, uint16_t *sw)
#define UNUSED ((void)m, (void)around, (void)sw)

static size_t at(const struct mutation *m, const struct sink *data)
{
	return data->n ? m->a % data->n : 0;
}

/* A few bytes from there on. */
static size_t few(const struct mutation *m, const struct sink *data)
{
	const size_t n = m->b % 8 + 1, left = data->n - at(m, data);

	return n < left ? n : left;
}

MUTATOR(flip)
{
	UNUSED;
	if (data->n)
		data->p[m->a / 8 % data->n] ^= (uint8_t)(1u << m->a % 8);
}

MUTATOR(set)
{
	UNUSED;
	if (data->n)
		data->p[at(m, data)] = (uint8_t)m->b;
}

MUTATOR(cut)
{
	UNUSED;
	if (data->n)
		data->n = m->b % 2 ? at(m, data)
				   : data->n - 1 - m->a % 20 % data->n;
}

MUTATOR(drop)
{
	UNUSED;
	put_in_place(data, at(m, data), few(m, data), (struct span){ 0 });
}

MUTATOR(fill)
{
	const size_t n = m->b % 2 ? data->n - at(m, data) : few(m, data);

	UNUSED;
	if (n)
		memset(data->p + at(m, data), (int)(uint8_t)m->b, n);
}

MUTATOR(insert)
{
	uint8_t buf[PIECE_MAX];

	UNUSED;
	put_in_place(data, m->a % (data->n + 1), 0,
		     span_of(buf, piece(m->b % 8 + 1, m->b, buf)));
}

MUTATOR(grow)
{
	uint8_t buf[PIECE_MAX];

	UNUSED;
	put_in_place(data, data->n, 0,
		     span_of(buf, piece(m->a % PIECE_MAX + 1, m->b, buf)));
}

MUTATOR(huge)
{
	size_t n = ((size_t)m->a + 1) * 1021;

	UNUSED;
	while (n-- && data->n < data->cap)
		data->p[data->n++] = (uint8_t)m->b;
}

MUTATOR(empty)
{
	UNUSED;
	data->n = 0;
}

MUTATOR(other_sw)
{
	UNUSED;
	(void)data;
	if (sw)
		*sw = another_sw(m->a);
}

MUTATOR(sw_alone)
{
	other_sw(m, around, data, sw);
	data->n = 0;
}

static void instead(struct sink *data, struct span with)
{
	if (with.n > data->cap)
		with.n = data->cap;
	if (with.n)
		memmove(data->p, with.p, with.n);
	data->n = with.n;
}

MUTATOR(other)
{
	UNUSED;
	instead(data, around->other);
}

MUTATOR(replay)
{
	UNUSED;
	instead(data, around->before);
}

MUTATOR(reflect)
{
	UNUSED;
	instead(data, around->command);
}

MUTATOR(objects)
{
	UNUSED;
	mutate_object(m, data);
}

/* The kinds that are not here are the chip's own business. */
static mutator *const mutators[KIND_COUNT] = {
	[KIND_FLIP] = flip,	  [KIND_SET] = set,
	[KIND_CUT] = cut,	  [KIND_DROP] = drop,
	[KIND_GROW] = grow,	  [KIND_INSERT] = insert,
	[KIND_HUGE] = huge,	  [KIND_EMPTY] = empty,
	[KIND_FILL] = fill,	  [KIND_TAG] = objects,
	[KIND_LENGTH] = objects,  [KIND_REMOVE] = objects,
	[KIND_DOUBLE] = objects,  [KIND_SWAP] = objects,
	[KIND_NEST] = objects,	  [KIND_VALUE] = objects,
	[KIND_SW] = other_sw,	  [KIND_SW_ALONE] = sw_alone,
	[KIND_OTHER] = other,	  [KIND_REPLAY] = replay,
	[KIND_REFLECT] = reflect,
};

void mutate(const struct mutation *m, const struct surroundings *around,
	    struct sink *data, uint16_t *sw)
{
	if (mutators[m->kind])
		mutators[m->kind](m, around, data, sw);
}
