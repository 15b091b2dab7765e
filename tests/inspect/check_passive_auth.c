// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/passive_auth.c: what is accepted, and what it
 * gives. Keys, certificates and files are made anew each run, for a
 * State that does not exist. */
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/sandbox.h"
#include "check_main.h"
#include "lds/dg14.h"
#include "support_state.h"

START_TEST(good_document_gives_its_facts)
{
	uint8_t sha256[32];
	char hex[65];
	unsigned int n;

	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert(pa.chain);
	ck_assert_str_eq(pa.signature, "ecdsa-sha256");
	ck_assert_str_eq(pa.digest, "sha256");
	ck_assert_uint_eq(pa.data_groups, 1u << 1 | 1u << 2 | 1u << 14);
	ck_assert_str_eq(pa.dsc_country, "UT");
	ck_assert_str_eq(pa.csca_country, "UT");
	ck_assert(pa.dsc_country_ok && pa.csca_country_ok);
	ck_assert(!pa.csca_expired && !pa.has_types);
	ck_assert_int_eq(pa.crl, CRL_NONE);
	ck_assert_uint_eq(pa.dsc_not_before, PKI_NOW - PKI_YEAR);
	ck_assert_uint_eq(pa.dsc_not_after, PKI_NOW + PKI_YEAR);
	ck_assert(X509_digest(ca, EVP_sha256(), sha256, &n));
	hex_encode(SPAN(sha256), hex);
	ck_assert_str_eq(pa.anchor, hex);
	ck_assert_ptr_nonnull(strstr(pa.anchor_name, "CSCA-UTOPIA"));
}
END_TEST

START_TEST(another_country_is_reported)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };

	rules.country = "MA";
	ck_assert_int_eq(judge(pki_sod(&s, sod_file)), REASON_NONE);
	ck_assert(!pa.dsc_country_ok && !pa.csca_country_ok);
	rules.country = "";
	ck_assert_int_eq(judge(pki_sod(&s, sod_file)), REASON_NONE);
	ck_assert(!pa.dsc_country_ok && !pa.csca_country_ok);
	rules.country = "UT";
	ck_assert_int_eq(judge_signer((struct pki_cert){ .country = "XX" },
				      (struct pki_sod){ 0 }), REASON_NONE);
	ck_assert(!pa.dsc_country_ok && pa.csca_country_ok);
	ck_assert_str_eq(pa.dsc_country, "XX");
}
END_TEST

/* A profile without a country is not that of certificates without one. */
START_TEST(no_country_is_nobodys)
{
	X509 *none = pki_cert(&(struct pki_cert){ .name = "CSCA", .ca = true,
			.key = bp_key });
	X509 *cert = pki_cert(&(struct pki_cert){ .name = "DS",
			.key = dsc_key, .issuer = none,
			.issuer_key = bp_key, .serial = 9 });

	trust(none);
	rules.country = "";
	ck_assert_int_eq(judge_spec((struct pki_sod){ .dsc = cert }),
			 REASON_NONE);
	ck_assert_str_eq(pa.dsc_country, "");
	ck_assert(!pa.dsc_country_ok && !pa.csca_country_ok);
	X509_free(cert);
	X509_free(none);
}
END_TEST

