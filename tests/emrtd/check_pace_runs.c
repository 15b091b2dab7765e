// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Every protocol of PACE on every domain that it goes with, against a chip of
 * a few lines here: that all sizes fit and that both sides get the same keys.
 * (What a protocol says on the wire is the business of the worked examples,
 * OpenPACE and the simulated card.)
 */
#include "emrtd/pace.h"

#include <openssl/ec.h>

#include "base/scope.h"
#include "check_main.h"
#include "emrtd/data_object.h"
#include "emrtd/pace_answer.h"
#include "emrtd/pace_example.h"
#include "emrtd/pace_map.h"
#include "lds/tlv.h"

SCOPE_FREE(EC_GROUP *, EC_GROUP_free);
SCOPE_FREE(BIGNUM *, BN_free);
SCOPE_FREE(BN_CTX *, BN_CTX_free);

struct chip {
	const struct domain *d;
	const struct protocol *protocol;
	uint8_t nonce[32], k_pi[CIPHER_KEY_MAX];
	size_t nonce_n;
	struct domain_key map, agree, fixed;
	uint8_t generator[DOMAIN_PUBLIC_MAX], peer[DOMAIN_PUBLIC_MAX];
	struct session_keys session;
};

/* The value of the one object in 7C of a command, short or extended. */
static struct span value_of(struct span apdu)
{
	struct span body, v;
	struct tlv t;
	bool extended = apdu.n > 5 && apdu.p[4] == 0;
	const size_t head = extended ? 7 : 5, le = extended ? 2 : 1;

	body = span_of(apdu.p + head, apdu.n - head - le);
	ck_assert_int_eq(tlv_only(body, 0x7c, &v), R_OK);
	if (v.n == 0)
		return v;
	ck_assert_int_eq(tlv_next(&v, &t), R_OK);
	ck_assert_uint_eq(v.n, 0);
	return t.value;
}

static void reply(struct sink *out, struct span objects)
{
	put_object(out, 0x7c, objects);
	sink_u16(out, 0x9000);
}

static void send_nonce(struct chip *c, struct sink *objects)
{
	uint8_t z[32];

	ck_assert_int_eq(cipher_cbc(c->protocol->cipher, c->k_pi, NULL, true,
				    span_of(c->nonce, c->nonce_n), z), R_OK);
	put_object(objects, 0x80, span_of(z, c->nonce_n));
}

static void map(struct chip *c, struct span in, struct sink *objects)
{
	const struct span s = span_of(c->nonce, c->nonce_n);
	uint8_t prf[PACE_PRF_MAX], t[CIPHER_KEY_MAX] = { 0 };
	struct sink x = SINK(prf);

	if (c->protocol->mapping != MAP_IM) {
		ck_assert_int_eq(domain_map_generic(c->d, s, c->map.secret, in,
						    c->generator), R_OK);
		put_object(objects, 0x82,
			   domain_public_span(c->d, c->map.public));
		return;
	}
	ck_assert_uint_eq(in.n, cipher_key_size(c->protocol->cipher));
	memcpy(t, in.p, in.n);
	ck_assert_int_eq(pace_prf(c->protocol->cipher, s, t,
				  domain_field_bits(c->d), &x), R_OK);
	ck_assert_int_eq(domain_map_integrated(c->d, sink_span(&x),
					       c->generator), R_OK);
	put_object(objects, 0x82, span_of(NULL, 0));
}

static void agree(struct chip *c, struct span in, struct sink *objects)
{
	uint8_t shared[DOMAIN_SHARED_MAX];

	do {
		ck_assert_int_eq(domain_scalar(c->d, c->agree.secret), R_OK);
		ck_assert_int_eq(domain_multiply(c->d, c->agree.secret,
				 domain_public_span(c->d, c->generator),
				 c->agree.public), R_OK);
	} while (!domain_public_plain(c->d, c->agree.public));
	memcpy(c->peer, in.p, in.n);
	ck_assert_int_eq(domain_agree(c->d, c->agree.secret, in, shared),
			 R_OK);
	ck_assert_int_eq(kdf_session(c->protocol->cipher,
				     span_of(shared, c->d->shared),
				     &c->session), R_OK);
	put_object(objects, 0x84, domain_public_span(c->d, c->agree.public));
}

