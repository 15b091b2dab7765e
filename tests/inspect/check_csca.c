// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/inspect/csca.c and csca_load.c: the directory of anchors. */
#include "inspect/csca.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "check_main.h"
#include "support_pki.h"

static EVP_PKEY *key, *other_key;
static X509 *anchor, *other, *leaf;
static char dir[64];
static struct csca_store *store;
static struct csca_report report;
static const struct csca_strength strict;

static void setup(void)
{
	key = pki_ec("P-256", false);
	other_key = pki_ec("P-384", false);
	anchor = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA one", .key = key, .ca = true,
			.serial = 1 });
	other = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA two", .key = other_key, .ca = true,
			.serial = 2 });
	leaf = pki_cert(&(struct pki_cert){ .country = "UT", .name = "DS",
			.key = other_key, .issuer = anchor,
			.issuer_key = key, .serial = 3 });
	strcpy(dir, "/tmp/cnie-csca-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	memset(&report, 0, sizeof(report));
	store = NULL;
}

static void teardown(void)
{
	char cmd[128];

	csca_free(store);
	X509_free(anchor);
	X509_free(other);
	X509_free(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	snprintf(cmd, sizeof(cmd), "rm -rf -- %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static void path_of(const char *name, char out[160])
{
	snprintf(out, 160, "%s/%s", dir, name);
}

static void put(const char *name, struct span bytes)
{
	char path[160];
	FILE *f;

	path_of(name, path);
	f = fopen(path, "ab");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	ck_assert_int_eq(fclose(f), 0);
}

static void put_der(const char *name, X509 *cert)
{
	uint8_t der[4096];

	put(name, pki_cert_der(cert, der, sizeof(der)));
}

static void put_pem(const char *name, X509 *cert)
{
	char path[160];
	FILE *f;

	path_of(name, path);
	f = fopen(path, "ab");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(PEM_write_X509(f, cert), 1);
	fclose(f);
}

static void put_crl(const char *name, X509_CRL *crl, bool pem)
{
	uint8_t *der = NULL;
	char path[160];
	int n = i2d_X509_CRL(crl, &der);
	FILE *f;

	path_of(name, path);
	if (pem) {
		f = fopen(path, "wb");
		ck_assert_int_eq(PEM_write_X509_CRL(f, crl), 1);
		fclose(f);
	} else {
		put(name, span_of(der, (size_t)n));
	}
	OPENSSL_free(der);
	X509_CRL_free(crl);
}

static void load(size_t anchors, size_t crls, size_t bad)
{
	csca_free(store);
	store = NULL;
	ck_assert_int_eq(csca_load(dir, &report, &store), R_OK);
	ck_assert_uint_eq(report.anchors, anchors);
	ck_assert_uint_eq(report.crls, crls);
	ck_assert_uint_eq(report.bad, bad);
	ck_assert_uint_eq(csca_count(store), anchors);
	ck_assert_uint_eq(csca_crl_count(store), crls);
}

static void bad_is(size_t i, const char *name, enum csca_bad why)
{
	ck_assert_str_eq(report.first_bad[i].name, name);
	ck_assert_int_eq(report.first_bad[i].why, why);
}

START_TEST(missing_directory_is_absent)
{
	put("file", span_str("x"));
	strcat(dir, "/none");
	ck_assert_int_eq(csca_load(dir, &report, &store), R_ABSENT);
	ck_assert_ptr_null(store);
	dir[strlen(dir) - 4] = '\0';
	strcat(dir, "file");
	ck_assert_int_eq(csca_load(dir, &report, &store), R_ABSENT);
	dir[strlen(dir) - 5] = '\0';
}
END_TEST

START_TEST(empty_directory_is_an_empty_store)
{
	load(0, 0, 0);
}
END_TEST

START_TEST(every_name_and_form_is_read)
{
	put_der("a.cer", anchor);
	load(1, 0, 0);
	put_pem("b.crt", other);
	load(2, 0, 0);
	put_der("C.DER", anchor);	/* the same twice counts once */
	load(2, 0, 0);
	put_crl("d.crl", pki_crl(anchor, key, NULL, 5, PKI_DAY), false);
	put_crl("e.crl", pki_crl(other, other_key, NULL, 5, PKI_DAY), true);
	load(2, 2, 0);
	put("README.txt", span_str("not a certificate"));
	put(".hidden.cer", span_str("passed over"));
	put("cer", span_str("passed over"));
	load(2, 2, 0);
}
END_TEST

START_TEST(pem_bundle_with_text)
{
	put("all.pem", span_str("0 text that begins with a nought\n"));
	put_pem("all.pem", anchor);
	put("all.pem", span_str("# text between\n"));
	put_pem("all.pem", other);
	put("all.pem", span_str("\n\n"));
	load(2, 0, 0);
}
END_TEST

START_TEST(anchors_stand_in_order_of_their_hash)
{
	uint8_t sha256[32];
	unsigned int n;

	put_der("a.cer", anchor);
	put_der("b.cer", other);
	load(2, 0, 0);
	ck_assert_int_lt(memcmp(csca_anchor(store, 0)->sha256,
				csca_anchor(store, 1)->sha256, 32), 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(X509_digest(csca_anchor(store, i)->cert,
				      EVP_sha256(), sha256, &n));
		ck_assert_mem_eq(sha256, csca_anchor(store, i)->sha256, 32);
	}
}
END_TEST

START_TEST(bad_files_are_named_and_the_rest_kept)
{
	uint8_t der[4096];
	struct span s = pki_cert_der(anchor, der, sizeof(der));
	char path[160];

	put("a-good.cer", s);
	put("b-cut.cer", span_of(s.p, s.n - 1));
	put("c-more.cer", s);
	put("c-more.cer", span_str("x"));
	put("d-empty.cer", span_str(""));
	put_der("e-leaf.cer", leaf);
	put("f-text.pem", span_str("no certificate here\n"));
	path_of("g-fifo.cer", path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	path_of("h-link.cer", path);
	ck_assert_int_eq(symlink("a-good.cer", path), 0);
	load(1, 0, 7);
	bad_is(0, "b-cut.cer", CSCA_BAD_FORMAT);
	bad_is(1, "c-more.cer", CSCA_BAD_FORMAT);
	bad_is(2, "d-empty.cer", CSCA_BAD_SIZE);
	bad_is(3, "e-leaf.cer", CSCA_BAD_NOT_CA);
	bad_is(4, "f-text.pem", CSCA_BAD_FORMAT);
	bad_is(5, "g-fifo.cer", CSCA_BAD_OPEN);
	bad_is(6, "h-link.cer", CSCA_BAD_OPEN);
	put("i.cer", span_str("\x1b[2J"));
	put("\x1b[2J.cer", span_str("x"));
	load(1, 0, 9);
	bad_is(0, "?[2J.cer", CSCA_BAD_FORMAT);
}
END_TEST

START_TEST(bad_blocks_of_a_bundle_do_not_hide_the_good)
{
	put_pem("all.pem", anchor);
	put_pem("all.pem", leaf);
	put_pem("all.pem", other);
	load(2, 0, 1);
	bad_is(0, "all.pem", CSCA_BAD_NOT_CA);
	put("key.pem", span_str("-----BEGIN PUBLIC KEY-----\nAAAA\n"
				"-----END PUBLIC KEY-----\n"));
	put("torn.pem", span_str("-----BEGIN CERTIFICATE-----\nMIIB"));
	load(2, 0, 3);
	bad_is(1, "key.pem", CSCA_BAD_FORMAT);
	bad_is(2, "torn.pem", CSCA_BAD_FORMAT);
}
END_TEST

START_TEST(oversize_is_refused)
{
	char path[160];

	put_der("a.cer", anchor);
	path_of("a.cer", path);
	ck_assert_int_eq(truncate(path, CSCA_FILE_MAX + 1), 0);
	load(0, 0, 1);
	bad_is(0, "a.cer", CSCA_BAD_SIZE);
}
END_TEST

START_TEST(crl_must_be_signed_by_an_anchor)
{
	put_crl("a.crl", pki_crl(anchor, key, NULL, 5, PKI_DAY), false);
	load(0, 0, 1);		/* nobody here signed it */
	bad_is(0, "a.crl", CSCA_BAD_CRL_SIGNER);
	put_der("z.cer", anchor);
	load(1, 1, 0);		/* certificates are read first */
	put_crl("b.crl", pki_crl(anchor, other_key, NULL, 5, PKI_DAY), false);
	put_crl("c.crl", pki_crl(other, other_key, NULL, 5, PKI_DAY), false);
	put_crl("d.crl", pki_crl(anchor, key, "SHA3-256", 5, PKI_DAY), false);
	put_der("e.crl", anchor);
	load(1, 1, 4);
	bad_is(0, "b.crl", CSCA_BAD_CRL_SIGNER);
	bad_is(1, "c.crl", CSCA_BAD_CRL_SIGNER);
	bad_is(2, "d.crl", CSCA_BAD_CRL_SIGNER);
	bad_is(3, "e.crl", CSCA_BAD_FORMAT);
	ck_assert_int_eq(X509_cmp(csca_crl_signer(store, 0), anchor), 0);
}
END_TEST

/* The store does not know the profile: what one accepts, another does not. */
START_TEST(a_weak_crl_is_kept_and_counts_where_the_profile_says)
{
	static const struct csca_strength sha1 = { .sha1 = true };

	put_der("a.cer", anchor);
	put_crl("b.crl", pki_crl(anchor, key, "SHA1", 5, PKI_DAY), false);
	load(1, 1, 0);
	ck_assert(!csca_crl_strong(store, 0, &strict));
	ck_assert(csca_crl_strong(store, 0, &sha1));
}
END_TEST

/* One State's key does not revoke for another. */
START_TEST(crl_must_be_signed_by_the_anchor_it_names)
{
	put_der("a.cer", anchor);
	put_der("b.cer", other);
	put_crl("c.crl", pki_crl(anchor, other_key, NULL, 5, PKI_DAY), false);
	load(2, 0, 1);
	bad_is(0, "c.crl", CSCA_BAD_CRL_SIGNER);
}
END_TEST

/* What X509_check_ca() half accepts: keyCertSign without basicConstraints, and
 * a self-signed certificate that says nothing. */
START_TEST(what_does_not_say_that_it_is_a_ca_is_no_anchor)
{
	static const char *const usage[] = { "critical,keyCertSign", "" };

	for (int i = 0; i < 2; i++) {
		X509 *c = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "CSCA", .key = key,
				.key_usage = usage[i] });

		if (i == 1)
			ck_assert_int_eq(X509_set_version(c, X509_VERSION_1) &&
					 X509_sign(c, key, EVP_sha256()) > 0,
					 1);
		put_der(i ? "b.cer" : "a.cer", c);
		X509_free(c);
	}
	load(0, 0, 2);
	bad_is(0, "a.cer", CSCA_BAD_NOT_CA);
	bad_is(1, "b.cer", CSCA_BAD_NOT_CA);
}
END_TEST

START_TEST(more_bad_files_than_are_named)
{
	for (char c = 'a'; c < 'm'; c++)
		put((char[]){ c, '.', 'c', 'e', 'r', 0 }, span_str("x"));
	load(0, 0, 12);
	bad_is(CSCA_BAD_NAMED - 1, "h.cer", CSCA_BAD_FORMAT);
}
END_TEST

START_TEST(one_more_than_the_store_holds)
{
	uint8_t der[4096];

	ck_assert_int_eq(csca_new(&store), R_OK);
	for (long i = 0; i <= CSCA_MAX; i++) {
		X509 *c = pki_cert(&(struct pki_cert){ .country = "UT",
				.name = "CSCA", .key = key, .ca = true,
				.serial = 1000 + i });

		ck_assert_int_eq(csca_add_cert(store, pki_cert_der(c, der,
								   4096)),
				 i == CSCA_MAX ? CSCA_BAD_TOO_MANY
					       : CSCA_BAD_NONE);
		X509_free(c);
	}
	ck_assert_uint_eq(csca_count(store), CSCA_MAX);
	for (size_t i = 1; i < CSCA_MAX; i++)
		ck_assert_int_lt(memcmp(csca_anchor(store, i - 1)->sha256,
					csca_anchor(store, i)->sha256, 32),
				 0);
}
END_TEST

START_TEST(one_crl_more_than_the_store_holds)
{
	uint8_t der[4096], *list = NULL;
	X509_CRL *crl = pki_crl(anchor, key, NULL, 5, PKI_DAY);
	int size = i2d_X509_CRL(crl, &list);

	ck_assert_int_eq(csca_new(&store), R_OK);
	ck_assert_int_eq(csca_add_cert(store, pki_cert_der(anchor, der,
							   sizeof(der))),
			 CSCA_BAD_NONE);
	for (int i = 0; i <= CSCA_CRL_MAX; i++)
		ck_assert_int_eq(csca_add_crl(store, span_of(list,
							     (size_t)size)),
				 i == CSCA_CRL_MAX ? CSCA_BAD_TOO_MANY
						   : CSCA_BAD_NONE);
	ck_assert_uint_eq(csca_crl_count(store), CSCA_CRL_MAX);
	OPENSSL_free(list);
	X509_CRL_free(crl);
}
END_TEST

START_TEST(truncated_certificates_and_crls)
{
	X509_CRL *crl = pki_crl(anchor, key, NULL, 5, PKI_DAY);
	uint8_t der[4096], *list = NULL;
	struct span s = pki_cert_der(anchor, der, sizeof(der));
	int size = i2d_X509_CRL(crl, &list);

	ck_assert_int_eq(csca_new(&store), R_OK);
	for (size_t n = 0; n < s.n; n++)
		ck_assert_int_eq(csca_add_cert(store, span_of(s.p, n)),
				 CSCA_BAD_FORMAT);
	ck_assert_int_eq(csca_add_cert(store, s), CSCA_BAD_NONE);
	for (int n = 0; n < size; n++)
		ck_assert_int_eq(csca_add_crl(store, span_of(list,
							     (size_t)n)),
				 CSCA_BAD_FORMAT);
	ck_assert_int_eq(csca_add_crl(store, span_of(list, (size_t)size)),
			 CSCA_BAD_NONE);
	/* and nothing may follow */
	memcpy(der + s.n, "", 1);
	ck_assert_int_eq(csca_add_cert(store, span_of(der, s.n + 1)),
			 CSCA_BAD_FORMAT);
	memcpy(der, list, (size_t)size);
	memcpy(der + size, "", 1);
	ck_assert_int_eq(csca_add_crl(store, span_of(der, (size_t)size + 1)),
			 CSCA_BAD_FORMAT);
	OPENSSL_free(list);
	X509_CRL_free(crl);
}
END_TEST

static Suite *csca_suite(void)
{
	Suite *s = suite_create("csca");
	TCase *t = tcase_create("csca");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, missing_directory_is_absent);
	tcase_add_test(t, empty_directory_is_an_empty_store);
	tcase_add_test(t, every_name_and_form_is_read);
	tcase_add_test(t, pem_bundle_with_text);
	tcase_add_test(t, anchors_stand_in_order_of_their_hash);
	tcase_add_test(t, bad_files_are_named_and_the_rest_kept);
	tcase_add_test(t, bad_blocks_of_a_bundle_do_not_hide_the_good);
	tcase_add_test(t, oversize_is_refused);
	tcase_add_test(t, crl_must_be_signed_by_an_anchor);
	tcase_add_test(t, a_weak_crl_is_kept_and_counts_where_the_profile_says);
	tcase_add_test(t, crl_must_be_signed_by_the_anchor_it_names);
	tcase_add_test(t, what_does_not_say_that_it_is_a_ca_is_no_anchor);
	tcase_add_test(t, more_bad_files_than_are_named);
	tcase_add_test(t, one_more_than_the_store_holds);
	tcase_add_test(t, one_crl_more_than_the_store_holds);
	tcase_add_test(t, truncated_certificates_and_crls);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(csca_suite)
