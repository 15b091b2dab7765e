/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the personaliser's chips say of themselves in EF.CardAccess and DG14:
 * PACE and Chip Authentication, its keys in every form.
 */
#include "check_simpers.h"

static size_t pace_infos(enum sim_ef_id id)
{
	scoped(blob_free) struct blob file = { 0 };

	load(id, &file);
	return count(blob_span(&file), oid_pace, sizeof(oid_pace));
}

/* -- PACE ----------------------------------------------------------------- */

START_TEST(offered_and_signed_pace_infos)
{
	struct pers_options o = defaults();

	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 1);
	o.downgrade = true;
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 2);
	o.downgrade = false;
	o.unsigned_pace = true;
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 0);
	o.unsigned_pace = false;
	o.pace_curve = "bp256,p256";
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 2);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 2);
	o.downgrade = true;	/* there is always one that is not offered */
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 2);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 3);
	o = defaults();		/* a file that was changed by somebody */
	o.pace = "gm-ecdh-aes256:bp384,gm-ecdh-3des:p256";
	o.offer = "gm-ecdh-3des:p256";
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 1);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 2);
	o.offer = "gm-ecdh-rc4:p256";
	refuse(&o);
	o = defaults();
	o.pace_curve = "p999";
	refuse(&o);
}
END_TEST

START_TEST(every_protocol_is_encoded_as_itself)
{
	/* 9303-11 9.2.3: the two arcs after id-PACE; table 6: the domain */
	static const struct {
		const char *text;
		uint8_t arcs[2], domain;
	} list[] = {
		{ "gm-dh-3des:dh0", { 1, 1 }, 0 },
		{ "gm-dh-aes256:dh1", { 1, 4 }, 1 },
		{ "gm-ecdh-aes192:p521", { 2, 3 }, 18 },
		{ "im-dh-aes128:dh2", { 3, 2 }, 2 },
		{ "im-ecdh-3des:p192", { 4, 1 }, 8 },
		{ "im-ecdh-aes256:bp320", { 4, 4 }, 14 },
		{ "cam-ecdh-aes128:bp224", { 6, 2 }, 11 },
		{ "cam-ecdh-aes192:p384", { 6, 3 }, 15 },
		{ "cam-ecdh-aes256:bp512", { 6, 4 }, 17 },
	};
	struct pers_options o = defaults();
	scoped(blob_free) struct blob file = { 0 };
	scoped(card_memory_free) struct card_memory m = { 0 };
	char all[512] = "";
	uint8_t want[18];
	struct sink s = SINK(want);

	for (size_t i = 0; i < 9; i++) {
		strcat(all, i ? "," : "");
		strcat(all, list[i].text);
	}
	o.pace = all;
	make(&o);
	load(SIM_ACCESS, &file);
	for (size_t i = 0; i < 9; i++) {
		s.n = 0;
		sink_put(&s, SPAN(oid_pace));
		sink_put(&s, SPAN(list[i].arcs));
		sink_put(&s, span_of("\x02\x01\x02\x02\x01", 5));
		sink_u8(&s, list[i].domain);
		ck_assert_msg(holds(blob_span(&file), want, s.n), "%s",
			      list[i].text);
	}
	ck_assert_uint_eq(pace_infos(SIM_ACCESS), 9);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 9);
	ck_assert_int_eq(card_memory_load(out, &m), R_OK);
	ck_assert_uint_eq(m.paces, 9);
	ck_assert(m.extended);		/* the groups' keys are long */
	o.pace = "cam-dh-aes128:dh1";
	refuse(&o);
	o.pace = "cam-ecdh-3des:p256";
	refuse(&o);
	o.pace = "gm-ecdh-aes128:dh1";
	refuse(&o);
}
END_TEST

START_TEST(a_card_without_pace)
{
	struct pers_options o = defaults();
	scoped(card_memory_free) struct card_memory m = { 0 };

	o.pace = "none";
	o.bac = true;
	make(&o);
	ck_assert(!there(SIM_ACCESS));
	ck_assert_uint_eq(pace_infos(SIM_DG14), 0);
	ck_assert_int_eq(card_memory_load(out, &m), R_OK);
	ck_assert(m.bac);
	ck_assert_uint_eq(m.paces, 0);
	o.no_ca = true;			/* a DG14 of nothing is none */
	make(&o);
	ck_assert(!there(SIM_DG14));
	o.downgrade = true;
	make(&o);
	ck_assert_uint_eq(pace_infos(SIM_DG14), 1);
}
END_TEST

START_TEST(infos_that_nobody_needs)
{
	struct pers_options o = defaults();

	o.extra_infos = true;
	o.pace = "cam-ecdh-aes128:p256";
	o.cam = true;
	make(&o);
	for (int i = 0; i < 3; i++) {
		scoped(blob_free) struct blob file = { 0 };
		load(i == 0 ? SIM_ACCESS : i == 1 ? SIM_DG14 : SIM_SECURITY,
		     &file);
		ck_assert(holds(blob_span(&file), "\x06\x04\x2a\x03\x04\x05",
				6));
	}
}
END_TEST

/* -- Chip Authentication --------------------------------------------------- */

static const char *const domains[] = {
	"p192", "bp192", "p224", "bp224", "p256", "bp256", "bp320", "p384",
	"bp384", "bp512", "p521", "dh0", "dh1", "dh2",
};

