// SPDX-License-Identifier: GPL-3.0-or-later
/* The chip's public key in every form that chips carry, most of them written
 * by OpenSSL; and the forms that are refused. */
#include "emrtd/chip_auth.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/scope.h"
#include "check_main.h"
#include "emrtd/data_object.h"
#include "emrtd/vectors_pace.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
SCOPE_FREE(OSSL_PARAM *, OSSL_PARAM_free);
SCOPE_FREE(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);
SCOPE_FREE(BIGNUM *, BN_free);

#define STANDARDISED "060704007F00070102"
#define X942         "06072A8648CE3E0201"
#define PKCS3        "06092A864886F70D010301"

struct spki {
	uint8_t p[1400];
	size_t n;
};

static struct span span_spki(const struct spki *s)
{
	return span_of(s->p, s->n);
}

/* -- keys written by OpenSSL ------------------------------------------------- */

static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *b)
{
	scoped(scope_OSSL_PARAM_free) OSSL_PARAM *params =
		OSSL_PARAM_BLD_to_param(b);
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
					   params), 1);
	return key;
}

static struct spki written(EVP_PKEY *key)
{
	struct spki s = { 0 };
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	ck_assert_int_gt(n, 0);
	ck_assert_uint_le((size_t)n, sizeof(s.p));
	memcpy(s.p, der, (size_t)n);
	s.n = (size_t)n;
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return s;
}

static struct spki curve_key(const struct domain *d,
			     const struct domain_key *k, const char *encoding,
			     const char *form)
{
	scoped(scope_OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *b =
		OSSL_PARAM_BLD_new();
	EVP_PKEY *key;

	OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, d->name,
					0);
	OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY,
					 k->public, d->public);
	key = build("EC", b);
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(key,
			 OSSL_PKEY_PARAM_EC_ENCODING, encoding), 1);
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(key,
			 OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form), 1);
	return written(key);
}

/* p, q, g of a group of OpenSSL's. */
static BIGNUM *group_number(const struct domain *d, const char *which)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
	scoped(scope_EVP_PKEY_free) EVP_PKEY *key = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)d->name, 0),
		OSSL_PARAM_construct_end(),
	};
	BIGNUM *n = NULL;

	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS,
					   params), 1);
	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, which, &n), 1);
	return n;
}

/* type "DHX": X9.42, with q; "DH": PKCS#3. */
static struct spki group_key(const struct domain *d,
			     const struct domain_key *k, const char *type)
{
	scoped(scope_OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *b =
		OSSL_PARAM_BLD_new();
	scoped(scope_BN_free) BIGNUM *p = group_number(d, "p");
	scoped(scope_BN_free) BIGNUM *q = group_number(d, "q");
	scoped(scope_BN_free) BIGNUM *g = group_number(d, "g");
	scoped(scope_BN_free) BIGNUM *y =
		BN_bin2bn(k->public, (int)d->public, NULL);

	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_FFC_P, p);
	if (strcmp(type, "DHX") == 0)
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_FFC_Q, q);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_FFC_G, g);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PUB_KEY, y);
	return written(build(type, b));
}

/* -- keys written here -------------------------------------------------------- */

static void put_number(struct sink *out, struct span n)
{
	uint8_t buf[400] = { 0 };
	size_t sign = n.n == 0 || n.p[0] & 0x80;

	if (n.n)
		memcpy(buf + sign, n.p, n.n);
	put_object(out, 0x02, span_of(buf, n.n + sign));
}

/* SEQUENCE { SEQUENCE { OID, parameters }, BIT STRING { 0, key } } */
static struct spki made(const char *oid_text, struct span parameters,
			struct span key)
{
	uint8_t a[1200], b[1400];
	struct sink algorithm = SINK(a), inside = SINK(b), bits;
	struct spki s = { 0 };
	struct sink out = SINK(s.p);
	uint8_t c[400];
	HEX(oid, oid_text);

	sink_put(&algorithm, oid);
	sink_put(&algorithm, parameters);
	put_object(&inside, 0x30, sink_span(&algorithm));
	bits = (struct sink)SINK(c);
	sink_u8(&bits, 0);
	sink_put(&bits, key);
	put_object(&inside, 0x03, sink_span(&bits));
	put_object(&out, 0x30, sink_span(&inside));
	ck_assert_int_eq(sink_done(&out), R_OK);
	s.n = out.n;
	return s;
}

