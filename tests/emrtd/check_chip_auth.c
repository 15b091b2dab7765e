// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A recorded Chip Authentication of a real chip that another reader publishes
 * as its test: keys and protocol objects, no personal data.
 */
#include "emrtd/chip_auth.h"

#include "check_main.h"
#include "emrtd/sm.h"
#include "emrtd/vectors.h"

#define CA_OID "04007F00070202030202"
#define SPKI_HEAD \
	"308201333081EC06072A8648CE3D02013081E0020101302C06072A8648CE3D0101" \
	"022100A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E" \
	"5377304404207D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B" \
	"44F330B5D9042026DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCC" \
	"DC18FF8C07B60441048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C2" \
	"3A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C" \
	"1D54C72F046997022100A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6" \
	"F7901E0E82974856A70201010342000"
/* the last digit of the encoding's 04 and the point, split in the middle of
 * an octet by SPKI_HEAD */
#define CHIP_KEY_POINT \
	"1983917269AC877C0B61544C2C022000D2A5ABA723E2D80141E648B40" \
	"911DC3459761F27480E4B57181A53D8FE1190EA86C939AC14363178CAFFC621F0F905C3"
#define CHIP_KEY "4" CHIP_KEY_POINT
#define SPKI SPKI_HEAD CHIP_KEY

#define OUR_SK "80EBAFC8A51BECD4D90BB640EE38C9FD5C12748D28AAA37096B98C4533C4F5F5"

static struct sm before(void)
{
	HEX(e, "524170DE3419B7AF2F23E45AD6EF9595");
	HEX(m, "97893F5FDC29A5C13A924FE7D8ED44FD");
	struct session_keys k;
	struct sm sm;

	memcpy(k.enc, e.p, sizeof(k.enc));
	memcpy(k.mac, m.p, sizeof(k.mac));
	sm_start(&sm, &k);
	sm.ssc[15] = 0xf0;
	return sm;
}

static struct chip_auth ready(void)
{
	static struct chip_auth_keys keys;
	HEX(oid, CA_OID);
	HEX(spki, SPKI);
	HEX(sk, OUR_SK);
	struct chip_auth ca;
	struct chip_key chip;

	ck_assert_int_eq(chip_key_parse(spki, &chip), R_OK);
	ck_assert_str_eq(chip.curve->name, "brainpoolP256r1");
	memcpy(keys.pair[chip.curve->id].secret, sk.p, sk.n);
	ck_assert_int_eq(curve_mul(chip.curve, sk.p, span_of(NULL, 0),
				   keys.pair[chip.curve->id].point), R_OK);
	ck_assert_int_eq(chip_auth_start(&ca, protocol_by_oid(oid), &chip,
					 NULL, &keys), R_OK);
	return ca;
}

static void exchange(struct sm *sm, struct command c, const char *want,
		     const char *answer, struct response *r)
{
	static uint8_t buf[512], plain[512];
	struct sink out = SINK(buf), p = SINK(plain);
	HEX(a, answer);

	ck_assert_int_eq(sm_wrap(sm, &c, &out), R_OK);
	same(sink_span(&out), want);
	ck_assert_int_eq(sm_unwrap(sm, a, &p, r), R_OK);
	ck_assert_uint_eq(r->sw, SW_OK);
}

START_TEST(a_recorded_session_is_reproduced)
{
	struct chip_auth ca = ready();
	struct sm sm = before();
	uint8_t buf[128];
	struct sink out = SINK(buf);
	struct session_keys k;
	struct command c;
	struct response r;
	static const uint8_t dg14[] = { 0x01, 0x0e };

	ck_assert_int_eq(chip_auth_set_at(&ca, &out, &c), R_OK);
	exchange(&sm, c, "0C2241A41D8711015D8F69B1EA365CCE4304970DB12421F3"
		 "8E085340D338128085E700",
		 "990290008E083F5136E82A6C34779000", &r);

	out = (struct sink)SINK(buf);
	ck_assert_int_eq(chip_auth_general(&ca, &out, &c), R_OK);
	exchange(&sm, c, "0C860000608751019E18F1BA79D805379752BB560EB70AAC"
		 "3CE3BC5AFE2FDD4AEB325CA8B578B4A93B9F66A5DF40005F8E878535"
		 "251D33DD974AAF77FB858773E5799FA9DC1034E89B1150EC7F0BB3DB"
		 "4BF37A1B9EA4458A9701008E089D204D950C0B95DB00",
		 "8711010B0A5DFFC7432DE4DEB604291377A05B990290008E08B3384A"
		 "1F5D1579739000", &r);
	ck_assert_int_eq(chip_auth_answer(r.data), R_OK);

	/* the proof: the first answer under the new keys */
	ck_assert_int_eq(chip_auth_session(&ca, &k), R_OK);
	same(SPAN(k.enc), "C8E27260EFD3F318D18C080CBF11C7E6");
	same(SPAN(k.mac), "A942190365204A21409EB28B52BF9160");
	sm_start(&sm, &k);
	c = (struct command){ 0, 0xa4, 2, 0x0c, SPAN(dg14), 0 };
	exchange(&sm, c, "0CA4020C1D8711011B2EE500E84960DF7F37AFE7ADFF5383"
		 "8E084500F3B43E192A5700",
		 "990290008E0803C4B125B4218CEF9000", &r);
}
END_TEST

/* A clone has the files but not the key: it can only answer under others. */
START_TEST(an_answer_under_other_keys_is_no_proof)
{
	struct chip_auth ca = ready();
	uint8_t buf[64], plain[64];
	struct sink out = SINK(buf), p = SINK(plain);
	struct command c = { 0, 0xb0, 0x81, 0, { 0 }, 8 };
	struct session_keys k;
	struct response r;
	struct sm sm;
	HEX(answer, "990290008E0803C4B125B4218CEF9000");

	ca.ours.secret[31] ^= 1;
	ck_assert_int_eq(chip_auth_session(&ca, &k), R_OK);
	sm_start(&sm, &k);
	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, answer, &p, &r), R_DENIED);
}
END_TEST

