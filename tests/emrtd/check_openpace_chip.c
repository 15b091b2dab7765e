// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * OpenPACE as the chip before our terminal: PACE, secure messaging and Chip
 * Authentication. tests/simcheck/check_openpace.c is the other way round.
 */
#include "check_main.h"
#include "openpace.h"

#include <openssl/x509.h>

#include "emrtd/chip_auth.h"
#include "emrtd/pace.h"
#include "emrtd/sm.h"
#include "lds/tlv.h"

/* The specimen of 9303-5 appendix B; OpenPACE takes the MRZ whole. */
#define MRZ "I<UTOD231458907<<<<<<<<<<<<<<<" "7408122F1204159UTO<<<<<<<<<<<6" \
	    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
#define MRZ_KEY "D23145890" "7" "7408122" "1204159"
#define CAN "123456"

static const struct {
	enum curve_id curve;
	enum password_kind kind;
	const char *ours, *theirs;
} runs[] = {
	{ CURVE_BRAINPOOL_P256R1, PASSWORD_CAN, CAN, CAN },
	{ CURVE_P256, PASSWORD_CAN, CAN, CAN },
	{ CURVE_BRAINPOOL_P256R1, PASSWORD_MRZ, MRZ_KEY, MRZ },
	{ CURVE_P256, PASSWORD_MRZ, MRZ_KEY, MRZ },
};
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

struct chip {
	EAC_CTX *ctx;
	PACE_SEC *password;
	const struct curve *curve;
	bool credulous;		/* does not look at the terminal's token */
	int step;
};

static void chip_done(struct chip *c)
{
	EAC_CTX_clear_free(c->ctx);
	PACE_SEC_clear_free(c->password);
}

static struct chip chip_new(int run, const char *password)
{
	const struct curve *c = curve_at(runs[run].curve);

	return (struct chip){
		.curve = c,
		.ctx = op_new(c->parameter),
		.password = op_password(runs[run].kind, password),
	};
}

static const struct protocol *protocol_of(int nid)
{
	return protocol_by_oid(op_oid(nid));
}

/* -- the chip's side of PACE ----------------------------------------------- */

/* The data of a short command whose header these four bytes are. */
static struct span data_of(struct span apdu, uint32_t header, bool le)
{
	uint32_t h;
	uint8_t lc, end;
	struct span data;

	ck_assert_int_eq(span_u32(&apdu, &h), R_OK);
	ck_assert_uint_eq(h, header);
	ck_assert_int_eq(span_u8(&apdu, &lc), R_OK);
	ck_assert_int_eq(span_take(&apdu, lc, &data), R_OK);
	if (le) {
		ck_assert_int_eq(span_u8(&apdu, &end), R_OK);
		ck_assert_uint_eq(end, 0);
	}
	ck_assert_uint_eq(apdu.n, 0);
	return data;
}

/* MSE:Set AT names the protocol, the password and the curve, as OpenPACE has
 * them (9303-11 4.4.4.1). */
static void chip_set_at(struct chip *c, struct span apdu)
{
	struct span in = data_of(apdu, 0x0022c1a4, false), v;

	ck_assert_int_eq(tlv_expect(&in, 0x80, &v), R_OK);
	ck_assert(span_equal(v, op_oid(c->ctx->pace_ctx->protocol)));
	ck_assert_int_eq(tlv_expect(&in, 0x83, &v), R_OK);
	ck_assert(v.n == 1 && v.p[0] == (uint8_t)c->password->type);
	ck_assert_int_eq(tlv_expect(&in, 0x84, &v), R_OK);
	ck_assert(v.n == 1 && v.p[0] == c->curve->parameter);
	ck_assert_uint_eq(in.n, 0);
}

static BUF_MEM *chip_map(struct chip *c, const BUF_MEM *in)
{
	BUF_MEM *out = PACE_STEP3A_generate_mapping_data(c->ctx);

	ck_assert(PACE_STEP3A_map_generator(c->ctx, in));
	return out;
}

/* The keys come here; the token for the terminal is made with its key. */
static BUF_MEM *chip_agree(struct chip *c, const BUF_MEM *in, BUF_MEM **token)
{
	BUF_MEM *out = PACE_STEP3B_generate_ephemeral_key(c->ctx);

	ck_assert(PACE_STEP3B_compute_shared_secret(c->ctx, in));
	ck_assert(PACE_STEP3C_derive_keys(c->ctx));
	*token = PACE_STEP3D_compute_authentication_token(c->ctx, in);
	return out;
}

