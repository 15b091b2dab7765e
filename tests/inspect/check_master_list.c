// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/master_list.c */
#include "inspect/master_list.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "lds/tlv.h"
#include "support_list.h"

static const uint8_t list_type[] = { 0x67, 0x81, 8, 1, 1, 2 };
static const uint8_t lds_type[] = { 0x67, 0x81, 8, 1, 1, 1 };

static struct list_state state;
static uint8_t certs_room[4096], list_room[4200], file[PKI_SOD_MAX];
static struct span certs, list;
static uint64_t now;
static X509 *by;
static const struct csca_strength strict;

static void make(void)
{
	struct sink s = SINK(certs_room);

	list_state_make(&state);
	put_cert(&s, state.ca);
	put_cert(&s, state.other);
	certs = sink_span(&s);
}

static void done(void)
{
	list_state_free(&state);
}

static void setup(void)
{
	struct sink s = SINK(list_room);

	put_list(&s, 0, certs);
	list = sink_span(&s);
	now = PKI_NOW;
	by = NULL;
}

static enum reason open_der(struct span der, struct signed_data *sd,
			    struct span *certificates)
{
	return master_list_open(der, by, now, &strict, sd, certificates);
}

static enum reason judge_der(struct span der)
{
	struct signed_data sd = { 0 };
	struct span certificates;
	enum reason why = open_der(der, &sd, &certificates);

	if (why == REASON_NONE)
		ck_assert(span_equal(certificates, certs));
	signed_data_done(&sd);
	return why;
}

static enum reason judge(struct pki_sod spec)
{
	if (!spec.dsc)
		spec.dsc = state.signer;
	if (!spec.key)
		spec.key = state.signer_key;
	if (!spec.content.n)
		spec.content = list;
	if (!spec.content_type.n)
		spec.content_type = SPAN(list_type);
	spec.flaws |= SOD_BARE;
	return judge_der(pki_sod(&spec, file));
}

/* Signed by a signer made as `c` says. */
static enum reason judge_signer(struct pki_cert c)
{
	enum reason why;

	c.country = "UT";
	c.name = "Another List Signer";
	if (!c.key)
		c.key = state.signer_key;
	if (!c.issuer) {
		c.issuer = state.ca;
		c.issuer_key = state.ca_key;
	}
	if (!c.extended_usage)
		c.extended_usage = "critical,2.23.136.1.1.3";
	c.serial = 10;
	X509 *cert = pki_cert(&c);
	why = judge((struct pki_sod){ .dsc = cert, .key = c.key });
	X509_free(cert);
	return why;
}

START_TEST(the_certificates_stand_in_it)
{
	struct signed_data sd = { 0 };
	struct span set;
	struct tlv t;
	struct pki_sod spec = { .dsc = state.signer, .key = state.signer_key,
				.content = list, .flaws = SOD_BARE,
				.content_type = SPAN(list_type) };

	ck_assert_int_eq(open_der(pki_sod(&spec, file), &sd, &set),
			 REASON_NONE);
	ck_assert(span_equal(set, certs));
	ck_assert_int_eq(tlv_next(&set, &t), R_OK);
	ck_assert_int_eq(tlv_next(&set, &t), R_OK);
	ck_assert_uint_eq(set.n, 0);
	signed_data_done(&sd);
}
END_TEST

/* By name as the ICAO's, by key identifier as the BSI's. */
START_TEST(both_ways_to_name_the_signer)
{
	static uint8_t room[16384];
	struct sink s = SINK(room);

	put_signed_list(&s, list, &state, _i);
	ck_assert_int_eq(judge_der(sink_span(&s)), REASON_NONE);
	room[s.n - 1] ^= 1;
	ck_assert_int_eq(judge_der(sink_span(&s)), REASON_SOD_SIGNATURE);
}
END_TEST

START_TEST(only_a_master_list_signer_signs_one)
{
	ck_assert_int_eq(judge_signer((struct pki_cert){ 0 }), REASON_NONE);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.extended_usage = "serverAuth" }),
			 REASON_SOD_SIGNATURE);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.extended_usage = "serverAuth,2.23.136.1.1.3" }),
			 REASON_NONE);
	/* 9303-12 7.1.1.3: not a CA */
	ck_assert_int_eq(judge_signer((struct pki_cert){ .ca = true }),
			 REASON_SOD_SIGNATURE);
}
END_TEST

START_TEST(a_document_signer_is_none)
{
	X509 *dsc = pki_cert(&(struct pki_cert){ .country = "UT", .name = "DS",
			.key = state.signer_key, .issuer = state.ca,
			.issuer_key = state.ca_key, .serial = 11 });

	ck_assert_int_eq(judge((struct pki_sod){ .dsc = dsc }),
			 REASON_SOD_SIGNATURE);
	X509_free(dsc);
}
END_TEST

START_TEST(valid_at_the_time)
{
	static const struct { int64_t at; enum reason why; } rows[] = {
		{ -PKI_DAY - 1, REASON_CERT_EXPIRED },
		{ -PKI_DAY, REASON_NONE }, { PKI_DAY, REASON_NONE },
		{ PKI_DAY + 1, REASON_CERT_EXPIRED },
	};

	now = (uint64_t)(PKI_NOW + rows[_i].at);
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.from = -PKI_DAY, .until = PKI_DAY }), rows[_i].why);
}
END_TEST

