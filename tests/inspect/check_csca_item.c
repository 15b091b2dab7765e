// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/csca_item.c */
#include "inspect/csca_item.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "check_main.h"
#include "support_list.h"

static const struct csca_strength strict, weak = { true, true };
static struct list_state state;
static struct csca_store *store;
static struct msg_item item;

static void setup(void)
{
	list_state_make(&state);
	ck_assert_int_eq(csca_new(&store), R_OK);
	memset(&item, 0xa5, sizeof(item));
}

static void teardown(void)
{
	csca_free(store);
	list_state_free(&state);
}

static void trust(X509 *cert)
{
	uint8_t der[4096];

	ck_assert_int_eq(csca_add_cert(store, pki_cert_der(cert, der,
							   sizeof(der))),
			 CSCA_BAD_NONE);
}

/* That it can travel: what the item says is what the wire carries. */
static void travels(void)
{
	static uint8_t packet[WIRE_MAX];
	struct sink s = SINK(packet);
	struct msg_item back;

	ck_assert_int_eq(wire_put(&s, MSG_INSPECT_ITEM, &item), R_OK);
	ck_assert_int_eq(wire_get(sink_span(&s), MSG_INSPECT_ITEM, &back),
			 R_OK);
	ck_assert_str_eq(back.subject, item.subject);
}

static void of_cert(X509 *cert, const struct csca_strength *by)
{
	ck_assert_int_eq(csca_item_cert(store, cert, PKI_NOW, by, &item),
			 R_OK);
	ck_assert_uint_eq(item.der.n, 0);
	travels();
}

static void of_crl(X509_CRL *crl, X509 *signer, const struct csca_strength *by)
{
	ck_assert_int_eq(csca_item_crl(crl, signer, PKI_NOW, by, &item), R_OK);
	ck_assert_uint_eq(item.der.n, 0);
	travels();
}

static void hash_is(struct span der)
{
	char hex[65];
	uint8_t hash[32];

	ck_assert(EVP_Digest(der.p, der.n, hash, NULL, EVP_sha256(), NULL));
	hex_encode(SPAN(hash), hex);
	ck_assert_str_eq(item.sha256, hex);
}

START_TEST(an_anchor)
{
	X509 *c = pki_cert(&(struct pki_cert){ .country = "ut",
			.name = "CSCA-\xc3\xa9\n", .key = state.ca_key,
			.ca = true, .serial = 0x1234, .from = -PKI_YEAR,
			.until = 2 * PKI_YEAR });
	uint8_t der[2048];

	trust(c);
	of_cert(c, &strict);
	ck_assert_int_eq(item.kind, ITEM_ANCHOR);
	ck_assert_uint_eq(item.flags, ITEM_SELF_SIGNED);
	ck_assert_str_eq(item.algorithm, "ecdsa-prime256v1 sha256");
	ck_assert_str_eq(item.country, "UT");
	ck_assert_str_eq(item.serial, "1234");
	ck_assert_uint_eq(item.from, 20260115);
	ck_assert_uint_eq(item.until, 20290114);
	ck_assert_uint_eq(item.entries, 0);
	ck_assert_ptr_nonnull(strstr(item.subject, "CN=CSCA-"));
	hash_is(pki_cert_der(c, der, sizeof(der)));
	X509_free(c);
}
END_TEST

START_TEST(when_it_ends)
{
	static const struct { int64_t until; uint32_t flags; } rows[] = {
		{ -1, ITEM_EXPIRED }, { 0, ITEM_EXPIRING },
		{ CSCA_SOON_S - 1, ITEM_EXPIRING }, { CSCA_SOON_S, 0 },
	};
	X509 *c = pki_cert(&(struct pki_cert){ .country = "UT", .name = "CSCA",
			.key = state.ca_key, .ca = true, .from = -PKI_YEAR,
			.until = rows[_i].until });
	X509_CRL *crl = pki_crl(c, state.ca_key, NULL, 0, rows[_i].until);

	trust(c);
	of_cert(c, &strict);
	ck_assert_uint_eq(item.flags, rows[_i].flags | ITEM_SELF_SIGNED);
	of_crl(crl, c, &strict);
	ck_assert_uint_eq(item.flags, rows[_i].flags);
	X509_CRL_free(crl);
	X509_free(c);
}
END_TEST

