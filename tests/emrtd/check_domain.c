// SPDX-License-Identifier: GPL-3.0-or-later
/* The fourteen domains: their table, what two sides compute in each, and the
 * keys that are refused. check_domain_encoding.c has the integrated mapping. */
#include "emrtd/domain.h"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include "base/scope.h"
#include "check_main.h"
#include "emrtd/vectors_pace.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);

static const uint8_t nonce[DOMAIN_NONCE_MAX] = { 1, 2, 3, [31] = 4 };

static const struct domain *at(int i)
{
	return domain_at((enum domain_id)i);
}

static struct span public_of(const struct domain *d,
			     const struct domain_key *k)
{
	return domain_public_span(d, k->public);
}

/* 9303-11 9.5.1, table 6 */
START_TEST(the_table_of_9303)
{
	static const struct { int parameter; size_t bits; bool weak; } rows[] = {
		{ 0, 1024, true }, { 1, 2048, false }, { 2, 2048, false },
		{ 8, 192, true }, { 9, 192, true }, { 10, 224, true },
		{ 11, 224, true }, { 12, 256, false }, { 13, 256, false },
		{ 14, 320, false }, { 15, 384, false }, { 16, 384, false },
		{ 17, 512, false }, { 18, 521, false },
	};

	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = at(i);

		ck_assert_int_eq(d->id, i);
		ck_assert_uint_eq(d->parameter, rows[i].parameter);
		ck_assert_int_eq(d->weak, rows[i].weak);
		ck_assert_uint_eq(domain_field_bits(d), rows[i].bits);
		ck_assert_int_eq(d->agreement, i < DOMAIN_P192 ? AGREE_DH :
								 AGREE_ECDH);
		ck_assert_uint_eq(d->shared, (rows[i].bits + 7) / 8);
		ck_assert_uint_eq(d->public, d->agreement == AGREE_DH ?
				  d->shared : 1 + 2 * d->shared);
		ck_assert_uint_le(d->public, DOMAIN_PUBLIC_MAX);
		ck_assert_uint_le(d->secret, DOMAIN_SECRET_MAX);
		ck_assert_ptr_eq(domain_by_parameter(d->parameter), d);
		ck_assert_ptr_eq(domain_by_name(d->name), d);
	}
	for (uint64_t p = 3; p < 300; p++)
		if (p < 8 || p > 18)
			ck_assert_ptr_null(domain_by_parameter(p));
	ck_assert_ptr_null(domain_by_name("secp256k1"));
	ck_assert_ptr_null(at(DOMAIN_COUNT));
	ck_assert_ptr_null(at(-1));
}
END_TEST

/* What is written down of a curve is what OpenSSL has of it. */
START_TEST(the_curves_of_openssl)
{
	const struct domain *d = at(_i);
	scoped(scope_EC_GROUP_free) EC_GROUP *g =
		EC_GROUP_new_by_curve_name(d->nid);

	ck_assert_ptr_nonnull(g);
	ck_assert_int_eq(EC_GROUP_get_degree(g), (int)domain_field_bits(d));
	ck_assert_int_eq((EC_GROUP_order_bits(g) + 7) / 8, (int)d->secret);
	ck_assert(BN_is_one(EC_GROUP_get0_cofactor(g)));
	ck_assert_str_eq(OBJ_nid2sn(d->nid), d->name);
}
END_TEST

START_TEST(two_sides_agree_in_each_domain)
{
	const struct domain *d = at(_i);
	struct domain_key a, b;
	uint8_t g[DOMAIN_PUBLIC_MAX], other[DOMAIN_PUBLIC_MAX];
	uint8_t ag[DOMAIN_PUBLIC_MAX], bg[DOMAIN_PUBLIC_MAX];
	uint8_t ab[DOMAIN_SHARED_MAX], ba[DOMAIN_SHARED_MAX];

	ck_assert_int_eq(domain_key_new(d, &a), R_OK);
	ck_assert_int_eq(domain_key_new(d, &b), R_OK);
	ck_assert_mem_ne(a.secret, b.secret, d->secret);
	ck_assert_int_eq(domain_map_generic(d, SPAN(nonce), a.secret,
					    public_of(d, &b), g), R_OK);
	ck_assert_int_eq(domain_map_generic(d, SPAN(nonce), b.secret,
					    public_of(d, &a), other), R_OK);
	ck_assert_mem_eq(g, other, d->public);
	ck_assert_int_eq(domain_map_generic(d, span_of(nonce, 16), b.secret,
					    public_of(d, &a), other), R_OK);
	ck_assert_mem_ne(g, other, d->public);
	/* on that generator, as PACE goes on */
	ck_assert_int_eq(domain_multiply(d, a.secret, domain_public_span(d, g),
					 ag), R_OK);
	ck_assert_int_eq(domain_multiply(d, b.secret, domain_public_span(d, g),
					 bg), R_OK);
	ck_assert_int_eq(domain_agree(d, a.secret, domain_public_span(d, bg),
				      ab), R_OK);
	ck_assert_int_eq(domain_agree(d, b.secret, domain_public_span(d, ag),
				      ba), R_OK);
	ck_assert_mem_eq(ab, ba, d->shared);
}
END_TEST