START_TEST(whose_it_is)
{
	by = state.signer;		/* itself */
	ck_assert_int_eq(judge((struct pki_sod){ 0 }), REASON_NONE);
	by = state.ca;			/* who issued it */
	ck_assert_int_eq(judge((struct pki_sod){ 0 }), REASON_NONE);
	by = state.other;
	ck_assert_int_eq(judge((struct pki_sod){ 0 }), REASON_CSCA_UNKNOWN);
	/* the named one's name, and another key's signature */
	X509 *alike = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA", .key = state.other_key,
			.ca = true });
	by = alike;
	ck_assert_int_eq(judge((struct pki_sod){ 0 }), REASON_CSCA_UNKNOWN);
	X509_free(alike);
}
END_TEST

START_TEST(what_the_named_one_signed_weakly_is_not_its)
{
	by = state.ca;
	ck_assert_int_eq(judge_signer((struct pki_cert){ .digest = "SHA1" }),
			 REASON_CSCA_UNKNOWN);
	by = NULL;
	ck_assert_int_eq(judge_signer((struct pki_cert){ .digest = "SHA1" }),
			 REASON_NONE);
}
END_TEST

START_TEST(a_damaged_list)
{
	ck_assert_int_eq(judge((struct pki_sod){
			.flaws = SOD_NO_ATTRIBUTES }), REASON_SOD_MALFORMED);
	ck_assert_int_eq(judge((struct pki_sod){ .flaws = SOD_TWO_SIGNERS }),
			 REASON_SOD_MALFORMED);
	ck_assert_int_eq(judge((struct pki_sod){
			.content_type = SPAN(lds_type) }),
			 REASON_SOD_MALFORMED);
	ck_assert_int_eq(judge((struct pki_sod){ .digest = "SHA1" }),
			 REASON_WEAK_ALGORITHM);
	ck_assert_int_eq(judge((struct pki_sod){ .key = state.other_key }),
			 REASON_SOD_SIGNATURE);
}
END_TEST

/* Signed, and not CscaMasterList { 0, SET OF Certificate }. */
START_TEST(signed_but_malformed)
{
	static uint8_t room[4300];
	struct sink s = SINK(room);

	switch (_i) {
	case 0:			/* version 1 */
		put_list(&s, 1, certs);
		break;
	case 1:			/* octets behind it */
		sink_put(&s, list);
		sink_u8(&s, 0);
		break;
	case 2:			/* something behind the SET */
		put_list(&s, 0, certs);
		sink_u16(&s, 0x0500);
		ck_assert_uint_lt(room[3], 0xfe);
		room[3] = (uint8_t)(room[3] + 2);
		break;
	case 3:			/* cut */
		sink_put(&s, span_of(list.p, list.n - 1));
		break;
	case 4:			/* no SET */
		sink_put(&s, list);
		*(uint8_t *)memmem(room, 16, "\x02\x01\x00\x31", 4) = 0x04;
		break;
	case 5:
		sink_put(&s, list);
		((uint8_t *)memmem(room, 16, "\x02\x01\x00\x31", 4))[3] = 0x30;
		break;
	default:
		sink_u8(&s, 0);
	}
	ck_assert_int_eq(judge((struct pki_sod){ .content = sink_span(&s) }),
			 REASON_SOD_MALFORMED);
}
END_TEST

START_TEST(larger_than_any_list)
{
	uint8_t *big = calloc(1, MASTER_LIST_MAX + 1);
	struct pki_sod spec = { .dsc = state.signer, .key = state.signer_key,
				.content = list, .flaws = SOD_BARE,
				.content_type = SPAN(list_type) };
	struct span der = pki_sod(&spec, file);
	struct signed_data sd = { 0 };
	struct span set;

	memcpy(big, der.p, der.n);
	ck_assert_int_eq(open_der(span_of(big, MASTER_LIST_MAX + 1), &sd,
				  &set), REASON_SOD_MALFORMED);
	ck_assert_ptr_null(sd.cms);	/* not parsed at all */
	free(big);
}
END_TEST

START_TEST(truncated_at_every_length)
{
	struct pki_sod spec = { .dsc = state.signer, .key = state.signer_key,
				.content = list, .flaws = SOD_BARE,
				.content_type = SPAN(list_type) };
	struct span der = pki_sod(&spec, file);

	for (size_t n = 0; n < der.n; n++)
		ck_assert_int_ne(judge_der(span_of(file, n)), REASON_NONE);
	ck_assert_int_eq(judge_der(der), REASON_NONE);
}
END_TEST

/* No bit of what is listed may change. */
START_TEST(a_bit_of_the_content)
{
	struct pki_sod spec = { .dsc = state.signer, .key = state.signer_key,
				.content = list, .flaws = SOD_BARE,
				.content_type = SPAN(list_type) };
	struct span der = pki_sod(&spec, file);
	uint8_t *at = memmem(file, der.n, list.p, list.n);

	ck_assert_ptr_nonnull(at);
	for (size_t i = 0; i < list.n; i++) {
		at[i] ^= 1u << (i % 8);
		ck_assert_int_eq(judge_der(der), REASON_SOD_SIGNATURE);
		at[i] ^= 1u << (i % 8);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("master_list");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, make, done);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, the_certificates_stand_in_it);
	tcase_add_loop_test(t, both_ways_to_name_the_signer, 0, 2);
	tcase_add_test(t, only_a_master_list_signer_signs_one);
	tcase_add_test(t, a_document_signer_is_none);
	tcase_add_loop_test(t, valid_at_the_time, 0, 4);
	tcase_add_test(t, whose_it_is);
	tcase_add_test(t, what_the_named_one_signed_weakly_is_not_its);
	tcase_add_test(t, a_damaged_list);
	tcase_add_loop_test(t, signed_but_malformed, 0, 7);
	tcase_add_test(t, larger_than_any_list);
	tcase_add_test(t, truncated_at_every_length);
	tcase_add_test(t, a_bit_of_the_content);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
