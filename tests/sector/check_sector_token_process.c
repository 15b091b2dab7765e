/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole dialogue of cnie-sector with the key in a token: a real SoftHSM, as
 * the unprivileged user, behind the real filter. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "support_run.h"
#include "support_softhsm.h"

static struct softhsm hsm;
static int pin;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	hsm = softhsm_new(SECTOR_UID);
	pin = run_file(SOFTHSM_PIN "\n", strlen(SOFTHSM_PIN) + 1);
}

static void teardown(void)
{
	close(pin);
	softhsm_free(&hsm);
}

static struct msg_sector_config in_token(uint8_t mode, uint32_t epoch)
{
	struct msg_sector_config c = run_config(mode, PROVIDER_PKCS11, epoch);

	strcpy(c.module, SOFTHSM_MODULE);
	strcpy(c.token, SOFTHSM_TOKEN);
	return c;
}

static struct sector_fds with_pin(void)
{
	return (struct sector_fds){ pin, -1, -1 };
}

static enum reason once(uint8_t mode, uint32_t epoch)
{
	struct msg_sector_config c = in_token(mode, epoch);

	return run_once(&c, with_pin());
}

static struct msg_sector_tags evaluate(uint32_t epoch, uint32_t old_epoch,
				       const char *number)
{
	struct msg_sector_config c = in_token(SECTOR_EVALUATE, epoch);

	c.old_epoch = old_epoch;
	return run_evaluate(&c, with_pin(), number);
}

/* The same token, here. */
static void open_token(struct token *t)
{
	struct token_pin p = softhsm_pin(SOFTHSM_PIN);

	ck_assert_int_eq(token_open(SOFTHSM_MODULE, SOFTHSM_TOKEN, &p, true,
				    t), REASON_NONE);
}

START_TEST(key_is_made_in_the_token_probed_and_used)
{
	static const char x[] = "cnie/psn/v1\0" URN "\0UTO\0" "CIN\0AB123456";
	struct msg_sector_tags a, b, c;
	uint8_t psn[32], want[16];
	struct token_key key;
	struct token t;

	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NO_KEY);
	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NONE);
	a = evaluate(1, 0, "AB123456");
	b = evaluate(1, 0, "AB123456");
	c = evaluate(1, 0, "AB123457");
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert_mem_ne(a.tag, c.tag, TAG_SIZE);
	ck_assert_int_eq(a.remember, 0);
	open_token(&t);
	ck_assert_int_eq(token_key_find(&t, TOKEN_SECTOR_KEY, 1, &key),
			 REASON_NONE);
	ck_assert_int_eq(token_hmac(&key, span_of(x, sizeof(x) - 1), psn),
			 REASON_NONE);
	crypto_generichash(want, 16, (const uint8_t *)"roster", 6, psn, 32);
	ck_assert_mem_eq(a.tag, want, 16);
	token_close(&t);
}
END_TEST

START_TEST(both_live_epochs_get_their_tags)
{
	struct msg_sector_tags old, new, both;

	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_KEYGEN, 2), REASON_NONE);
	old = evaluate(1, 0, "AB123456");
	new = evaluate(2, 0, "AB123456");
	both = evaluate(2, 1, "AB123456");
	ck_assert_int_eq(both.has_old, 1);
	ck_assert_mem_eq(both.tag, new.tag, TAG_SIZE);
	ck_assert_mem_eq(both.old_tag, old.tag, TAG_SIZE);
	ck_assert_mem_eq(both.old_card_tag, old.card_tag, TAG_SIZE);
}
END_TEST

START_TEST(old_key_that_is_missing_is_said)
{
	struct msg_sector_config c = in_token(SECTOR_EVALUATE, 2);

	ck_assert_int_eq(once(SECTOR_KEYGEN, 2), REASON_NONE);
	c.old_epoch = 1;
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_NO_KEY);
}
END_TEST

START_TEST(second_key_is_refused)
{
	struct msg_sector_tags a, b;

	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	a = evaluate(1, 0, "AB123456");
	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_KEY_EXISTS);
	b = evaluate(1, 0, "AB123456");
	ck_assert_mem_eq(&a, &b, sizeof(a));
}
END_TEST

START_TEST(key_that_may_leave_the_token_is_refused)
{
	struct softhsm_key what = { TOKEN_SECTOR_KEY, 1, true, true, NULL };
	struct token t;

	open_token(&t);
	softhsm_key(&t, &what);
	token_close(&t);
	softhsm_give(&hsm, SECTOR_UID);
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_TOKEN_KEY);
	ck_assert_int_eq(once(SECTOR_EVALUATE, 1), REASON_TOKEN_KEY);
}
END_TEST

