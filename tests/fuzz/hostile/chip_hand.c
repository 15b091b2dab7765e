// SPDX-License-Identifier: GPL-3.0-or-later
/* The hand in the chip's answers. */
#include <stdlib.h>
#include <string.h>

#include <winscard.h>

#include "chip.h"
#include "mutate.h"
#include "random.h"

#define ANSWER_MAX (CARD_RESPONSE_MAX + 64)
#define FILE_MAX   (128 * 1024)

static const struct {
	enum sim_ef_id ef;
	enum answer_class class;
	bool signed_by_state;
} files[] = {
	{ SIM_ACCESS, CLASS_ACCESS, false },
	{ SIM_SECURITY, CLASS_SECURITY, true },
	{ SIM_ATR, CLASS_ATR, false },	{ SIM_SOD, CLASS_SOD, true },
	{ SIM_DG1, CLASS_DG1, true },	{ SIM_DG2, CLASS_DG2, true },
	{ SIM_DG11, CLASS_DG11, true }, { SIM_DG14, CLASS_DG14, true },
	{ SIM_DG15, CLASS_DG15, true },
};
#define FILES (sizeof(files) / sizeof(files[0]))

static enum answer_class class_of(const struct card *c, const struct apdu *a)
{
	static const struct {
		uint8_t ins;
		enum answer_class class;
	} commands[] = {
		{ 0xa4, CLASS_SELECT },	      { 0x22, CLASS_ENVIRONMENT },
		{ 0x86, CLASS_AUTHENTICATE }, { 0x84, CLASS_CHALLENGE },
		{ 0x82, CLASS_EXTERNAL },     { 0x88, CLASS_INTERNAL },
		{ 0x20, CLASS_VERIFY },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].ins == a->ins)
			return commands[i].class;
	for (size_t i = 0; i < FILES && (a->ins & 0xfe) == 0xb0; i++)
		if (files[i].ef == c->ef)
			return files[i].class;
	return CLASS_OTHER;
}

static void count(struct hand *h, enum answer_class class)
{
	h->class = class;
	h->classed = true;
	h->seen[class]++;
	h->seen[CLASS_ANY]++;
}

/* The next mutation of this layer, from number *i on, that strikes now. */
static const struct mutation *next(struct hand *h, enum layer layer,
				   size_t *i)
{
	for (; *i < h->plan.n; (*i)++) {
		const struct mutation *m = &h->plan.m[*i];
		const unsigned int n = h->seen[m->class];

		if (m->layer != layer || n < m->nth ||
		    (m->class != CLASS_ANY && m->class != h->class) ||
		    (m->count && n >= m->nth + m->count))
			continue;
		h->struck |= 1u << *i;
		(*i)++;
		return m;
	}
	return NULL;
}

static void keep(struct sink *into, struct span what)
{
	into->n = 0;
	sink_put(into, what);
	if (into->overflow)
		*into = sink_of(into->p, into->cap);
}

/* -- before it is protected ---------------------------------------------------- */

/* The same command to the other card, which keeps no secret. */
static struct span ask_other(struct hand *h, const struct apdu *a,
			     struct sink *out)
{
	uint8_t buf[66000];
	struct sink s = SINK(buf);
	const uint8_t head[4] = { 0, a->ins, a->p1, a->p2 };
	const bool wide = a->data.n > 255 || a->le > 256;

	if (!h->splices)
		return (struct span){ 0 };
	sink_put(&s, SPAN(head));
	if (wide && (a->data.n || a->le))
		sink_u8(&s, 0);
	if (a->data.n && wide)
		sink_u16(&s, (uint16_t)a->data.n);
	else if (a->data.n)
		sink_u8(&s, (uint8_t)a->data.n);
	sink_put(&s, a->data);
	if (a->le && wide)
		sink_u16(&s, (uint16_t)a->le);
	else if (a->le)
		sink_u8(&s, (uint8_t)a->le);
	sm_stop(&h->other->sm);
	card_apdu(h->other, sink_span(&s), out);
	return span_of(out->p, out->n - 2);
}

/* Where in the file a READ BINARY reads, and the bytes it brought. */
static bool place(const struct apdu *a, struct span answer, size_t *at,
		  struct span *bytes)
{
	struct span in = a->data, v;
	uint32_t tag;

	*at = a->p1 & 0x80 ? a->p2 : (size_t)a->p1 << 8 | a->p2;
	*bytes = answer;
	if (!(a->ins & 1))
		return true;
	*at = 0;
	if (tlv_get(&in, &tag, &v) != R_OK)
		return false;
	for (size_t i = 0; i < v.n; i++)
		*at = *at << 8 | v.p[i];
	in = answer;
	return tlv_get(&in, &tag, bytes) == R_OK;
}