START_TEST(data_groups_are_checked_by_hash)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	for (size_t i = 0; i < 3; i++) {
		uint8_t copy[64];

		memcpy(copy, dgs[i].file.p, dgs[i].file.n);
		ck_assert_int_eq(passive_auth_check_dg(&pa, dgs[i].number,
						       dgs[i].file),
				 REASON_NONE);
		copy[0] ^= 1;
		ck_assert_int_eq(passive_auth_check_dg(&pa, dgs[i].number,
						       span_of(copy,
							 dgs[i].file.n)),
				 REASON_DG_HASH);
		ck_assert_int_eq(passive_auth_check_dg(&pa, dgs[i].number,
						       span_of(dgs[i].file.p,
							 dgs[i].file.n - 1)),
				 REASON_DG_HASH);
	}
	ck_assert_int_eq(passive_auth_check_dg(&pa, 1, dgs[1].file),
			 REASON_DG_HASH);
	/* not in the SOD, and no group at all */
	ck_assert_int_eq(passive_auth_check_dg(&pa, 3, dgs[0].file),
			 REASON_DG_HASH);
	ck_assert_int_eq(passive_auth_check_dg(&pa, 0, dgs[0].file),
			 REASON_DG_HASH);
	ck_assert_int_eq(passive_auth_check_dg(&pa, 17, dgs[0].file),
			 REASON_DG_HASH);
	ck_assert_int_eq(passive_auth_check_dg(&pa, 33, dgs[0].file),
			 REASON_DG_HASH);
}
END_TEST

START_TEST(larger_digests_pass)
{
	const char *const names[] = { "SHA384", "SHA512" };

	lds = pki_lds(names[_i], dgs, 3, lds_room, sizeof(lds_room));
	ck_assert_int_eq(judge_spec((struct pki_sod){ .digest = names[_i] }),
			 REASON_NONE);
	ck_assert_str_eq(pa.digest, _i ? "sha512" : "sha384");
	ck_assert_str_eq(pa.signature, _i ? "ecdsa-sha512" : "ecdsa-sha384");
	ck_assert_int_eq(passive_auth_check_dg(&pa, 14, dgs[2].file),
			 REASON_NONE);
	ck_assert_int_eq(passive_auth_check_dg(&pa, 14, dgs[0].file),
			 REASON_DG_HASH);
}
END_TEST

START_TEST(brainpool_passes_named_and_explicit)
{
	X509 *bp_ca = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA brainpool", .key = bp_ca_explicit,
			.ca = true, .digest = "SHA384" });

	trust(bp_ca);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(judge_signer((struct pki_cert){
				.key = i ? bp_explicit : bp_key,
				.issuer = bp_ca, .issuer_key = bp_ca_explicit,
				.digest = "SHA384" }, (struct pki_sod){ 0 }),
				 REASON_NONE);
		ck_assert_ptr_nonnull(strstr(pa.anchor_name, "brainpool"));
	}
	X509_free(bp_ca);
}
END_TEST

/* The generator of explicit parameters, replaced by another point of the same
 * curve: a curve of the attacker's choosing (as in CVE-2020-0601). */
START_TEST(explicit_parameters_with_another_generator_are_refused)
{
	X509 *cert = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "DS 3", .key = bp_explicit, .issuer = ca,
			.issuer_key = ca_key, .serial = 9 });
	EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_brainpoolP256r1);
	EC_POINT *q = EC_POINT_dup(EC_GROUP_get0_generator(g), g);
	uint8_t was[65], is[65];
	struct pki_sod s = { .dsc = cert, .key = bp_explicit,
			     .content = lds };
	struct span sod = pki_sod(&s, sod_file);
	uint8_t *at;

	ck_assert_int_eq(judge(sod), REASON_NONE);
	ck_assert_uint_eq(EC_POINT_point2oct(g, q,
			POINT_CONVERSION_UNCOMPRESSED, was, 65, NULL), 65);
	ck_assert(EC_POINT_invert(g, q, NULL));
	ck_assert_uint_eq(EC_POINT_point2oct(g, q,
			POINT_CONVERSION_UNCOMPRESSED, is, 65, NULL), 65);
	at = memmem(sod_file, sod.n, was, 65);
	ck_assert_ptr_nonnull(at);
	memcpy(at, is, 65);
	ck_assert_int_eq(judge(sod), REASON_WEAK_ALGORITHM);
	EC_POINT_free(q);
	EC_GROUP_free(g);
	X509_free(cert);
}
END_TEST