static void mapped(uint64_t parameter, const char *s_text, const char *sk,
		   const char *pk, const char *peer_text, const char *want)
{
	const struct domain *d = domain_by_parameter(parameter);
	uint8_t g[DOMAIN_PUBLIC_MAX], own[DOMAIN_PUBLIC_MAX];
	HEX(s, s_text);
	HEX(secret, sk);
	HEX(peer, peer_text);

	ck_assert_int_eq(domain_map_generic(d, s, secret.p, peer, g), R_OK);
	same(domain_public_span(d, g), want);
	ck_assert_int_eq(domain_multiply(d, secret.p, span_of(NULL, 0), own),
			 R_OK);
	same(domain_public_span(d, own), pk);
}

START_TEST(the_mapped_generators_of_9303)
{
	mapped(13, G1_NONCE, G1_MAP_SK, G1_MAP_PK, G1_MAP_PK_IC, G1_MAPPED);
	mapped(0, G2_NONCE, G2_MAP_SK, G2_MAP_PK, G2_MAP_PK_IC, G2_MAPPED);
	mapped(13, I1_NONCE, I1_MAP_SK, I1_MAP_PK, I1_MAP_PK_IC, I1_MAPPED);
}
END_TEST

START_TEST(the_shared_secret_of_g1)
{
	const struct domain *d = domain_by_parameter(13);
	uint8_t shared[DOMAIN_SHARED_MAX];
	HEX(sk, G1_SK);
	HEX(peer, G1_PK_IC);

	ck_assert_int_eq(domain_agree(d, sk.p, peer, shared), R_OK);
	same(span_of(shared, d->shared), G1_SHARED);
}
END_TEST

/* Every way in of a key from outside. */
static void refused_key(const struct domain *d, struct span key)
{
	static const uint8_t secret[DOMAIN_SECRET_MAX] = { [19] = 7, [23] = 7,
		[27] = 7, [31] = 7, [39] = 7, [47] = 7, [63] = 7, [65] = 7 };
	uint8_t out[DOMAIN_PUBLIC_MAX];

	ck_assert_int_eq(domain_check(d, key), R_MALFORMED);
	ck_assert_int_eq(domain_agree(d, secret, key, out), R_MALFORMED);
	ck_assert_int_eq(domain_map_generic(d, SPAN(nonce), secret, key, out),
			 R_MALFORMED);
	if (key.n > 0)
		ck_assert_int_eq(domain_multiply(d, secret, key, out),
				 R_MALFORMED);
}

START_TEST(a_key_of_another_length_is_refused)
{
	const struct domain *d = at(_i);
	struct domain_key k;
	uint8_t longer[DOMAIN_PUBLIC_MAX + 1] = { 0 };

	ck_assert_int_eq(domain_key_new(d, &k), R_OK);
	ck_assert_int_eq(domain_check(d, public_of(d, &k)), R_OK);
	for (size_t n = 0; n < d->public; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, k.public, n);
		refused_key(d, span_of(copy, n));
		free(copy);
	}
	memcpy(longer, k.public, d->public);
	refused_key(d, span_of(longer, d->public + 1));
	memcpy(longer + 1, k.public, d->public);
	longer[0] = 0;
	refused_key(d, span_of(longer, d->public + 1));
}
END_TEST

/* Off the curve, hybrid (which OpenSSL reads), compressed, (0, 0), X above
 * the field. */
START_TEST(what_is_no_point_is_refused)
{
	const struct domain *d = at(_i);
	struct domain_key k;
	uint8_t p[DOMAIN_PUBLIC_MAX] = { 4 };

	refused_key(d, span_of(p, d->public));
	ck_assert_int_eq(domain_key_new(d, &k), R_OK);
	memcpy(p, k.public, d->public);
	p[d->public - 1] ^= 1;
	refused_key(d, span_of(p, d->public));
	p[d->public - 1] ^= 1;
	p[d->shared] ^= 1;
	refused_key(d, span_of(p, d->public));
	p[d->shared] ^= 1;
	p[0] = 6 + (p[d->public - 1] & 1);
	refused_key(d, span_of(p, d->public));
	p[0] -= 4;
	refused_key(d, span_of(p, 1 + d->shared));
	p[0] = 4;
	memset(p + 1, 0xff, d->shared);
	refused_key(d, span_of(p, d->public));
	p[0] = 0;
	refused_key(d, span_of(p, 1));
}
END_TEST

/* 0, 1, p - 1 (H.2's p for group 0), p, p + 1; and 2, 3, which are in none of
 * these subgroups. */
START_TEST(what_is_no_element_of_the_group_is_refused)
{
	const struct domain *d = at(_i);
	uint8_t y[DOMAIN_PUBLIC_MAX] = { 0 };

	for (uint8_t i = 0; i < 4; i++) {
		y[d->public - 1] = i;
		refused_key(d, span_of(y, d->public));
	}
	memset(y, 0xff, sizeof(y));
	refused_key(d, span_of(y, d->public));
}
END_TEST