static void note_told(struct hand *h, const struct apdu *a, struct span data,
		      uint16_t sw)
{
	struct blob *told = &h->told[h->card->ef];
	struct span bytes;
	size_t at;

	if ((a->ins & 0xfe) != 0xb0 || h->card->ef == SIM_EF_COUNT ||
	    !told->p || (sw != SW_OK && sw >> 8 != 0x62) ||
	    !place(a, data, &at, &bytes) || at >= told->n)
		return;
	if (bytes.n > told->n - at)
		bytes.n = told->n - at;
	if (bytes.n)
		memcpy(told->p + at, bytes.p, bytes.n);
}

static void tamper_answer(void *with, const struct apdu *command,
			  struct sink *data, uint16_t *sw)
{
	static uint8_t other[ANSWER_MAX], before[ANSWER_MAX];
	struct hand *h = with;
	struct sink from_other = SINK(other), last = SINK(before);
	struct surroundings around = { .command = command->data };
	const struct mutation *m;

	count(h, class_of(h->card, command));
	around.other = ask_other(h, command, &from_other);
	sink_put(&last, sink_span(&h->before_plain));
	around.before = sink_span(&last);
	for (size_t i = 0; (m = next(h, LAYER_PLAIN, &i)) != NULL;) {
		mutate(m, &around, data, sw);
		h->card->force_plain |= m->kind == KIND_BARE && h->card->sm.on;
	}
	keep(&h->before_plain, sink_span(data));
	note_told(h, command, sink_span(data), *sw);
}

static void tamper_objects(void *with, struct sink *objects)
{
	struct hand *h = with;
	const struct surroundings around = {
		.before = sink_span(&h->before_objects)
	};
	const struct mutation *m;

	for (size_t i = 0; (m = next(h, LAYER_OBJECTS, &i)) != NULL;)
		mutate(m, &around, objects, NULL);
	keep(&h->before_objects, sink_span(objects));
	h->sealed_now = true;
}

/* -- as it travels ---------------------------------------------------------------- */

static void tamper_raw(struct hand *h, struct span command, struct sink *out)
{
	static uint8_t was[ANSWER_MAX];
	struct sink before = SINK(was);
	struct surroundings around = {
		.before = sink_span(&h->before_raw), .command = command
	};
	const uint16_t was_sw = (uint16_t)(out->p[out->n - 2] << 8 |
					   out->p[out->n - 1]);
	uint16_t sw = was_sw;
	const struct mutation *m;
	bool nothing = false;

	sink_put(&before, sink_span(out));
	out->n -= 2;
	for (size_t i = 0; (m = next(h, LAYER_RAW, &i)) != NULL;) {
		mutate(m, &around, out, &sw);
		nothing |= m->kind == KIND_NOTHING;
	}
	keep(&h->before_raw, sink_span(out));
	if (out->n > out->cap - 2)
		out->n = out->cap - 2;
	sink_u16(out, sw);
	if (nothing)
		out->n = h->plan.seed % 2;
	h->pieces |= was_sw >> 8 == 0x61 || sw >> 8 == 0x61;
	if (h->sealed_now && !h->sealed &&
	    !span_equal(sink_span(&before), sink_span(out)))
		h->sealed = h->apdus;
}

uint32_t hand_transmit(struct hand *h, struct span apdu, struct sink *out)
{
	static const uint32_t codes[] = {
		SCARD_W_REMOVED_CARD, SCARD_W_RESET_CARD,
		SCARD_W_UNPOWERED_CARD, SCARD_E_NOT_TRANSACTED,
		SCARD_E_TIMEOUT, SCARD_E_NO_SERVICE, SCARD_F_COMM_ERROR,
		SCARD_E_INSUFFICIENT_BUFFER, SCARD_E_READER_UNAVAILABLE,
		SCARD_F_INTERNAL_ERROR,
	};
	const struct mutation *m;
	size_t i = 0;

	h->apdus++;
	h->classed = h->sealed_now = false;
	card_apdu(h->card, apdu, out);
	if (!h->classed)
		count(h, CLASS_OTHER);
	tamper_raw(h, apdu, out);
	while ((m = next(h, LAYER_READER, &i)) != NULL)
		if (m->kind == KIND_CODE)
			return codes[m->a % (sizeof(codes) /
					     sizeof(codes[0]))];
	return SCARD_S_SUCCESS;
}

