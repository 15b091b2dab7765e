// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * OpenPACE as the chip before our terminal: PACE, secure messaging and Chip
 * Authentication. tests/simcheck/check_openpace.c is the other way round.
 */
#include "emrtd/openpace_chip.h"

#include <openssl/x509.h>

#include "emrtd/chip_auth.h"

/* The specimen of 9303-5 appendix B; OpenPACE takes the MRZ whole. */
#define MRZ "I<UTOD231458907<<<<<<<<<<<<<<<" "7408122F1204159UTO<<<<<<<<<<<6" \
	    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
#define MRZ_KEY "D23145890" "7" "7408122" "1204159"
#define CAN "123456"

static const struct {
	enum domain_id domain;
	enum password_kind kind;
	const char *ours, *theirs;
} runs[] = {
	{ DOMAIN_BP256, PASSWORD_CAN, CAN, CAN },
	{ DOMAIN_P256, PASSWORD_CAN, CAN, CAN },
	{ DOMAIN_BP256, PASSWORD_MRZ, MRZ_KEY, MRZ },
	{ DOMAIN_P256, PASSWORD_MRZ, MRZ_KEY, MRZ },
};
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* By agreement and cipher, as OpenPACE numbers them. */
static const int *const pace_protocols[2][4] = {
	{ &NID_id_PACE_DH_GM_3DES_CBC_CBC,
	  &NID_id_PACE_DH_GM_AES_CBC_CMAC_128,
	  &NID_id_PACE_DH_GM_AES_CBC_CMAC_192,
	  &NID_id_PACE_DH_GM_AES_CBC_CMAC_256 },
	{ &NID_id_PACE_ECDH_GM_3DES_CBC_CBC,
	  &NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128,
	  &NID_id_PACE_ECDH_GM_AES_CBC_CMAC_192,
	  &NID_id_PACE_ECDH_GM_AES_CBC_CMAC_256 },
};
static const int *const ca_protocols[2][4] = {
	{ &NID_id_CA_DH_3DES_CBC_CBC, &NID_id_CA_DH_AES_CBC_CMAC_128,
	  &NID_id_CA_DH_AES_CBC_CMAC_192, &NID_id_CA_DH_AES_CBC_CMAC_256 },
	{ &NID_id_CA_ECDH_3DES_CBC_CBC, &NID_id_CA_ECDH_AES_CBC_CMAC_128,
	  &NID_id_CA_ECDH_AES_CBC_CMAC_192, &NID_id_CA_ECDH_AES_CBC_CMAC_256 },
};

static struct chip chip_of(int run, const char *password)
{
	return chip_new(&NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128,
			domain_at(runs[run].domain), runs[run].kind, password);
}

static struct sm opened(struct chip *c, enum password_kind kind,
			const char *password)
{
	struct pace p;
	struct session_keys k;
	struct sm sm;

	ck_assert_int_eq(run_pace(c, kind, password, &p), R_OK);
	ck_assert_int_eq(pace_session(&p, &k), R_OK);
	chip_keys_are(c, &k);
	sm_start(&sm, &k);
	return sm;
}

START_TEST(our_terminal_opens_the_chip_of_openpace)
{
	scoped(chip_done) struct chip c = chip_of(_i, runs[_i].theirs);
	struct sm sm = opened(&c, runs[_i].kind, runs[_i].ours);

	talk(&sm, &c, 1);
}
END_TEST

/* Every domain of table 6 with every cipher. */
START_TEST(every_domain_and_cipher)
{
	const struct domain *d = domain_at((enum domain_id)(_i / 4));
	const int *protocol =
		pace_protocols[d->agreement == AGREE_ECDH][_i % 4];

	for (int tries = 0; tries < 5; tries++) {
		scoped(chip_done) struct chip c = chip_new(protocol, d,
							   PASSWORD_CAN, CAN);
		struct session_keys k;
		struct pace p;
		struct sm sm;
		enum result r = run_pace(&c, PASSWORD_CAN, CAN, &p);

		if (r != R_OK && chip_lost_a_zero(&c))
			continue;
		ck_assert_int_eq(r, R_OK);
		ck_assert_int_eq(pace_session(&p, &k), R_OK);
		chip_keys_are(&c, &k);
		sm_start(&sm, &k);
		talk(&sm, &c, 17);
		return;
	}
	ck_abort_msg("OpenPACE lost a zero five times");
}
END_TEST