START_TEST(chip_keys_on_every_domain_in_every_form)
{
	static const char *const forms[] = { "explicit", "named", "x942",
					     "standardized" };
	const struct sim_domain *d =
		sim_domain_by_option(span_str(domains[_i]));
	struct pers_options o = defaults();

	o.ca_curve = domains[_i];
	for (size_t i = 0; i < 4; i++) {
		scoped(blob_free) struct blob dg14 = { 0 };
		scoped(card_memory_free) struct card_memory m = { 0 };
		struct span rest, spki;
		const unsigned char *p;

		o.ca_params = forms[i];
		if ((i == 1 && !d->ec) || (i == 2 && d->ec)) {
			refuse(&o);
			continue;
		}
		make(&o);
		load(SIM_DG14, &dg14);
		const struct blob set = { (uint8_t *)inside(&dg14, 0x6e).p,
					  inside(&dg14, 0x6e).n };
		spki = spki_of(inside(&set, 0x31), &rest);
		ck_assert_uint_eq(rest.n, 0);
		ck_assert_int_eq(card_memory_load(out, &m), R_OK);
		ck_assert_ptr_eq(m.ca.domain, d);
		ck_assert(fits(d, m.ca_key, spki));
		if (i == 3)	/* OpenSSL does not know the standardised */
			continue;
		p = spki.p;
		scoped(scope_EVP_PKEY_free)
		EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);
		ck_assert_ptr_nonnull(key);
		ck_assert_int_eq(EVP_PKEY_get_bits(key), d->ec
				 ? (strcmp(d->option, "p521") == 0
				    ? 521 : (int)d->field * 8)
				 : (int)d->field * 8);
	}
}
END_TEST

START_TEST(chip_keys_for_every_cipher)
{
	static const char *const ciphers[] = { "3des", "aes128", "aes192",
					       "aes256" };
	struct pers_options o = defaults();

	for (uint8_t i = 0; i < 8; i++) {
		scoped(blob_free) struct blob dg14 = { 0 };
		const uint8_t want[] = {
			0x06, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02,
			0x03, (uint8_t)(i < 4 ? 2 : 1), (uint8_t)(i % 4 + 1),
			0x02, 0x01, 0x01
		};
		o.ca_curve = i < 4 ? "p256" : "dh1";
		o.ca_cipher = ciphers[i % 4];
		make(&o);
		load(SIM_DG14, &dg14);
		ck_assert(holds(blob_span(&dg14), want, sizeof(want)));
	}
	o.ca_cipher = "des";
	refuse(&o);
}
END_TEST

START_TEST(key_identifiers_are_the_shortest_integers)
{
	static const struct {
		const char *text, *der;
		size_t n;
		int id;
	} ids[] = {
		{ "0", "\x02\x01\x00", 3, 0 },
		{ "127", "\x02\x01\x7f", 3, 127 },
		{ "128", "\x02\x02\x00\x80", 4, 128 },
		{ "255", "\x02\x02\x00\xff", 4, 255 },
		{ "256", "\x02\x02\x01\x00", 4, 256 },
		{ "70000", "\x02\x03\x01\x11\x70", 5, 70000 },
	};
	struct pers_options o = defaults();

	for (size_t i = 0; i < 6; i++) {
		scoped(blob_free) struct blob dg14 = { 0 };
		scoped(card_memory_free) struct card_memory m = { 0 };
		struct span rest;

		o.ca_keyid = ids[i].text;
		make(&o);
		load(SIM_DG14, &dg14);
		const struct blob set = { (uint8_t *)inside(&dg14, 0x6e).p,
					  inside(&dg14, 0x6e).n };
		(void)spki_of(inside(&set, 0x31), &rest);
		ck_assert(span_equal(rest, span_of(ids[i].der, ids[i].n)));
		ck_assert_int_eq(card_memory_load(out, &m), R_OK);
		ck_assert_int_eq(m.ca_keyid, ids[i].id);
	}
	o.ca_keyid = "-1";
	refuse(&o);
	o.ca_keyid = "7x";
	refuse(&o);
}
END_TEST

START_TEST(a_clone_has_the_signed_files_but_other_keys)
{
	struct pers_options o = defaults();

	o.ca_params = "standardised";
	for (int clone = 0; clone < 2; clone++) {
		scoped(blob_free) struct blob dg14 = { 0 };
		scoped(card_memory_free) struct card_memory m = { 0 };
		struct span rest;

		o.clone = clone;
		make(&o);
		ck_assert(verifies(ca, false, NULL));
		load(SIM_DG14, &dg14);
		const struct blob set = { (uint8_t *)inside(&dg14, 0x6e).p,
					  inside(&dg14, 0x6e).n };
		ck_assert_int_eq(card_memory_load(out, &m), R_OK);
		ck_assert_int_eq(fits(m.ca.domain, m.ca_key,
				      spki_of(inside(&set, 0x31), &rest)),
				 !clone);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: SecurityInfos");
	TCase *t = tcase_create("chips");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_test(t, offered_and_signed_pace_infos);
	tcase_add_test(t, every_protocol_is_encoded_as_itself);
	tcase_add_test(t, a_card_without_pace);
	tcase_add_test(t, infos_that_nobody_needs);
	tcase_add_loop_test(t, chip_keys_on_every_domain_in_every_form, 0,
			    (int)(sizeof(domains) / sizeof(domains[0])));
	tcase_add_test(t, chip_keys_for_every_cipher);
	tcase_add_test(t, key_identifiers_are_the_shortest_integers);
	tcase_add_test(t, a_clone_has_the_signed_files_but_other_keys);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
