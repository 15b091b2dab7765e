// SPDX-License-Identifier: GPL-3.0-or-later
/* The worked examples of PACE in 9303-11, command by command; what starts and
 * what does not; the commands' sizes. check_pace_refusals.c has the answers
 * that are refused. */
#include "emrtd/pace.h"

#include "check_main.h"
#include "emrtd/pace_example.h"

START_TEST(a_worked_example)
{
	const struct example *e = &examples[_i];
	struct pace p = example_start(_i);
	struct session_keys k;
	uint8_t buf[300];

	same(span_of(p.k_pi, 16), e->k_pi);
	for (int i = 0; i < 5; i++) {
		struct sink apdu = SINK(buf);

		ck_assert(!pace_done(&p));
		ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		same(sink_span(&apdu), e->command[i]);
		ck_assert_uint_le(apdu.n, pace_command_max(p.protocol,
							   p.domain));
		ck_assert_int_eq(example_answer(&p, e->answer[i]), R_OK);
		ck_assert_uint_eq(p.sw, SW_OK);
		if (i == 1)
			same(span_of(p.nonce, p.nonce_n), e->nonce);
	}
	ck_assert(pace_done(&p));
	ck_assert_int_eq(pace_session(&p, &k), R_OK);
	ck_assert_int_eq(k.cipher, CIPHER_AES128);
	same(span_of(k.enc, 16), e->ks_enc);
	same(span_of(k.mac, 16), e->ks_mac);
	ck_assert_int_eq(p.cam.domain != NULL, _i == EXAMPLE_I1);
}
END_TEST

/* TR-03110-3 B.1: 63Cx after MSE:Set AT says how many tries are left. */
START_TEST(a_retry_counter_after_set_at_is_no_refusal)
{
	struct pace p = example_start(EXAMPLE_G1);

	ck_assert_int_eq(example_answer(&p, "63C2"), R_OK);
	ck_assert_int_eq(p.step, PACE_NONCE);
}
END_TEST

START_TEST(the_password_is_named_in_set_at)
{
	static struct pace_keys keys;
	const struct domain *d = domain_by_parameter(12);
	struct pace p = { 0 };
	uint8_t buf[300];
	struct sink apdu = SINK(buf);

	ck_assert_int_eq(pace_prepare(&keys), R_OK);
	ck_assert_int_eq(pace_start(&p, example_protocol(G1_OID), d,
				    PASSWORD_CAN, span_str("123456"), &keys),
			 R_OK);
	ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
	same(sink_span(&apdu), "0022C1A412800A" G1_OID "83010284010C");
}
END_TEST

static enum result start(const char *oid, uint64_t parameter)
{
	static struct pace_keys keys;
	struct pace p = { 0 };

	return pace_start(&p, example_protocol(oid),
			  domain_by_parameter(parameter), PASSWORD_CAN,
			  span_str("123456"), &keys);
}

static const struct {
	const char *oid;
	uint64_t parameter;
	enum result want;
} starts[] = {
	{ G1_OID, 12, R_OK }, { G2_OID, 0, R_OK }, { H1_OID, 12, R_OK },
	{ I1_OID, 18, R_OK },
	/* id-CA-ECDH-AES-128, no PACE; one that is not known */
	{ "04007F00070202030202", 12, R_DENIED },
	{ "04007F000702020407", 12, R_DENIED },
	/* ECDH, IM and CAM on a group, DH on a curve */
	{ G1_OID, 2, R_DENIED }, { H1_OID, 2, R_DENIED },
	{ I1_OID, 2, R_DENIED }, { G2_OID, 12, R_DENIED },
	/* P-224 has no integrated mapping (table 6) */
	{ G1_OID, 10, R_OK }, { H1_OID, 10, R_DENIED },
	{ H1_OID, 11, R_OK },
};

START_TEST(what_does_not_go_together_does_not_start)
{
	ck_assert_int_eq(start(starts[_i].oid, starts[_i].parameter),
			 starts[_i].want);
}
END_TEST

START_TEST(an_empty_password_does_not_start)
{
	static struct pace_keys keys;
	const struct domain *d = domain_by_parameter(12);
	struct pace p = { 0 };

	ck_assert_int_eq(pace_start(&p, example_protocol(G1_OID), d,
				    PASSWORD_CAN, span_str(""), &keys),
			 R_MALFORMED);
	ck_assert_int_eq(pace_start(&p, NULL, d, PASSWORD_CAN,
				    span_str("123456"), &keys), R_DENIED);
	ck_assert_int_eq(p.step, 0);
}
END_TEST