void hand_atr(struct hand *h, struct sink *out)
{
	uint8_t buf[CARD_ATR_MAX];
	struct dice d = { h->plan.seed };

	card_atr(h->card, out);
	for (size_t i = 0; i < h->plan.n; i++) {
		const struct mutation *m = &h->plan.m[i];

		if (m->layer != LAYER_READER || m->kind != KIND_HISTORY)
			continue;
		if (m->b % 2) {
			mutate(&(struct mutation){ .kind = KIND_SET, .a = m->a,
						   .b = m->b >> 1 },
			       &(struct surroundings){ 0 }, out, NULL);
			continue;
		}
		dice_bytes(&d, buf, sizeof(buf));
		out->n = 0;
		sink_put(out, span_of(buf, m->a % sizeof(buf)));
	}
}

/* -- a run --------------------------------------------------------------------------- */

static void keep_buffer(struct sink *s)
{
	*s = sink_of(malloc(ANSWER_MAX), ANSWER_MAX);
	if (!s->p)
		abort();
}

void hand_init(struct hand *h)
{
	*h = (struct hand){ .tamper = { tamper_answer, tamper_objects, h } };
	keep_buffer(&h->before_plain);
	keep_buffer(&h->before_objects);
	keep_buffer(&h->before_raw);
}

static struct blob other_file(const struct hand *h, enum sim_ef_id id)
{
	return h->pair->own[1].files[id];
}

/* The file as this plan has it. */
static void change_file(struct hand *h, size_t row, const struct mutation *m)
{
	const enum sim_ef_id id = files[row].ef;
	struct blob *file = &h->card->memory.files[id];
	const struct blob other = other_file(h, id);
	const struct surroundings around = { .other = blob_span(&other) };
	struct sink s = sink_of(malloc(FILE_MAX), FILE_MAX);

	if (!s.p)
		abort();
	sink_put(&s, blob_span(file));
	mutate(m, &around, &s, NULL);
	blob_free(&h->file[id]);
	h->file[id] = (struct blob){ s.p, s.n };
	*file = h->file[id];
}

static enum result set_words(struct card_memory *m, const struct plan *p)
{
	struct card_memory words;
	char text[128];

	snprintf(text, sizeof(text), "evil=%s\nquirks=%s\n",
		 evil_word(p->evil), quirk_word(p->quirk));
	if (card_memory_parse(text, &words) != R_OK)
		return R_MALFORMED;
	m->evil = words.evil;
	m->quirks = words.quirks;
	m->block = words.block;
	m->block_sw = words.block_sw;
	m->chain = words.chain;
	return R_OK;
}

/* As if new: the memory as it was made, everything forgotten. */
static void renew(struct card *c, const struct card_memory *own)
{
	c->memory = *own;
	blob_free(&c->signature);
	card_reset(c);
	c->random = random_fixed;
	c->tamper = NULL;
}

static void forget(struct hand *h)
{
	for (size_t i = 0; i < SIM_EF_COUNT; i++) {
		blob_free(&h->file[i]);
		blob_free(&h->told[i]);
	}
	memset(h->seen, 0, sizeof(h->seen));
	h->before_plain.n = h->before_objects.n = h->before_raw.n = 0;
	h->apdus = 0;
	h->sealed = 0;
	h->struck = 0;
	h->splices = h->pieces = false;
	h->class = CLASS_ANY;
}

enum result hand_plan(struct hand *h, struct pair *pairs,
		      const struct plan *p)
{
	forget(h);
	random_fix(p->seed);
	h->plan = *p;
	h->pair = &pairs[p->card];
	h->card = &h->pair->card[0];
	h->other = &h->pair->card[1];
	renew(h->card, &h->pair->own[0]);
	renew(h->other, &h->pair->own[1]);
	h->other->memory.evil = (uint64_t)1 << EVIL_OPEN;
	if (set_words(&h->card->memory, p) != R_OK)
		return R_MALFORMED;
	for (size_t i = 0; i < p->n; i++) {
		h->splices |= p->m[i].layer == LAYER_PLAIN &&
			      p->m[i].kind == KIND_OTHER;
		for (size_t f = 0; f < FILES; f++)
			if (p->m[i].layer == LAYER_FILE &&
			    p->m[i].class == files[f].class) {
				change_file(h, f, &p->m[i]);
				h->struck |= 1u << i;
			}
	}
	for (size_t f = 0; f < FILES; f++) {
		const struct blob *own = &h->pair->own[0].files[files[f].ef];

		if (files[f].signed_by_state && own->n &&
		    blob_copy(blob_span(own), &h->told[files[f].ef]) != R_OK)
			return R_INTERNAL;
	}
	h->card->tamper = &h->tamper;
	return R_OK;
}

uint32_t hand_told(const struct hand *h)
{
	uint32_t bits = 0;

	for (int i = 0; i < SIM_EF_COUNT; i++) {
		const struct blob *own = &h->pair->own[0].files[i];

		if (h->told[i].p && memcmp(h->told[i].p, own->p, own->n) != 0)
			bits |= 1u << i;
	}
	return bits;
}
