/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/backup.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"

#define URN "urn:example:sector:one"

static struct sector_key key;
static uint8_t public[32], sealed[BACKUP_SIZE];
static struct backup_identity identity;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	oprf_random(key.scalar);
	crypto_box_keypair(public, identity.secret);
	ck_assert_int_eq(backup_seal(&key, URN, 1, public, sealed), R_OK);
}

static enum result open_it(const char *urn, uint32_t epoch,
			   struct sector_key *out)
{
	return backup_open(SPAN(sealed), &identity, urn, epoch, out);
}

START_TEST(what_was_sealed_is_opened_by_the_offline_key_alone)
{
	struct sector_key back = { { 0 } };

	ck_assert_int_eq(open_it(URN, 1, &back), R_OK);
	ck_assert_mem_eq(back.scalar, key.scalar, 32);
	memset(&back, 0, sizeof(back));
	identity.secret[5] ^= 1;
	ck_assert_int_eq(open_it(URN, 1, &back), R_DENIED);
	ck_assert(sodium_is_zero(back.scalar, 32));
}
END_TEST

START_TEST(backup_is_as_documented)
{
	uint8_t hash[16], file[KEY_FILE_SIZE];

	ck_assert_int_eq(BACKUP_SIZE, 164);
	ck_assert_mem_eq(sealed, "CNIE-KEY-BACKUP\x01", 16);
	crypto_generichash(hash, 16, (const uint8_t *)URN, strlen(URN), NULL,
			   0);
	ck_assert_mem_eq(sealed + 16, hash, 16);
	ck_assert_mem_eq(sealed + 32, "\0\0\0\x01", 4);
	ck_assert_int_eq(crypto_box_seal_open(file, sealed + 36, 128, public,
					      identity.secret), 0);
	ck_assert_mem_eq(file, "CNIE-KEY", 8);
	ck_assert_mem_eq(file + 32, key.scalar, 32);
}
END_TEST

START_TEST(two_backups_of_one_key_have_nothing_in_common_behind_the_head)
{
	uint8_t second[BACKUP_SIZE];
	size_t same = 0;

	ck_assert_int_eq(backup_seal(&key, URN, 1, public, second), R_OK);
	ck_assert_mem_eq(sealed, second, 36);
	for (size_t i = 36; i < BACKUP_SIZE; i++)
		same += sealed[i] == second[i];
	ck_assert_uint_lt(same, 32);
}
END_TEST

START_TEST(backup_of_another_sector_or_epoch_is_refused)
{
	struct sector_key back;

	ck_assert_int_eq(open_it(URN, 2, &back), R_DENIED);
	ck_assert_int_eq(open_it(URN ":x", 1, &back), R_DENIED);
}
END_TEST

/* The head says what is asked for; what is sealed says something else. */
START_TEST(head_over_another_sectors_key_is_refused)
{
	struct sector_key back = { { 0 } };

	sealed[35] = 2;
	ck_assert_int_eq(open_it(URN, 2, &back), R_DENIED);
	ck_assert(sodium_is_zero(back.scalar, 32));
	/* and the head alone is wrong */
	ck_assert_int_eq(open_it(URN, 1, &back), R_DENIED);
}
END_TEST

START_TEST(backup_with_any_byte_changed_is_refused)
{
	struct sector_key back = { { 0 } };

	sealed[_i] ^= 1;
	ck_assert_int_ne(open_it(URN, 1, &back), R_OK);
	ck_assert(sodium_is_zero(back.scalar, 32));
}
END_TEST

START_TEST(form_that_is_none_is_malformed)
{
	uint8_t longer[BACKUP_SIZE + 1] = { 0 };
	struct sector_key back;

	memcpy(longer, sealed, BACKUP_SIZE);
	for (size_t n = 0; n <= sizeof(longer); n++)
		ck_assert_int_eq(backup_open(span_of(longer, n), &identity,
					     URN, 1, &back),
				 n == BACKUP_SIZE ? R_OK : R_MALFORMED);
	for (size_t i = 0; i < 16; i++) {	/* magic, version */
		sealed[i] ^= 1;
		ck_assert_int_eq(open_it(URN, 1, &back), R_MALFORMED);
		sealed[i] ^= 1;
	}
}
END_TEST

START_TEST(recipient_that_is_no_key_is_refused)
{
	static const uint8_t zero[32], one[32] = { 1 };
	uint8_t out[BACKUP_SIZE] = { 0 };

	ck_assert_int_eq(backup_seal(&key, URN, 1, zero, out), R_DENIED);
	ck_assert_int_eq(backup_seal(&key, URN, 1, one, out), R_DENIED);
	ck_assert(sodium_is_zero(out, sizeof(out)));
}
END_TEST

/* -- the file of the secret half ------------------------------------- */

#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

struct identity_row {
	const char *text;
	enum result r;
};

static const struct identity_row identities[] = {
	{ "cnie-backup-secret-1 " SECRET "\n", R_OK },
	{ "cnie-backup-secret-1 " SECRET, R_OK },
	{ "", R_MALFORMED },
	{ "\n", R_MALFORMED },
	{ SECRET "\n", R_MALFORMED },
	{ "cnie-backup-secret-2 " SECRET "\n", R_MALFORMED },
	{ "cnie-backup-secret-1 " SECRET "\n\n", R_MALFORMED },
	{ "cnie-backup-secret-1 " SECRET "\r\n", R_MALFORMED },
	{ "cnie-backup-secret-1  " SECRET "\n", R_MALFORMED },
	{ "cnie-backup-secret-1 " SECRET SECRET "\n", R_MALFORMED },
	{ "cnie-backup-secret-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
	  R_MALFORMED },
	{ "cnie-backup-secret-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH-8=\n",
	  R_MALFORMED },
	{ "cnie-backup-secret-1 AAECAwQFBgcICQoLDA0O\304xAREhMUFRYXGBkaGxwdHh8="
	  "\n", R_MALFORMED },
	{ "cnie-backup-secret-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n",
	  R_MALFORMED },	/* 31 bytes */
};

START_TEST(identity_is_one_line)
{
	const struct identity_row *row = &identities[_i];
	struct backup_identity got = { { 0 } };

	ck_assert_int_eq(backup_identity_get(span_str(row->text), &got),
			 row->r);
	for (int i = 0; i < 32; i++)
		ck_assert_int_eq(got.secret[i], row->r == R_OK ? i : 0);
	ck_assert_uint_eq(strlen(identities[0].text), BACKUP_IDENTITY_MAX);
}
END_TEST

static Suite *backup_suite(void)
{
	Suite *s = suite_create("sector/backup");
	TCase *t = tcase_create("backup");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, what_was_sealed_is_opened_by_the_offline_key_alone);
	tcase_add_test(t, backup_is_as_documented);
	tcase_add_test(t,
		two_backups_of_one_key_have_nothing_in_common_behind_the_head);
	tcase_add_test(t, backup_of_another_sector_or_epoch_is_refused);
	tcase_add_test(t, head_over_another_sectors_key_is_refused);
	tcase_add_loop_test(t, backup_with_any_byte_changed_is_refused, 0,
			    BACKUP_SIZE);
	tcase_add_test(t, form_that_is_none_is_malformed);
	tcase_add_test(t, recipient_that_is_no_key_is_refused);
	tcase_add_loop_test(t, identity_is_one_line, 0,
		(int)(sizeof(identities) / sizeof(identities[0])));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(backup_suite)
