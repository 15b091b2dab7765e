// SPDX-License-Identifier: GPL-3.0-or-later
/* Chip authentication mapping: the encrypted chip authentication data, and the
 * check against the key of EF.CardSecurity (9303-11 4.4.3.5, appendix I). */
#include "emrtd/pace.h"

#include "check_main.h"
#include "emrtd/pace_example.h"

static struct chip_key chip_key(void)
{
	HEX(spki, I1_CHIP_SPKI);
	struct chip_key k;

	ck_assert_int_eq(chip_key_parse(spki, &k), R_OK);
	return k;
}

static struct pace_cam cam_of_i1(void)
{
	return example_after(EXAMPLE_I1, 5).cam;
}

START_TEST(the_chip_of_i1_holds_the_signed_key)
{
	const struct pace_cam cam = cam_of_i1();
	const struct chip_key key = chip_key();

	ck_assert_ptr_eq(cam.domain, domain_by_parameter(13));
	same(domain_public_span(cam.domain, cam.map), I1_MAP_PK_IC);
	same(span_of(cam.scalar, 32), I1_SCALAR);
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_OK);
}
END_TEST

START_TEST(another_scalar_key_or_mapping_is_refused)
{
	const struct chip_key key = chip_key();
	struct pace_cam cam = cam_of_i1();
	struct chip_key other = key;
	HEX(pk, G1_PK);
	/* the order of brainpoolP256r1 */
	HEX(n, "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7");

	for (size_t bit = 0; bit < 8 * 32; bit++) {
		cam.scalar[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
		cam.scalar[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	memcpy(other.public, pk.p, pk.n);
	ck_assert_int_eq(pace_cam_check(&cam, &other), R_DENIED);
	memcpy(cam.map, pk.p, pk.n);
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
	/* scalars that lead to infinity, which is no key at all */
	cam = cam_of_i1();
	memset(cam.scalar, 0, sizeof(cam.scalar));
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
	memcpy(cam.scalar, n.p, n.n);
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
}
END_TEST

/* n - CA_IC gives the point with the same X: KA's X alone would not do. */
START_TEST(the_mirrored_point_is_refused)
{
	const struct chip_key key = chip_key();
	struct pace_cam cam = cam_of_i1();
	HEX(n, "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7");
	int borrow = 0;

	for (size_t i = 32; i-- > 0; ) {
		int v = n.p[i] - cam.scalar[i] - borrow;

		borrow = v < 0;
		cam.scalar[i] = (uint8_t)v;
	}
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
}
END_TEST

START_TEST(a_key_on_another_curve_or_no_cam_is_refused)
{
	struct chip_key key = chip_key();
	const struct pace_cam cam = cam_of_i1(),
			      none = example_after(EXAMPLE_G1, 5).cam;

	ck_assert_int_eq(pace_cam_check(&none, &key), R_DENIED);
	key.domain = domain_by_parameter(12);
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
	key.domain = domain_by_parameter(16);
	ck_assert_int_eq(pace_cam_check(&cam, &key), R_DENIED);
}
END_TEST

/* The last answer of I.1 with other chip authentication data. */
static enum result sealed(struct pace *p, struct span plain)
{
	uint8_t iv[CIPHER_BLOCK_MAX], ones[CIPHER_BLOCK_MAX], buf[128];
	struct sink out = SINK(buf);
	HEX(token, I1_T_IC);

	*p = example_after(EXAMPLE_I1, 4);
	memset(ones, 0xff, sizeof(ones));
	ck_assert_int_eq(cipher_block(CIPHER_AES128, p->session.enc,
				      SPAN(ones), iv), R_OK);
	sink_u16(&out, (uint16_t)(0x7c00 | (12 + plain.n)));
	sink_u16(&out, 0x8608);
	sink_put(&out, token);
	sink_u16(&out, (uint16_t)(0x8a00 | plain.n));
	ck_assert_int_eq(cipher_cbc(CIPHER_AES128, p->session.enc, iv, true,
				    plain, out.p + out.n), R_OK);
	out.n += plain.n;
	sink_u16(&out, 0x9000);
	return pace_response(p, sink_span(&out));
}

/* FE2OS: as many octets as the order has (4.4.5.6), then 80 and zeros to the
 * end of that block. */
START_TEST(the_data_has_one_size_and_one_padding)
{
	static const struct { size_t scalar, end; uint8_t mark; bool good; }
	rows[] = {
		{ 32, 48, 0x80, true },
		/* a zero too few or too many, no room for one */
		{ 31, 48, 0x80, false }, { 33, 48, 0x80, false },
		{ 31, 32, 0x80, false }, { 16, 32, 0x80, false },
		/* another block of zeros; none of padding */
		{ 32, 64, 0x80, false }, { 32, 32, 0, false },
		/* another mark, or none */
		{ 32, 48, 0x81, false }, { 32, 48, 0x01, false },
		{ 32, 48, 0, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t plain[80] = { 0 };
		struct pace p;

		memset(plain, 0x5a, rows[i].scalar);
		if (rows[i].mark)
			plain[rows[i].scalar] = rows[i].mark;
		ck_assert_int_eq(sealed(&p, span_of(plain, rows[i].end)),
				 rows[i].good ? R_OK : R_MALFORMED);
		ck_assert_int_eq(p.cam.domain != NULL, rows[i].good);
		ck_assert_int_eq(pace_done(&p), rows[i].good);
	}
}
END_TEST

/* Zeros and nothing else; a whole answer of them. */
START_TEST(zeros_are_no_padding)
{
	static const uint8_t zeros[48];
	struct pace p;

	ck_assert_int_eq(sealed(&p, SPAN(zeros)), R_MALFORMED);
}
END_TEST

/* Data that is not whole blocks, none, more than any curve has. */
START_TEST(another_length_of_the_sealed_data_is_refused)
{
	HEX(token, I1_T_IC);

	for (size_t n = 0; n <= 112; n++) {
		struct pace p = example_after(EXAMPLE_I1, 4);
		uint8_t buf[160], junk[112] = { 0 };
		struct sink out = SINK(buf);

		if (n == 48)
			continue;
		sink_u16(&out, (uint16_t)(0x7c00 | (12 + n)));
		sink_u16(&out, 0x8608);
		sink_put(&out, token);
		sink_u16(&out, (uint16_t)(0x8a00 | n));
		sink_put(&out, span_of(junk, n));
		sink_u16(&out, 0x9000);
		ck_assert_int_eq(pace_response(&p, sink_span(&out)),
				 R_MALFORMED);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pace: chip authentication mapping");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_chip_of_i1_holds_the_signed_key);
	tcase_add_test(t, another_scalar_key_or_mapping_is_refused);
	tcase_add_test(t, the_mirrored_point_is_refused);
	tcase_add_test(t, a_key_on_another_curve_or_no_cam_is_refused);
	tcase_add_test(t, the_data_has_one_size_and_one_padding);
	tcase_add_test(t, zeros_are_no_padding);
	tcase_add_test(t, another_length_of_the_sealed_data_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
