// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/dg14.c and dg15.c */
#include "lds/dg14.h"

#include <string.h>

#include "check_main.h"
#include "lds/dg15.h"
#include "support_hex.h"

/* 9303-11 appendix G.1: EF.CardAccess of the PACE example over ECDH */
#define CARD_ACCESS_G1 "31143012060A04007F0007020204020202010202010D"

/* EF.CardAccess of a German test card of the second generation of eID, as
 * open test suites carry it: no PACE domain, CA twice, TA, locator, 8.4 */
#define CARD_ACCESS_DE                                                     \
	"3181c1300d060804007f00070202020201023012060a04007f00070202030202" \
	"0201020201413012060a04007f0007020204020202010202010d301c06090400" \
	"7f000702020302300c060704007f0007010202010d020141302a060804007f00" \
	"07020206161e687474703a2f2f6273692e62756e642e64652f6369662f6e7061" \
	"2e786d6c303e060804007f000702020831323012060a04007f00070202030202" \
	"020102020145301c060904007f000702020302300c060704007f000701020201" \
	"0d020145"

/* A key of six octets: we keep it and never look inside here. */
#define SPKI "300c300706052b81040022030100"
#define OID_ECDH_GM_128 "060a04007f00070202040202"

static struct security_infos s;

static enum result parse(const char *hex)
{
	struct span f = hex_new(hex);
	enum result r = security_infos_parse(f, &s);

	span_free(f);
	return r;
}

START_TEST(icao_pace_info)
{
	struct span f = hex_new(CARD_ACCESS_G1);

	ck_assert_int_eq(security_infos_parse(f, &s), R_OK);
	ck_assert_uint_eq(s.count, 1);
	ck_assert_int_eq(s.info[0].kind, INFO_PACE);
	ck_assert_str_eq(s.info[0].protocol->name, "ECDH-GM AES-128");
	ck_assert_int_eq(s.info[0].protocol->agreement, AGREE_ECDH);
	ck_assert_int_eq(s.info[0].protocol->mapping, MAP_GM);
	ck_assert_int_eq(s.info[0].protocol->cipher, CIPHER_AES128);
	ck_assert_uint_eq(s.info[0].version, 2);
	ck_assert(s.info[0].has_id);
	ck_assert_uint_eq(s.info[0].id, 13);
	ck_assert_ptr_eq(s.info[0].raw.p, f.p + 2);
	ck_assert_uint_eq(s.info[0].raw.n, 20);
	ck_assert_uint_eq(s.info[0].oid.n, 10);
	ck_assert(security_infos_hold(&s, span_of(f.p + 2, 20)));
	ck_assert(!security_infos_hold(&s, span_of(f.p + 2, 19)));
	ck_assert(!security_infos_hold(&s, span_of(f.p, 20)));
	span_free(f);
}
END_TEST

