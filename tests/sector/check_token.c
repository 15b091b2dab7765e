/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The token and its keys, in a real SoftHSM. */
#include "sector/token.h"

#include <p11-kit/pkcs11.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "sector/provider_pkcs11.h"
#include "support_softhsm.h"

#define KEY TOKEN_SECTOR_KEY

static struct softhsm hsm;
static struct token token;

static enum reason open_with(const char *label, const char *pin, bool writable)
{
	struct token_pin p = softhsm_pin(pin);

	return token_open(SOFTHSM_MODULE, label, &p, writable, &token);
}

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	hsm = softhsm_new(getuid());
	token = (struct token){ 0 };
}

static void teardown(void)
{
	token_close(&token);
	softhsm_free(&hsm);
}

static void open_token(void)
{
	ck_assert_int_eq(open_with(SOFTHSM_TOKEN, SOFTHSM_PIN, true),
			 REASON_NONE);
}

START_TEST(key_is_made_found_and_used)
{
	struct token_key k, again;
	uint8_t a[32], b[32], c[32];

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 7), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 7, &k), REASON_NONE);
	ck_assert_int_eq(token_hmac(&k, span_str("x"), a), REASON_NONE);
	ck_assert_int_eq(token_hmac(&k, span_str("y"), c), REASON_NONE);
	token_close(&token);
	ck_assert_int_eq(open_with(SOFTHSM_TOKEN, SOFTHSM_PIN, false),
			 REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 7, &again), REASON_NONE);
	ck_assert_int_eq(token_hmac(&again, span_str("x"), b), REASON_NONE);
	ck_assert_mem_eq(a, b, 32);
	ck_assert_mem_ne(a, c, 32);
}
END_TEST

START_TEST(its_value_can_not_be_read)
{
	struct token_key k;

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
	ck_assert_uint_eq(softhsm_read_value(&k), CKR_ATTRIBUTE_SENSITIVE);
}
END_TEST

/* RFC 4231, test case 1, with its key filled up to 32 bytes by zeros, which
 * HMAC does by itself. */
START_TEST(hmac_is_hmac_sha_256)
{
	static const uint8_t value[32] = {
		0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
		0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
	};
	struct softhsm_key what = { KEY, 1, false, true, value };
	struct token_key k;
	uint8_t got[32], want[32];

	open_token();
	softhsm_key(&token, &what);
	ck_assert_int_eq(hex_decode("b0344c61d8db38535ca8afceaf0bf12b881dc200"
				    "c9833da726e9376c2e32cff7", want, 32),
			 R_OK);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
	ck_assert_int_eq(token_hmac(&k, span_str("Hi There"), got),
			 REASON_NONE);
	ck_assert_mem_eq(got, want, 32);
}
END_TEST

START_TEST(provider_gives_a_pseudonym_of_32_bytes)
{
	struct token_key k;
	struct provider p = provider_pkcs11(&k);
	struct psn psn = { .n = 0 };
	uint8_t want[32];

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
	ck_assert_int_eq(token_hmac(&k, span_str("x"), want), REASON_NONE);
	ck_assert_int_eq(p.evaluate(p.ctx, span_str("x"), &psn), REASON_NONE);
	ck_assert_uint_eq(psn.n, 32);
	ck_assert_mem_eq(psn.b, want, 32);
}
END_TEST

START_TEST(only_the_key_of_that_label_and_epoch_is_found)
{
	struct token_key k;

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 2, &k), REASON_NO_KEY);
	ck_assert_int_eq(token_key_find(&token, KEY, 0x01000000, &k),
			 REASON_NO_KEY);
	ck_assert_int_eq(token_key_find(&token, TOKEN_MACHINE_KEY, 1, &k),
			 REASON_NO_KEY);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
}
END_TEST

START_TEST(two_keys_of_one_name_are_none)
{
	struct softhsm_key second = { KEY, 1, false, true, NULL };
	struct token_key k;

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	softhsm_key(&token, &second);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_TOKEN_KEY);
}
END_TEST

START_TEST(key_that_may_leave_the_token_is_refused)
{
	static const struct softhsm_key rows[] = {
		{ KEY, 1, true, true, NULL },
		{ KEY, 1, false, false, NULL },
		{ KEY, 1, true, false, NULL },
	};
	struct token_key k;

	open_token();
	softhsm_key(&token, &rows[_i]);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_TOKEN_KEY);
}
END_TEST

START_TEST(second_key_of_a_name_is_not_made)
{
	struct token_key k;
	uint8_t a[32], b[32];

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
	ck_assert_int_eq(token_hmac(&k, span_str("x"), a), REASON_NONE);
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_KEY_EXISTS);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
	ck_assert_int_eq(token_hmac(&k, span_str("x"), b), REASON_NONE);
	ck_assert_mem_eq(a, b, 32);
	ck_assert_int_eq(token_key_make(&token, KEY, 2), REASON_NONE);
}
END_TEST

START_TEST(key_is_destroyed_and_no_other)
{
	struct softhsm_key second = { KEY, 1, true, true, NULL };
	struct token_key k;

	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_make(&token, KEY, 2), REASON_NONE);
	softhsm_key(&token, &second);
	ck_assert_int_eq(token_key_destroy(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NO_KEY);
	ck_assert_int_eq(token_key_find(&token, KEY, 2, &k), REASON_NONE);
	/* once more, as after an interruption */
	ck_assert_int_eq(token_key_destroy(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 2, &k), REASON_NONE);
}
END_TEST

