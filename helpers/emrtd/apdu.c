// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/apdu.h"

#define LC_MAX 65535

/* ISO/IEC 7816-4 tables 5 and 6, as far as the commands of 9303 use them. */
static const struct {
	uint16_t sw, mask;
	enum result r;
	const char *text;
} statuses[] = {
	{ SW_OK,              0xffff, R_OK, "normal processing" },
	{ SW_END_OF_FILE,     0xffff, R_OK, "end of file before Le bytes" },
	{ SW_VERIFY_FAILED,   0xffff, R_DENIED, "authentication failed" },
	{ 0x63c0,             0xfff0, R_DENIED, "authentication failed, tries are counted" },
	{ SW_WRONG_LENGTH,    0xffff, R_MALFORMED, "wrong length" },
	{ SW_SECURITY_STATUS, 0xffff, R_DENIED, "security status not satisfied" },
	{ SW_BLOCKED,         0xffff, R_DENIED, "authentication method blocked" },
	{ SW_REFERENCE_UNUSABLE, 0xffff, R_DENIED, "reference data not usable" },
	{ SW_CONDITIONS,      0xffff, R_DENIED, "conditions of use not satisfied" },
	{ SW_SM_MISSING,      0xffff, R_MALFORMED, "secure messaging data objects missing" },
	{ SW_SM_INCORRECT,    0xffff, R_MALFORMED, "secure messaging data objects incorrect" },
	{ SW_WRONG_DATA,      0xffff, R_MALFORMED, "wrong parameters in the data field" },
	{ SW_NOT_FOUND,       0xffff, R_ABSENT, "file or application not found" },
	{ SW_WRONG_P1_P2,     0xffff, R_MALFORMED, "wrong P1 or P2" },
	{ SW_NO_REFERENCE,    0xffff, R_ABSENT, "referenced data not found" },
	{ SW_WRONG_OFFSET,    0xffff, R_MALFORMED, "offset outside the file" },
	{ SW_WRONG_LE,        0xff00, R_MALFORMED, "wrong Le" },
	{ SW_NO_INS,          0xffff, R_ABSENT, "instruction not supported" },
	{ SW_NO_CLA,          0xffff, R_ABSENT, "class not supported" },
};

enum result status_result(uint16_t sw)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if ((sw & statuses[i].mask) == statuses[i].sw)
			return statuses[i].r;
	return R_MALFORMED;
}

const char *status_text(uint16_t sw)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if ((sw & statuses[i].mask) == statuses[i].sw)
			return statuses[i].text;
	return "a status word that the standard does not name here";
}

static void put_short(const struct command *c, struct sink *out)
{
	if (c->data.n > 0) {
		sink_u8(out, (uint8_t)c->data.n);
		sink_put(out, c->data);
	}
	if (c->le > 0)
		sink_u8(out, (uint8_t)c->le);	/* 256 is coded 00 */
}

static void put_extended(const struct command *c, struct sink *out)
{
	sink_u8(out, 0);
	if (c->data.n > 0) {
		sink_u16(out, (uint16_t)c->data.n);
		sink_put(out, c->data);
	}
	if (c->le > 0)
		sink_u16(out, (uint16_t)c->le);	/* 65536 is coded 0000 */
}

enum result command_encode(const struct command *c, struct sink *out)
{
	if (c->data.n > LC_MAX || c->le > APDU_LE_MAX)
		return R_INTERNAL;
	sink_u8(out, c->cla);
	sink_u8(out, c->ins);
	sink_u8(out, c->p1);
	sink_u8(out, c->p2);
	if (c->data.n <= APDU_SHORT_DATA && c->le <= APDU_SHORT_LE)
		put_short(c, out);
	else
		put_extended(c, out);
	return sink_done(out);
}

enum result response_parse(struct span apdu, struct response *out)
{
	struct span in = apdu, data;
	struct response r;

	if (apdu.n < 2 || span_take(&in, apdu.n - 2, &data) != R_OK ||
	    span_u16(&in, &r.sw) != R_OK)
		return R_MALFORMED;
	r.data = data;
	*out = r;
	return R_OK;
}
