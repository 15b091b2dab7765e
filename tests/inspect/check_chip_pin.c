// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/pin.h"

#include <string.h>

#include "check_main.h"
#include "support_chip.h"
#include "support_exchange.h"

#define REFERENCE 0x81

static struct chip chip;
static struct card_link l;
static struct msg_inspect_go go;

/* Under keys of CA, with a PIN of six digits and three tries. */
static void setup(void)
{
	struct session_keys keys = { .cipher = CIPHER_AES128, .enc = { 1 },
				     .mac = { 2 } };

	chip = (struct chip){ .pin = "135246", .pin_reference = REFERENCE,
			      .tries = 3 };
	l = (struct card_link){ 0 };
	chip_keys(&chip.sm, &keys);
	link_keys(&l, &keys, true);
	exchange_over(&l, chip_run, &chip);
	go = (struct msg_inspect_go){ .kind = PASSWORD_CAN,
				      .pin = "135246" };
}

static enum reason run(void)
{
	return pin_verify(&l, REFERENCE, PROOF_CA, &go);
}

START_TEST(a_chip_that_proved_itself_takes_its_pin)
{
	ck_assert_int_eq(run(), REASON_NONE);
	ck_assert_uint_eq(chip.apdus, 2);
	ck_assert_uint_eq(chip.verifies, 1);
	setup();
	ck_assert_int_eq(pin_verify(&l, REFERENCE, PROOF_CAM, &go),
			 REASON_NONE);
}
END_TEST

/* An emulator says 9000 to every VERIFY. */
START_TEST(a_chip_that_proved_nothing_is_not_even_asked)
{
	static const enum chip_proof kinds[] = { PROOF_NONE, PROOF_AA };

	chip.evil = EVIL_PIN_ALWAYS;
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pin_verify(&l, REFERENCE, kinds[i], &go),
				 REASON_PIN_UNATTESTED);
	ck_assert_uint_eq(chip.apdus, 0);
}
END_TEST

/* The first answer under CA's keys is the proof of them. */
START_TEST(an_answer_under_other_keys_is_no_word_of_the_chip)
{
	chip.sm.keys.mac[0] ^= 1;
	ck_assert_int_eq(run(), REASON_CHIP_PROOF);
	setup();
	chip.evil = EVIL_PLAIN | EVIL_PIN_ALWAYS;
	ck_assert_int_eq(run(), REASON_CHIP_PROOF);
	ck_assert_uint_eq(chip.verifies, 0);
}
END_TEST

START_TEST(a_wrong_pin_is_tried_once)
{
	strcpy(go.pin, "000000");
	ck_assert_int_eq(run(), REASON_WRONG_PIN);
	ck_assert_uint_eq(chip.verifies, 1);
	ck_assert_uint_eq(chip.tries, 2);
}
END_TEST

START_TEST(the_last_try_is_used_only_where_the_person_agreed)
{
	chip.tries = 1;
	ck_assert_int_eq(run(), REASON_PIN_LAST_TRY);
	ck_assert_uint_eq(chip.verifies, 0);
	setup();
	chip.tries = 1;
	go.pin_last = 1;
	ck_assert_int_eq(run(), REASON_NONE);
}
END_TEST

/* TR-03110-2 2.5.1: the CAN resumes it. */
START_TEST(a_suspended_pin_needs_the_can)
{
	chip.tries = 1;
	go.pin_last = 1;
	go.kind = PASSWORD_MRZ;
	ck_assert_int_eq(run(), REASON_PIN_SUSPENDED);
	ck_assert_uint_eq(chip.verifies, 0);
}
END_TEST

START_TEST(a_blocked_pin_is_not_tried)
{
	chip.tries = 0;
	go.pin_last = 1;
	ck_assert_int_eq(run(), REASON_PIN_BLOCKED);	/* 6983 */
	ck_assert_uint_eq(chip.apdus, 1);
}
END_TEST

START_TEST(a_pin_that_blocks_in_the_last_try_is_a_wrong_one)
{
	chip.tries = 1;
	go.pin_last = 1;
	strcpy(go.pin, "000000");
	ck_assert_int_eq(run(), REASON_WRONG_PIN);
	ck_assert_uint_eq(chip.tries, 0);
}
END_TEST

/* 9000 to VERIFY without data: nothing has to be known. */
START_TEST(a_pin_that_needs_no_verifying_proves_nothing)
{
	chip.evil = EVIL_PIN_OPEN;
	ck_assert_int_eq(run(), REASON_PIN_UNATTESTED);
	ck_assert_uint_eq(chip.verifies, 0);
	setup();
	chip.pin = NULL;	/* 6A88 */
	ck_assert_int_eq(run(), REASON_PIN_UNATTESTED);
	ck_assert_uint_eq(chip.apdus, 1);
}
END_TEST

static const char *const forms[] = {
	"", "12345a", "12 456", "12345678901234567",
};

START_TEST(a_pin_of_another_form_never_reaches_the_chip)
{
	memset(go.pin, 0, sizeof(go.pin));
	strcpy(go.pin, forms[_i]);
	ck_assert_int_eq(run(), REASON_HELPER_PROTOCOL);
	ck_assert_uint_eq(chip.apdus, 0);
}
END_TEST

/* Cards say that they have no tries left in two ways. */
static uint16_t words[2];

static enum reason worded(void *context, struct span apdu, struct sink *out)
{
	static uint8_t data[64];
	struct command c = { .cla = apdu.p[0], .ins = apdu.p[1],
			     .p1 = apdu.p[2], .p2 = apdu.p[3] };
	struct sink plain = SINK(data);

	(void)context;
	c.data = span_of(apdu.p + 5, apdu.n - 6);
	ck_assert(chip_open(&chip.sm, &c, &plain));
	chip_seal(&chip.sm, span_of(NULL, 0), words[chip.apdus++], out);
	return REASON_NONE;
}

START_TEST(no_tries_left_is_said_in_two_ways)
{
	exchange_over(&l, worded, NULL);
	words[0] = 0x63c0;
	ck_assert_int_eq(run(), REASON_PIN_BLOCKED);
	ck_assert_uint_eq(chip.apdus, 1);
	setup();
	exchange_over(&l, worded, NULL);
	words[0] = 0x63c2;
	words[1] = SW_BLOCKED;
	ck_assert_int_eq(run(), REASON_PIN_BLOCKED);
	setup();
	exchange_over(&l, worded, NULL);
	words[1] = 0x6a80;
	ck_assert_int_eq(run(), REASON_WRONG_PIN);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pin");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_chip_that_proved_itself_takes_its_pin);
	tcase_add_test(t, a_chip_that_proved_nothing_is_not_even_asked);
	tcase_add_test(t, an_answer_under_other_keys_is_no_word_of_the_chip);
	tcase_add_test(t, a_wrong_pin_is_tried_once);
	tcase_add_test(t,
		the_last_try_is_used_only_where_the_person_agreed);
	tcase_add_test(t, a_suspended_pin_needs_the_can);
	tcase_add_test(t, a_blocked_pin_is_not_tried);
	tcase_add_test(t, a_pin_that_blocks_in_the_last_try_is_a_wrong_one);
	tcase_add_test(t, a_pin_that_needs_no_verifying_proves_nothing);
	tcase_add_loop_test(t, a_pin_of_another_form_never_reaches_the_chip, 0,
			    sizeof(forms) / sizeof(forms[0]));
	tcase_add_test(t, no_tries_left_is_said_in_two_ways);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
