// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_file.h"

#include <check.h>
#include <string.h>

#include "emrtd/data_object.h"
#include "support_exchange.h"

struct file_card file_card;
struct card_link card_link;

static enum reason status(struct sink *out, uint16_t sw)
{
	sink_u16(out, sw);
	return REASON_NONE;
}

static enum reason answer_read(size_t at, size_t le, struct sink *out)
{
	size_t left = file_card.n > at ? file_card.n - at : 0, n = le;

	if (file_card.reads <= 64)
		file_card.le[file_card.reads - 1] = (uint16_t)le;
	if (file_card.after && at >= file_card.from)
		return status(out, file_card.after);
	if (file_card.largest && le > file_card.largest)
		return status(out, file_card.too_large);
	if (at >= file_card.n)
		return status(out, SW_WRONG_OFFSET);
	if (file_card.exact && le > left)
		return status(out, file_card.too_large == SW_WRONG_LE ?
			      (uint16_t)(SW_WRONG_LE | left) :
			      file_card.too_large);
	if (n > left)
		n = left;
	n = file_card.short_by < n ? n - file_card.short_by : n;
	n += file_card.more_by;
	sink_put(out, span_of(file_card.file + at, n));
	return status(out, le > left ? SW_END_OF_FILE : SW_OK);
}

/* 9303-10 3.6.3.2 */
static enum reason answer_odd(const uint8_t *c, size_t n, struct sink *out)
{
	uint8_t data[0x4100];
	struct sink d = SINK(data);
	size_t le;

	file_card.odd++;
	ck_assert_mem_eq(c + 4, n > 10 ? "\x00\x00\x04\x54\x02" :
					 "\x04\x54\x02", n > 10 ? 5 : 3);
	c += n > 10 ? 9 : 7;
	le = n > 10 ? (size_t)c[2] << 8 | c[3] : c[2] ? c[2] : 256;
	ck_assert_uint_ge(c[0], 0x80);
	ck_assert_int_eq(answer_read((size_t)c[0] << 8 | c[1], le - 4, &d),
			 REASON_NONE);
	if (d.n > 2)
		put_object(out, file_card.odd_tag, span_of(data, d.n - 2));
	sink_put(out, span_of(data + d.n - 2, 2));
	return REASON_NONE;
}

/* Le of a command without data */
static size_t le_of(struct span apdu)
{
	if (apdu.n == 7)
		return (size_t)apdu.p[5] << 8 | apdu.p[6];
	ck_assert_uint_eq(apdu.n, 5);
	return apdu.p[4] ? apdu.p[4] : 256;
}

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	const uint8_t *c = apdu.p;

	(void)context;
	if (c[1] == INS_SELECT) {
		file_card.selects++;
		ck_assert_uint_eq(apdu.n, 7);
		file_card.selected = file_card.select == SW_OK;
		return status(out, file_card.select);
	}
	file_card.reads++;
	if (c[1] == INS_READ_BINARY_ODD)
		return answer_odd(c, apdu.n, out);
	ck_assert_uint_eq(c[1], INS_READ_BINARY);
	if (c[2] & 0x80) {
		ck_assert_uint_eq(c[2], 0x80 | 0x02);
		if (file_card.no_short_id)
			return status(out, file_card.no_short_id);
		file_card.selected = true;
		return answer_read(c[3], le_of(apdu), out);
	}
	ck_assert(file_card.selected);
	return answer_read((size_t)c[2] << 8 | c[3], le_of(apdu), out);
}

void file_of(size_t total, size_t says)
{
	memset(&file_card, 0, sizeof(file_card));
	for (size_t i = 0; i < total; i++)
		file_card.file[i] = (uint8_t)(i * 7 + (i >> 8));
	file_card.file[0] = 0x75;
	if (says - 2 < 0x80) {
		file_card.file[1] = (uint8_t)(says - 2);
	} else if (says - 3 < 0x100) {
		file_card.file[1] = 0x81;
		file_card.file[2] = (uint8_t)(says - 3);
	} else {
		file_card.file[1] = 0x82;
		file_card.file[2] = (uint8_t)((says - 4) >> 8);
		file_card.file[3] = (uint8_t)(says - 4);
	}
	file_card.n = total;
	file_card.select = SW_OK;
	file_card.odd_tag = 0x53;
	memset(&card_link, 0, sizeof(card_link));
	exchange_over(&card_link, transmit, NULL);
}

void extended(uint32_t reader)
{
	link_capacity(&card_link, reader, &(struct atr_caps){ .extended = true },
		      NULL);
}

uint8_t read_bytes[0x10010];

enum reason read_all(size_t max, size_t *n)
{
	struct sink out = SINK(read_bytes);
	enum reason why = read_ef(&card_link, ef_row(EF_DG2), max, &out);

	*n = out.n;
	if (why != REASON_NONE)
		ck_assert_uint_eq(out.n, 0);
	return why;
}

void reads_whole(void)
{
	size_t n, want = file_card.n;

	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), REASON_NONE);
	ck_assert_uint_eq(n, want);
	ck_assert_mem_eq(read_bytes, file_card.file, n);
}

void refused_whole(enum reason why)
{
	size_t n;

	ck_assert_int_eq(read_all(EF_SIZE_MAX, &n), why);
}