START_TEST(german_card_access)
{
	static const enum security_info_kind kinds[] = {
		INFO_TERMINAL_AUTH, INFO_CHIP_AUTH, INFO_PACE,
		INFO_UNKNOWN, INFO_UNKNOWN, INFO_UNKNOWN
	};

	ck_assert_int_eq(parse(CARD_ACCESS_DE), R_OK);
	ck_assert_uint_eq(s.count, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(s.info[i].kind, kinds[i]);
	ck_assert_uint_eq(s.info[1].version, 2);
	ck_assert_uint_eq(s.info[1].id, 0x41);
	ck_assert_str_eq(s.info[1].protocol->name, "CA-ECDH AES-128");
	ck_assert_uint_eq(s.info[2].id, 13);
	ck_assert_ptr_null(s.info[3].protocol);
}
END_TEST

/* DG14 by hand: CA, its key with and without an id, PACE, AA. */
START_TEST(dg14_with_all_kinds)
{
	static const char *const parts[] = {
		"060a04007f00070202030202" "020101",
		"060904007f000702020102" SPKI,
		"060904007f000702020102" SPKI "020107",
		OID_ECDH_GM_128 "020102" "02010d",
		"0606678108010105" "020101" "0608" "2a8648ce3d040302",
		"060904007f000702020404" "020101",
	};
	uint8_t set[512], all[512], file[512];
	struct sink l = SINK(set), a = SINK(all), o = SINK(file);
	struct span f;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct span one = hex_new(parts[i]);

		put_tlv(&l, 0x30, one);
		span_free(one);
	}
	put_tlv(&a, 0x31, sink_span(&l));
	put_tlv(&o, 0x6e, sink_span(&a));
	f = sink_span(&o);
	ck_assert_int_eq(dg14_parse(f, &s), R_OK);
	ck_assert_uint_eq(s.count, 6);
	ck_assert_int_eq(s.info[0].kind, INFO_CHIP_AUTH);
	ck_assert(!s.info[0].has_id);
	ck_assert_int_eq(s.info[1].kind, INFO_CHIP_AUTH_KEY);
	ck_assert_uint_eq(s.info[1].spki.n, strlen(SPKI) / 2);
	ck_assert(!s.info[1].has_id);
	ck_assert(s.info[2].has_id);
	ck_assert_uint_eq(s.info[2].id, 7);
	ck_assert_int_eq(s.info[2].protocol->agreement, AGREE_ECDH);
	ck_assert_int_eq(s.info[3].kind, INFO_PACE);
	ck_assert_int_eq(s.info[4].kind, INFO_ACTIVE_AUTH);
	ck_assert_uint_eq(s.info[4].signature_oid.n, 8);
	ck_assert_int_eq(s.info[5].kind, INFO_PACE_DOMAIN);
	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(dg14_parse(c, &s), R_MALFORMED);
		span_free(c);
	}
	sink_u8(&o, 0);
	ck_assert_int_eq(dg14_parse(sink_span(&o), &s), R_MALFORMED);
	file[0] = 0x6f;
	ck_assert_int_eq(dg14_parse(f, &s), R_MALFORMED);
}
END_TEST

/*
 * The content of an EF.CardSecurity with CAM, by hand: what the two lists
 * before have, then CA domain parameters, a key of either kind of agreement,
 * the card's own entries (TR-03110-3 A.1.1: locator 6, eIDSecurityInfo 7,
 * PrivilegedTerminalInfo 8, restricted identification 5), which stay unknown.
 */
