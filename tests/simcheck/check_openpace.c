/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenPACE as the terminal before our chip: PACE, secure messaging and Chip
 * Authentication, every command in bytes. tests/emrtd/check_openpace_chip.c
 * is the other way round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/pers.h"
#include "support_terminal.h"

#include "check_main.h"
#include "openpace.h"

static char root[64];
static struct card card;
static struct terminal wire;	/* carries bytes; its own channel stays off */

static void insert(struct pers_options *o)
{
	static char out[80], ca[80];

	strcpy(root, "/tmp/openpace.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(out, sizeof(out), "%s/card", root);
	snprintf(ca, sizeof(ca), "%s/ca", root);
	o->out = out;
	o->ca = ca;
	ck_assert_int_eq(pers_make(o), R_OK);
	card_init(&card);
	ck_assert_int_eq(card_load(&card, out), R_OK);
	terminal_init(&wire, terminal_to_card, &card);
}

static void take_out(void)
{
	char command[128];

	card_done(&card);
	if (!root[0])
		return;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
	root[0] = 0;
}

/* -- carrying, protected where OpenPACE has keys --------------------------- */

static enum result open_response(EAC_CTX *ctx, struct reply *io)
{
	uint8_t plain[512];
	const uint8_t sw[2] = { (uint8_t)(io->sw >> 8), (uint8_t)io->sw };
	struct span in = span_of(io->data, io->n), v;
	struct sink s = SINK(plain);

	if (!EAC_increment_ssc(ctx) ||
	    op_take_mac(ctx, (struct span){ 0 }, &in) != R_OK)
		return R_DENIED;
	if (tlv_find(in, 0x99, &v) != R_OK || !span_equal(v, SPAN(sw)))
		return R_MALFORMED;
	if (tlv_find(in, 0x87, &v) == R_OK)
		op_decrypt(ctx, v, &s);
	ck_assert_int_eq(sink_done(&s), R_OK);
	memcpy(io->data, plain, s.n);
	io->n = s.n;
	return R_OK;
}

static enum result send(EAC_CTX *ctx, const uint8_t head[4], struct span data,
			size_t le, struct reply *out)
{
	const uint8_t header[4] = { head[0] | 0x0c, head[1], head[2],
				    head[3] };
	uint8_t buf[512], value[512], le_byte = (uint8_t)le;
	struct sink s = SINK(buf), v = SINK(value);
	enum result r;

	if (!ctx->key_ctx)
		return terminal_send(&wire, head, data, le, out);
	ck_assert(EAC_increment_ssc(ctx));
	if (data.n) {
		op_encrypt(ctx, data, &v);
		ck_assert_int_eq(sink_done(&v), R_OK);
		tlv_put(&s, 0x87, sink_span(&v));
	}
	if (le)
		tlv_put(&s, 0x97, span_of(&le_byte, 1));
	op_put_mac(ctx, SPAN(header), &s);
	ck_assert_int_eq(sink_done(&s), R_OK);
	r = terminal_send(&wire, header, sink_span(&s), 256, out);
	return r == R_OK ? open_response(ctx, out) : r;
}

static uint16_t set_at(EAC_CTX *ctx, uint8_t p1, int protocol, int password,
		       int curve)
{
	const uint8_t head[4] = { 0x00, 0x22, p1, 0xa4 };
	const uint8_t ref = (uint8_t)password, id = (uint8_t)curve;
	uint8_t buf[64];
	struct sink s = SINK(buf);
	struct reply reply = { .sw = 0 };

	tlv_put(&s, 0x80, op_oid(protocol));
	if (ref)
		tlv_put(&s, 0x83, span_of(&ref, 1));
	if (id)
		tlv_put(&s, 0x84, span_of(&id, 1));
	ck_assert_int_eq(send(ctx, head, sink_span(&s), 0, &reply), R_OK);
	return reply.sw;
}

/* GENERAL AUTHENTICATE; what the answer holds under the tag, or NULL where
 * the chip refuses. tag 0 sends, answer 0 expects an empty template. */
static BUF_MEM *authenticate(EAC_CTX *ctx, bool more, uint32_t tag,
			     const BUF_MEM *value, uint32_t answer,
			     uint16_t *sw)
{
	const uint8_t head[4] = { more ? 0x10 : 0x00, 0x86, 0, 0 };
	uint8_t inner[100], outer[110];
	struct sink i = SINK(inner), o = SINK(outer);
	struct reply reply = { .sw = 0 };
	struct span in, v = { 0 };
	uint32_t t7c;

	if (tag)
		tlv_put(&i, tag, op_span(value));
	tlv_put(&o, 0x7c, sink_span(&i));
	ck_assert_int_eq(sink_done(&o), R_OK);
	ck_assert_int_eq(send(ctx, head, sink_span(&o), 256, &reply), R_OK);
	*sw = reply.sw;
	if (reply.sw != SW_OK)
		return NULL;
	in = span_of(reply.data, reply.n);
	ck_assert_int_eq(tlv_get(&in, &t7c, &v), R_OK);
	ck_assert_uint_eq(t7c, 0x7c);
	if (answer)
		ck_assert_int_eq(tlv_find(v, answer, &v), R_OK);
	else
		ck_assert_uint_eq(v.n, 0);
	return op_mem(v);
}

/* The chip's session keys are OpenPACE's. */
static bool same_key(const BUF_MEM *theirs, const struct sim_key *ours)
{
	return span_equal(op_span(theirs),
			  span_of(ours->p, sim_key_size(ours->cipher)));
}

static void keys_are_the_chips(const EAC_CTX *ctx)
{
	ck_assert(same_key(ctx->key_ctx->k_enc, &card.sm.enc));
	ck_assert(same_key(ctx->key_ctx->k_mac, &card.sm.mac));
}

/* -- PACE ------------------------------------------------------------------ */

/* The steps after MSE:Set AT: the last status word. */
static uint16_t pace_steps(EAC_CTX *ctx, const PACE_SEC *password)
{
	uint16_t sw;
	scoped_mem *nonce = authenticate(ctx, true, 0, NULL, 0x80, &sw);

	ck_assert_uint_eq(sw, SW_OK);
	ck_assert(PACE_STEP2_dec_nonce(ctx, password, nonce));
	scoped_mem *map = PACE_STEP3A_generate_mapping_data(ctx);
	scoped_mem *map_chip = authenticate(ctx, true, 0x81, map, 0x82, &sw);
	ck_assert_uint_eq(sw, SW_OK);
	ck_assert(PACE_STEP3A_map_generator(ctx, map_chip));
	scoped_mem *key = PACE_STEP3B_generate_ephemeral_key(ctx);
	scoped_mem *key_chip = authenticate(ctx, true, 0x83, key, 0x84, &sw);
	ck_assert_uint_eq(sw, SW_OK);
	ck_assert(PACE_STEP3B_compute_shared_secret(ctx, key_chip));
	ck_assert(PACE_STEP3C_derive_keys(ctx));
	scoped_mem *token = PACE_STEP3D_compute_authentication_token(ctx,
								key_chip);
	scoped_mem *token_chip = authenticate(ctx, false, 0x85, token, 0x86,
					      &sw);
	if (sw != SW_OK)
		return sw;
	ck_assert_int_eq(PACE_STEP3D_verify_authentication_token(ctx,
							token_chip), 1);
	ck_assert(EAC_CTX_set_encryption_ctx(ctx, EAC_ID_PACE));
	return sw;
}

static uint16_t pace(EAC_CTX *ctx, int kind, const char *text, int curve)
{
	scoped(scope_PACE_SEC_clear_free)
	PACE_SEC *password = op_password(kind, text);

	ck_assert_uint_eq(set_at(ctx, 0xc1, ctx->pace_ctx->protocol, kind,
				 curve), SW_OK);
	return pace_steps(ctx, password);
}

static void select_application(EAC_CTX *ctx)
{
	static const uint8_t head[4] = { 0x00, 0xa4, 0x04, 0x0c };
	struct reply reply;

	ck_assert_int_eq(send(ctx, head, SPAN(sim_aid), 0, &reply), R_OK);
	ck_assert_uint_eq(reply.sw, SW_OK);
}

/* A file by its short identifier and then by offset, as the chip holds it. */
static void expect_file(EAC_CTX *ctx, enum sim_ef_id id)
{
	struct span want = blob_span(&card.memory.files[id]), part;
	uint8_t head[4] = { 0x00, 0xb0, 0x80 | sim_ef(id)->sfi, 0 };
	const size_t size = want.n;

	while (want.n) {
		struct reply reply;
		size_t n = want.n < 200 ? want.n : 200, done;

		ck_assert_int_eq(send(ctx, head, (struct span){ 0 }, n,
				      &reply), R_OK);
		ck_assert_uint_eq(reply.sw, SW_OK);
		ck_assert_int_eq(span_take(&want, n, &part), R_OK);
		ck_assert(span_equal(span_of(reply.data, reply.n), part));
		done = size - want.n;
		head[2] = (uint8_t)(done >> 8);
		head[3] = (uint8_t)done;
	}
}

static const struct {
	int kind, curve;
	const char *option;
} runs[] = {
	{ PACE_CAN, 13, "bp256" }, { PACE_CAN, 12, "p256" },
	{ PACE_MRZ, 13, "bp256" }, { PACE_MRZ, 12, "p256" },
};

/* What a person gives: the CAN, or the MRZ whole as it is printed, of which
 * OpenPACE makes the key itself; wrong: one digit of it is another. */
static const char *given(int kind, bool wrong)
{
	static char mrz[MRZ_SIZE + 1];
	const struct pers_options o = pers_defaults();
	char key[MRZ_KEY_SIZE];

	if (kind == PACE_CAN)
		return wrong ? "123457" : o.can;
	ck_assert_int_eq(pers_mrz(&o, mrz, key), R_OK);
	if (wrong)
		mrz[6] = mrz[6] == '1' ? '2' : '1';
	return mrz;
}

static EAC_CTX *opened(int run, struct pers_options *o)
{
	EAC_CTX *ctx = op_new(runs[run].curve);

	o->pace_curve = runs[run].option;
	insert(o);
	ck_assert_uint_eq(pace(ctx, runs[run].kind,
			       given(runs[run].kind, false), runs[run].curve),
			  SW_OK);
	ck_assert(card.sm.on);
	keys_are_the_chips(ctx);
	select_application(ctx);
	return ctx;
}

START_TEST(the_terminal_of_openpace_reads_our_chip)
{
	static const enum sim_ef_id files[] = { SIM_COM, SIM_SOD, SIM_DG14,
						SIM_DG1, SIM_DG2 };
	struct pers_options o = pers_defaults();
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *ctx = opened(_i, &o);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		expect_file(ctx, files[i]);
}
END_TEST

START_TEST(a_wrong_password_is_refused_and_the_right_one_then_taken)
{
	const int kind = runs[_i].kind, curve = runs[_i].curve;
	struct pers_options o = pers_defaults();
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *wrong = op_new(curve);
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *right = op_new(curve);

	o.pace_curve = runs[_i].option;
	insert(&o);
	ck_assert_uint_eq(pace(wrong, kind, given(kind, true), curve),
			  SW_AUTH_FAILED);
	ck_assert(!card.sm.on);
	ck_assert_uint_eq(pace(right, kind, given(kind, false), curve), SW_OK);
	ck_assert(card.sm.on);
}
END_TEST

START_TEST(openpace_reads_our_card_access)
{
	struct pers_options o = pers_defaults();
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *ctx = NULL;
	scoped(scope_PACE_SEC_clear_free) PACE_SEC *can = NULL;
	struct span file;

	o.pace_curve = runs[_i].option;
	insert(&o);
	EAC_init();
	ctx = EAC_CTX_new();
	file = blob_span(&card.memory.files[SIM_ACCESS]);
	ck_assert(EAC_CTX_init_ef_cardaccess(file.p, file.n, ctx));
	ck_assert_ptr_nonnull(ctx->pace_ctx);
	ck_assert_int_eq(ctx->pace_ctx->protocol,
			 NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128);
	ck_assert_int_eq(ctx->pace_ctx->id, runs[_i].curve);
	ck_assert_int_eq(ctx->pace_ctx->version, 2);
	can = op_password(PACE_CAN, given(PACE_CAN, false));
	ck_assert_uint_eq(set_at(ctx, 0xc1, ctx->pace_ctx->protocol, PACE_CAN,
				 0), SW_OK);
	ck_assert_uint_eq(pace_steps(ctx, can), SW_OK);
	select_application(ctx);
	expect_file(ctx, SIM_DG1);
}
END_TEST

/* The card behind a line that turns one bit of the next response. */
static enum result turning(void *with, struct span command, struct sink *out)
{
	enum result r = terminal_to_card(with, command, out);

	out->p[3] ^= 1;		/* the first byte of the cryptogram */
	return r;
}

START_TEST(either_side_finds_what_the_other_did_not_send)
{
	static const uint8_t head[4] = { 0x00, 0xb0, 0x81, 0x00 };
	struct pers_options o = pers_defaults();
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *ctx = opened(_i, &o);
	struct reply reply;

	wire.transmit = turning;
	ck_assert_int_eq(send(ctx, head, (struct span){ 0 }, 16, &reply),
			 R_DENIED);
	ck_assert_uint_eq(reply.sw, SW_OK);
	wire.transmit = terminal_to_card;
	ck_assert_int_eq(send(ctx, head, (struct span){ 0 }, 16, &reply),
			 R_OK);
	/* one command that the chip never gets: its counter is behind */
	ck_assert(EAC_increment_ssc(ctx));
	ck_assert_int_eq(send(ctx, head, (struct span){ 0 }, 16, &reply),
			 R_DENIED);
	ck_assert_uint_eq(reply.sw, SW_SM_WRONG);
	ck_assert(!card.sm.on);
}
END_TEST

/* -- Chip Authentication --------------------------------------------------- */

static const struct {
	const char *option, *params;
	int curve;
} chips[] = {
	{ "bp256", "explicit", 13 },	 { "p256", "explicit", 12 },
	{ "bp256", "standardized", 13 }, { "p256", "standardized", 12 },
};

/* The chip's static key as OpenPACE reads it out of our EF.DG14. */
static BUF_MEM *key_of_dg14(void)
{
	struct span in = blob_span(&card.memory.files[SIM_DG14]), set;
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *ctx = EAC_CTX_new();
	uint32_t tag;

	ck_assert_int_eq(tlv_get(&in, &tag, &set), R_OK);
	ck_assert_uint_eq(tag, 0x6e);
	ck_assert(EAC_CTX_init_ef_cardaccess(set.p, set.n, ctx));
	ck_assert_ptr_nonnull(ctx->ca_ctx);
	ck_assert_int_eq(ctx->ca_ctx->protocol,
			 NID_id_CA_ECDH_AES_CBC_CMAC_128);
	ck_assert_int_eq(ctx->ca_ctx->version, 1);
	return CA_STEP2_get_eph_pubkey(ctx);
}

static void chip_authentication(EAC_CTX *ctx, int curve)
{
	const int protocol = NID_id_CA_ECDH_AES_CBC_CMAC_128;
	uint16_t sw;

	ck_assert(EAC_CTX_init_ca(ctx, protocol, curve));
	scoped_mem *chip = key_of_dg14();
	scoped_mem *compressed = TA_STEP3_generate_ephemeral_key(ctx);
	scoped_mem *ours = CA_STEP2_get_eph_pubkey(ctx);
	ck_assert_uint_eq(op_span(ours).n,
			  sim_domain_by_id((unsigned int)curve)->public);
	ck_assert_uint_eq(set_at(ctx, 0x41, protocol, 0, 0), SW_OK);
	scoped_mem *empty = authenticate(ctx, false, 0x80, ours, 0, &sw);
	ck_assert_uint_eq(sw, SW_OK);
	ck_assert(CA_STEP4_compute_shared_secret(ctx, chip));
	op_chip_keys(ctx);
}

START_TEST(our_chip_proves_its_key_to_openpace)
{
	struct pers_options o = pers_defaults();
	struct sim_key before;
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *ctx = NULL;

	o.ca_curve = chips[_i].option;
	o.ca_params = chips[_i].params;
	ctx = opened(0, &o);
	before = card.sm.enc;
	chip_authentication(ctx, chips[_i].curve);
	ck_assert_mem_ne(before.p, card.sm.enc.p, sim_key_size(before.cipher));
	keys_are_the_chips(ctx);
	expect_file(ctx, SIM_DG1);
	expect_file(ctx, SIM_SOD);
}
END_TEST

START_TEST(openpace_finds_a_clone)
{
	static const uint8_t head[4] = { 0x00, 0xb0, 0x81, 0x00 };
	struct pers_options o = pers_defaults();
	scoped(scope_EAC_CTX_clear_free) EAC_CTX *ctx = NULL;
	struct reply reply;

	o.clone = true;
	ctx = opened(0, &o);
	chip_authentication(ctx, 13);
	ck_assert(!same_key(ctx->key_ctx->k_mac, &card.sm.mac));
	ck_assert_int_eq(send(ctx, head, (struct span){ 0 }, 16, &reply),
			 R_DENIED);
	ck_assert_uint_eq(reply.sw, SW_SM_WRONG);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("OpenPACE: terminal");
	TCase *t = tcase_create("our chip");
	const TTest *wrong =
		a_wrong_password_is_refused_and_the_right_one_then_taken;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, take_out);
	tcase_add_loop_test(t, the_terminal_of_openpace_reads_our_chip, 0,
			    COUNT(runs));
	tcase_add_loop_test(t, wrong, 0, COUNT(runs));
	tcase_add_loop_test(t, openpace_reads_our_card_access, 0, 2);
	tcase_add_loop_test(t, either_side_finds_what_the_other_did_not_send,
			    0, 2);
	tcase_add_loop_test(t, our_chip_proves_its_key_to_openpace, 0,
			    COUNT(chips));
	tcase_add_test(t, openpace_finds_a_clone);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