static BUF_MEM *chip_token(struct chip *c, const BUF_MEM *in, BUF_MEM **token)
{
	BUF_MEM *out = *token;

	if (PACE_STEP3D_verify_authentication_token(c->ctx, in) != 1 &&
	    !c->credulous)
		return NULL;
	ck_assert(EAC_CTX_set_encryption_ctx(c->ctx, EAC_ID_PACE));
	*token = NULL;
	return out;
}

/* One command of PACE; `token` keeps what the last answer will hold. */
static void chip_answer(struct chip *c, struct span apdu, BUF_MEM **token,
			struct sink *out)
{
	const uint8_t answers[] = { 0, 0x80, 0x82, 0x84, 0x86 };
	const int step = c->step++;
	struct span body, v = { 0 };
	BUF_MEM *reply = NULL;

	if (step == 0) {
		chip_set_at(c, apdu);
		sink_u16(out, 0x9000);
		return;
	}
	ck_assert_int_le(step, 4);
	body = data_of(apdu, step < 4 ? 0x10860000 : 0x00860000, true);
	ck_assert_int_eq(tlv_only(body, 0x7c, &body), R_OK);
	if (step == 1)
		ck_assert_uint_eq(body.n, 0);
	else
		ck_assert_int_eq(tlv_only(body, answers[step] - 1u, &v), R_OK);
	scoped_mem *in = op_mem(v);
	if (step == 1)
		reply = PACE_STEP1_enc_nonce(c->ctx, c->password);
	else if (step == 2)
		reply = chip_map(c, in);
	else if (step == 3)
		reply = chip_agree(c, in, token);
	else
		reply = chip_token(c, in, token);
	if (!reply) {
		sink_u16(out, SW_VERIFY_FAILED);
		return;
	}
	v = op_span(reply);
	sink_u16(out, (uint16_t)(0x7c00 | (v.n + 2)));
	sink_u16(out, (uint16_t)(answers[step] << 8 | v.n));
	sink_put(out, v);
	sink_u16(out, 0x9000);
	BUF_MEM_free(reply);
}

static enum result run_pace(struct chip *c, int run, struct pace *p)
{
	static struct pace_keys keys;
	scoped(scope_BUF_MEM_free) BUF_MEM *token = NULL;
	enum result r = R_OK;

	ck_assert_int_eq(pace_prepare(&keys), R_OK);
	ck_assert_int_eq(pace_start(p, protocol_of(
				    NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128),
				    curve_at(runs[run].curve), runs[run].kind,
				    span_str(runs[run].ours), &keys), R_OK);
	while (r == R_OK && !pace_done(p)) {
		uint8_t buf[300], back[300];
		struct sink apdu = SINK(buf), answer = SINK(back);

		ck_assert_int_eq(pace_command(p, &apdu), R_OK);
		chip_answer(c, sink_span(&apdu), &token, &answer);
		ck_assert_int_eq(sink_done(&answer), R_OK);
		r = pace_response(p, sink_span(&answer));
	}
	return r;
}

/* -- the chip's side of secure messaging ----------------------------------- */

static enum result chip_open(struct chip *c, struct span apdu, uint32_t header,
			     struct sink *plain, bool *le)
{
	struct span in = data_of(apdu, header, true), v;
	enum result r;

	ck_assert(EAC_increment_ssc(c->ctx));
	r = op_take_mac(c->ctx, span_of(apdu.p, 4), &in);
	if (r != R_OK)
		return r;
	if (tlv_optional(&in, 0x87, &v) == R_OK)
		op_decrypt(c->ctx, v, plain);
	*le = tlv_optional(&in, 0x97, &v) == R_OK;
	ck_assert_uint_eq(in.n, 0);
	return sink_done(plain);
}

static void chip_close(struct chip *c, struct span data, uint16_t sw,
		       struct sink *out)
{
	uint8_t value[300];
	struct sink v = SINK(value);

	ck_assert(EAC_increment_ssc(c->ctx));
	if (data.n) {
		op_encrypt(c->ctx, data, &v);
		ck_assert_int_eq(sink_done(&v), R_OK);
		sink_u8(out, 0x87);
		if (v.n > 0x7f)
			sink_u8(out, 0x81);
		sink_u8(out, (uint8_t)v.n);
		sink_put(out, sink_span(&v));
	}
	sink_u16(out, 0x9902);
	sink_u16(out, sw);
	op_put_mac(c->ctx, (struct span){ 0 }, out);
	sink_u16(out, sw);
	ck_assert_int_eq(sink_done(out), R_OK);
}

/* One exchange: what the chip reads is what we said, and what it answers is
 * what we read, or our refusal. */