START_TEST(rsa_passes_in_both_paddings)
{
	X509 *rsa_ca = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA rsa", .key = rsa_ca_key, .ca = true });
	struct pki_cert c = { .key = rsa_key, .issuer = rsa_ca,
			      .issuer_key = rsa_ca_key };

	trust(rsa_ca);
	ck_assert_int_eq(judge_signer(c, (struct pki_sod){ 0 }), REASON_NONE);
	ck_assert_str_eq(pa.signature, "rsa-sha256");
	ck_assert_int_eq(judge_signer(c, (struct pki_sod){
			.rsa_plain_oid = true }), REASON_NONE);
	ck_assert_str_eq(pa.signature, "rsa-sha256");
	c.pss = true;
	ck_assert_int_eq(judge_signer(c, (struct pki_sod){ .pss = true }),
			 REASON_NONE);
	ck_assert_str_eq(pa.signature, "rsa-pss-sha256");
	X509_free(rsa_ca);
}
END_TEST

/* -- documentTypeList ----------------------------------------------------------- */

#define TYPES(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

static const struct {
	struct span der;
	enum reason why;
	const char *code;
	bool admits;
} types[] = {
	{ TYPES("\x30\x09\x02\x01\x00\x31\x04\x13\x02ID"), REASON_NONE, "ID",
	  true },
	{ TYPES("\x30\x09\x02\x01\x00\x31\x04\x13\x02ID"), REASON_NONE, "I",
	  false },
	{ TYPES("\x30\x09\x02\x01\x00\x31\x04\x13\x02ID"), REASON_NONE, "IR",
	  false },
	{ TYPES("\x30\x08\x02\x01\x00\x31\x03\x13\x01I"), REASON_NONE, "ID",
	  true },
	{ TYPES("\x30\x08\x02\x01\x00\x31\x03\x13\x01P"), REASON_NONE, "ID",
	  false },
	{ TYPES("\x30\x0b\x02\x01\x00\x31\x06\x13\x01P\x13\x01I"), REASON_NONE,
	  "ID", true },
	{ TYPES("\x30\x09\x02\x01\x00\x31\x04\x13\x02I<"), REASON_NONE, "ID",
	  true },
	{ TYPES("\x30\x05\x02\x01\x00\x31\x00"), REASON_NONE, "ID", false },
	{ TYPES("\x30\x08\x02\x01\x01\x31\x03\x13\x01I"), REASON_SOD_MALFORMED,
	  "", false },	/* version */
	{ TYPES("\x30\x0a\x02\x01\x00\x31\x05\x13\x03IDX"),
	  REASON_SOD_MALFORMED, "", false },
	{ TYPES("\x30\x08\x02\x01\x00\x31\x03\x04\x01I"), REASON_SOD_MALFORMED,
	  "", false },	/* not a string */
	{ TYPES("\x30\x09\x02\x01\x00\x31\x04\x13\x02<<"),
	  REASON_SOD_MALFORMED, "", false },	/* nothing but fillers */
	{ TYPES("\x30\x08\x02\x01\x00\x31\x03\x13\x01I\x05"),
	  REASON_SOD_MALFORMED, "", false },	/* trailing */
	{ TYPES("\x13\x02ID"), REASON_SOD_MALFORMED, "", false },
};

START_TEST(document_types_of_the_signer)
{
	ck_assert_int_eq(judge_signer((struct pki_cert){
			.types = types[_i].der }, (struct pki_sod){ 0 }),
			 types[_i].why);
	if (types[_i].why != REASON_NONE)
		return;
	ck_assert(pa.has_types);
	ck_assert_int_eq(passive_auth_admits(&pa, types[_i].code),
			 types[_i].admits);
}
END_TEST