/* A new key, signed with the old one: a link only beside who signed it. */
START_TEST(a_link_certificate)
{
	X509 *link = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA 2", .key = state.other_key,
			.issuer = state.ca, .issuer_key = state.ca_key,
			.ca = true, .serial = 2 });
	X509 *forged = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA 3", .key = state.other_key,
			.issuer = state.ca, .issuer_key = state.other_key,
			.ca = true, .serial = 3 });

	trust(link);
	trust(forged);
	of_cert(link, &strict);
	ck_assert_uint_eq(item.flags, 0);
	trust(state.ca);
	of_cert(link, &strict);
	ck_assert_uint_eq(item.flags, ITEM_LINK);
	of_cert(forged, &strict);
	ck_assert_uint_eq(item.flags, 0);
	X509_free(link);
	X509_free(forged);
}
END_TEST

/* The new one bears the old one's name, and is not self-signed for that. */
START_TEST(a_link_under_the_same_name)
{
	X509 *link = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA", .key = state.other_key,
			.issuer = state.ca, .issuer_key = state.ca_key,
			.ca = true, .serial = 2 });

	trust(state.ca);
	trust(link);
	of_cert(link, &strict);
	ck_assert_uint_eq(item.flags, ITEM_LINK);
	X509_free(link);
}
END_TEST

/* Who fills a file with namesakes makes us try a few, not all. */
START_TEST(namesakes_are_tried_up_to_a_bound)
{
	X509 *link = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA-UTOPIA", .key = state.signer_key,
			.issuer = state.ca, .issuer_key = state.ca_key,
			.ca = true, .serial = 2 });
	bool before = false;

	for (long i = 0; i < 3 * CSCA_LINK_TRIES; i++) {
		X509 *c = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "CSCA-UTOPIA", .key = state.other_key,
				.ca = true, .serial = 100 + i });

		trust(c);
		X509_free(c);
	}
	trust(state.ca);
	for (size_t i = 0; i < CSCA_LINK_TRIES; i++)
		before |= X509_cmp(csca_anchor(store, i)->cert, state.ca) == 0;
	of_cert(link, &strict);
	ck_assert_uint_eq(item.flags, before ? ITEM_LINK : 0);
	X509_free(link);
}
END_TEST

START_TEST(algorithms_in_words)
{
	static const struct {
		const char *curve, *digest, *is;
		unsigned int bits;
		bool pss, weak;
	} rows[] = {
		{ NULL, "SHA256", "rsa-2048 sha256", 2048, false, false },
		{ NULL, "SHA512", "rsa-2048 sha512", 2048, true, false },
		{ NULL, "SHA1", "rsa-1024 sha1", 1024, false, true },
		{ "brainpoolP512r1", "SHA512", "ecdsa-brainpoolP512r1 sha512",
		  0, false, false },
		{ "P-224", "SHA256", "ecdsa-secp224r1 sha256", 0, false, true },
		{ "P-384", "SHA1", "ecdsa-secp384r1 sha1", 0, false, false },
		{ "P-256", "SHA3-256", "ecdsa-prime256v1 unknown", 0, false,
		  false },
	};
	EVP_PKEY *key = rows[_i].curve ? pki_ec(rows[_i].curve, false)
				       : pki_rsa(rows[_i].bits);
	X509 *c = pki_cert(&(struct pki_cert){ .country = "UT", .name = "CSCA",
			.key = key, .ca = true, .pss = rows[_i].pss,
			.digest = rows[_i].digest, .until = PKI_YEAR });

	of_cert(c, &strict);
	ck_assert_str_eq(item.algorithm, rows[_i].is);
	/* its key is what verifies; its own signature is not looked at */
	ck_assert_uint_eq(item.flags & ITEM_WEAK,
			  rows[_i].weak ? ITEM_WEAK : 0);
	of_cert(c, &weak);
	ck_assert_uint_eq(item.flags & ITEM_WEAK, 0);
	X509_free(c);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_key_of_another_kind)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *c = pki_cert(&(struct pki_cert){ .country = "UT", .name = "CSCA",
			.key = key, .issuer = state.ca,
			.issuer_key = state.ca_key, .ca = true });

	of_cert(c, &weak);
	ck_assert_str_eq(item.algorithm, "unknown sha256");
	ck_assert_uint_eq(item.flags, ITEM_WEAK);
	X509_free(c);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(serial_numbers_longer_than_allowed_are_left_out)
{
	static const struct { int bytes; size_t digits; } rows[] = {
		{ 1, 2 }, { 20, 40 }, { 32, 64 }, { 33, 0 }, { 200, 0 },
	};
	BIGNUM *n = BN_new();
	X509 *c = X509_dup(state.ca);

	ck_assert(n && c && BN_set_bit(n, 8 * rows[_i].bytes - 2) &&
		  BN_to_ASN1_INTEGER(n, X509_get_serialNumber(c)) &&
		  X509_sign(c, state.ca_key, EVP_sha256()) > 0);
	of_cert(c, &strict);
	ck_assert_uint_eq(strlen(item.serial), rows[_i].digits);
	X509_free(c);
	BN_free(n);
}
END_TEST