static enum result exchange(struct sm *sm, struct chip *c,
			    struct command command, struct span answer,
			    uint16_t sw)
{
	const uint32_t header = 0x0c000000u | (uint32_t)command.ins << 16 |
				(uint32_t)command.p1 << 8 | command.p2;
	uint8_t buf[300], plain[300], back[300], got[300];
	struct sink apdu = SINK(buf), p = SINK(plain), b = SINK(back),
		    g = SINK(got);
	struct response response;
	enum result r;
	bool le = false;

	ck_assert_int_eq(sm_wrap(sm, &command, &apdu), R_OK);
	ck_assert_int_eq(chip_open(c, sink_span(&apdu), header, &p, &le),
			 R_OK);
	ck_assert(span_equal(sink_span(&p), command.data));
	ck_assert_int_eq(le, command.le != 0);
	chip_close(c, answer, sw, &b);
	r = sm_unwrap(sm, sink_span(&b), &g, &response);
	if (r != R_OK)
		return r;
	ck_assert(span_equal(response.data, answer));
	ck_assert_uint_eq(response.sw, sw);
	return R_OK;
}

/* SELECT, and READ BINARY of every length that a short answer holds. */
static void talk(struct sm *sm, struct chip *c)
{
	static const uint8_t aid[] = { 0xa0, 0, 0, 2, 0x47, 0x10, 0x01 };
	const struct command select = { 0, 0xa4, 4, 0x0c, SPAN(aid), 0 };
	uint8_t file[SM_SHORT_PLAIN];

	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(0x80 + 7 * i);
	ck_assert_int_eq(exchange(sm, c, select, (struct span){ 0 }, 0x9000),
			 R_OK);
	for (uint32_t n = 1; n <= sizeof(file); n++) {
		const struct command read = { 0, 0xb0, 0x81, (uint8_t)n,
					      { 0 }, n };

		ck_assert_int_eq(exchange(sm, c, read, span_of(file, n),
					  n % 2 ? 0x9000 : 0x6282), R_OK);
	}
	ck_assert_int_eq(exchange(sm, c, select, (struct span){ 0 }, 0x6a82),
			 R_OK);
}

static struct sm opened(struct chip *c, int run)
{
	struct pace p;
	struct session_keys k;
	struct sm sm;

	ck_assert_int_eq(run_pace(c, run, &p), R_OK);
	ck_assert_int_eq(pace_session(&p, &k), R_OK);
	op_keys_are(c->ctx, SPAN(k.enc), SPAN(k.mac));
	sm_start(&sm, &k);
	return sm;
}

START_TEST(our_terminal_opens_the_chip_of_openpace)
{
	scoped(chip_done) struct chip c = chip_new(_i, runs[_i].theirs);
	struct sm sm = opened(&c, _i);

	talk(&sm, &c);
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
	scoped(chip_done) struct chip c = chip_new(_i, wrong(_i));
	struct session_keys k;
	struct pace p;

	ck_assert_int_eq(run_pace(&c, _i, &p), R_DENIED);
	ck_assert_uint_eq(p.sw, 0x6300);
	ck_assert_int_eq(c.step, 5);
	ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
}
END_TEST

START_TEST(a_chip_that_does_not_know_the_password_is_refused)
{
	scoped(chip_done) struct chip c = chip_new(_i, wrong(_i));
	struct session_keys k;
	struct pace p;

	c.credulous = true;
	ck_assert_int_eq(run_pace(&c, _i, &p), R_DENIED);
	ck_assert_uint_eq(p.sw, 0x9000);
	ck_assert_int_eq(c.step, 5);
	ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
}
END_TEST

START_TEST(a_changed_bit_is_found_by_the_chip_and_by_us)
{
	const struct command read = { 0, 0xb0, 0x81, 0, { 0 }, 16 };
	static const uint8_t file[16] = { 0x61 };
	scoped(chip_done) struct chip c = chip_new(_i, runs[_i].theirs);
	struct sm sm = opened(&c, _i), other = sm;
	uint8_t buf[300], back[300], plain[300];
	struct sink apdu = SINK(buf), b = SINK(back), p = SINK(plain);
	struct response response;
	bool le;

	/* a command under another key uses up a number, like a good one */
	other.keys.mac[0] ^= 1;
	ck_assert_int_eq(sm_wrap(&other, &read, &apdu), R_OK);
	ck_assert_int_eq(chip_open(&c, sink_span(&apdu), 0x0cb08100, &p, &le),
			 R_DENIED);
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
	ck_assert_int_eq(sm_unwrap(&sm, sink_span(&b), &p, &response), R_OK);
	ck_assert(span_equal(response.data, SPAN(file)));
}
END_TEST

/* -- Chip Authentication --------------------------------------------------- */

/* A static key for the chip, and its SubjectPublicKeyInfo as libeac's key
 * gives it. */