START_TEST(card_security_with_what_we_do_not_read)
{
	static const struct {
		const char *hex;
		enum security_info_kind kind;
	} parts[] = {
		{ "060a04007f00070202040602" "020102" "02010d", INFO_PACE },
		{ OID_ECDH_GM_128 "020102" "02010c", INFO_PACE },
		{ "060904007f000702020302" "300c060704007f00070102" "02010d"
		  "020141", INFO_UNKNOWN },
		{ "060a04007f00070202030202" "020102" "020141",
		  INFO_CHIP_AUTH },
		{ "060a04007f00070202030201" "020101" "020142",
		  INFO_CHIP_AUTH },
		{ "060a04007f00070202030104" "020101", INFO_CHIP_AUTH },
		{ "060904007f000702020102" SPKI "020141", INFO_CHIP_AUTH_KEY },
		{ "060904007f000702020101" SPKI "020142", INFO_CHIP_AUTH_KEY },
		{ "060804007f0007020202" "020102" "3006" "0402011c" "0400",
		  INFO_TERMINAL_AUTH },
		{ "060804007f0007020206" "1603" "612f62", INFO_UNKNOWN },
		{ "060804007f0007020207" "3000" "3000", INFO_UNKNOWN },
		{ "060804007f0007020208" "3100", INFO_UNKNOWN },
		{ "060a04007f00070202050203" "300302010101" "01ff",
		  INFO_UNKNOWN },
		{ "0606678108010105" "020101" "060a04007f00070101040103",
		  INFO_ACTIVE_AUTH },
	};
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	uint8_t list[600], set[610];
	struct sink l = SINK(list), o = SINK(set);

	for (size_t i = 0; i < count; i++) {
		struct span one = hex_new(parts[i].hex);

		put_tlv(&l, 0x30, one);
		span_free(one);
	}
	put_tlv(&o, 0x31, sink_span(&l));
	ck_assert_int_eq(security_infos_parse(sink_span(&o), &s), R_OK);
	ck_assert_uint_eq(s.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(s.info[i].kind, parts[i].kind);
	ck_assert_int_eq(s.info[0].protocol->mapping, MAP_CAM);
	ck_assert_int_eq(s.info[4].protocol->cipher, CIPHER_3DES);
	ck_assert_int_eq(s.info[5].protocol->agreement, AGREE_DH);
	ck_assert(!s.info[5].has_id);
	ck_assert_int_eq(s.info[6].protocol->agreement, AGREE_ECDH);
	ck_assert_int_eq(s.info[7].protocol->agreement, AGREE_DH);
	ck_assert_uint_eq(s.info[7].id, 0x42);
	/* 9303-11 9.2.3: ecdsa-plain-SHA256 */
	ck_assert_uint_eq(s.info[13].signature_oid.n, 10);
}
END_TEST

/* Inside of one SecurityInfo; the wrapping is made here. */
static const struct {
	const char *body;
	enum result r;
} infos[] = {
	{ OID_ECDH_GM_128 "020102", R_OK },	/* no parameterId */
	{ OID_ECDH_GM_128 "020101", R_OK },	/* kept; the choice checks */
	{ "0603550401" "0500", R_OK },		/* unknown */
	{ "0603550401", R_OK },
	{ "0603550401" "05", R_MALFORMED },	/* unknown and broken */
	{ "0603550401" "0480", R_MALFORMED },
	{ OID_ECDH_GM_128, R_MALFORMED },	/* no version */
	{ OID_ECDH_GM_128 "0200", R_MALFORMED },
	{ OID_ECDH_GM_128 "0201ff", R_MALFORMED },
	{ OID_ECDH_GM_128 "020102" "0400", R_MALFORMED },
	{ OID_ECDH_GM_128 "020102" "02010d" "0500", R_MALFORMED },
	{ OID_ECDH_GM_128 "020102" "0202000d", R_MALFORMED },
	{ OID_ECDH_GM_128 "020102" "02050100000000", R_MALFORMED },
	{ "020102", R_MALFORMED },		/* no protocol */
	{ "0600" "020102", R_MALFORMED },
	{ "", R_MALFORMED },
	{ "060904007f000702020102", R_MALFORMED },	/* PK, no key */
	{ "060904007f000702020102" "0400", R_MALFORMED },
	{ "060904007f000702020102" "3000", R_MALFORMED },
	{ "060904007f000702020102" "310c300706052b81040022030100",
	  R_MALFORMED },
	{ "060904007f000702020102" "30023000", R_MALFORMED },
	{ "060904007f000702020102" "300430000401", R_MALFORMED },
	{ "060904007f000702020102" SPKI "0500", R_MALFORMED },
	{ "060904007f000702020102" SPKI "0201070500", R_MALFORMED },
	{ "0606678108010105" "020101", R_MALFORMED },	/* AA, no OID */
	{ "0606678108010105" "0603550401", R_MALFORMED },
	{ "0606678108010105" "020101" "0603550401" "0500", R_MALFORMED },
};

START_TEST(one_info_at_a_time)
{
	struct span body = hex_new(infos[_i].body), c;
	uint8_t one[128], set[140], all[150];
	struct sink a = SINK(one), b = SINK(set), o = SINK(all);

	put_tlv(&a, 0x30, body);
	put_tlv(&b, 0x31, sink_span(&a));
	sink_put(&o, sink_span(&b));
	c = cut_new(sink_span(&o), o.n);
	memset(&s, 0x5a, sizeof(s));
	ck_assert_int_eq(security_infos_parse(c, &s), infos[_i].r);
	if (infos[_i].r == R_OK)
		ck_assert_uint_eq(s.count, 1);
	else
		ck_assert_uint_eq(s.count & 0xff, 0x5a);
	span_free(c);
	span_free(body);
}
END_TEST

START_TEST(other_wrapping_is_refused)
{
	static const char *const hex[] = {
		"", "31", "3014", "3000", "310100", "31020400", "310005",
		"31143112060A04007F0007020204020202010202010D",
		"30143012060A04007F0007020204020202010202010D",
		"31143012060A04007F0007020204020202010202010D00",
	};

	ck_assert_int_eq(parse(hex[_i]), R_MALFORMED);
}
END_TEST

START_TEST(an_empty_set_is_no_info)
{
	ck_assert_int_eq(parse("3100"), R_OK);
	ck_assert_uint_eq(s.count, 0);
}
END_TEST

START_TEST(too_many_are_refused)
{
	uint8_t list[1024], all[1100];

	for (size_t n = SECURITY_INFOS_MAX; n <= SECURITY_INFOS_MAX + 1; n++) {
		struct sink l = SINK(list), o = SINK(all);

		for (size_t i = 0; i < n; i++)
			sink_put(&l, span_of("\x30\x05\x06\x03\x55\x04\x01",
					     7));
		put_tlv(&o, 0x31, sink_span(&l));
		ck_assert_int_eq(security_infos_parse(sink_span(&o), &s),
				 n > SECURITY_INFOS_MAX ? R_MALFORMED : R_OK);
	}
}
END_TEST

START_TEST(card_access_truncated_at_every_length)
{
	struct span f = hex_new(CARD_ACCESS_DE);

	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(security_infos_parse(c, &s), R_MALFORMED);
		span_free(c);
	}
	span_free(f);
}
END_TEST

