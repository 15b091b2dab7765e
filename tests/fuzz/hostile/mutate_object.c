// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Mutations of BER-TLV: the objects are found as a forgiving reader would, one
 * of them is changed, and the lengths of those around it follow, so that what
 * is wrong is wrong in one place alone and deep inside.
 */
#include <string.h>

#include "mutate.h"

#define NODES_MAX 400
#define DEPTH_MAX 16
#define HEADER_MAX 9

struct node {
	size_t at, tag, head, n;	/* tag, whole header and all, in bytes */
	int parent;			/* -1: none */
};

struct tree {
	struct span all;
	struct node node[NODES_MAX];
	size_t count;
};

/* The header at p; false where it is none, or says more than there is. */
static bool header(struct span in, struct node *out)
{
	struct node x = *out;
	size_t length = 0, octets;

	if (!in.n || in.p[0] == 0)
		return false;
	x.tag = 1;
	if ((in.p[0] & 0x1f) == 0x1f)
		while (x.tag < 3 && x.tag < in.n &&
		       (in.p[x.tag++] & 0x80))
			;
	if (x.tag >= in.n)
		return false;
	octets = in.p[x.tag] & 0x80 ? in.p[x.tag] & 0x7fu : 0;
	x.head = x.tag + 1 + octets;
	if (octets > 4 || x.head > in.n)
		return false;
	if (!octets)
		length = in.p[x.tag];
	for (size_t i = 0; i < octets; i++)
		length = length << 8 | in.p[x.tag + 1 + i];
	if (length > in.n - x.head)
		return false;
	x.n = x.head + length;
	*out = x;
	return true;
}

/* Is what these bytes hold objects again, to their end? */
static bool nested(struct span in)
{
	struct node x = { 0 };
	struct span rest = in, one;

	while (rest.n)
		if (!header(rest, &x) || span_take(&rest, x.n, &one) != R_OK)
			return false;
	return in.n > 1;
}

static void walk(struct tree *t, size_t from, size_t to, int parent,
		 int depth)
{
	while (from < to && t->count < NODES_MAX) {
		const int self = (int)t->count;
		struct node x = { .at = from, .parent = parent };
		struct span in = span_of(t->all.p + from, to - from);
		bool inside;

		if (!header(in, &x))
			return;
		t->node[t->count++] = x;
		/* an OCTET STRING or a BIT STRING may be a wrapper too */
		inside = in.p[0] & 0x20 ||
			 (in.p[0] <= 4 && x.n > x.head &&
			  (in.p[x.head] == 0x30 || in.p[0] == 3));
		if (inside && depth < DEPTH_MAX) {
			size_t skip = in.p[0] == 3 ? 1 : 0;

			if (skip < x.n - x.head &&
			    nested(span_of(in.p + x.head + skip,
					   x.n - x.head - skip)))
				walk(t, from + x.head + skip, from + x.n, self,
				     depth + 1);
		}
		from += x.n;
	}
}

/* A length in as few octets as it needs (DER). */
static size_t put_length(uint8_t *out, size_t n)
{
	size_t octets = n < 0x80 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : 3;

	out[0] = octets ? (uint8_t)(0x80 | octets) : (uint8_t)n;
	for (size_t i = 0; i < octets; i++)
		out[1 + i] = (uint8_t)(n >> 8 * (octets - 1 - i));
	return 1 + octets;
}

/* Something in the place of object k, and right lengths around it. */
static void replace(const struct tree *t, size_t k, struct span with,
		    struct sink *data)
{
	const size_t before = data->n;
	uint8_t length[HEADER_MAX];

	put_in_place(data, t->node[k].at, t->node[k].n, with);
	for (int p = t->node[k].parent; p >= 0; p = t->node[p].parent) {
		const struct node *x = &t->node[p];
		/* what is behind p's header grew, with inner headers */
		size_t n = x->n - x->head + data->n - before;

		put_in_place(data, x->at + x->tag, x->head - x->tag,
		       span_of(length, put_length(length, n)));
	}
}