static enum result give_key(struct chip *c, const struct curve *curve,
			    struct chip_key *out)
{
	scoped(curve_key_wipe) struct curve_key key;
	uint8_t *spki = NULL;
	enum result r;
	int n;

	ck_assert_int_eq(curve_key_new(curve, &key), R_OK);
	ck_assert(EAC_CTX_init_ca(c->ctx, NID_id_CA_ECDH_AES_CBC_CMAC_128,
				  curve->parameter));
	ck_assert(CA_set_key(c->ctx, key.secret, curve->field, key.point,
			     curve_point_size(curve)));
	n = i2d_PUBKEY(c->ctx->ca_ctx->ka_ctx->key, &spki);
	ck_assert_int_gt(n, 0);
	r = chip_key_parse(span_of(spki, (size_t)n), out);
	OPENSSL_free(spki);
	return r;
}

/* Our commands under the running session, the chip's answers, and the new
 * session of both. */
static struct sm chip_authentication(struct sm *sm, struct chip *c,
				     const struct chip_key *key)
{
	static struct chip_auth_keys keys;
	static const uint8_t done[] = { 0x7c, 0x00 };
	uint8_t buf[128], data[128];
	struct sink s = SINK(buf), d = SINK(data);
	struct session_keys k;
	struct chip_auth ca;
	struct command command;
	struct span v;
	struct sm next;

	ck_assert_int_eq(chip_auth_prepare(&keys), R_OK);
	ck_assert_int_eq(chip_auth_start(&ca, protocol_of(
					 NID_id_CA_ECDH_AES_CBC_CMAC_128),
					 key, NULL, &keys), R_OK);
	ck_assert_int_eq(chip_auth_set_at(&ca, &s, &command), R_OK);
	ck_assert_int_eq(exchange(sm, c, command, (struct span){ 0 }, 0x9000),
			 R_OK);
	ck_assert_int_eq(tlv_only(command.data, 0x80, &v), R_OK);
	ck_assert(span_equal(v, op_oid(c->ctx->ca_ctx->protocol)));
	ck_assert_int_eq(chip_auth_general(&ca, &d, &command), R_OK);
	ck_assert_int_eq(exchange(sm, c, command, SPAN(done), 0x9000), R_OK);
	ck_assert_int_eq(tlv_only(command.data, 0x7c, &v), R_OK);
	ck_assert_int_eq(tlv_only(v, 0x80, &v), R_OK);
	scoped_mem *point = op_mem(v);
	ck_assert(CA_STEP4_compute_shared_secret(c->ctx, point));
	op_chip_keys(c->ctx);
	ck_assert_int_eq(chip_auth_session(&ca, &k), R_OK);
	sm_start(&next, &k);
	return next;
}

START_TEST(the_chip_of_openpace_proves_its_key)
{
	scoped(chip_done) struct chip c = chip_new(0, CAN);
	struct sm sm = opened(&c, 0);
	struct chip_key key;

	ck_assert_int_eq(give_key(&c, curve_at((enum curve_id)_i), &key), R_OK);
	sm = chip_authentication(&sm, &c, &key);
	op_keys_are(c.ctx, SPAN(sm.keys.enc), SPAN(sm.keys.mac));
	talk(&sm, &c);
}
END_TEST

/* It has the files of a chip, not its key: what it says is no answer. */
START_TEST(a_clone_is_found)
{
	const struct command read = { 0, 0xb0, 0x81, 0, { 0 }, 16 };
	static const uint8_t file[16] = { 0x61 };
	const struct curve *curve = curve_at((enum curve_id)_i);
	scoped(chip_done) struct chip c = chip_new(0, CAN);
	scoped(chip_done) struct chip real = chip_new(0, CAN);
	struct sm sm = opened(&c, 0);
	struct chip_key key, own;
	uint8_t buf[300], plain[300];
	struct sink apdu = SINK(buf), b = SINK(buf), p = SINK(plain);
	struct response response;

	ck_assert_int_eq(give_key(&c, curve, &own), R_OK);
	ck_assert_int_eq(give_key(&real, curve, &key), R_OK);
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
	tcase_add_loop_test(t, a_chip_with_another_password_refuses_us, 0,
			    COUNT(runs));
	tcase_add_loop_test(t,
			    a_chip_that_does_not_know_the_password_is_refused,
			    0, COUNT(runs));
	tcase_add_loop_test(t, a_changed_bit_is_found_by_the_chip_and_by_us, 0,
			    2);
	tcase_add_loop_test(t, the_chip_of_openpace_proves_its_key, 0,
			    CURVE_COUNT);
	tcase_add_loop_test(t, a_clone_is_found, 0, CURVE_COUNT);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
