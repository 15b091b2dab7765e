/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SELECT and READ BINARY (ISO 7816-4 11.2.2, 11.3.3; 9303-10 3.5, 3.6).
 * The master file is free but for EF.CardSecurity, which needs PACE (9303-10
 * 3.11.4); the application's files need the channel.
 */
#include <string.h>

#include "card.h"

#define ENDLESS (8u << 20)	/* what the header of an endless file says */

static enum sim_ef_id find_file(const struct card *c, uint16_t fid, int sfi)
{
	for (int i = 0; i < SIM_EF_COUNT; i++) {
		const struct sim_ef *ef = sim_ef((enum sim_ef_id)i);

		if (ef->df != c->df || !c->memory.files[i].p)
			continue;
		if (sfi >= 0 ? ef->sfi == sfi : ef->fid == fid)
			return (enum sim_ef_id)i;
	}
	return SIM_EF_COUNT;
}

static bool may_enter(const struct card *c, enum sim_ef_id id)
{
	if (id == SIM_SECURITY)
		return c->access >= ACCESS_PACE || evil(c, EVIL_OPEN);
	return c->df == SIM_MF || card_open(c);
}

/* 6A82 only to whom may know it: before PACE every file is refused alike. */
static uint16_t enter_file(struct card *c, uint16_t fid, int sfi)
{
	enum sim_ef_id id = find_file(c, fid, sfi);

	if (!may_enter(c, id))
		return SW_SECURITY;
	if (id == SIM_EF_COUNT)
		return SW_FILE_NOT_FOUND;
	c->ef = id;
	return SW_OK;
}

static uint16_t select_df(struct card *c, enum sim_df df)
{
	c->df = df;
	c->ef = SIM_EF_COUNT;
	return SW_OK;
}

static uint16_t select_fid(struct card *c, const struct apdu *a)
{
	uint16_t fid = 0x3f00;
	struct span in = a->data;

	if ((a->p1 != 0x00 || in.n) &&
	    (span_u16(&in, &fid) != R_OK || span_end(&in) != R_OK))
		return SW_LENGTH;
	if (a->p1 == 0x00 && fid == 0x3f00)
		return quirk(c, QUIRK_NO_SELECT_MF) ? SW_INS
						    : select_df(c, SIM_MF);
	if (a->p1 == 0x00 && quirk(c, QUIRK_P1_02_ONLY))
		return SW_P1P2;
	return enter_file(c, fid, -1);
}

/* FCI or FCP, for who asks: the name of the DF, or identifier and size. */
static void put_control(const struct card *c, uint8_t p2, struct sink *out)
{
	uint8_t buf[32], number[4];
	struct sink s = SINK(buf), n = SINK(number);

	if (c->ef != SIM_EF_COUNT) {
		sink_u16(&n, (uint16_t)c->memory.files[c->ef].n);
		sink_u16(&n, sim_ef(c->ef)->fid);
		tlv_put(&s, 0x80, span_of(number, 2));
		tlv_put(&s, 0x82, span_of("\x01", 1));
		tlv_put(&s, 0x83, span_of(number + 2, 2));
	} else if (c->df == SIM_LDS) {
		tlv_put(&s, 0x84, SPAN(sim_aid));
	} else {
		tlv_put(&s, 0x83, span_of("\x3f\x00", 2));
	}
	tlv_put(out, p2 == 0x04 ? 0x62 : 0x6f, sink_span(&s));
}

uint16_t card_select(struct card *c, const struct apdu *a, struct sink *out)
{
	uint16_t sw;

	if (a->p2 != 0x00 && a->p2 != 0x04 && a->p2 != 0x0c)
		return SW_P1P2;
	switch (a->p1) {
	case 0x00:
	case 0x02:
		sw = select_fid(c, a);
		break;
	case 0x04:
		sw = span_equal(a->data, SPAN(sim_aid))
			? select_df(c, SIM_LDS) : SW_FILE_NOT_FOUND;
		break;
	default:
		sw = SW_P1P2;
	}
	if (sw == SW_OK && a->p2 != 0x0c && a->le)
		put_control(c, a->p2, out);
	return sw;
}

static uint16_t too_little(const struct card *c, size_t left)
{
	if (quirk(c, QUIRK_6C_LE) && left < 256)
		return (uint16_t)(0x6c00 | left);
	return SW_EOF;
}

