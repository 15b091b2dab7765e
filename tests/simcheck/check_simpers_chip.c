/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the personaliser's chips prove themselves by beside DG14: the signed
 * EF.CardSecurity, DG15, and the memory that must fit them.
 */
#include "check_simpers.h"

/* -- EF.CardSecurity ------------------------------------------------------- */

/* The SecurityInfos, where the file verifies to the CA in `dir`. */
static bool card_security(const char *dir, struct blob *infos)
{
	scoped(blob_free) struct blob file = { 0 };
	scoped(scope_BIO_free_all) BIO *b = BIO_new(BIO_s_mem());
	char oid[64], *p;

	load(SIM_SECURITY, &file);
	scoped(scope_CMS_ContentInfo_free)
	CMS_ContentInfo *cms = cms_of(blob_span(&file));
	ck_assert_ptr_nonnull(cms);
	OBJ_obj2txt(oid, sizeof(oid), CMS_get0_eContentType(cms), 1);
	ck_assert_str_eq(oid, "0.4.0.127.0.7.3.2.1");
	blob_free(infos);
	if (!cms_verifies(cms, dir, false, b))
		return false;
	long n = BIO_get_mem_data(b, &p);
	ck_assert_int_eq(blob_copy(span_of(p, (size_t)n), infos), R_OK);
	return true;
}

START_TEST(card_security_has_the_mapping_key)
{
	static const char *const curves[] = { "p256", "bp256", "bp320",
					      "p384", "bp512", "p521" };
	struct pers_options o = defaults();
	char pace[64];

	o.cam = true;
	o.pace = pace;
	for (size_t i = 0; i < 6; i++) {
		scoped(blob_free) struct blob infos = { 0 };
		scoped(card_memory_free) struct card_memory m = { 0 };
		struct span rest, spki;

		snprintf(pace, sizeof(pace), "gm-ecdh-aes128:bp224,"
			 "cam-ecdh-aes256:%s", curves[i]);
		make(&o);
		ck_assert(card_security(ca, &infos));
		ck_assert_uint_eq(count(blob_span(&infos), oid_pace,
					sizeof(oid_pace)), 2);
		spki = spki_of(inside(&infos, 0x31), &rest);
		ck_assert_uint_eq(rest.n, 0);
		/* standardizedDomainParameters */
		ck_assert(holds(spki, "\x06\x07\x04\x00\x7f\x00\x07\x01\x02",
				9));
		ck_assert_int_eq(card_memory_load(out, &m), R_OK);
		ck_assert_str_eq(m.cam->option, curves[i]);
		ck_assert(fits(m.cam, m.cam_key, spki));
	}
	o.cam_keyid = "13";
	o.cam_params = "named";
	make(&o);
	o.pace = "gm-dh-aes128:dh1";
	refuse(&o);
}
END_TEST

START_TEST(bad_card_security_is_bad_in_its_way)
{
	struct pers_options o = defaults();
	scoped(blob_free) struct blob infos = { 0 };
	scoped(card_memory_free) struct card_memory m = { 0 };
	struct span rest;

	o.cam = true;
	o.pace = "cam-ecdh-aes128:p256";
	o.cam_unsigned = true;
	make(&o);
	ck_assert(!card_security(ca, &infos));
	ck_assert(verifies(ca, false, NULL));

	o.cam_unsigned = false;
	o.cam_foreign = true;
	make(&o);
	ck_assert(card_security(ca, &infos));
	scoped(blob_free) struct blob file = { 0 };
	load(SIM_SECURITY, &file);
	scoped(scope_CMS_ContentInfo_free)
	CMS_ContentInfo *cms = cms_of(blob_span(&file));
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	char country[128];
	name_of(X509_get_subject_name(sk_X509_value(certs, 0)),
		NID_countryName, country);
	ck_assert_str_eq(country, "XX");
	sk_X509_pop_free(certs, X509_free);

	o.cam_foreign = false;
	o.cam_other_key = true;
	make(&o);
	ck_assert(card_security(ca, &infos));
	ck_assert_int_eq(card_memory_load(out, &m), R_OK);
	ck_assert(!fits(m.cam, m.cam_key, spki_of(inside(&infos, 0x31),
						  &rest)));

	o.cam_other_key = false;
	o.downgrade = true;
	make(&o);
	ck_assert(card_security(ca, &infos));
	ck_assert_uint_eq(count(blob_span(&infos), oid_pace,
				sizeof(oid_pace)), 2);
	o.alter = "cardsecurity";
	make(&o);
	ck_assert(!card_security(ca, &infos));
}
END_TEST

/* -- Active Authentication ------------------------------------------------- */