START_TEST(session_for_reading_changes_nothing)
{
	struct token_key k;

	ck_assert_int_eq(open_with(SOFTHSM_TOKEN, SOFTHSM_PIN, false),
			 REASON_NONE);
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_TOKEN);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NO_KEY);
}
END_TEST

START_TEST(token_that_is_none_or_not_the_only_one_is_refused)
{
	struct token_pin pin = softhsm_pin(SOFTHSM_PIN);

	ck_assert_int_eq(open_with("cnie tes", SOFTHSM_PIN, false),
			 REASON_TOKEN);
	ck_assert_int_eq(open_with("cnie test ", SOFTHSM_PIN, false),
			 REASON_NONE);	/* padded with blanks: the same */
	token_close(&token);
	ck_assert_int_eq(open_with("", SOFTHSM_PIN, false),
			 REASON_NOT_CONFIGURED);
	ck_assert_int_eq(open_with("123456789012345678901234567890123",
				   SOFTHSM_PIN, false), REASON_NOT_CONFIGURED);
	ck_assert_int_eq(token_open("libsofthsm2.so", SOFTHSM_TOKEN, &pin,
				    false, &token), REASON_NOT_CONFIGURED);
	ck_assert_int_eq(token_open("/nonexistent.so", SOFTHSM_TOKEN, &pin,
				    false, &token), REASON_TOKEN);
	ck_assert_int_eq(token_open("/bin/true", SOFTHSM_TOKEN, &pin,
				    false, &token), REASON_TOKEN);
	softhsm_token(&hsm, SOFTHSM_TOKEN, getuid());
	ck_assert_int_eq(open_with(SOFTHSM_TOKEN, SOFTHSM_PIN, false),
			 REASON_TOKEN);
	ck_assert_ptr_null(token.module);
}
END_TEST

START_TEST(another_token_beside_it_does_not_matter)
{
	softhsm_token(&hsm, "another", getuid());
	open_token();
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
}
END_TEST

START_TEST(wrong_pin_is_refused)
{
	ck_assert_int_eq(open_with(SOFTHSM_TOKEN, "654321", false),
			 REASON_TOKEN);
	ck_assert_ptr_null(token.module);
	open_token();
}
END_TEST

/* -- the PIN's file -------------------------------------------------- */

struct pin_row {
	const char *text;
	const char *pin;	/* NULL: refused */
};

#define PIN_64 "12345678901234567890123456789012" \
	       "12345678901234567890123456789012"

static const struct pin_row pins[] = {
	{ "123456", "123456" }, { "123456\n", "123456" },
	{ "a b!", "a b!" }, { PIN_64, PIN_64 }, { PIN_64 "\n", PIN_64 },
	{ "", NULL }, { "\n", NULL }, { "12\n34", NULL }, { "1234\n\n", NULL },
	{ "12\t34", NULL }, { "12\x7f", NULL }, { PIN_64 "5", NULL },
	{ PIN_64 "5\n", NULL }, { PIN_64 PIN_64, NULL },
};

START_TEST(pin_is_one_line)
{
	const struct pin_row *row = &pins[_i];
	struct token_pin pin = { .n = 0 };
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	fputs(row->text, f);
	rewind(f);
	lseek(fileno(f), 0, SEEK_SET);
	if (row->pin) {
		ck_assert_int_eq(token_pin_read(fileno(f), &pin), R_OK);
		ck_assert_uint_eq(pin.n, strlen(row->pin));
		ck_assert_mem_eq(pin.b, row->pin, pin.n);
	} else {
		ck_assert_int_eq(token_pin_read(fileno(f), &pin), R_MALFORMED);
		ck_assert_uint_eq(pin.n, 0);
	}
	fclose(f);
	ck_assert_int_eq(token_pin_read(-1, &pin), R_INTERNAL);
}
END_TEST

static Suite *token_suite(void)
{
	Suite *s = suite_create("sector/token");
	TCase *t = tcase_create("softhsm"), *p = tcase_create("pin");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, key_is_made_found_and_used);
	tcase_add_test(t, its_value_can_not_be_read);
	tcase_add_test(t, hmac_is_hmac_sha_256);
	tcase_add_test(t, provider_gives_a_pseudonym_of_32_bytes);
	tcase_add_test(t, only_the_key_of_that_label_and_epoch_is_found);
	tcase_add_test(t, two_keys_of_one_name_are_none);
	tcase_add_loop_test(t, key_that_may_leave_the_token_is_refused, 0, 3);
	tcase_add_test(t, second_key_of_a_name_is_not_made);
	tcase_add_test(t, key_is_destroyed_and_no_other);
	tcase_add_test(t, session_for_reading_changes_nothing);
	tcase_add_test(t, token_that_is_none_or_not_the_only_one_is_refused);
	tcase_add_test(t, another_token_beside_it_does_not_matter);
	tcase_add_test(t, wrong_pin_is_refused);
	tcase_add_loop_test(p, pin_is_one_line, 0,
			    (int)(sizeof(pins) / sizeof(pins[0])));
	suite_add_tcase(s, t);
	suite_add_tcase(s, p);
	return s;
}

CHECK_MAIN(token_suite)
