// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/read_ef.h"

#include "lds/tlv.h"

#define P1_SHORT_ID   0x80	/* READ BINARY: P1 = 80 | short identifier */
#define P1_BY_FILE_ID 0x02	/* SELECT: EF under the current DF */
#define P2_NO_FCI     0x0c

#define HEAD_MAX 8		/* tag and length of any file here */

/* Blocks that known cards still answer where the largest is refused; the last
 * is enough for a head. */
static const uint16_t smaller_blocks[] = { 160, 96, HEAD_MAX };

struct reading {
	struct card_link *link;
	const struct ef_row *ef;
	struct sink *out;
	size_t from;		/* where in out the file begins */
	size_t block;		/* what this card's answers carry */
	bool by_short_id;	/* not selected yet: address it so */
};

static size_t have(const struct reading *r)
{
	return r->out->n - r->from;
}

static enum reason read_at(struct reading *r, size_t n, struct response *a)
{
	size_t at = have(r);
	struct command c = {
		.cla = CLA_PLAIN, .ins = INS_READ_BINARY,
		.p1 = (uint8_t)(r->by_short_id ?
				P1_SHORT_ID | r->ef->short_id : at >> 8),
		.p2 = (uint8_t)at, .le = (uint32_t)n,
	};

	return link_send(r->link, &c, a);
}

/* The card does not like the length; the data would be there. */
static bool wrong_length(uint16_t sw)
{
	return sw == SW_WRONG_LENGTH || sw == SW_WRONG_OFFSET ||
	       sw == SW_END_OF_FILE || (sw & 0xff00) == SW_WRONG_LE;
}

static bool has_data(const struct response *a)
{
	return (a->sw == SW_OK || a->sw == SW_END_OF_FILE) && a->data.n > 0;
}

/* A smaller block than `n` that the card may like: the one it named (6Cxx),
 * else the next of the table; 0 for none. */
static size_t step_down(uint16_t sw, size_t n)
{
	if ((sw & 0xff00) == SW_WRONG_LE && (sw & 0xff) > 0 &&
	    (sw & 0xffu) < n)
		return sw & 0xff;
	for (size_t i = 0; i < sizeof(smaller_blocks) /
	     sizeof(smaller_blocks[0]); i++)
		if (smaller_blocks[i] < n)
			return smaller_blocks[i];
	return 0;
}

/*
 * At most `want` bytes from where we are, with smaller blocks where the card
 * wants them. A block that was refused is not asked for again.
 */
static enum reason read_block(struct reading *r, size_t want)
{
	size_t n = want < r->block ? want : r->block;
	struct response a;

	for (;;) {
		enum reason why = read_at(r, n, &a);

		if (why != REASON_NONE)
			return why;
		if (has_data(&a))
			break;
		if (!wrong_length(a.sw))
			return REASON_FILE_MISSING;
		n = step_down(a.sw, n);
		if (n == 0)
			return REASON_FILE_MALFORMED;
		if (r->block > n)
			r->block = n;
	}
	if (a.data.n > n)
		return REASON_FILE_MALFORMED;
	r->by_short_id = false;		/* it is the current file now */
	sink_put(r->out, a.data);
	return r->out->overflow ? REASON_FILE_MALFORMED : REASON_NONE;
}

/* The card does not know short identifiers, or has no such file. */
static enum reason select_ef(struct reading *r)
{
	const uint8_t id[2] = { (uint8_t)(r->ef->id >> 8),
				(uint8_t)r->ef->id };
	struct command c = { CLA_PLAIN, INS_SELECT, P1_BY_FILE_ID, P2_NO_FCI,
			     SPAN(id), 0 };
	struct response a;
	enum reason why = link_send(r->link, &c, &a);

	if (why == REASON_NONE && a.sw != SW_OK)
		why = REASON_FILE_MISSING;
	r->by_short_id = false;
	return why;
}

/* The first block, and from the head in it the size of the whole file. */
static enum reason read_head(struct reading *r, size_t max, size_t *total)
{
	enum reason why = read_block(r, r->block);
	uint32_t tag;
	size_t n;

	if (why == REASON_FILE_MISSING) {
		why = select_ef(r);
		if (why == REASON_NONE)
			why = read_block(r, r->block);
	}
	if (why != REASON_NONE)
		return why;
	if (tlv_head(span_of(r->out->p + r->from, have(r)), &tag, &n) != R_OK ||
	    tag != r->ef->tag)
		return REASON_FILE_MALFORMED;
	if (n > max || n > r->ef->max)
		return REASON_FILE_MALFORMED;
	/* a head alone came through where the file is shorter than any block:
	 * the rest of it may be asked for at once */
	if (r->block == HEAD_MAX)
		r->block = smaller_blocks[1];
	*total = n;
	return REASON_NONE;
}

enum reason read_ef(struct card_link *l, const struct ef_row *ef, size_t max,
		    struct sink *out)
{
	struct reading r = { l, ef, out, out->n, link_block(l), true };
	size_t total = 0;
	enum reason why = read_head(&r, max, &total);

	while (why == REASON_NONE && have(&r) < total) {
		why = read_block(&r, total - have(&r));
		/* withheld from here on: it is not the file it says it is */
		if (why == REASON_FILE_MISSING)
			why = REASON_FILE_MALFORMED;
	}
	/* bytes of the card's memory behind the object are no part of it */
	if (why == REASON_NONE)
		out->n = r.from + total;
	else
		out->n = r.from;
	return why;
}