static const struct {
	const char *aa, *type;
	int bits;
	uint8_t info;	/* last arc of the plain signature; 0 none */
} chips[] = {
	{ "rsa-1024:sha1", "RSA", 1024, 0 },
	{ "rsa-2048:sha224", "RSA", 2048, 0 },
	{ "rsa-3072:sha384", "RSA", 3072, 0 },
	{ "ecdsa-p256:sha1", "EC", 256, 1 },
	{ "ecdsa-bp256:sha256:der", "EC", 256, 3 },
	{ "ecdsa-p384:sha384", "EC", 384, 4 },
	{ "ecdsa-p521:sha512", "EC", 521, 5 },
};

START_TEST(dg15_and_the_chip_have_one_key)
{
	struct pers_options o = defaults();
	uint8_t info[] = { 0x06, 0x06, 0x67, 0x81, 0x08, 0x01, 0x01, 0x05,
			   0x02, 0x01, 0x01, 0x06, 0x0a, 0x04, 0x00, 0x7f,
			   0x00, 0x07, 0x01, 0x01, 0x04, 0x01,
			   chips[_i].info };

	o.aa = chips[_i].aa;
	o.no_ca = true;
	for (int clone = 0; clone < 2; clone++) {
		scoped(blob_free) struct blob dg14 = { 0 }, dg15 = { 0 };
		scoped(card_memory_free) struct card_memory m = { 0 };
		const unsigned char *p;
		struct span in;

		o.clone = clone;
		make(&o);
		load(SIM_DG15, &dg15);
		in = inside(&dg15, 0x6f);
		p = in.p;
		scoped(scope_EVP_PKEY_free)
		EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)in.n);
		ck_assert_ptr_nonnull(key);
		ck_assert(EVP_PKEY_is_a(key, chips[_i].type));
		ck_assert_int_eq(EVP_PKEY_get_bits(key), chips[_i].bits);
		ck_assert_int_eq(card_memory_load(out, &m), R_OK);
		ck_assert_int_eq(EVP_PKEY_eq(key, m.aa) == 1, !clone);
		ck_assert_int_eq(m.aa_der, strstr(o.aa, ":der") != NULL);
		ck_assert_int_eq(m.extended, strcmp(chips[_i].type, "RSA") == 0
				 && chips[_i].bits > 1792);
		load(SIM_DG14, &dg14);
		ck_assert_int_eq(holds(blob_span(&dg14), info, sizeof(info)),
				 chips[_i].info != 0);
	}
	o.aa_no_info = true;
	o.aa_params = "explicit";
	make(&o);
	scoped(blob_free) struct blob dg14 = { 0 };
	load(SIM_DG14, &dg14);
	ck_assert(!holds(blob_span(&dg14), info + 2, 6));
}
END_TEST

START_TEST(active_authentication_refuses_what_it_does_not_know)
{
	static const char *const bad[] = {
		"rsa-2048", "rsa-2048:md5", "ecdsa-p256:sha256:raw",
		"rsa-pss:sha256", "dsa:sha256", "ecdsa-p999:sha256",
	};
	struct pers_options o = defaults();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o.aa = bad[i];
		refuse(&o);
	}
}
END_TEST

START_TEST(the_rest_of_the_memory)
{
	struct pers_options o = defaults();
	scoped(card_memory_free) struct card_memory m = { 0 };

	o.pin = "4711";
	o.pin_reference = "83";
	o.pin_tries = "5";
	o.quirks = "no-sfi,block-160:6282";
	o.evil = "wrong-token,endless-ef";
	o.historical = "8031c0";
	o.max_command = "261";
	make(&o);
	ck_assert_int_eq(card_memory_load(out, &m), R_OK);
	ck_assert_str_eq(m.pin, "4711");
	ck_assert_uint_eq(m.pin_reference, 0x83);
	ck_assert_uint_eq(m.pin_tries, 5);
	ck_assert_uint_eq(m.quirks, 1u << QUIRK_NO_SFI | 1u << QUIRK_BLOCK);
	ck_assert_uint_eq(m.block, 160);
	ck_assert(m.evil == (1ull << EVIL_WRONG_TOKEN |
			     1ull << EVIL_ENDLESS_EF));
	ck_assert_uint_eq(m.historicals, 3);
	ck_assert_uint_eq(m.max_command, 261);
	ck_assert(!m.extended);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: what a chip holds");
	TCase *t = tcase_create("chips");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_test(t, card_security_has_the_mapping_key);
	tcase_add_test(t, bad_card_security_is_bad_in_its_way);
	tcase_add_loop_test(t, dg15_and_the_chip_have_one_key, 0,
			    (int)(sizeof(chips) / sizeof(chips[0])));
	tcase_add_test(t, active_authentication_refuses_what_it_does_not_know);
	tcase_add_test(t, the_rest_of_the_memory);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