START_TEST(nothing_is_said_and_no_key_given_out_of_turn)
{
	struct pace p = { .step = PACE_DONE };
	struct session_keys k = { 0 };
	uint8_t buf[300];
	struct sink apdu = SINK(buf);

	ck_assert_int_eq(pace_command(&p, &apdu), R_DENIED);
	ck_assert_int_eq(example_answer(&p, "9000"), R_DENIED);
	ck_assert_int_eq(p.step, PACE_FAILED);
	ck_assert_int_eq(pace_command(&p, &apdu), R_DENIED);
	ck_assert_int_eq(example_answer(&p, "9000"), R_DENIED);
	ck_assert_int_eq(pace_session(&p, &k), R_DENIED);
}
END_TEST

START_TEST(ephemeral_keys_are_new_each_time)
{
	static struct pace_keys a, b;

	ck_assert_int_eq(pace_prepare(&a), R_OK);
	ck_assert_int_eq(pace_prepare(&b), R_OK);
	ck_assert_mem_ne(a.t, b.t, sizeof(a.t));
	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);

		ck_assert_int_eq(a.made[i], !d->weak);
		if (d->weak)
			continue;
		ck_assert_mem_ne(a.map[i].secret, b.map[i].secret, d->secret);
		ck_assert_mem_ne(a.agree[i], b.agree[i], d->secret);
		ck_assert_mem_ne(a.agree[i], a.map[i].secret, d->secret);
		ck_assert_int_eq(domain_check(d, domain_public_span(d,
						a.map[i].public)), R_OK);
	}
}
END_TEST

/* A weak domain's keys are made when it is used, and then each time. */
START_TEST(keys_of_a_weak_domain_are_made_at_the_start)
{
	static struct pace_keys keys;
	const struct domain *d = domain_by_parameter(8);
	struct pace a, b;

	ck_assert_int_eq(pace_prepare(&keys), R_OK);
	ck_assert_int_eq(pace_start(&a, example_protocol(G1_OID), d,
				    PASSWORD_CAN, span_str("1"), &keys), R_OK);
	ck_assert_int_eq(pace_start(&b, example_protocol(G1_OID), d,
				    PASSWORD_CAN, span_str("1"), &keys), R_OK);
	ck_assert_mem_ne(a.map.secret, b.map.secret, d->secret);
	ck_assert_mem_ne(a.agree.secret, b.agree.secret, d->secret);
	ck_assert_int_eq(domain_check(d, domain_public_span(d, a.map.public)),
			 R_OK);
}
END_TEST

/* 7C 81 88 83 81 85 and a point of P-521; 7C 82 01 04 83 82 01 00 and a
 * number of 2048 bits, which only an extended command holds. */
START_TEST(only_a_group_of_2048_bits_needs_extended_commands)
{
	const struct protocol *dh = example_protocol(G2_OID);
	const struct protocol *ec = example_protocol(G1_OID);

	ck_assert_uint_eq(pace_command_max(ec, domain_by_parameter(18)),
			  4 + 1 + 6 + 133 + 1);
	ck_assert_uint_eq(pace_command_max(dh, domain_by_parameter(0)),
			  4 + 1 + 6 + 128 + 1);
	ck_assert_uint_eq(pace_command_max(dh, domain_by_parameter(1)),
			  4 + 3 + 8 + 256 + 2);
	ck_assert_uint_eq(pace_command_max(dh, domain_by_parameter(2)),
			  4 + 3 + 8 + 256 + 2);
}
END_TEST

START_TEST(a_group_of_2048_bits_goes_as_one_extended_command)
{
	static struct pace_keys keys;
	const struct domain *d = domain_by_parameter(2);
	struct pace p;
	uint8_t buf[400];
	struct sink apdu = SINK(buf);

	ck_assert_int_eq(pace_prepare(&keys), R_OK);
	ck_assert_int_eq(pace_start(&p, example_protocol(G2_OID), d,
				    PASSWORD_CAN, span_str("1"), &keys), R_OK);
	p.step = PACE_MAP;
	ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
	ck_assert_uint_eq(apdu.n, 273);
	same(span_of(buf, 15), "10860000000108" "7C82010481820100");
	ck_assert_mem_eq(buf + 15, p.map.public, 256);
	same(span_of(buf + 271, 2), "0000");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_worked_example, 0, EXAMPLES);
	tcase_add_test(t, a_retry_counter_after_set_at_is_no_refusal);
	tcase_add_test(t, the_password_is_named_in_set_at);
	tcase_add_loop_test(t, what_does_not_go_together_does_not_start, 0,
			    sizeof(starts) / sizeof(starts[0]));
	tcase_add_test(t, an_empty_password_does_not_start);
	tcase_add_test(t, nothing_is_said_and_no_key_given_out_of_turn);
	tcase_add_test(t, ephemeral_keys_are_new_each_time);
	tcase_add_test(t, keys_of_a_weak_domain_are_made_at_the_start);
	tcase_add_test(t, only_a_group_of_2048_bits_needs_extended_commands);
	tcase_add_test(t, a_group_of_2048_bits_goes_as_one_extended_command);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