static struct spki numbered(const struct domain *d, struct span public)
{
	uint8_t parameter[] = { 0x02, 1, d->parameter }, buf[300];
	struct sink y = SINK(buf);

	if (d->agreement == AGREE_DH)
		put_number(&y, public);
	else
		sink_put(&y, public);
	return made(STANDARDISED, SPAN(parameter), sink_span(&y));
}

/* -- what is read ------------------------------------------------------------- */

static void reads(const struct domain *d, const struct domain_key *k,
		  struct spki s)
{
	struct chip_key got;

	ck_assert_int_eq(chip_key_parse(span_spki(&s), &got), R_OK);
	ck_assert_ptr_eq(got.domain, d);
	ck_assert_mem_eq(got.public, k->public, d->public);
}

START_TEST(every_form_of_every_domain)
{
	const struct domain *d = domain_at((enum domain_id)_i);
	struct domain_key k;

	ck_assert_int_eq(domain_key_new(d, &k), R_OK);
	reads(d, &k, numbered(d, domain_public_span(d, k.public)));
	if (d->agreement == AGREE_DH) {
		reads(d, &k, group_key(d, &k, "DHX"));
		reads(d, &k, group_key(d, &k, "DH"));
		return;
	}
	reads(d, &k, curve_key(d, &k, "named_curve", "uncompressed"));
	reads(d, &k, curve_key(d, &k, "explicit", "uncompressed"));
	reads(d, &k, curve_key(d, &k, "named_curve", "compressed"));
	reads(d, &k, curve_key(d, &k, "explicit", "compressed"));
}
END_TEST

/* One in 256 numbers is shorter than p. */
START_TEST(a_short_number_is_a_number)
{
	const struct domain *d = domain_by_parameter(0);
	struct domain_key k;

	do {
		ck_assert_int_eq(domain_scalar(d, k.secret), R_OK);
		ck_assert_int_eq(domain_multiply(d, k.secret, (struct span){ 0 },
						 k.public), R_OK);
	} while (domain_public_plain(d, k.public) || k.public[1] & 0x80);
	reads(d, &k, numbered(d, span_of(k.public + 1, 127)));
	reads(d, &k, group_key(d, &k, "DHX"));
	reads(d, &k, group_key(d, &k, "DH"));
}
END_TEST

/* -- what is refused ---------------------------------------------------------- */

/* Each bit of it and each shorter one: refused, or the same key still (a
 * point's hybrid form). */
static void breaks(struct spki s, size_t step)
{
	struct chip_key want, got;

	ck_assert_int_eq(chip_key_parse(span_spki(&s), &want), R_OK);
	for (size_t n = 0; n < s.n; n += step) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, s.p, n);
		ck_assert_int_ne(chip_key_parse(span_of(copy, n), &got), R_OK);
		free(copy);
	}
	for (size_t bit = 0; bit < 8 * s.n; bit += step) {
		s.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (chip_key_parse(span_spki(&s), &got) == R_OK) {
			ck_assert_ptr_eq(got.domain, want.domain);
			ck_assert_mem_eq(got.public, want.public,
					 want.domain->public);
		}
		s.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	s.p[s.n++] = 0;
	ck_assert_int_eq(chip_key_parse(span_spki(&s), &got), R_MALFORMED);
}

START_TEST(a_damaged_key_is_refused)
{
	const struct domain *ec = domain_by_parameter(13);
	const struct domain *dh = domain_by_parameter(0);
	struct domain_key a, b;

	ck_assert_int_eq(domain_key_new(ec, &a), R_OK);
	ck_assert_int_eq(domain_key_new(dh, &b), R_OK);
	breaks(numbered(ec, domain_public_span(ec, a.public)), 1);
	breaks(curve_key(ec, &a, "named_curve", "uncompressed"), 1);
	breaks(curve_key(ec, &a, "explicit", "uncompressed"), 3);
	breaks(numbered(dh, domain_public_span(dh, b.public)), 1);
	breaks(group_key(dh, &b, "DHX"), 1);
	breaks(group_key(dh, &b, "DH"), 1);
}
END_TEST

