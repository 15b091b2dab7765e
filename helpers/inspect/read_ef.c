// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/read_ef.h"

#include "base/refuse.h"
#include "lds/tlv.h"

#define P1_SHORT_ID   0x80	/* READ BINARY: P1 = 80 | short identifier */
#define P1_BY_FILE_ID 0x02	/* SELECT: EF under the current DF */
#define P2_NO_FCI     0x0c

/* 9303-10 3.6.3.2: an offset beyond 15 bits goes in DO'54' of the odd
 * instruction, whose data comes in DO'53'. */
#define READ_ODD   0xb1
#define ODD_FROM   0x8000
#define TAG_OFFSET 0x54
#define TAG_DATA   0x53
#define DATA_HEAD  4		/* 53 82 xx xx */

#define HEAD_MAX 8		/* tag and length of any file here */

/* Blocks that known cards still answer where a larger one is refused; the last
 * is enough for a head. */
static const uint16_t smaller_blocks[] = {
	8192, 4096, 2048, 1024, 512, 256, 160, 96, 64, 32, 16, HEAD_MAX
};

struct reading {
	struct card_link *link;
	const struct ef_row *ef;
	struct sink *out;
	size_t from;		/* where in out the file begins */
	size_t block;		/* what this card's answers carry */
	size_t refused;		/* the least Le refused at the head, 0 none */
	bool by_short_id;	/* not selected yet: address it so */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t have(const struct reading *r)
{
	return r->out->n - r->from;
}

static enum reason read_even(struct reading *r, size_t n, struct response *a)
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

static enum reason read_odd(struct reading *r, size_t n, struct response *a)
{
	size_t at = have(r);
	const uint8_t offset[] = { TAG_OFFSET, 2, (uint8_t)(at >> 8),
				   (uint8_t)at };
	struct command c = { CLA_PLAIN, READ_ODD, 0, 0, SPAN(offset),
			     (uint32_t)(n + DATA_HEAD) };
	enum reason why = link_send(r->link, &c, a);

	if (why != REASON_NONE || a->data.n == 0)
		return why;
	refuse_if(tlv_only(a->data, TAG_DATA, &a->data) != R_OK,
		  REASON_FILE_MALFORMED);
	return REASON_NONE;
}

static bool is_odd(const struct reading *r)
{
	return have(r) >= ODD_FROM;
}

/* As much of `want` as one command can ask for from where we are. */
static size_t fit(const struct reading *r, size_t want)
{
	size_t n = least(want, r->block);
	size_t short_block = link_short_block(r->link);
	size_t head = is_odd(r) ? DATA_HEAD : 0;

	if (!is_odd(r))
		n = least(n, ODD_FROM - have(r));
	else if (r->block > head)
		n = least(n, r->block - head);
	/* an answer of this size fits neither a short Le nor needs another */
	if (n + head > short_block && n + head <= APDU_SHORT_LE)
		n = short_block - head;
	return n;
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

/* A block that was refused is not asked for again. Behind the head we never
 * ask beyond the end, so there it is the card's limit for other files too. */
static void learn(struct reading *r, size_t refused, size_t smaller)
{
	r->block = smaller;
	if (have(r) == 0)
		r->refused = refused;
	else
		r->link->habits.block = smaller;
}

/* At most `want` bytes from where we are, with smaller blocks where the card
 * wants them. */
static enum reason read_block(struct reading *r, size_t want)
{
	size_t n = fit(r, want);
	struct response a;

	for (;;) {
		enum reason why = is_odd(r) ? read_odd(r, n, &a) :
					      read_even(r, n, &a);
		size_t refused = n;

		if (why != REASON_NONE)
			return why;
		if (has_data(&a))
			break;
		if (!wrong_length(a.sw))
			return REASON_FILE_MISSING;
		n = step_down(a.sw, n);
		if (n == 0)
			return REASON_FILE_MALFORMED;
		learn(r, refused, n);
		n = fit(r, n);
	}
	refuse_if(a.data.n > n, REASON_FILE_MALFORMED);
	r->by_short_id = false;		/* it is the current file now */
	sink_put(r->out, a.data);
	return r->out->overflow ? REASON_FILE_MALFORMED : REASON_NONE;
}

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

/* By short identifier; by file identifier where the card does not know that,
 * or has no such file. */
static enum reason first_block(struct reading *r)
{
	struct link_habits *habits = &r->link->habits;
	size_t want = least(habits->exact && r->ef->tag ? HEAD_MAX : r->block,
			    r->ef->max);
	enum reason why = REASON_FILE_MISSING;

	if (!habits->by_file_id)
		why = read_block(r, want);
	if (why != REASON_FILE_MISSING)
		return why;
	why = select_ef(r);
	if (why == REASON_NONE)
		why = read_block(r, want);
	if (why == REASON_NONE)
		habits->by_file_id = true;
	return why;
}

/* Was it the card that is limited, or was the file shorter than what we asked
 * for? Only the first counts for what comes after. */
static void judge_refusal(struct reading *r, size_t total)
{
	if (!r->refused)
		return;
	if (r->refused <= total) {
		r->link->habits.block = r->block;
	} else {
		r->link->habits.exact = true;
		r->block = link_block(r->link);
	}
}

/* From the head in the first block, the size of the whole file. */
static enum reason take_head(struct reading *r, size_t max, size_t *total)
{
	uint32_t tag;
	size_t n;

	if (tlv_head(span_of(r->out->p + r->from, have(r)), &tag, &n) != R_OK)
		return REASON_FILE_MALFORMED;
	refuse_if(tag != r->ef->tag, REASON_FILE_MALFORMED);
	refuse_if(n > max || n > r->ef->max, REASON_FILE_MALFORMED);
	judge_refusal(r, n);
	*total = n;
	return REASON_NONE;
}

static enum reason read_object(struct reading *r, size_t max)
{
	size_t total = 0;
	enum reason why = take_head(r, max, &total);

	while (why == REASON_NONE && have(r) < total) {
		why = read_block(r, total - have(r));
		/* withheld from here on: it is not the file it says it is */
		if (why == REASON_FILE_MISSING)
			why = REASON_FILE_MALFORMED;
	}
	/* bytes of the card's memory behind the object are no part of it */
	if (why == REASON_NONE)
		r->out->n = r->from + total;
	return why;
}

enum reason read_ef(struct card_link *l, const struct ef_row *ef, size_t max,
		    struct sink *out)
{
	struct reading r = { l, ef, out, out->n, link_block(l), 0, true };
	enum reason why = first_block(&r);

	if (why == REASON_NONE && ef->tag)
		why = read_object(&r, max);
	if (why != REASON_NONE)
		out->n = r.from;
	return why;
}