/* Sixteen of them at most, in one list. */
START_TEST(more_document_types_than_any_are_refused)
{
	for (size_t n = DOCUMENT_TYPES_MAX; n <= DOCUMENT_TYPES_MAX + 1; n++) {
		uint8_t list[128], der[160];
		struct sink l = SINK(list), body = SINK(der), d;

		for (size_t i = 0; i < n; i++)
			pki_der(&l, 0x13, span_of("ID", 2));
		sink_put(&body, span_of("\x02\x01\x00", 3));
		pki_der(&body, 0x31, sink_span(&l));
		d = (struct sink)SINK(list);
		pki_der(&d, 0x30, sink_span(&body));
		ck_assert_int_eq(judge_signer((struct pki_cert){
				.types = sink_span(&d) },
				(struct pki_sod){ 0 }),
				 n > DOCUMENT_TYPES_MAX ?
					 REASON_SOD_MALFORMED : REASON_NONE);
	}
}
END_TEST

START_TEST(two_lists_of_document_types_are_refused)
{
	X509 *cert = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "DS 2", .key = dsc_key, .issuer = ca,
			.issuer_key = ca_key, .serial = 8,
			.types = types[0].der });
	X509_EXTENSION *e = X509_get_ext(cert, X509_get_ext_count(cert) - 1);

	ck_assert_int_eq(judge_spec((struct pki_sod){ .dsc = cert }),
			 REASON_NONE);
	ck_assert_int_eq(X509_add_ext(cert, e, -1), 1);
	ck_assert_int_gt(X509_sign(cert, ca_key, EVP_sha256()), 0);
	ck_assert_int_eq(judge_spec((struct pki_sod){ .dsc = cert }),
			 REASON_SOD_MALFORMED);
	X509_free(cert);
}
END_TEST

START_TEST(signer_without_types_admits_all)
{
	ck_assert_int_eq(judge_spec((struct pki_sod){ 0 }), REASON_NONE);
	ck_assert(passive_auth_admits(&pa, "ID"));
}
END_TEST

/* -- EF.CardSecurity -------------------------------------------------------------- */

static const uint8_t security_oid[] = { 4, 0, 0x7f, 0, 7, 3, 2, 1 };
/* 9303-11 G.1's PACEInfo as the whole of SecurityInfos */
static const uint8_t security_infos[] = {
	0x31, 0x14, 0x30, 0x12, 0x06, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02,
	0x02, 0x04, 0x02, 0x02, 0x02, 0x01, 0x02, 0x02, 0x01, 0x0d,
};

START_TEST(card_security_gives_its_content)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .flaws = SOD_BARE,
			     .content = SPAN(security_infos),
			     .content_type = SPAN(security_oid) };
	struct span f = pki_sod(&s, sod_file);
	uint8_t room[CARD_SECURITY_CONTENT_MAX], little[8];
	struct sink out = SINK(room), no = SINK(little);
	struct security_infos infos;

	ck_assert_int_eq(passive_auth_card_security(f, store, &rules,
					  &pa, &out), REASON_NONE);
	ck_assert_int_eq(security_infos_parse(sink_span(&out), &infos), R_OK);
	ck_assert_uint_eq(infos.count, 1);
	ck_assert(pa.chain && pa.data_groups == 0);
	ck_assert_int_eq(passive_auth_check_dg(&pa, 1, dgs[0].file),
			 REASON_DG_HASH);
	ck_assert_int_eq(passive_auth_card_security(f, store, &rules,
					  &pa, &no),
			 REASON_SOD_MALFORMED);
	ck_assert(!no.overflow && no.n == 0);
	sod_file[f.n - 1] ^= 1;
	ck_assert_int_eq(passive_auth_card_security(f, store, &rules,
					  &pa, &out),
			 REASON_SOD_SIGNATURE);
}
END_TEST

START_TEST(sod_is_no_card_security)
{
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds };
	uint8_t room[CARD_SECURITY_CONTENT_MAX];
	struct sink out = SINK(room);
	struct span f = pki_sod(&s, sod_file), cms;

	ck_assert_int_eq(passive_auth_card_security(f, store, &rules,
					  &pa, &out),
			 REASON_SOD_MALFORMED);
	ck_assert_int_eq(sod_cms(f, &cms), R_OK);
	ck_assert_int_eq(passive_auth_card_security(cms, store, &rules,
					  &pa, &out),
			 REASON_SOD_MALFORMED);
}
END_TEST