static void is(const struct spki *s, enum result want)
{
	struct chip_key k;

	ck_assert_int_eq(chip_key_parse(span_spki(s), &k), want);
}

static struct spki with_group(const char *oid, struct span p, struct span g,
			      struct span q, const char *after,
			      struct span y)
{
	uint8_t a[800], b[900], c[400];
	struct sink numbers = SINK(a), parameters = SINK(b), key = SINK(c);
	HEX(rest, after);

	put_number(&numbers, p);
	put_number(&numbers, g);
	if (q.n)
		put_number(&numbers, q);
	sink_put(&numbers, rest);
	put_object(&parameters, 0x30, sink_span(&numbers));
	put_number(&key, y);
	return made(oid, sink_span(&parameters), sink_span(&key));
}

/* H.2's group and key, and what follows them; each number changed. */
START_TEST(another_group_is_refused)
{
	struct hex p = hex(H2_P), g = hex(H2_G), q = hex(H2_Q);
	const struct span ps = span_of(p.p, p.n), gs = span_of(g.p, g.n),
			  qs = span_of(q.p, q.n), none = { 0 };
	struct hex *const numbers[] = { &p, &g, &q };
	HEX(y, H2_PK);
	HEX(y2, G2_PK_IC);
	struct spki s;

	/* j, and how p was found; the length of private values */
	s = with_group(X942, ps, gs, qs, "", y);
	is(&s, R_OK);
	s = with_group(X942, ps, gs, qs, "020105", y2);
	is(&s, R_OK);
	s = with_group(X942, ps, gs, qs, "0201053007030200AA020101", y);
	is(&s, R_OK);
	s = with_group(X942, ps, gs, qs, "3007030200AA020101", y);
	is(&s, R_OK);
	s = with_group(PKCS3, ps, gs, none, "020200A0", y);
	is(&s, R_OK);
	/* more than there may be */
	s = with_group(X942, ps, gs, qs, "020105020105", y);
	is(&s, R_MALFORMED);
	s = with_group(X942, ps, gs, qs, "30003000", y);
	is(&s, R_MALFORMED);
	s = with_group(PKCS3, ps, gs, none, "020200A0020101", y);
	is(&s, R_MALFORMED);
	s = with_group(X942, ps, gs, none, "", y);
	is(&s, R_MALFORMED);
	for (size_t i = 0; i < 3; i++) {
		numbers[i]->p[numbers[i]->n - 1] ^= 2;
		s = with_group(X942, ps, gs, qs, "", y);
		is(&s, R_DENIED);
		s = with_group(PKCS3, ps, gs, none, "", y);
		is(&s, i < 2 ? R_DENIED : R_OK);
		numbers[i]->p[numbers[i]->n - 1] ^= 2;
	}
	/* a generator of small order, and a shorter p */
	s = with_group(X942, ps, span_of("\x01", 1), qs, "", y);
	is(&s, R_DENIED);
	s = with_group(PKCS3, ps, span_of("\x02", 1), none, "", y);
	is(&s, R_DENIED);
	s = with_group(PKCS3, span_of(p.p, 64), gs, none, "", y);
	is(&s, R_DENIED);
}
END_TEST

START_TEST(a_number_that_is_no_key_is_refused)
{
	const struct domain *d = domain_by_parameter(0);
	uint8_t y[129] = { 0 };
	HEX(p, H2_P);
	HEX(g, H2_G);
	HEX(q, H2_Q);

	for (uint8_t v = 0; v < 4; v++) {
		struct spki s = numbered(d, span_of(&v, 1));

		is(&s, R_MALFORMED);
		s = with_group(X942, p, g, q, "", span_of(&v, 1));
		is(&s, R_MALFORMED);
	}
	y[0] = 1;
	is(&(struct spki){ 0 }, R_MALFORMED);
	{
		struct spki s = numbered(d, SPAN(y));

		is(&s, R_MALFORMED);
	}
}
END_TEST