/* One digit of the CAN, of the document number. */
static const char *wrong(int run)
{
	static char mrz[] = MRZ;

	mrz[7] = '9';
	return runs[run].kind == PASSWORD_CAN ? "123457" : mrz;
}

START_TEST(a_chip_with_another_password_refuses_us)
{
	scoped(chip_done) struct chip c = chip_of(_i, wrong(_i));
	struct session_keys k;
	struct pace p;

	ck_assert_int_eq(run_pace(&c, runs[_i].kind, runs[_i].ours, &p),
			 R_DENIED);
	ck_assert_uint_eq(p.sw, 0x6300);
	ck_assert_int_eq(c.step, 5);
	ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
}
END_TEST

START_TEST(a_chip_that_does_not_know_the_password_is_refused)
{
	scoped(chip_done) struct chip c = chip_of(_i, wrong(_i));
	struct session_keys k;
	struct pace p;

	c.credulous = true;
	ck_assert_int_eq(run_pace(&c, runs[_i].kind, runs[_i].ours, &p),
			 R_DENIED);
	ck_assert_uint_eq(p.sw, 0x9000);
	ck_assert_int_eq(c.step, 5);
	ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
}
END_TEST

START_TEST(a_changed_bit_is_found_by_the_chip_and_by_us)
{
	const struct command read = { 0, 0xb0, 0x81, 0, { 0 }, 16 };
	static const uint8_t file[16] = { 0x61 };
	scoped(chip_done) struct chip c = chip_of(_i, runs[_i].theirs);
	struct sm sm = opened(&c, runs[_i].kind, runs[_i].ours), other = sm;
	uint8_t buf[300], back[300], plain[300];
	struct sink apdu = SINK(buf), b = SINK(back), p = SINK(plain);
	struct response response;
	bool le;

	/* a command under another key uses up a number, like a good one */
	other.keys.mac[0] ^= 1;
	ck_assert_int_eq(sm_wrap(&other, &read, &apdu), R_OK);
	ck_assert_int_eq(chip_open(&c, sink_span(&apdu), 0x0cb08100, &p, &le),
			 R_DENIED);
	apdu.n = 0;
	ck_assert_int_eq(sm_wrap(&sm, &read, &apdu), R_OK);
	chip_close(&c, SPAN(file), 0x9000, &b);
	for (size_t bit = 0; bit < 8 * b.n; bit++) {
		other = sm;
		p.n = 0;
		back[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_ne(sm_unwrap(&other, sink_span(&b), &p,
					   &response), R_OK);
		back[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	p.n = 0;
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&b), &p, &response), R_OK);
	ck_assert(span_equal(response.data, SPAN(file)));
}
END_TEST

/* -- Chip Authentication --------------------------------------------------- */

/* A static key for the chip, and its SubjectPublicKeyInfo as libeac's key
 * gives it. */
static void give_key(struct chip *c, const int *protocol,
		     const struct domain *d, struct chip_key *out)
{
	struct domain_key key;
	uint8_t *spki = NULL;
	int n;

	ck_assert_int_eq(domain_key_new(d, &key), R_OK);
	ck_assert(EAC_CTX_init_ca(c->ctx, *protocol, d->parameter));
	ck_assert(CA_set_key(c->ctx, key.secret, d->secret, key.public,
			     d->public));
	n = i2d_PUBKEY(c->ctx->ca_ctx->ka_ctx->key, &spki);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(chip_key_parse(span_of(spki, (size_t)n), out), R_OK);
	ck_assert_ptr_eq(out->domain, d);
	OPENSSL_free(spki);
}

/* Our key as the chip reads it out of our last command. */
static struct span our_key(const struct chip_auth *ca, struct span data)
{
	struct span v;

	if (ca->protocol->cipher == CIPHER_3DES) {
		ck_assert_int_eq(tlv_only(data, 0x91, &v), R_OK);
		return v;
	}
	ck_assert_int_eq(tlv_only(data, 0x7c, &v), R_OK);
	ck_assert_int_eq(tlv_only(v, 0x80, &v), R_OK);
	return v;
}

/* Our commands under the running session, the chip's answers, and the new
 * session of both. */
