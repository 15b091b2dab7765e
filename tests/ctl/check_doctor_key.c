// SPDX-License-Identifier: GPL-3.0-or-later
/* What doctor finds about keys beside cnied's own rows. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/doctor.h"
#include "ctl/key_talk.h"
#include "support_seal.h"

#define SEALED "SEALED sector-1.key as it left the factory\nYQ==\n"

static struct findings doctor_says(void)
{
	struct config c = { .provider = PROVIDER_LOCAL, .epoch = 1 };
	struct findings f = { 0 };

	doctor_key(&f, &c);
	return f;
}

static void name_it(const char *text)
{
	mkdir(service_path("etc/systemd/system/cnied.service.d"), 0755);
	seal_put(SEAL_DROP_IN, text, 0644);
}

#define NAMED "[Service]\nLoadCredentialEncrypted=sector-1.key:/x\n"

enum tpm { OPENS, CLEARED, GONE };

/* What does the TPM do, is it named, does the plain file lie beside it? */
static const struct {
	enum tpm tpm;
	bool named, plain;
	enum finding_state state;
	const char *text, *fix;
} sealed[] = {
	{ OPENS, true, false, FINDING_OK, "it is unsealed", NULL },
	{ OPENS, true, true, FINDING_WARN, "still lies beside", "init --seal" },
	{ OPENS, false, false, FINDING_FAIL, "nothing tells", "key init" },
	{ OPENS, false, true, FINDING_WARN, "still lies beside", "init --seal" },
	{ CLEARED, true, false, FINDING_FAIL, "does not start", "key restore" },
	{ CLEARED, true, true, FINDING_FAIL, "does not start", "key restore" },
	{ CLEARED, false, false, FINDING_FAIL, "can't be unsealed",
	  "key restore" },
	{ CLEARED, false, true, FINDING_WARN, "still lies beside",
	  "init --seal" },
	{ GONE, true, false, FINDING_FAIL, "no TPM answers: cnied does not",
	  "--without-tpm" },
	{ GONE, true, true, FINDING_FAIL, "no TPM answers: cnied does not",
	  "--without-tpm" },
	{ GONE, false, false, FINDING_FAIL, "no TPM answers",
	  "--without-tpm" },
	{ GONE, false, true, FINDING_WARN, "still lies beside",
	  "init --seal" },
};

START_TEST(doctor_knows_how_sealed_keys_fare)
{
	struct findings f = doctor_says();

	ck_assert_uint_eq(f.n, 0);	/* a plain one is cnied's to tell of */
	seal_put(SEAL_KEYS "sector-1.cred", SEALED, 0600);
	if (sealed[_i].tpm == CLEARED)
		seal_put("tpm", "cleared", 0644);
	if (sealed[_i].tpm == GONE)
		unlink(service_path("tpm"));
	name_it(sealed[_i].named ? NAMED : "[Service]\n");
	if (!sealed[_i].plain)
		unlink(service_path(SEAL_KEYS "sector-1.key"));
	f = doctor_says();
	ck_assert_uint_eq(f.n, 1);
	ck_assert_int_eq(f.at[0].state, sealed[_i].state);
	ck_assert_ptr_nonnull(strstr(f.at[0].text, sealed[_i].text));
	if (sealed[_i].fix)
		ck_assert_ptr_nonnull(strstr(f.at[0].fix, sealed[_i].fix));
}
END_TEST

START_TEST(doctor_finds_what_killed_runs_have_left)
{
	struct findings f;

	seal_put(SEAL_KEYS "sector-1.key.aside", SEAL_KEY_1, 0400);
	seal_put(SEAL_KEYS "sector-2.key", SEAL_KEY_2, 0400);
	f = doctor_says();
	ck_assert_uint_eq(f.n, 2);
	ck_assert_int_eq(f.at[0].state, FINDING_WARN);
	ck_assert_int_eq(f.at[1].state, FINDING_WARN);
}
END_TEST

START_TEST(doctor_tells_of_an_epoch_that_nobody_names)
{
	struct findings f = { 0 };
	struct key_status s = { 0 };

	ck_assert_int_eq(key_status_row(&s, "left_over\t0"), R_OK);
	doctor_key_status(&f, &s);
	ck_assert_uint_eq(f.n, 0);
	s.n = 0;
	ck_assert_int_eq(key_status_row(&s, "left_over\t4"), R_OK);
	doctor_key_status(&f, &s);
	ck_assert_uint_eq(f.n, 1);
	ck_assert_ptr_nonnull(strstr(f.at[0].text, "epoch 4"));
	ck_assert_str_eq(f.at[0].fix, "cniectl key retire");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl doctor key");
	TCase *t = tcase_create("key");

	tcase_add_checked_fixture(t, seal_setup, service_teardown);
	tcase_add_loop_test(t, doctor_knows_how_sealed_keys_fare, 0,
			    sizeof(sealed) / sizeof(sealed[0]));
	tcase_add_test(t, doctor_finds_what_killed_runs_have_left);
	tcase_add_test(t, doctor_tells_of_an_epoch_that_nobody_names);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