static uint16_t read_at(const struct card *c, const struct apdu *a,
			size_t offset, size_t room, struct sink *out)
{
	struct span file = blob_span(&c->memory.files[c->ef]);
	size_t want = a->le < room ? a->le : room;
	uint16_t sw = SW_OK;

	if (offset >= file.n)
		return SW_OFFSET;
	if (want > file.n - offset) {
		want = file.n - offset;
		if (!a->le_all)
			sw = too_little(c, want);
	}
	if (sw == SW_OK || sw == SW_EOF)
		sink_put(out, span_of(file.p + offset, want));
	return sw;
}

/* Its own tag, a lying length, and zeros without end. */
static uint16_t read_endless(const struct card *c, const struct apdu *a,
			     size_t offset, size_t room, struct sink *out)
{
	const uint8_t head[] = { sim_ef(c->ef)->tag, 0x83, ENDLESS >> 16,
				 0x00, 0x00 };
	size_t want = a->le < room ? a->le : room;

	while (want--) {
		sink_u8(out, offset < sizeof(head) ? head[offset] : 0);
		offset++;
	}
	return SW_OK;
}

/* The bytes at an offset, as this chip gives them. */
static uint16_t read_some(const struct card *c, const struct apdu *a,
			  size_t offset, size_t room, struct sink *out)
{
	struct apdu one = *a;
	uint16_t sw;

	if (evil(c, EVIL_NO_DATA))
		return SW_OK;
	if (evil(c, EVIL_ONE_BYTE))
		one.le = 1;
	if (evil(c, EVIL_ENDLESS_EF))
		return read_endless(c, &one, offset, room, out);
	sw = read_at(c, &one, offset, room, out);
	if (evil(c, EVIL_MORE_DATA) && out->n)
		sink_u8(out, 0);
	return sw;
}

/* INS B1: P1-P2 names the file, a DO'54' the offset, a DO'53' answers. */
static uint16_t read_odd(struct card *c, const struct apdu *a,
			 struct sink *out)
{
	uint16_t fid = (uint16_t)(a->p1 << 8 | a->p2), sw = SW_OK;
	uint8_t buf[CARD_RESPONSE_MAX];
	struct sink data = SINK(buf);
	struct span in = a->data, v;
	size_t offset = 0;
	uint32_t tag;

	if (fid)
		sw = fid < 0x1f ? enter_file(c, 0, fid)
				: enter_file(c, fid, -1);
	if (sw != SW_OK)
		return sw;
	if (c->ef == SIM_EF_COUNT)
		return SW_NO_EF;
	if (tlv_get(&in, &tag, &v) != R_OK || tag != 0x54 || in.n || !v.n ||
	    v.n > 3)
		return SW_DATA;
	for (size_t i = 0; i < v.n; i++)
		offset = offset << 8 | v.p[i];
	if (a->room < 8)
		return SW_LENGTH;
	sw = read_some(c, a, offset, a->room - 4, &data);
	if (sw == SW_OK || sw == SW_EOF)
		tlv_put(out, 0x53, sink_span(&data));
	return sw;
}

/* What this chip's READ BINARY does not like; SW_OK: nothing. */
static uint16_t check_block(const struct card *c, const struct apdu *a)
{
	if (!a->le)
		return SW_LENGTH;
	if (quirk(c, QUIRK_LE_256_6700) && a->le_all)
		return SW_LENGTH;
	if (quirk(c, QUIRK_BLOCK) && a->le > c->memory.block)
		return c->memory.block_sw;
	return !a->le_all && a->le > a->room ? SW_LENGTH : SW_OK;
}

static uint16_t enter_sfi(struct card *c, uint8_t p1)
{
	const uint8_t sfi = p1 & 0x1f;

	if ((p1 & 0x60) || quirk(c, QUIRK_NO_SFI))
		return SW_P1P2;
	if (quirk(c, QUIRK_NO_CARDACCESS_SFI) && c->df == SIM_MF &&
	    sfi == sim_ef(SIM_ACCESS)->sfi)
		return SW_FILE_NOT_FOUND;
	return enter_file(c, 0, sfi);
}

uint16_t card_read_binary(struct card *c, const struct apdu *a,
			  struct sink *out)
{
	size_t offset = (size_t)a->p1 << 8 | a->p2;
	uint16_t sw = check_block(c, a);

	if (sw != SW_OK)
		return sw;
	if (a->ins & 1)
		return read_odd(c, a, out);
	if (a->data.n)
		return SW_LENGTH;
	if (a->p1 & 0x80) {
		sw = enter_sfi(c, a->p1);
		offset = a->p2;
	} else if (c->ef == SIM_EF_COUNT) {
		return SW_NO_EF;
	}
	return sw == SW_OK ? read_some(c, a, offset, a->room, out) : sw;
}
