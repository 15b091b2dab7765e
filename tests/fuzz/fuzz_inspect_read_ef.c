// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * A card that answers READ BINARY and SELECT as the input says. The first
 * octet: which file (low four bits), 0x10 extended APDUs, 0x20 long answers,
 * 0x40 a card that refuses a Le beyond the end. Then the answers, each a length
 * octet and that many octets; long ones two octets, of which the upper six bits
 * count kilobytes of filling before the status word. After the input ends, 6A82.
 */
#include <stdlib.h>

#include "inspect/read_ef.h"
#include "lds/tlv.h"

enum { FILE_OF = 0x0f, EXTENDED = 0x10, LONG = 0x20, EXACT = 0x40 };

#define FILLING_SHIFT 10
#define KILOBYTE      1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct card {
	struct span script;
	bool long_answers;
};

static enum reason send(void *context, struct span apdu)
{
	(void)context;
	if (apdu.n < 4 || apdu.n > LINK_COMMAND_MAX)
		abort();
	return REASON_NONE;
}

static enum result next_answer(struct card *c, struct span *answer,
			       size_t *filling)
{
	uint16_t n = 0;
	uint8_t octet;

	*filling = 0;
	if (c->long_answers) {
		if (span_u16(&c->script, &n) != R_OK)
			return R_ABSENT;
		*filling = (size_t)(n >> FILLING_SHIFT) * KILOBYTE;
		n &= (1u << FILLING_SHIFT) - 1;
	} else {
		if (span_u8(&c->script, &octet) != R_OK)
			return R_ABSENT;
		n = octet;
	}
	return span_take(&c->script, n, answer);
}

static enum reason fetch(void *context, struct sink *out)
{
	struct card *c = context;
	struct span answer;
	size_t filling;

	if (next_answer(c, &answer, &filling) != R_OK) {
		sink_u16(out, SW_NOT_FOUND);
		return REASON_NONE;
	}
	if (answer.n < 2)
		filling = 0;
	else
		sink_put(out, span_of(answer.p, answer.n - 2));
	while (filling--)
		sink_u8(out, 'A');
	sink_put(out, answer.n < 2 ? answer :
				     span_of(answer.p + answer.n - 2, 2));
	return REASON_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct card_link l;
	static uint8_t buf[EF_SIZE_MAX];
	struct sink out = SINK(buf);
	struct card card;
	const struct ef_row *ef;
	uint32_t tag;
	size_t total;

	if (size < 1)
		return 0;
	card = (struct card){ span_of(data + 1, size - 1), data[0] & LONG };
	ef = ef_row((enum ef)((data[0] & FILE_OF) % EF_COUNT));
	l = (struct card_link){ .send = send, .fetch = fetch,
				.context = &card };
	if (data[0] & EXTENDED)
		link_capacity(&l, 65536, &(struct atr_caps){ .extended = true },
			      NULL);
	l.habits.exact = data[0] & EXACT;
	if (read_ef(&l, ef, EF_SIZE_MAX, &out) != REASON_NONE) {
		if (out.n != 0)
			abort();
		return 0;
	}
	if (out.n == 0 || out.n > ef->max)
		abort();
	if (ef->tag && (tlv_head(sink_span(&out), &tag, &total) != R_OK ||
			tag != ef->tag || total != out.n))
		abort();
	return 0;
}