static struct sm chip_authentication(struct sm *sm, struct chip *c,
				     const struct chip_key *key)
{
	static struct chip_auth_keys keys;
	static const uint8_t done[] = { 0x7c, 0x00 };
	const int protocol = c->ctx->ca_ctx->protocol;
	uint8_t buf[CHIP_AUTH_DATA_MAX];
	struct sink s = SINK(buf);
	struct session_keys k;
	struct chip_auth ca;
	struct command command = { 0 };
	struct sm next;
	unsigned int step;

	ck_assert_int_eq(chip_auth_prepare(&keys), R_OK);
	ck_assert_int_eq(chip_auth_start(&ca, protocol_of(protocol), key, NULL,
					 &keys), R_OK);
	for (step = 0; ; step++) {
		struct span v, answer = step ? SPAN(done) : (struct span){ 0 };

		s.n = 0;
		if (chip_auth_command(&ca, step, &s, &command) != R_OK)
			break;
		ck_assert_int_eq(exchange(sm, c, command, answer, 0x9000),
				 R_OK);
		ck_assert_int_eq(chip_auth_answer(&ca, step, answer), R_OK);
		if (step == 0 && ca.protocol->cipher != CIPHER_3DES) {
			ck_assert_int_eq(tlv_only(command.data, 0x80, &v),
					 R_OK);
			ck_assert(span_equal(v, op_oid(protocol)));
			continue;
		}
		scoped_mem *mem = op_mem(our_key(&ca, command.data));
		ck_assert(CA_STEP4_compute_shared_secret(c->ctx, mem));
	}
	ck_assert_uint_eq(step, ca.protocol->cipher == CIPHER_3DES ? 1 : 2);
	op_chip_keys(c->ctx);
	ck_assert_int_eq(chip_auth_session(&ca, &k), R_OK);
	sm_start(&next, &k);
	return next;
}

START_TEST(the_chip_of_openpace_proves_its_key)
{
	const struct domain *d = domain_at((enum domain_id)(_i / 4));
	const int *protocol = ca_protocols[d->agreement == AGREE_ECDH][_i % 4];

	for (int tries = 0; tries < 5; tries++) {
		scoped(chip_done) struct chip c = chip_of(0, CAN);
		struct sm sm = opened(&c, PASSWORD_CAN, CAN);
		struct chip_key key;

		give_key(&c, protocol, d, &key);
		sm = chip_authentication(&sm, &c, &key);
		if (c.ctx->ca_ctx->ka_ctx->shared_secret->length < d->shared)
			continue;	/* as chip_lost_a_zero */
		chip_keys_are(&c, &sm.keys);
		talk(&sm, &c, 17);
		return;
	}
	ck_abort_msg("OpenPACE lost a zero five times");
}
END_TEST

/* It has the files of a chip, not its key: what it says is no answer. */
START_TEST(a_clone_is_found)
{
	const struct command read = { 0, 0xb0, 0x81, 0, { 0 }, 16 };
	static const uint8_t file[16] = { 0x61 };
	const struct domain *d = domain_at((enum domain_id)_i);
	const int *protocol = ca_protocols[d->agreement == AGREE_ECDH][1];
	scoped(chip_done) struct chip c = chip_of(0, CAN);
	scoped(chip_done) struct chip real = chip_of(0, CAN);
	struct sm sm = opened(&c, PASSWORD_CAN, CAN);
	struct chip_key key, own;
	uint8_t buf[300], plain[300];
	struct sink apdu = SINK(buf), b = SINK(buf), p = SINK(plain);
	struct response response;

	give_key(&c, protocol, d, &own);
	give_key(&real, protocol, d, &key);
	sm = chip_authentication(&sm, &c, &key);
	ck_assert_int_eq(sm_wrap(&sm, &read, &apdu), R_OK);
	ck_assert(EAC_increment_ssc(c.ctx));
	chip_close(&c, SPAN(file), 0x9000, &b);
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&b), &p, &response),
			 R_DENIED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("OpenPACE: chip");
	TCase *t = tcase_create("our terminal");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, our_terminal_opens_the_chip_of_openpace, 0,
			    COUNT(runs));
	tcase_add_loop_test(t, every_domain_and_cipher, 0, 4 * DOMAIN_COUNT);
	tcase_add_loop_test(t, a_chip_with_another_password_refuses_us, 0,
			    COUNT(runs));
	tcase_add_loop_test(t,
			    a_chip_that_does_not_know_the_password_is_refused,
			    0, COUNT(runs));
	tcase_add_loop_test(t, a_changed_bit_is_found_by_the_chip_and_by_us, 0,
			    2);
	tcase_add_loop_test(t, the_chip_of_openpace_proves_its_key, 0,
			    4 * DOMAIN_COUNT);
	tcase_add_loop_test(t, a_clone_is_found, 0, DOMAIN_COUNT);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