/* CA_IC = SK_IC^-1 SK_Map,IC mod n, sealed. */
static void send_scalar(struct chip *c, struct sink *objects)
{
	scoped(scope_EC_GROUP_free) EC_GROUP *g =
		EC_GROUP_new_by_curve_name(c->d->nid);
	scoped(scope_BN_free) BIGNUM *a =
		BN_bin2bn(c->map.secret, (int)c->d->secret, NULL);
	scoped(scope_BN_free) BIGNUM *b =
		BN_bin2bn(c->fixed.secret, (int)c->d->secret, NULL);
	scoped(scope_BN_CTX_free) BN_CTX *ctx = BN_CTX_new();
	const BIGNUM *n = EC_GROUP_get0_order(g);
	const enum info_cipher cipher = c->protocol->cipher;
	uint8_t plain[96] = { 0 }, out[96], iv[16], ones[16];
	size_t size = (c->d->secret / 16 + 1) * 16;

	ck_assert(BN_mod_inverse(b, b, n, ctx) != NULL);
	ck_assert_int_eq(BN_mod_mul(a, a, b, n, ctx), 1);
	ck_assert_int_gt(BN_bn2binpad(a, plain, (int)c->d->secret), 0);
	plain[c->d->secret] = 0x80;
	memset(ones, 0xff, sizeof(ones));
	ck_assert_int_eq(cipher_block(cipher, c->session.enc, SPAN(ones), iv),
			 R_OK);
	ck_assert_int_eq(cipher_cbc(cipher, c->session.enc, iv, true,
				    span_of(plain, size), out), R_OK);
	put_object(objects, 0x8a, span_of(out, size));
}

/* The tokens by the terminal's own function: its form is the examples' to
 * prove. */
static void token(struct chip *c, struct span in, struct sink *objects)
{
	const struct pace as_terminal = { .protocol = c->protocol,
					  .domain = c->d,
					  .session = c->session };
	uint8_t t[MAC_SIZE];

	ck_assert_int_eq(pace_token(&as_terminal, domain_public_span(c->d,
				    c->agree.public), t), R_OK);
	ck_assert(span_equal(in, SPAN(t)));
	ck_assert_int_eq(pace_token(&as_terminal, domain_public_span(c->d,
				    c->peer), t), R_OK);
	put_object(objects, 0x86, SPAN(t));
	if (c->protocol->mapping == MAP_CAM)
		send_scalar(c, objects);
}

static void answer(struct chip *c, enum pace_step step, struct span apdu,
		   struct sink *out)
{
	uint8_t buf[400];
	struct sink objects = SINK(buf);
	struct span in = { 0 };

	if (step == PACE_SET_AT) {
		sink_u16(out, 0x9000);
		return;
	}
	in = value_of(apdu);
	if (step == PACE_NONCE)
		send_nonce(c, &objects);
	else if (step == PACE_MAP)
		map(c, in, &objects);
	else if (step == PACE_AGREE)
		agree(c, in, &objects);
	else
		token(c, in, &objects);
	ck_assert_int_eq(sink_done(&objects), R_OK);
	reply(out, sink_span(&objects));
}

static void run(const struct protocol *protocol, const struct domain *d,
		size_t nonce_n)
{
	static struct pace_keys keys;
	struct chip c = { .d = d, .protocol = protocol, .nonce_n = nonce_n };
	struct chip_key key = { .domain = d };
	struct session_keys k;
	struct pace p;

	if (!keys.made[DOMAIN_P256])
		ck_assert_int_eq(pace_prepare(&keys), R_OK);
	memset(c.nonce, 0x3c, nonce_n);
	ck_assert_int_eq(domain_key_new(d, &c.map), R_OK);
	ck_assert_int_eq(domain_key_new(d, &c.fixed), R_OK);
	ck_assert_int_eq(kdf_password(protocol->cipher, PASSWORD_CAN,
				      span_str("123456"), c.k_pi), R_OK);
	ck_assert_int_eq(pace_start(&p, protocol, d, PASSWORD_CAN,
				    span_str("123456"), &keys), R_OK);
	while (!pace_done(&p)) {
		uint8_t buf[400], back[400];
		struct sink apdu = SINK(buf), out = SINK(back);

		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		ck_assert_uint_le(apdu.n, pace_command_max(protocol, d));
		answer(&c, p.step, sink_span(&apdu), &out);
		ck_assert_int_eq(pace_response(&p, sink_span(&out)), R_OK);
	}
	ck_assert_int_eq(pace_session(&p, &k), R_OK);
	ck_assert_int_eq(k.cipher, protocol->cipher);
	ck_assert_mem_eq(&k, &c.session, sizeof(k));
	if (protocol->mapping != MAP_CAM)
		return;
	memcpy(key.public, c.fixed.public, d->public);
	ck_assert_int_eq(pace_cam_check(&p.cam, &key), R_OK);
	memcpy(key.public, c.agree.public, d->public);
	ck_assert_int_eq(pace_cam_check(&p.cam, &key), R_DENIED);
}

