// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A relay between the reader and a genuine card that lies elsewhere. It knows
 * the CAN, which is printed on the card, and so runs PACE on both sides: it
 * decrypts the chip's nonce and encrypts one of its own, under any password
 * that it likes. Had PACE been run with a PIN, any PIN would have been "right".
 * Here the PIN travels under keys that the relay does not have, and nothing
 * that it says to VERIFY counts.
 */
#include <string.h>

#include "check_main.h"
#include "inspect/password.h"
#include "support_document.h"
#include "support_exchange.h"

#define REFERENCE 0x81
#define RIGHT "135246"
#define WRONG "000000"

enum answer { HONEST, PLAIN, SEALED, REPLAYED };

static struct chip chip;
static struct inspection *x;

static struct relay {
	struct chip front;	/* what the reader meets: PACE, no key */
	struct sm back;		/* with the genuine card */
	bool wire;		/* the chip changed its keys: only a wire now */
	enum answer verify;
	unsigned int plain;	/* commands it read */
	uint8_t last[512];
	size_t last_n;
} relay;

/* -- the relay ------------------------------------------------------------------ */

/* PACE with the genuine card, by the CAN. */
static void open_back(void)
{
	struct pace_keys ephemeral;
	struct session_keys keys;
	struct pace p = { 0 };

	ck_assert_int_eq(pace_prepare(&ephemeral), R_OK);
	ck_assert_int_eq(pace_start(&p, relay.front.protocol,
				    relay.front.pace, PASSWORD_CAN,
				    span_str(DOCUMENT_CAN), &ephemeral), R_OK);
	while (!pace_done(&p)) {
		uint8_t in[512], out[512];
		struct sink apdu = SINK(in), answer = SINK(out);

		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		ck_assert_int_eq(chip_run(&chip, sink_span(&apdu), &answer),
				 REASON_NONE);
		ck_assert_int_eq(pace_response(&p, sink_span(&answer)), R_OK);
	}
	ck_assert_int_eq(pace_session(&p, &keys), R_OK);
	sm_start(&relay.back, &keys);
	pace_wipe(&p);
}

/* Opened with the one's keys, closed with the other's, and back. */
static void pass_on(struct span apdu, struct sink *out)
{
	uint8_t opened[512], in[600], got[70000], plain[70000];
	struct command c = { apdu.p[0], apdu.p[1], apdu.p[2], apdu.p[3],
			     span_of(apdu.p + 5, apdu.p[4]), 0 };
	struct sink o = SINK(opened), to = SINK(in), from = SINK(got),
		    p = SINK(plain);
	struct response a;

	ck_assert(chip_open(&relay.front.sm, &c, &o));
	c.cla = CLA_PLAIN;
	relay.plain++;
	ck_assert_int_eq(sm_wrap(&relay.back, &c, &to), R_OK);
	ck_assert_int_eq(chip_run(&chip, sink_span(&to), &from), REASON_NONE);
	ck_assert_int_eq(sm_unwrap(&relay.back, sink_span(&from), &p, &a),
			 R_OK);
	chip_seal(&relay.front.sm, a.data, a.sw, out);
	relay.wire = chip.next.live;
}

/* What it says in the chip's place. */
static void forge(struct sink *out)
{
	switch (relay.verify) {
	case PLAIN:
		sink_u16(out, SW_OK);
		break;
	case SEALED:		/* with the keys that it has */
		chip_seal(&relay.front.sm, span_of(NULL, 0), SW_OK, out);
		break;
	case REPLAYED:		/* a protected answer of before */
		sink_put(out, span_of(relay.last, relay.last_n));
		break;
	case HONEST:
		break;
	}
}

static enum reason relay_run(void *context, struct span apdu,
			     struct sink *out)
{
	size_t from = out->n;
	enum reason why = REASON_NONE;