START_TEST(every_protocol_of_9303)
{
	/* 9303-11 9.2.1.1, 9.2.5: the arcs, and what there is none of */
	uint8_t pace[] = { 4, 0, 0x7f, 0, 7, 2, 2, 4, 0, 0 };
	uint8_t ca[] = { 4, 0, 0x7f, 0, 7, 2, 2, 3, 0, 0 };
	const struct protocol *p;
	size_t found = 0;

	for (uint8_t a = 0; a < 8; a++)
		for (uint8_t c = 0; c < 8; c++) {
			bool known = c >= 1 && c <= 4 && a >= 1 && a <= 6 &&
				     a != 5 && !(a == 6 && c == 1);

			pace[8] = ca[8] = a;
			pace[9] = ca[9] = c;
			p = protocol_by_oid(SPAN(pace));
			ck_assert_int_eq(p != NULL, known);
			found += known;
			if (p)
				ck_assert_int_eq((int)p->cipher, c);
			if (p)
				ck_assert_uint_le(strlen(p->name), 32);
			p = protocol_by_oid(SPAN(ca));
			ck_assert_int_eq(p != NULL, c >= 1 && c <= 4 &&
						    (a == 1 || a == 2));
		}
	ck_assert_uint_eq(found, 19);
	ck_assert_ptr_null(protocol_by_oid(span_of(pace, 8)));
	ck_assert_ptr_null(protocol_by_oid(span_of(NULL, 0)));
}
END_TEST

START_TEST(dg15_gives_the_key)
{
	struct span f = hex_new("6f0e" SPKI), spki;

	ck_assert_int_eq(dg15_parse(f, &spki), R_OK);
	ck_assert_ptr_eq(spki.p, f.p + 2);
	ck_assert_uint_eq(spki.n, 14);
	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(dg15_parse(c, &spki), R_MALFORMED);
		span_free(c);
	}
	span_free(f);
}
END_TEST

START_TEST(dg15_of_another_shape)
{
	static const char *const hex[] = {
		"6f0c" SPKI, "6f0f" SPKI,
		"6e0c" "300a" "300506032a0304" "030100",
		"6f0c" "310a" "300506032a0304" "030100",
		"6f0c" "300a" "310506032a0304" "030100",
		"6f0c" "300a" "300506032a0304" "040100",
		"6f0e" "300c" "300506032a0304" "030100" "0500",
		"6f0e" "300a" "300506032a0304" "030100" "0500",
		"6f0c" "300a" "300506032a0304" "030100" "00",
		"6f00",
	};
	struct span f = hex_new(hex[_i]), spki = { NULL, 77 };

	ck_assert_int_eq(dg15_parse(f, &spki), R_MALFORMED);
	ck_assert_uint_eq(spki.n, 77);
	span_free(f);
}
END_TEST

static Suite *dg14_suite(void)
{
	Suite *suite = suite_create("dg14");
	TCase *t = tcase_create("dg14");

	tcase_add_test(t, icao_pace_info);
	tcase_add_test(t, german_card_access);
	tcase_add_test(t, dg14_with_all_kinds);
	tcase_add_test(t, card_security_with_what_we_do_not_read);
	tcase_add_loop_test(t, one_info_at_a_time, 0,
			    sizeof(infos) / sizeof(infos[0]));
	tcase_add_loop_test(t, other_wrapping_is_refused, 0, 10);
	tcase_add_test(t, an_empty_set_is_no_info);
	tcase_add_test(t, too_many_are_refused);
	tcase_add_test(t, card_access_truncated_at_every_length);
	tcase_add_test(t, every_protocol_of_9303);
	tcase_add_test(t, dg15_gives_the_key);
	tcase_add_loop_test(t, dg15_of_another_shape, 0, 10);
	suite_add_tcase(suite, t);
	return suite;
}

CHECK_MAIN(dg14_suite)