/* Lengths that a careless reader takes wrongly. */
static void lie_length(const struct node *x, uint32_t b, struct sink *data)
{
	static const uint8_t lies[][7] = {
		{ 1, 0x00 }, { 1, 0x7f }, { 1, 0x80 }, { 1, 0xff },
		{ 2, 0x81, 0x00 }, { 2, 0x81, 0x7f }, { 2, 0x81, 0xff },
		{ 3, 0x82, 0x00, 0x01 }, { 3, 0x82, 0xff, 0xff },
		{ 3, 0x82, 0x80, 0x00 }, { 4, 0x83, 0x00, 0xff, 0xff },
		{ 4, 0x83, 0xff, 0xff, 0xff },
		{ 5, 0x84, 0x7f, 0xff, 0xff, 0xff },
		{ 5, 0x84, 0xff, 0xff, 0xff, 0xff },
		{ 6, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00 },
	};
	const uint32_t n = sizeof(lies) / sizeof(lies[0]);
	uint8_t own[HEADER_MAX];
	size_t length = x->n - x->head;

	if (b % (n + 2) < n) {
		const uint8_t *lie = lies[b % (n + 2)];

		put_in_place(data, x->at + x->tag, x->head - x->tag,
		       span_of(lie + 1, lie[0]));
		return;
	}
	length += b % (n + 2) == n ? 1 : (size_t)-1;
	put_in_place(data, x->at + x->tag, x->head - x->tag,
	       span_of(own, put_length(own, length & 0xffffff)));
}

#define OBJECT_MAX (1 << 16)
static uint8_t object[OBJECT_MAX];

static size_t sibling(const struct tree *t, size_t k)
{
	for (size_t i = k + 1; i < t->count; i++)
		if (t->node[i].parent == t->node[k].parent)
			return i;
	return k;
}

/* k, then the object after it, in the other order. */
static void swap(const struct tree *t, size_t k, struct sink *data)
{
	const struct node *x = &t->node[k], *y = &t->node[sibling(t, k)];
	struct sink s = SINK(object);

	if (x == y || y->at != x->at + x->n)
		return;
	sink_put(&s, span_of(data->p + y->at, y->n));
	sink_put(&s, span_of(data->p + x->at, x->n));
	if (sink_done(&s) == R_OK)
		memcpy(data->p + x->at, s.p, s.n);
}

static void other_value(const struct tree *t, size_t k, uint32_t b,
			struct sink *data)
{
	const struct node *x = &t->node[k];
	struct dice d = { b };
	struct sink s = SINK(object);
	uint8_t length[HEADER_MAX];
	size_t n = b % 5 == 4 ? x->n - x->head : b % 70;

	sink_put(&s, span_of(data->p + x->at, x->tag));
	sink_put(&s, span_of(length, put_length(length, n)));
	while (n--)
		sink_u8(&s, b % 3 ? (uint8_t)dice_next(&d)
				  : b % 2 ? 0xff : 0x00);
	if (sink_done(&s) == R_OK)
		replace(t, k, sink_span(&s), data);
}

/* The object in so many layers, or itself so many times. */
static void nest(const struct tree *t, size_t k, uint32_t layers, bool twice,
		 struct sink *data)
{
	const struct node *x = &t->node[k];
	uint8_t *end = object + sizeof(object), *p = end - x->n;
	uint8_t length[HEADER_MAX];

	if (x->n > sizeof(object) / 4)
		return;
	memcpy(p, data->p + x->at, x->n);
	while (layers--) {
		const size_t n = put_length(length, (size_t)(end - p));

		if (twice) {
			memcpy(p - x->n, p, x->n);
			p -= x->n;
			continue;
		}
		p -= n;
		memcpy(p, length, n);
		*--p = layers % 2 ? 0x30 : data->p[x->at];
	}
	replace(t, k, span_of(p, (size_t)(end - p)), data);
}

static void remove_object(const struct tree *t, size_t k,
			  struct sink *data)
{
	replace(t, k, (struct span){ 0 }, data);
}

static void other_tag(const struct tree *t, size_t k, uint32_t b,
		      struct sink *data)
{
	uint8_t *tag = &data->p[t->node[k].at];

	*tag = (uint8_t)(b % 4 ? b : *tag ^ 0x20u);
}

void mutate_object(const struct mutation *m, struct sink *data)
{
	static struct tree t;
	size_t k;

	t.all = sink_span(data);
	t.count = 0;
	walk(&t, 0, data->n, -1, 0);
	if (!t.count)
		return;
	k = m->a % t.count;
	if (m->kind == KIND_TAG)
		other_tag(&t, k, m->b, data);
	else if (m->kind == KIND_LENGTH)
		lie_length(&t.node[k], m->b, data);
	else if (m->kind == KIND_REMOVE)
		remove_object(&t, k, data);
	else if (m->kind == KIND_DOUBLE)
		nest(&t, k, m->b % 10 ? 1 : 2, true, data);
	else if (m->kind == KIND_NEST)
		nest(&t, k, m->b % 600, false, data);
	else if (m->kind == KIND_SWAP)
		swap(&t, k, data);
	else
		other_value(&t, k, m->b, data);
}