START_TEST(a_named_key_is_named)
{
	static const struct { uint32_t id; const char *data; } ids[] = {
		{ 0, "840100" }, { 195, "8401C3" }, { 256, "84020100" },
		{ 0xffffffff, "8404FFFFFFFF" },
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct chip_auth ca = ready();
		uint8_t buf[64];
		struct sink out = SINK(buf);
		struct command c;

		ca.has_id = true;
		ca.id = ids[i].id;
		ck_assert_int_eq(chip_auth_set_at(&ca, &out, &c), R_OK);
		same(span_of(c.data.p, 12), "800A" CA_OID);
		same(span_of(c.data.p + 12, c.data.n - 12), ids[i].data);
	}
}
END_TEST

START_TEST(the_answer_holds_empty_dynamic_data)
{
	static const uint8_t ok[] = { 0x7c, 0x00 }, more[] = { 0x7c, 2, 0x80, 0 };

	ck_assert_int_eq(chip_auth_answer(SPAN(ok)), R_OK);
	ck_assert_int_eq(chip_auth_answer(span_of(ok, 1)), R_MALFORMED);
	ck_assert_int_eq(chip_auth_answer(SPAN(more)), R_MALFORMED);
}
END_TEST

START_TEST(a_damaged_key_is_refused)
{
	struct hex spki = hex(SPKI);
	struct chip_key chip;

	for (size_t n = 0; n < spki.n; n++)
		ck_assert_int_ne(chip_key_parse(span_of(spki.p, n), &chip),
				 R_OK);
	/* off the curve */
	spki.p[spki.n - 1] ^= 1;
	ck_assert_int_ne(chip_key_parse(span_of(spki.p, spki.n), &chip), R_OK);
	spki.p[spki.n - 1] ^= 1;
	/* trailing byte */
	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n + 1), &chip),
			 R_MALFORMED);
}
END_TEST

/* The curve by its number (TR-03110-3 A.2.1.1), a form that OpenSSL does not
 * check for us. */
START_TEST(a_damaged_key_on_a_numbered_curve_is_refused)
{
	struct hex spki = hex("3052" "300C" "060704007F0007010202010D" "0342"
			      "00" "04" CHIP_KEY_POINT);
	struct chip_key chip;

	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n), &chip), R_OK);
	ck_assert_str_eq(chip.curve->name, "brainpoolP256r1");
	/* off the curve */
	spki.p[spki.n - 1] ^= 1;
	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n), &chip),
			 R_MALFORMED);
	spki.p[spki.n - 1] ^= 1;
	/* unused bits, and a curve that is not here */
	spki.p[18] = 1;
	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n), &chip),
			 R_MALFORMED);
	spki.p[18] = 0;
	spki.p[15] = 14;
	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n), &chip),
			 R_DENIED);
}
END_TEST

/* Explicit parameters that are those of no curve of ours: each byte of the
 * prime, the coefficients, the generator and the order changed. */
START_TEST(explicit_parameters_of_another_curve_are_refused)
{
	struct hex spki = hex(SPKI);
	const size_t end = strlen(SPKI_HEAD) / 2 - 4;
	struct chip_key chip;

	for (size_t i = 33; i < end; i++) {
		spki.p[i] ^= 1;
		ck_assert_int_ne(chip_key_parse(span_of(spki.p, spki.n),
						&chip), R_OK);
		spki.p[i] ^= 1;
	}
}
END_TEST

START_TEST(another_algorithm_or_curve_is_refused)
{
	/* secp384r1, its generator */
	HEX(p384, "3076301006072A8648CE3D020106052B8104002203620004"
		"AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A38"
		"5502F25DBF55296C3A545E3872760AB73617DE4A96262C6F5D9E98BF9292DC29"
		"F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F");
	/* Ed25519 */
	HEX(ed, "302A300506032B6570032100"
		"D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A");
	struct chip_key chip;

	ck_assert_int_eq(chip_key_parse(p384, &chip), R_DENIED);
	ck_assert_int_eq(chip_key_parse(ed, &chip), R_DENIED);
	ck_assert_int_eq(chip_key_parse(span_of(NULL, 0), &chip),
			 R_MALFORMED);
}
END_TEST

START_TEST(a_protocol_that_is_not_spoken_does_not_start)
{
	/* id-CA-ECDH-3DES, id-CA-DH-AES-128, and a PACE */
	static const char *const oids[] = { "04007F00070202030201",
		"04007F00070202030102", G1_OID };
	static struct chip_auth_keys keys;
	struct chip_key chip = { .curve = curve_by_parameter(13) };
	struct chip_auth ca;

	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		HEX(oid, oids[i]);

		ck_assert_int_eq(chip_auth_start(&ca, protocol_by_oid(oid),
						 &chip, NULL, &keys),
				 R_DENIED);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("chip_auth");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_recorded_session_is_reproduced);
	tcase_add_test(t, an_answer_under_other_keys_is_no_proof);
	tcase_add_test(t, a_named_key_is_named);
	tcase_add_test(t, the_answer_holds_empty_dynamic_data);
	tcase_add_test(t, a_damaged_key_is_refused);
	tcase_add_test(t, a_damaged_key_on_a_numbered_curve_is_refused);
	tcase_add_test(t, explicit_parameters_of_another_curve_are_refused);
	tcase_add_test(t, another_algorithm_or_curve_is_refused);
	tcase_add_test(t, a_protocol_that_is_not_spoken_does_not_start);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