START_TEST(numbers_about_p_are_refused)
{
	const struct domain *d = domain_by_parameter(0);
	struct hex p = hex(H2_P);

	for (uint8_t last = 0x70; last <= 0x72; last++) {
		p.p[p.n - 1] = last;
		refused_key(d, span_of(p.p, p.n));
	}
}
END_TEST

/* n G, and n G of a base from outside: infinity; g^q = 1. */
START_TEST(a_product_that_is_the_neutral_element_is_refused)
{
	/* the order of P-256; less one */
	HEX(n, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
	HEX(less, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550");
	HEX(q, H2_Q);
	HEX(q_less, "F518AA8781A8DF278ABA4E7D64B7CB9D49462352");
	const struct { const struct domain *d; struct span n, less; } rows[] = {
		{ domain_by_parameter(12), n, less },
		{ domain_by_parameter(0), q, q_less },
	};

	for (size_t i = 0; i < 2; i++) {
		const struct domain *d = rows[i].d;
		static const uint8_t one[16] = { [15] = 1 };
		uint8_t secret[DOMAIN_SECRET_MAX] = { 0 };
		uint8_t out[DOMAIN_PUBLIC_MAX], inverse[DOMAIN_PUBLIC_MAX];

		ck_assert_int_eq(domain_multiply(d, rows[i].n.p,
						 span_of(NULL, 0), out),
				 R_MALFORMED);
		ck_assert_int_eq(domain_multiply(d, rows[i].less.p,
						 span_of(NULL, 0), inverse),
				 R_OK);
		ck_assert_int_eq(domain_multiply(d, rows[i].n.p,
				 domain_public_span(d, inverse), out),
				 R_MALFORMED);
		/* a card that aims at it: 1 G + 1 (n-1) G */
		secret[d->secret - 1] = 1;
		ck_assert_int_eq(domain_map_generic(d, SPAN(one), secret,
				 domain_public_span(d, inverse), out),
				 R_MALFORMED);
	}
}
END_TEST

/* 9303-11 9.4.1: y without leading zeros; some chips write them. */
START_TEST(a_number_comes_with_or_without_leading_zeros)
{
	const struct domain *d = domain_by_parameter(0);
	uint8_t in[130] = { 0 }, out[DOMAIN_PUBLIC_MAX];

	in[1] = 9;
	ck_assert_int_eq(domain_public_pad(d, span_of(in, 128), out), R_OK);
	ck_assert_mem_eq(out, in, 128);
	memset(out, 0xff, sizeof(out));
	ck_assert_int_eq(domain_public_pad(d, span_of(in + 1, 127), out),
			 R_OK);
	ck_assert_mem_eq(out, in, 128);
	ck_assert(!domain_public_plain(d, out));
	/* some of them, too many, none at all */
	ck_assert_int_eq(domain_public_pad(d, span_of(in, 127), out),
			 R_MALFORMED);
	ck_assert_int_eq(domain_public_pad(d, span_of(in, 129), out),
			 R_MALFORMED);
	ck_assert_int_eq(domain_public_pad(d, span_of(in, 0), out),
			 R_MALFORMED);
	/* a point has one length */
	in[0] = 4;
	d = domain_by_parameter(12);
	ck_assert_int_eq(domain_public_pad(d, span_of(in, 65), out), R_OK);
	ck_assert(domain_public_plain(d, out));
	ck_assert_int_eq(domain_public_pad(d, span_of(in, 64), out),
			 R_MALFORMED);
}
END_TEST

/* One in 256 would begin with a zero. */
START_TEST(our_numbers_never_begin_with_a_zero)
{
	const struct domain *d = domain_by_parameter(0);
	struct domain_key k;

	for (int i = 0; i < 1500; i++) {
		ck_assert_int_eq(domain_key_new(d, &k), R_OK);
		ck_assert(domain_public_plain(d, k.public));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("domain");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, the_table_of_9303);
	tcase_add_loop_test(t, the_curves_of_openssl, DOMAIN_P192,
			    DOMAIN_COUNT);
	tcase_add_loop_test(t, two_sides_agree_in_each_domain, 0, DOMAIN_COUNT);
	tcase_add_test(t, the_mapped_generators_of_9303);
	tcase_add_test(t, the_shared_secret_of_g1);
	tcase_add_loop_test(t, a_key_of_another_length_is_refused, 0,
			    DOMAIN_COUNT);
	tcase_add_loop_test(t, what_is_no_point_is_refused, DOMAIN_P192,
			    DOMAIN_COUNT);
	tcase_add_loop_test(t, what_is_no_element_of_the_group_is_refused, 0,
			    DOMAIN_P192);
	tcase_add_test(t, numbers_about_p_are_refused);
	tcase_add_test(t, a_product_that_is_the_neutral_element_is_refused);
	tcase_add_test(t, a_number_comes_with_or_without_leading_zeros);
	tcase_add_test(t, our_numbers_never_begin_with_a_zero);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