/* id-PACE: the arc by agreement and mapping, the last by cipher. */
static const uint8_t arcs[] = { 1, 2, 3, 4, 6 };

START_TEST(every_protocol_on_every_domain)
{
	uint8_t oid[] = { 4, 0, 0x7f, 0, 7, 2, 2, 4, arcs[_i / 4],
			  (uint8_t)(1 + _i % 4) };
	const struct protocol *protocol = protocol_by_oid(SPAN(oid));
	int runs = 0;

	if (arcs[_i / 4] == 6 && _i % 4 == 0) {
		ck_assert_ptr_null(protocol);	/* CAM has no 3DES */
		return;
	}
	ck_assert_ptr_nonnull(protocol);
	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);

		if (d->agreement != protocol->agreement ||
		    (protocol->mapping == MAP_IM && !domain_has_integrated(d)))
			continue;
		run(protocol, d, pace_prf_block(protocol->cipher));
		runs++;
	}
	ck_assert_int_eq(runs, protocol->agreement == AGREE_DH ? 3 :
			 protocol->mapping == MAP_IM ? 10 : 11);
}
END_TEST

START_TEST(the_size_of_a_nonce_is_the_chips_choice)
{
	run(example_protocol(G1_OID), domain_by_parameter(13), 32);
	run(example_protocol("04007F00070202040201"), domain_by_parameter(13),
	    24);
	run(example_protocol("04007F00070202040204"), domain_by_parameter(13),
	    16);
}
END_TEST

/* 9303-11 9.4.1. One number in 256 begins with a zero: one
 * chip leaves it out, another writes it, and the token is over what it wrote. */
START_TEST(a_short_number_of_the_card_is_taken_either_way)
{
	const struct domain *d = domain_by_parameter(0);
	struct domain_key k;
	HEX(generator, H2_MAPPED);

	do {
		ck_assert_int_eq(domain_scalar(d, k.secret), R_OK);
		ck_assert_int_eq(domain_multiply(d, k.secret, generator,
						 k.public), R_OK);
	} while (domain_public_plain(d, k.public) || k.public[1] == 0);
	for (size_t skip = 0; skip < 2; skip++) {
		struct pace p = example_after(EXAMPLE_H2, 3);
		const struct span y = span_of(k.public + skip, 128 - skip);
		uint8_t buf[300], inside[300], want[MAC_SIZE];
		struct sink object = SINK(inside), a = SINK(buf);
		struct sink apdu = SINK(buf);

		put_object(&object, 0x84, y);
		reply(&a, sink_span(&object));
		ck_assert_int_eq(pace_response(&p, sink_span(&a)), R_OK);
		ck_assert_mem_eq(p.peer, k.public, 128);
		object.n = 0;
		put_object(&object, 6, p.protocol->oid);
		put_object(&object, 0x84, y);
		a = (struct sink)SINK(buf);
		put_object(&a, 0x7f49, sink_span(&object));
		ck_assert_int_eq(cipher_mac(CIPHER_AES128, p.session.mac,
					    sink_span(&a), span_of(NULL, 0),
					    want), R_OK);
		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		ck_assert_mem_eq(apdu.p + 9, want, MAC_SIZE);
	}
}
END_TEST

/* ... so ours never does: another scalar where the mapped generator would make
 * one. */
START_TEST(our_agreement_number_never_begins_with_a_zero)
{
	const struct domain *d = domain_by_parameter(0);
	struct pace p = example_after(EXAMPLE_H2, 2);
	struct domain_key k;
	HEX(generator, H2_MAPPED);

	do {
		ck_assert_int_eq(domain_scalar(d, k.secret), R_OK);
		ck_assert_int_eq(domain_multiply(d, k.secret, generator,
						 k.public), R_OK);
	} while (domain_public_plain(d, k.public));
	memcpy(p.agree.secret, k.secret, d->secret);
	ck_assert_int_eq(example_answer(&p, "7C0282009000"), R_OK);
	ck_assert_mem_ne(p.agree.secret, k.secret, d->secret);
	ck_assert(domain_public_plain(d, p.agree.public));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pace: runs");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, every_protocol_on_every_domain, 0,
			    4 * (int)sizeof(arcs));
	tcase_add_test(t, the_size_of_a_nonce_is_the_chips_choice);
	tcase_add_test(t, a_short_number_of_the_card_is_taken_either_way);
	tcase_add_test(t, our_agreement_number_never_begins_with_a_zero);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
