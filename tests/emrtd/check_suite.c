// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/suite.h"

#include <string.h>

#include "check_main.h"

/* Rows that must come in this order, by the tail of the OID below
 * 0.4.0.127.0.7.2.2 (9303-11 9.2.3, 9.2.7). */
static const uint8_t pace[][3] = {
	{ 4, 6, 4 }, { 4, 6, 3 }, { 4, 6, 2 },		/* ECDH-CAM */
	{ 4, 2, 4 }, { 4, 2, 3 }, { 4, 2, 2 },		/* ECDH-GM */
	{ 4, 4, 4 }, { 4, 4, 3 }, { 4, 4, 2 },		/* ECDH-IM */
	{ 4, 1, 4 }, { 4, 1, 3 }, { 4, 1, 2 },		/* DH-GM */
	{ 4, 3, 4 }, { 4, 3, 3 }, { 4, 3, 2 },		/* DH-IM */
	{ 4, 2, 1 }, { 4, 4, 1 }, { 4, 1, 1 }, { 4, 3, 1 },	/* 3DES */
};
static const uint8_t chip[][3] = {
	{ 3, 2, 4 }, { 3, 2, 3 }, { 3, 2, 2 },
	{ 3, 1, 4 }, { 3, 1, 3 }, { 3, 1, 2 },
	{ 3, 2, 1 }, { 3, 1, 1 },
};

static const struct protocol *protocol(const uint8_t tail[3])
{
	uint8_t oid[] = { 4, 0, 0x7f, 0, 7, 2, 2, tail[0], tail[1], tail[2] };
	const struct protocol *p = protocol_by_oid(SPAN(oid));

	ck_assert_ptr_nonnull(p);
	return p;
}

START_TEST(pace_is_ranked_cam_aes_curves_gm_then_by_key)
{
	unsigned int last = 0, rank;

	for (size_t i = 0; i < sizeof(pace) / sizeof(pace[0]); i++) {
		rank = suite_rank(protocol(pace[i]));
		ck_assert_uint_gt(rank, last);
		last = rank;
	}
}
END_TEST

START_TEST(chip_authentication_is_ranked_aes_curves_then_by_key)
{
	unsigned int last = 0, rank;

	for (size_t i = 0; i < sizeof(chip) / sizeof(chip[0]); i++) {
		rank = suite_rank(protocol(chip[i]));
		ck_assert_uint_gt(rank, last);
		last = rank;
	}
}
END_TEST

START_TEST(what_is_no_protocol_of_access_or_proof_has_no_rank)
{
	static const uint8_t domain[] = { 4, 0, 0x7f, 0, 7, 2, 2, 4, 2 };
	static const uint8_t terminal[] = { 4, 0, 0x7f, 0, 7, 2, 2, 2 };
	struct protocol p = *protocol(pace[0]);

	ck_assert_uint_eq(suite_rank(NULL), 0);
	ck_assert_uint_eq(suite_rank(protocol_by_oid(SPAN(domain))), 0);
	ck_assert_uint_eq(suite_rank(protocol_by_oid(SPAN(terminal))), 0);
	p.cipher = CIPHER_3DES;		/* there is no CAM with 3DES */
	ck_assert_uint_eq(suite_rank(&p), 0);
	p = *protocol(pace[3]);
	p.cipher = CIPHER_NONE;
	ck_assert_uint_eq(suite_rank(&p), 0);
	p = *protocol(pace[0]);
	p.agreement = AGREE_DH;		/* nor one over groups */
	ck_assert_uint_eq(suite_rank(&p), 0);
}
END_TEST

START_TEST(a_protocol_whose_oid_we_can_not_send_has_no_rank)
{
	struct protocol p = *protocol(pace[3]);
	uint8_t oid[SUITE_OID_MAX + 1] = { 0 };

	p.oid = span_of(oid, SUITE_OID_MAX);
	ck_assert_uint_ne(suite_rank(&p), 0);
	p.oid = span_of(oid, sizeof(oid));
	ck_assert_uint_eq(suite_rank(&p), 0);
	p.oid = span_of(oid, 0);
	ck_assert_uint_eq(suite_rank(&p), 0);
}
END_TEST

static const enum domain_id strong[] = {
	DOMAIN_P521, DOMAIN_BP512, DOMAIN_P384, DOMAIN_BP384, DOMAIN_BP320,
	DOMAIN_P256, DOMAIN_BP256, DOMAIN_DH_2048_256, DOMAIN_DH_2048_224,
};
static const enum domain_id small_curves[] = {
	DOMAIN_P224, DOMAIN_BP224, DOMAIN_P192, DOMAIN_BP192,
};

START_TEST(domains_are_ranked_by_their_size_the_weak_last)
{
	unsigned int last = 0, rank;

	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++) {
		rank = suite_domain_rank(domain_at(strong[i]), false, false);
		ck_assert_uint_gt(rank, last);
		last = rank;
	}
	for (size_t i = 0; i < 4; i++) {
		rank = suite_domain_rank(domain_at(small_curves[i]), true,
					 false);
		ck_assert_uint_gt(rank, last);
		last = rank;
	}
	ck_assert_uint_gt(suite_domain_rank(domain_at(DOMAIN_DH_1024_160),
					    false, true), last);
}
END_TEST

START_TEST(weak_domains_need_their_own_permission)
{
	for (size_t i = 0; i < 4; i++) {
		const struct domain *d = domain_at(small_curves[i]);

		ck_assert_uint_eq(suite_domain_rank(d, false, false), 0);
		ck_assert_uint_eq(suite_domain_rank(d, false, true), 0);
	}
	ck_assert_uint_eq(suite_domain_rank(domain_at(DOMAIN_DH_1024_160),
					    true, false), 0);
	ck_assert_uint_eq(suite_domain_rank(domain_at(DOMAIN_DH_1024_160),
					    false, false), 0);
	ck_assert_uint_eq(suite_domain_rank(NULL, true, true), 0);
}
END_TEST

START_TEST(every_domain_has_a_rank)
{
	bool seen[DOMAIN_COUNT + 1] = { false };

	for (int i = 0; i < DOMAIN_COUNT; i++) {
		unsigned int rank = suite_domain_rank(
			domain_at((enum domain_id)i), true, true);

		ck_assert_uint_gt(rank, 0);
		ck_assert_uint_le(rank, DOMAIN_COUNT);
		ck_assert(!seen[rank]);
		seen[rank] = true;
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("suite");
	TCase *t = tcase_create("all");

	tcase_add_test(t, pace_is_ranked_cam_aes_curves_gm_then_by_key);
	tcase_add_test(t,
		       chip_authentication_is_ranked_aes_curves_then_by_key);
	tcase_add_test(t,
		       what_is_no_protocol_of_access_or_proof_has_no_rank);
	tcase_add_test(t, a_protocol_whose_oid_we_can_not_send_has_no_rank);
	tcase_add_test(t, domains_are_ranked_by_their_size_the_weak_last);
	tcase_add_test(t, weak_domains_need_their_own_permission);
	tcase_add_test(t, every_domain_has_a_rank);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