	(void)context;
	if (!relay.front.sm.live) {
		why = chip_run(&relay.front, apdu, out);
		if (relay.front.sm.live)
			open_back();
	} else if (apdu.p[1] == INS_VERIFY && relay.verify != HONEST) {
		forge(out);
	} else if (relay.wire) {
		why = chip_run(&chip, apdu, out);
	} else {
		pass_on(apdu, out);
	}
	if (out->n - from <= sizeof(relay.last)) {
		relay.last_n = out->n - from;
		memcpy(relay.last, out->p + from, relay.last_n);
	}
	return why;
}

static void through_a_relay(const struct document *d, const char *pin,
			    enum answer verify)
{
	document_make(&chip, d);
	chip.pin = RIGHT;
	chip.pin_reference = REFERENCE;
	chip.tries = 3;
	relay = (struct relay){ .front = chip, .verify = verify };
	document_clone(&relay.front);	/* all but the chip's own key */
	x = document_inspection(&chip);
	document_profile.pin_reference = REFERENCE;
	strcpy(x->go.pin, pin);
	exchange_over(&x->link, relay_run, NULL);
}

static const struct document ca_document = {
	.offered = PACE_P256, .dg14 = PACE_P256 CA_AES128, .dg14_key = true,
};
static const struct document cam_document = {
	.offered = PACE_P256 PACE_CAM, .dg14 = PACE_P256 PACE_CAM,
	.card_security = PACE_P256 PACE_CAM, .card_security_key = true,
};

/* -- what it obtains ---------------------------------------------------------------- */

START_TEST(the_relay_works_and_is_a_wire_once_the_chip_proved_itself)
{
	through_a_relay(&ca_document, RIGHT, HONEST);
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert(x->facts.flags & FACT_PIN);
	ck_assert_uint_gt(relay.plain, 3);
	/* and of the person it read nothing */
	ck_assert(relay.wire);
	ck_assert(!relay.front.read[EF_DG1]);
}
END_TEST

START_TEST(a_wrong_pin_is_wrong_through_a_relay_too)
{
	through_a_relay(&ca_document, WRONG, HONEST);
	ck_assert_int_eq(procedure_identify(x), REASON_WRONG_PIN);
	ck_assert(!(x->facts.flags & FACT_PIN));
	ck_assert_uint_eq(chip.tries, 2);
}
END_TEST

START_TEST(a_yes_of_the_relay_is_none_of_the_chip)
{
	static const enum answer forged[] = { PLAIN, SEALED, REPLAYED };

	through_a_relay(&ca_document, WRONG, forged[_i]);
	ck_assert_int_eq(procedure_identify(x), REASON_CHIP_PROOF);
	ck_assert(!(x->facts.flags & FACT_PIN));
	ck_assert_uint_eq(chip.verifies, 0);
}
END_TEST

START_TEST(under_cam_it_does_not_even_come_to_the_pin)
{
	through_a_relay(&cam_document, RIGHT, _i ? SEALED : HONEST);
	ck_assert_int_eq(procedure_identify(x), REASON_CHIP_PROOF);
	ck_assert_uint_eq(chip.verifies, 0);
	ck_assert(!(x->facts.flags & FACT_PIN));
}
END_TEST

/* 9303-11 table: 01 MRZ, 02 CAN, 03 PIN, 04 PUK. */
START_TEST(pace_is_never_run_with_a_pin)
{
	struct password p;

	for (int kind = 0; kind < 256; kind++) {
		struct msg_inspect_go go = { .kind = (uint8_t)kind,
					     .password = "123456" };

		ck_assert_int_eq(password_take(&go, &p) == REASON_NONE,
				 kind == PASSWORD_CAN || kind == PASSWORD_MRZ);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("PIN, through a relay");
	TCase *t = state_case("all");

	tcase_add_test(t,
		the_relay_works_and_is_a_wire_once_the_chip_proved_itself);
	tcase_add_test(t, a_wrong_pin_is_wrong_through_a_relay_too);
	tcase_add_loop_test(t, a_yes_of_the_relay_is_none_of_the_chip, 0, 3);
	tcase_add_loop_test(t, under_cam_it_does_not_even_come_to_the_pin, 0,
			    2);
	tcase_add_test(t, pace_is_never_run_with_a_pin);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
