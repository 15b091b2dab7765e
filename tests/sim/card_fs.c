/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SELECT and READ BINARY (ISO 7816-4 11.2.2, 11.3.3; 9303-10 3.5, 3.6).
 * The master file is free; the application's files need the channel.
 */
#include <string.h>

#include "card.h"

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

/* 6A82 only to whom may know it: before PACE every file is refused alike. */
static uint16_t enter_file(struct card *c, uint16_t fid, int sfi)
{
	enum sim_ef_id id = find_file(c, fid, sfi);

	if (c->df == SIM_LDS && !c->sm.on)
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
	uint16_t fid;
	struct span in = a->data;

	if (a->p1 == 0x00 && !in.n)
		return select_df(c, SIM_MF);
	if (span_u16(&in, &fid) != R_OK || span_end(&in) != R_OK)
		return SW_LENGTH;
	if (a->p1 == 0x00 && fid == 0x3f00)
		return select_df(c, SIM_MF);
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

static uint16_t read_at(const struct card *c, const struct apdu *a,
			size_t offset, size_t room, struct span *out)
{
	struct span file = blob_span(&c->memory.files[c->ef]);
	size_t want = a->le < room ? a->le : room;

	if (offset >= file.n)
		return SW_OFFSET;
	if (want > file.n - offset)
		want = file.n - offset;
	*out = span_of(file.p + offset, want);
	return !a->le_all && want < a->le && offset + want == file.n
		? SW_EOF : SW_OK;
}

/* INS B1: P1-P2 names the file, a DO'54' the offset, a DO'53' answers. */
static uint16_t read_odd(struct card *c, const struct apdu *a,
			 struct sink *out)
{
	uint16_t fid = (uint16_t)(a->p1 << 8 | a->p2), sw = SW_OK;
	struct span in = a->data, v, data;
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
	sw = read_at(c, a, offset, a->room - 4, &data);
	if (sw == SW_OK || sw == SW_EOF)
		tlv_put(out, 0x53, data);
	return sw;
}

uint16_t card_read_binary(struct card *c, const struct apdu *a,
			  struct sink *out)
{
	size_t offset = (size_t)a->p1 << 8 | a->p2;
	struct span data;
	uint16_t sw = SW_OK;

	if (!a->le || (!a->le_all && a->le > a->room))
		return SW_LENGTH;
	if (a->ins & 1)
		return read_odd(c, a, out);
	if (a->data.n)
		return SW_LENGTH;
	if (a->p1 & 0x80) {
		if (a->p1 & 0x60)
			return SW_P1P2;
		sw = enter_file(c, 0, a->p1 & 0x1f);
		offset = a->p2;
	} else if (c->ef == SIM_EF_COUNT) {
		return SW_NO_EF;
	}
	if (sw == SW_OK)
		sw = read_at(c, a, offset, a->room, &data);
	if (sw == SW_OK || sw == SW_EOF)
		sink_put(out, data);
	return sw;
}