/* Integers are DER: shortest, and of one sign. The keys are those of H.2. */
START_TEST(a_number_is_written_in_one_way)
{
	static const uint8_t group0[] = { 0x02, 1, 0 };
	const struct { const char *y; enum result want; } rows[] = {
		{ "028180" H2_PK, R_OK }, { "02818100" H2_PK, R_MALFORMED },
		{ "02818100" H2_PK_IC, R_OK },
		{ "028180" H2_PK_IC, R_MALFORMED },
		{ "02820080" H2_PK, R_MALFORMED },
		{ "028180" H2_PK "00", R_MALFORMED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		HEX(y, rows[i].y);
		struct spki s = made(STANDARDISED, SPAN(group0), y);

		is(&s, rows[i].want);
	}
}
END_TEST

static const struct {
	const char *spki;
	enum result want;
} forms[] = {
	/* group 0 with y = 02: not in it, but well written */
	{ "3014300C" STANDARDISED "020100" "0304" "00" "020102", R_MALFORMED },
	{ "3015300C" STANDARDISED "020100" "0305" "00" "02020002",
	  R_MALFORMED },
	{ "3014300C" STANDARDISED "020100" "0304" "00" "020182", R_MALFORMED },
	{ "3013300C" STANDARDISED "020100" "0303" "00" "0200", R_MALFORMED },
	{ "3017300C" STANDARDISED "020100" "0307" "00" "020102020102",
	  R_MALFORMED },
	{ "3010300C" STANDARDISED "020100" "0300", R_MALFORMED },
	/* no number, a negative one, one too many, one that is no domain */
	{ "300F3009" STANDARDISED "03020004", R_MALFORMED },
	{ "3014300C" STANDARDISED "0201FF" "0304" "00" "020102", R_MALFORMED },
	{ "3017300F" STANDARDISED "020100020100" "0304" "00" "020102",
	  R_MALFORMED },
	{ "3014300C" STANDARDISED "020103" "0304" "00" "020102", R_DENIED },
	{ "3014300C" STANDARDISED "020113" "0304" "00" "020102", R_DENIED },
	{ "3015300D" STANDARDISED "02020100" "0304" "00" "020102", R_DENIED },
	/* Ed25519; RSA; an OID and nothing more */
	{ "302A300506032B6570032100"
	  "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A",
	  R_DENIED },
	{ "301A300D06092A864886F70D010101050003090030060201" "05" "020103",
	  R_DENIED },
	{ "300E300906072A8648CE3E0201030100", R_MALFORMED },
	{ "3010300B" PKCS3 "030100", R_MALFORMED },
	{ "", R_MALFORMED }, { "3000", R_MALFORMED },
	/* secp256k1, its generator: a good curve, of no document */
	{ "3056301006072A8648CE3D020106052B8104000A03420004"
	  "79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798"
	  "483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8",
	  R_DENIED },
};

START_TEST(other_forms_are_refused)
{
	HEX(spki, forms[_i].spki);
	struct chip_key k;

	ck_assert_int_eq(chip_key_parse(spki, &k), forms[_i].want);
}
END_TEST

/* The octet of a bit string that counts its unused bits. */
START_TEST(a_bit_string_of_odd_bits_is_refused)
{
	struct hex spki = hex(I1_CHIP_SPKI);
	struct chip_key k;

	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n), &k), R_OK);
	spki.p[18] = 1;
	ck_assert_int_eq(chip_key_parse(span_of(spki.p, spki.n), &k),
			 R_MALFORMED);
}
END_TEST

START_TEST(a_key_without_end_is_refused)
{
	static uint8_t big[70000];
	struct sink out = SINK(big);
	static const uint8_t filler[60000];
	struct chip_key k;

	put_object(&out, 0x30, SPAN(filler));
	ck_assert_int_eq(chip_key_parse(sink_span(&out), &k), R_MALFORMED);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("chip key");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, every_form_of_every_domain, 0, DOMAIN_COUNT);
	tcase_add_test(t, a_short_number_is_a_number);
	tcase_add_test(t, a_damaged_key_is_refused);
	tcase_add_test(t, another_group_is_refused);
	tcase_add_test(t, a_number_that_is_no_key_is_refused);
	tcase_add_test(t, a_number_is_written_in_one_way);
	tcase_add_loop_test(t, other_forms_are_refused, 0, COUNT(forms));
	tcase_add_test(t, a_bit_string_of_odd_bits_is_refused);
	tcase_add_test(t, a_key_without_end_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