/* -- the sandbox ------------------------------------------------------------------ */

/* In a child of its own, which does nothing before but load the store: the
 * first verification of the process happens inside the filter. */
START_TEST(verification_works_inside_the_sandbox)
{
	X509 *rsa_ca = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA rsa", .key = rsa_ca_key, .ca = true });
	X509 *rsa_dsc = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "DS", .key = rsa_key, .issuer = rsa_ca,
			.issuer_key = rsa_ca_key, .serial = 3, .pss = true });
	X509 *bp_dsc = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "DS", .key = bp_explicit, .issuer = ca,
			.issuer_key = ca_key, .serial = 4 });
	static const char *const digest[] = { "SHA256", "SHA384", "SHA256" };
	struct pki_sod s = { .dsc = dsc, .key = dsc_key, .content = lds,
			     .digest = digest[_i] };
	struct span sod;
	int status;
	pid_t child;

	trust(rsa_ca);
	ck_assert_int_eq(try_crl(pki_crl(ca, ca_key, NULL, 77, PKI_DAY)),
			 CSCA_BAD_NONE);
	if (_i == 1) {
		s.dsc = bp_dsc;
		s.key = bp_explicit;
	} else if (_i == 2) {
		s.dsc = rsa_dsc;
		s.key = rsa_key;
		s.pss = true;
	}
	sod = pki_sod(&s, sod_file);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		enum reason why;

		if (sandbox_enter(ROLE_INSPECT) != R_OK)
			syscall(SYS_exit_group, 2);
		why = passive_auth_sod(sod, store, &rules,
					  &pa);
		if (why == REASON_NONE)
			why = passive_auth_check_dg(&pa, 1, dgs[0].file);
		sod_file[sod.n - 1] ^= 1;	/* the error path too */
		if (why == REASON_NONE &&
		    passive_auth_sod(sod, store, &rules,
					  &pa) ==
			    REASON_NONE)
			why = REASON_SOD_SIGNATURE;
		syscall(SYS_exit_group, why == REASON_NONE ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	X509_free(rsa_ca);
	X509_free(rsa_dsc);
	X509_free(bp_dsc);
}
END_TEST

static void add_good(TCase *t)
{
	tcase_add_test(t, good_document_gives_its_facts);
	tcase_add_test(t, another_country_is_reported);
	tcase_add_test(t, no_country_is_nobodys);
	tcase_add_test(t, data_groups_are_checked_by_hash);
	tcase_add_loop_test(t, larger_digests_pass, 0, 2);
	tcase_add_test(t, brainpool_passes_named_and_explicit);
	tcase_add_test(t,
		explicit_parameters_with_another_generator_are_refused);
	tcase_add_test(t, rsa_passes_in_both_paddings);
	tcase_add_loop_test(t, document_types_of_the_signer, 0,
			    sizeof(types) / sizeof(types[0]));
	tcase_add_test(t, more_document_types_than_any_are_refused);
	tcase_add_test(t, two_lists_of_document_types_are_refused);
	tcase_add_test(t, signer_without_types_admits_all);
	tcase_add_test(t, card_security_gives_its_content);
	tcase_add_test(t, sod_is_no_card_security);
}

static Suite *passive_auth_suite(void)
{
	Suite *s = suite_create("passive_auth");
	TCase *good = state_case("good"), *sandbox = state_case("sandbox");

	add_good(good);
	suite_add_tcase(s, good);
	tcase_add_loop_test(sandbox, verification_works_inside_the_sandbox,
			    0, 3);
	tcase_set_tags(sandbox, "sandbox");
	suite_add_tcase(s, sandbox);
	return s;
}

CHECK_MAIN(passive_auth_suite)