START_TEST(a_crl)
{
	X509_CRL *crl = pki_crl(state.ca, state.ca_key, NULL, 5,
				60 * PKI_DAY);
	uint8_t *der = NULL;
	int n;

	pki_crl_add(crl, 6);
	ck_assert_int_gt(X509_CRL_sign(crl, state.ca_key, EVP_sha256()), 0);
	n = i2d_X509_CRL(crl, &der);
	of_crl(crl, state.ca, &strict);
	ck_assert_int_eq(item.kind, ITEM_CRL);
	ck_assert_uint_eq(item.flags, 0);
	ck_assert_uint_eq(item.entries, 2);
	ck_assert_uint_eq(item.from, 20261007);
	ck_assert_uint_eq(item.until, 20270316);
	ck_assert_str_eq(item.country, "UT");
	ck_assert_str_eq(item.serial, "");
	ck_assert_str_eq(item.algorithm, "ecdsa-prime256v1 sha256");
	ck_assert_ptr_nonnull(strstr(item.subject, "CN=CSCA-UTOPIA"));
	hash_is(span_of(der, (size_t)n));
	OPENSSL_free(der);
	X509_CRL_free(crl);
}
END_TEST

/* Kept in the place of a whole one it would let the revoked in again. */
START_TEST(a_part_of_a_crl_is_weak)
{
	X509_CRL *delta = pki_crl(state.ca, state.ca_key, NULL, 5,
				  60 * PKI_DAY);
	ASN1_INTEGER *base = ASN1_INTEGER_new();

	ck_assert(ASN1_INTEGER_set(base, 1) == 1 &&
		  X509_CRL_add1_ext_i2d(delta, NID_delta_crl, base, 1, 0) == 1);
	ck_assert_int_gt(X509_CRL_sign(delta, state.ca_key, EVP_sha256()), 0);
	of_crl(delta, state.ca, &strict);
	ck_assert_uint_eq(item.flags, ITEM_WEAK);
	ASN1_INTEGER_free(base);
	X509_CRL_free(delta);
}
END_TEST

START_TEST(a_crl_of_nobody_that_is_known)
{
	X509_CRL *crl = pki_crl(state.ca, state.ca_key, "SHA1", 0,
				60 * PKI_DAY);

	of_crl(crl, NULL, &strict);
	ck_assert_uint_eq(item.flags, ITEM_WEAK);
	ck_assert_uint_eq(item.entries, 0);
	ck_assert_str_eq(item.algorithm, "unknown sha1");
	of_crl(crl, NULL, &weak);
	ck_assert_uint_eq(item.flags, 0);
	of_crl(crl, state.ca, &strict);
	ck_assert_uint_eq(item.flags, ITEM_WEAK);
	/* the key counts where it is known */
	of_crl(crl, state.ca, &weak);
	ck_assert_uint_eq(item.flags, 0);
	X509_CRL_free(crl);
}
END_TEST

START_TEST(a_crl_that_never_ends)
{
	X509_CRL *crl = pki_crl(state.ca, state.ca_key, NULL, 0, PKI_DAY);
	X509_CRL *endless = X509_CRL_new();

	ck_assert(X509_CRL_set_issuer_name(endless, X509_get_subject_name(
						   state.ca)) &&
		  X509_CRL_set1_lastUpdate(endless,
					   X509_CRL_get0_lastUpdate(crl)) &&
		  X509_CRL_sign(endless, state.ca_key, EVP_sha256()) > 0);
	of_crl(endless, state.ca, &strict);
	ck_assert_uint_eq(item.until, 0);
	ck_assert_uint_eq(item.flags, 0);
	X509_CRL_free(crl);
	X509_CRL_free(endless);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("csca_item");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, an_anchor);
	tcase_add_loop_test(t, when_it_ends, 0, 4);
	tcase_add_test(t, a_link_certificate);
	tcase_add_test(t, a_link_under_the_same_name);
	tcase_add_test(t, namesakes_are_tried_up_to_a_bound);
	tcase_add_loop_test(t, algorithms_in_words, 0, 7);
	tcase_add_test(t, a_key_of_another_kind);
	tcase_add_loop_test(t, serial_numbers_longer_than_allowed_are_left_out,
			    0, 5);
	tcase_add_test(t, a_crl);
	tcase_add_test(t, a_part_of_a_crl_is_weak);
	tcase_add_test(t, a_crl_of_nobody_that_is_known);
	tcase_add_test(t, a_crl_that_never_ends);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
