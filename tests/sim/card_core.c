/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which command goes where, and what surrounds it: secure messaging around
 * the response, new keys after it.
 */
#include <string.h>

#include "card.h"

#define COMMAND_MAX (65535 + 16)
#define ROOM_MAX    (65535 - 2)	/* what vpcd's frame carries */

static const struct {
	uint8_t ins;
	bool chaining;		/* CLA with bit 5 is understood */
	card_command *run;
} commands[] = {
	{ 0xa4, false, card_select },
	{ 0xb0, false, card_read_binary },
	{ 0xb1, false, card_read_binary },
	{ 0x22, false, card_manage_environment },
	{ 0x86, true,  card_general_authenticate },
	{ 0x84, false, card_get_challenge },
	{ 0x82, false, card_external_authenticate },
	{ 0x88, false, card_internal_authenticate },
	{ 0x20, false, card_verify },
};

void card_init(struct card *c)
{
	memset(c, 0, sizeof(*c));
	c->random = sim_random;
	card_reset(c);
}

static void end_session(struct card *c)
{
	sm_stop(&c->sm);
	sm_stop(&c->next);
	c->access = c->next_access = ACCESS_NONE;
	pace_reset(&c->pace);
	c->ca_set = c->challenged = false;
}

void card_reset(struct card *c)
{
	end_session(c);
	chain_forget(c);
	c->df = SIM_MF;
	c->ef = SIM_EF_COUNT;
	c->force_plain = false;
}

void card_done(struct card *c)
{
	card_reset(c);
	blob_free(&c->signature);
	card_memory_free(&c->memory);
}

enum result card_load(struct card *c, const char *dir)
{
	struct card_memory m;
	enum result r = card_memory_load(dir, &m);

	if (r != R_OK)
		return r;
	card_done(c);
	c->memory = m;
	return R_OK;
}

bool card_open(const struct card *c)
{
	return c->sm.on || evil(c, EVIL_OPEN);
}

static enum result parse_lengths(struct span in, struct apdu *a)
{
	uint8_t b;
	uint16_t n;
	bool lc = true;

	if (!in.n)
		return R_OK;				/* case 1 */
	if (in.n == 1) {				/* case 2 short */
		a->le = in.p[0] ? in.p[0] : 256;
		a->le_all = in.p[0] == 0;
		return R_OK;
	}
	if (in.p[0] == 0 && in.n >= 3) {
		a->extended = true;
		if (span_u8(&in, &b) != R_OK || span_u16(&in, &n) != R_OK)
			return R_MALFORMED;
		lc = in.n != 0;				/* else case 2 */
	} else {
		if (span_u8(&in, &b) != R_OK)
			return R_MALFORMED;
		n = b;
	}
	if (lc) {
		if (!n || span_take(&in, n, &a->data) != R_OK)
			return R_MALFORMED;
		if (!in.n)
			return R_OK;			/* case 3 */
		if (a->extended) {
			if (span_u16(&in, &n) != R_OK)
				return R_MALFORMED;
		} else if (span_u8(&in, &b) != R_OK) {
			return R_MALFORMED;
		} else {
			n = b;
		}
	}
	a->le_all = n == 0;
	a->le = n ? n : a->extended ? 65536 : 256;
	return span_end(&in);
}

enum result apdu_parse(struct span in, struct apdu *out)
{
	struct apdu a = { 0 };

	if (span_u8(&in, &a.cla) != R_OK || span_u8(&in, &a.ins) != R_OK ||
	    span_u8(&in, &a.p1) != R_OK || span_u8(&in, &a.p2) != R_OK ||
	    parse_lengths(in, &a) != R_OK)
		return R_MALFORMED;
	a.room = a.extended ? ROOM_MAX : 256;
	*out = a;
	return R_OK;
}

static uint16_t run(struct card *c, const struct apdu *a, struct sink *out)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		uint16_t sw;

		if (commands[i].ins != a->ins)
			continue;
		if ((a->cla & 0x10) && !commands[i].chaining)
			return SW_CHAINING;
		sw = commands[i].run(c, a, out);
		if (out->n > a->room) {	/* too long for this answer */
			out->n = 0;
			sw = SW_LENGTH;
		}
		return sw;
	}
	return SW_INS;
}

static uint16_t run_tampered(struct card *c, const struct apdu *a,
			     struct sink *out)
{
	uint16_t sw = run(c, a, out);

	if (c->tamper)
		c->tamper->answer(c->tamper->with, a, out, &sw);
	return sw;
}

/* A plain command while a session is on ends the session (9303-11 9.8.1). */
static void run_plain(struct card *c, const struct apdu *a,
		      struct sink *response)
{
	uint16_t sw = SW_SM_MISSING;

	if (c->sm.on)
		end_session(c);
	else
		sw = run_tampered(c, a, response);
	sink_u16(response, sw);
}

static void run_protected(struct card *c, const struct apdu *a,
			  struct sink *response)
{
	uint8_t opened[COMMAND_MAX], body[CARD_RESPONSE_MAX];
	struct sink out = SINK(body);
	struct apdu inner;
	uint16_t sw = SW_SM_WRONG;

	if (c->sm.on)
		sw = sm_unwrap(&c->sm, a, opened, &inner);
	if (sw != SW_OK) {
		end_session(c);
		sink_u16(response, sw);
		return;
	}
	inner.room = sm_room(&c->sm, inner.ins & 1, a->room);
	sw = run_tampered(c, &inner, &out);
	if (c->force_plain) {
		sink_put(response, sink_span(&out));
		sink_u16(response, sw);
	} else if (sm_wrap(&c->sm, c->memory.evil, c->tamper, inner.ins & 1,
			   sink_span(&out), sw, response) != R_OK) {
		response->n = 0;
		sink_u16(response, SW_CHIP);
	}
}

/* What this chip's buffers hold, and what its link carries in one answer. */
static void set_room(const struct card *c, struct apdu *a)
{
	const size_t max = c->memory.max_response;

	if (quirk(c, QUIRK_61_CHAIN) || quirk(c, QUIRK_61_PART))
		a->room = ROOM_MAX;
	if (max > 2 && a->room > max - 2)
		a->room = max - 2;
}

void card_apdu(struct card *c, struct span command, struct sink *response)
{
	const size_t max = c->memory.max_command;
	struct apdu a;

	c->ec_work = 0;
	if (apdu_parse(command, &a) != R_OK ||
	    (a.extended && !c->memory.extended) || (max && command.n > max)) {
		sink_u16(response, SW_LENGTH);
		return;
	}
	if (chain_continue(c, &a, response))
		return;
	set_room(c, &a);
	if ((a.cla & ~0x1c) || (a.cla & 0x0c) == 0x04 ||
	    (a.cla & 0x0c) == 0x08)
		sink_u16(response, SW_CLA);
	else if (a.cla & 0x0c)
		run_protected(c, &a, response);
	else
		run_plain(c, &a, response);
	c->force_plain = false;
	if (c->next.on) {	/* PACE, BAC or CA ended well: from here on */
		c->sm = c->next;
		c->access = c->next_access;
		sm_stop(&c->next);
	}
	chain_cut(c, response);
}
