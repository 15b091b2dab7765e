/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The small files: DG1, DG11, DG15, EF.COM, EF.DIR (9303-10), EF.ATR/INFO
 * (ISO/IEC 7816-4 12.7.1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pers.h"

enum result pers_dg1(const char *mrz, struct blob *out)
{
	uint8_t buf[MRZ_SIZE + 16];
	struct sink s = SINK(buf);

	tlv_put(&s, 0x5f1f, span_str(mrz));
	pers_wrap(&s, 0, 0x61);
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

/*
 * 9303-10 4.7.11. What stands beside the number is nobody's and must never be
 * read out: SYNTHETIC marks it for those who search.
 */
enum result pers_dg11(const struct pers_options *o, struct blob *out)
{
	char birth[9];
	const struct {
		uint32_t tag;
		const char *value;
	} objects[] = {
		{ 0x5f0e, o->name },
		{ 0x5f10, strcmp(o->dg11, "-") == 0 ? NULL : o->dg11 },
		{ 0x5f2b, birth },
		{ 0x5f11, "SYNTHETIC TOWN<UTOPIA" },
		{ 0x5f42, "SYNTHETIC LANE 7<SYNTHETIC TOWN<UTOPIA" },
		{ 0x5f12, "SYNTHETIC00212600000000" },
		{ 0x5f13, "SYNTHETIC PROFESSION" },
		{ 0x5f15, "SYNTHETIC SUMMARY" },
	};
	uint8_t buf[600], tags[32];
	struct sink s = SINK(buf), t = SINK(tags);

	snprintf(birth, sizeof(birth), "19%.6s", o->birth);
	for (char *p = birth; *p; p++)	/* an unknown part is 00 here */
		*p = *p == '<' ? '0' : *p;
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (objects[i].value)
			sink_u16(&t, (uint16_t)objects[i].tag);
	tlv_put(&s, 0x5c, sink_span(&t));
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (objects[i].value)
			tlv_put(&s, objects[i].tag,
				span_str(objects[i].value));
	pers_wrap(&s, 0, 0x6b);
	if (sink_done(&t) != R_OK || sink_done(&s) != R_OK)
		return pers_fail(R_MALFORMED, "--dg11 is too long");
	return blob_copy(sink_span(&s), out);
}

enum result pers_dg15(EVP_PKEY *aa, struct blob *out)
{
	uint8_t buf[1024];
	struct sink s = SINK(buf);
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(aa, &der);

	if (n <= 0)
		return R_INTERNAL;
	tlv_put(&s, 0x6f, span_of(der, (size_t)n));
	OPENSSL_free(der);
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

/* 9303-10 4.6.1: versions, and the outermost tags of the data groups. */
enum result pers_com(const struct pers_options *o,
		     const struct blob files[SIM_EF_COUNT], struct blob *out)
{
	bool first = strcmp(o->lds_version, "0") == 0;
	uint8_t buf[64], tags[16];
	struct sink s = SINK(buf), t = SINK(tags);

	for (int i = 0; i < SIM_EF_COUNT; i++)
		if (files[i].p && sim_ef((enum sim_ef_id)i)->dg)
			sink_u8(&t, sim_ef((enum sim_ef_id)i)->tag);
	tlv_put(&s, 0x5f01, span_str(first ? "0107" : "0108"));
	tlv_put(&s, 0x5f36, span_str("040000"));
	tlv_put(&s, 0x5c, sink_span(&t));
	pers_wrap(&s, 0, 0x60);
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

enum result pers_dir(struct blob *out)
{
	uint8_t buf[20];
	struct sink s = SINK(buf);

	tlv_put(&s, 0x4f, SPAN(sim_aid));
	pers_wrap(&s, 0, 0x61);
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

/* Card capabilities (7816-4 12.1.1.9), then the extended length information:
 * 7F66 { 02 longest command, 02 longest response }. */
enum result pers_atr(const struct pers_options *o, struct blob *out)
{
	uint8_t buf[64];
	struct sink s = SINK(buf);
	char command[16], *response;
	unsigned long c, r;
	size_t from;

	snprintf(command, sizeof(command), "%s", o->ef_atr);
	response = strchr(command, ':');
	if (!response)
		return pers_fail(R_MALFORMED, "--ef-atr: COMMAND:RESPONSE");
	*response++ = 0;
	if (pers_number(command, "ef-atr", 0xffffff, &c) != R_OK ||
	    pers_number(response, "ef-atr", 0xffffff, &r) != R_OK)
		return R_MALFORMED;
	tlv_put(&s, 0x47, span_of("\x94\x01\x60", 3));
	from = s.n;
	pers_put_number(&s, 0x02, c);
	pers_put_number(&s, 0x02, r);
	pers_wrap(&s, from, 0x7f66);
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}
