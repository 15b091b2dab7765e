// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_state.h"

#include <string.h>

#include <openssl/evp.h>

static const uint8_t dg1[] = "a synthetic DG1", dg2[] = "a synthetic DG2",
		     dg14[] = "a synthetic DG14";
const struct pki_dg dgs[3] = {
	{ 1, { dg1, sizeof(dg1) } }, { 2, { dg2, sizeof(dg2) } },
	{ 14, { dg14, sizeof(dg14) } },
};

/* Made once, before the cases fork. */
EVP_PKEY *ca_key, *dsc_key, *rsa_key, *rsa_ca_key, *rsa_weak, *bp_key,
	*bp_explicit, *bp_ca_explicit, *small_key;
X509 *ca, *dsc;

/* One case's own. */
struct csca_store *store;
struct pa_rules rules;
struct passive_auth pa;
uint8_t sod_file[PKI_SOD_MAX];
uint8_t lds_room[2048];
struct span lds;

static void make_keys(void)
{
	ca_key = pki_ec("P-256", false);
	dsc_key = pki_ec("P-256", false);
	bp_key = pki_ec("brainpoolP256r1", false);
	bp_explicit = pki_ec("brainpoolP256r1", true);
	bp_ca_explicit = pki_ec("brainpoolP384r1", true);
	small_key = pki_ec("P-224", false);
	rsa_key = pki_rsa(2048);
	rsa_ca_key = pki_rsa(2048);
	rsa_weak = pki_rsa(1024);
	ca = pki_cert(&(struct pki_cert){ .country = "UT", .name = "CSCA-UTOPIA",
			.key = ca_key, .ca = true, .serial = 100,
			.from = -5 * PKI_YEAR, .until = 5 * PKI_YEAR });
	dsc = pki_cert(&(struct pki_cert){ .country = "UT", .name = "DS 1",
			.key = dsc_key, .issuer = ca, .issuer_key = ca_key,
			.serial = 7 });
}

static void free_keys(void)
{
	EVP_PKEY *const keys[] = { ca_key, dsc_key, rsa_key, rsa_ca_key,
				   rsa_weak, bp_key, bp_explicit,
				   bp_ca_explicit, small_key };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		EVP_PKEY_free(keys[i]);
	X509_free(ca);
	X509_free(dsc);
}

void trust(X509 *cert)
{
	uint8_t der[4096];

	ck_assert_int_eq(csca_add_cert(store, pki_cert_der(cert, der,
							   sizeof(der))),
			 CSCA_BAD_NONE);
}

enum csca_bad try_crl(X509_CRL *crl)
{
	uint8_t *der = NULL;
	int n = i2d_X509_CRL(crl, &der);
	enum csca_bad bad = csca_add_crl(store, span_of(der, (size_t)n));

	OPENSSL_free(der);
	X509_CRL_free(crl);
	return bad;
}

static void setup(void)
{
	ck_assert_int_eq(csca_new(&store), R_OK);
	trust(ca);
	lds = pki_lds(NULL, dgs, 3, lds_room, sizeof(lds_room));
	memset(&pa, 0xa5, sizeof(pa));
	rules = (struct pa_rules){ .now = PKI_NOW, .country = "UT",
				   .crl_grace_s = 90 * PKI_DAY };
}

static void teardown(void)
{
	csca_free(store);
}

enum reason judge(struct span sod)
{
	struct passive_auth before;
	enum reason why;

	memcpy(&before, &pa, sizeof(pa));
	why = passive_auth_sod(sod, store, &rules,
					  &pa);
	if (why != REASON_NONE)	/* outputs untouched unless good */
		ck_assert_mem_eq(&before, &pa, sizeof(pa));
	return why;
}

enum reason judge_spec(struct pki_sod s)
{
	if (!s.dsc)
		s.dsc = dsc;
	if (!s.key)
		s.key = dsc_key;
	if (!s.content.n)
		s.content = lds;
	return judge(pki_sod(&s, sod_file));
}

/* The good document signed by a signer made as `c` says. */
enum reason judge_signer(struct pki_cert c, struct pki_sod s)
{
	X509 *cert;
	enum reason why;

	if (!c.country)
		c.country = "UT";
	c.name = "DS 2";
	if (!c.key)
		c.key = dsc_key;
	if (!c.issuer) {
		c.issuer = ca;
		c.issuer_key = ca_key;
	}
	if (!c.serial)
		c.serial = 8;
	cert = pki_cert(&c);
	s.dsc = cert;
	s.key = c.key;
	why = judge_spec(s);
	X509_free(cert);
	return why;
}

TCase *state_case(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_unchecked_fixture(t, make_keys, free_keys);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	return t;
}