START_TEST(destroyed_key_is_gone)
{
	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_KEYGEN, 2), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_DESTROY, 1), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NO_KEY);
	ck_assert_int_eq(once(SECTOR_DESTROY, 1), REASON_NONE);
	ck_assert_int_eq(once(SECTOR_PROBE, 2), REASON_NONE);
}
END_TEST

START_TEST(machines_key_is_another_one)
{
	struct msg_sector_config c = in_token(SECTOR_KEYGEN, 1);
	struct token_key key;
	struct token t;

	c.machine_key = 1;
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_NONE);
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_KEY_EXISTS);
	open_token(&t);
	ck_assert_int_eq(token_key_find(&t, TOKEN_MACHINE_KEY,
					TOKEN_MACHINE_ID, &key), REASON_NONE);
	ck_assert_int_eq(token_key_find(&t, TOKEN_SECTOR_KEY, 1, &key),
			 REASON_NO_KEY);
	token_close(&t);
}
END_TEST

START_TEST(token_that_can_not_be_used_is_said)
{
	struct msg_sector_config c = in_token(SECTOR_PROBE, 1);
	struct sector_fds wrong = { run_file("654321\n", 7), -1, -1 };
	struct sector_fds empty = { run_file("", 0), -1, -1 };

	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	ck_assert_int_eq(run_once(&c, wrong), REASON_TOKEN);
	ck_assert_int_eq(run_once(&c, empty), REASON_TOKEN);
	ck_assert_int_eq(run_once(&c, NO_FDS), REASON_TOKEN);
	strcpy(c.token, "another");
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_TOKEN);
	strcpy(c.token, "");
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_NOT_CONFIGURED);
	c = in_token(SECTOR_PROBE, 1);
	strcpy(c.module, "/nonexistent.so");
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_TOKEN);
	strcpy(c.module, "");
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_NOT_CONFIGURED);
	c = in_token(SECTOR_PROBE, 1);
	ck_assert_int_eq(run_once(&c, with_pin()), REASON_NONE);
	close(wrong.key);
	close(empty.key);
}
END_TEST

START_TEST(number_of_another_form_is_refused)
{
	struct msg_sector_config c = in_token(SECTOR_EVALUATE, 1);
	struct sector_run r;

	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	r = run_start(with_pin());
	run_configure(&r, &c);
	run_ready(&r);
	run_number(&r, "123456");
	run_fail(&r, REASON_NUMBER_FORM);
}
END_TEST

/* Before the number is read: the process says so itself. */
START_TEST(it_is_locked_down_before_it_has_the_number)
{
	struct msg_sector_config c = in_token(SECTOR_EVALUATE, 1);
	char path[64], line[128];
	struct sector_run r;
	int seen = 0;
	FILE *f;

	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
	r = run_start(with_pin());
	run_configure(&r, &c);
	run_ready(&r);
	snprintf(path, sizeof(path), "/proc/%d/status", r.pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		seen |= !strcmp(line, "NoNewPrivs:\t1\n") ? 1 : 0;
		seen |= !strcmp(line, "Seccomp:\t2\n") ? 2 : 0;
		seen |= !strcmp(line, "CapEff:\t0000000000000000\n") ? 4 : 0;
	}
	fclose(f);
	ck_assert_int_eq(seen, 7);
	run_number(&r, "AB123456");
	run_tags(&r);
}
END_TEST

static Suite *token_process_suite(void)
{
	Suite *s = suite_create("sector/token_process");
	TCase *t = tcase_create("process");

	tcase_add_checked_fixture(t, setup, teardown);
	if (geteuid() != 0) {
		fprintf(stderr, "SKIP: starting a helper needs root\n");
		suite_add_tcase(s, t);
		return s;
	}
	tcase_set_timeout(t, 60);
	tcase_add_test(t, key_is_made_in_the_token_probed_and_used);
	tcase_add_test(t, both_live_epochs_get_their_tags);
	tcase_add_test(t, old_key_that_is_missing_is_said);
	tcase_add_test(t, second_key_is_refused);
	tcase_add_test(t, key_that_may_leave_the_token_is_refused);
	tcase_add_test(t, destroyed_key_is_gone);
	tcase_add_test(t, machines_key_is_another_one);
	tcase_add_test(t, token_that_can_not_be_used_is_said);
	tcase_add_test(t, number_of_another_form_is_refused);
	tcase_add_test(t, it_is_locked_down_before_it_has_the_number);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(token_process_suite)
