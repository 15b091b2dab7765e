/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole dialogue of cnie-sector with the key in a file. */
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check_main.h"
#include "sector/backup.h"
#include "support_run.h"

static int key;			/* the key's file */

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	key = run_file("", 0);
}

static void teardown(void)
{
	close(key);
}

static struct msg_sector_config local(uint8_t mode, uint32_t epoch)
{
	return run_config(mode, PROVIDER_LOCAL, epoch);
}

static struct sector_fds with_key(void)
{
	return (struct sector_fds){ key, -1, -1 };
}

static enum reason once(uint8_t mode, uint32_t epoch)
{
	struct msg_sector_config c = local(mode, epoch);

	return run_once(&c, with_key());
}

static void make_key(void)
{
	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_NONE);
}

static struct msg_sector_tags evaluate(const char *number)
{
	struct msg_sector_config c = local(SECTOR_EVALUATE, 1);

	return run_evaluate(&c, with_key(), number);
}

/* Ready for a number. */
static struct sector_run start_evaluation(void)
{
	struct msg_sector_config c = local(SECTOR_EVALUATE, 1);
	struct sector_run r = run_start(with_key());

	run_configure(&r, &c);
	run_ready(&r);
	return r;
}

START_TEST(key_is_made_probed_and_used)
{
	struct msg_sector_tags a, b, c;

	make_key();
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NONE);
	a = evaluate("AB123456");
	b = evaluate("AB123456");
	c = evaluate("AB123457");
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert_mem_ne(a.tag, c.tag, TAG_SIZE);
	ck_assert_int_eq(a.has_old, 0);
	ck_assert_int_eq(a.remember, 0);
}
END_TEST

START_TEST(tags_are_those_of_the_key_in_the_file)
{
	static const char x[] = "cnie/psn/v1\0" URN "\0UTO\0" "CIN\0AB123456";
	uint8_t file[KEY_FILE_SIZE], psn[64], want[16];
	struct msg_sector_tags t;
	struct sector_key k;

	make_key();
	t = evaluate("AB123456");
	ck_assert_uint_eq(run_contents(key, file, sizeof(file)), sizeof(file));
	ck_assert_int_eq(key_get(SPAN(file), URN, 1, &k), R_OK);
	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, k.scalar,
				       span_of(x, sizeof(x) - 1), psn), R_OK);
	crypto_generichash(want, 16, (const uint8_t *)"roster", 6, psn, 64);
	ck_assert_mem_eq(t.tag, want, 16);
}
END_TEST

START_TEST(second_key_is_refused)
{
	uint8_t before[KEY_FILE_SIZE], after[KEY_FILE_SIZE];

	make_key();
	run_contents(key, before, sizeof(before));
	ck_assert_int_eq(once(SECTOR_KEYGEN, 1), REASON_KEY_EXISTS);
	ck_assert_int_eq(once(SECTOR_KEYGEN, 2), REASON_KEY_EXISTS);
	run_contents(key, after, sizeof(after));
	ck_assert_mem_eq(before, after, sizeof(before));
}
END_TEST

START_TEST(no_key_or_another_epochs_is_said)
{
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NO_KEY);
	make_key();
	ck_assert_int_eq(once(SECTOR_EVALUATE, 2), REASON_NO_KEY);
}
END_TEST

/* -- two epochs ------------------------------------------------------ */

START_TEST(both_live_epochs_get_their_tags)
{
	struct msg_sector_config c = local(SECTOR_KEYGEN, 2);
	struct sector_fds fds = { run_file("", 0), key, -1 };
	struct sector_fds next = { fds.key, -1, -1 };
	struct msg_sector_tags old, new, both;

	make_key();
	old = evaluate("AB123456");
	ck_assert_int_eq(run_once(&c, next), REASON_NONE);
	c.mode = SECTOR_EVALUATE;
	new = run_evaluate(&c, next, "AB123456");
	c.old_epoch = 1;
	both = run_evaluate(&c, fds, "AB123456");
	ck_assert_int_eq(both.has_old, 1);
	ck_assert_mem_eq(both.tag, new.tag, TAG_SIZE);
	ck_assert_mem_eq(both.card_tag, new.card_tag, TAG_SIZE);
	ck_assert_mem_eq(both.old_tag, old.tag, TAG_SIZE);
	ck_assert_mem_eq(both.old_card_tag, old.card_tag, TAG_SIZE);
	close(fds.key);
}
END_TEST

START_TEST(old_key_that_is_missing_is_said)
{
	struct msg_sector_config c = local(SECTOR_EVALUATE, 1);
	struct sector_fds fds = { key, run_file("", 0), -1 };

	make_key();
	c.old_epoch = 7;
	ck_assert_int_eq(run_once(&c, with_key()), REASON_NO_KEY);
	ck_assert_int_eq(run_once(&c, fds), REASON_NO_KEY);
	close(fds.old);
	fds.old = key;		/* the current one in its place */
	ck_assert_int_eq(run_once(&c, fds), REASON_NO_KEY);
}
END_TEST

/* -- what comes ------------------------------------------------------ */

START_TEST(number_of_another_form_is_refused)
{
	struct sector_run r;

	make_key();
	r = start_evaluation();
	run_number(&r, "123456");
	run_fail(&r, REASON_NUMBER_FORM);
}
END_TEST

START_TEST(it_evaluates_once)
{
	struct msg_number n = run_person("AB123456");
	uint8_t buf[WIRE_MAX];
	struct msg_sector_tags t;
	struct sector_run r;
	struct span got;

	make_key();
	r = start_evaluation();
	run_number(&r, "AB123456");
	if (chan_send(r.number, MSG_NUMBER, &n) != R_OK)
		ck_assert_msg(true, "it had gone already");
	ck_assert_int_eq(chan_expect(r.control, MSG_SECTOR_TAGS, &t,
				     mono_ms() + WAIT_MS), R_OK);
	ck_assert_int_eq(chan_recv(r.control, buf, sizeof(buf),
				   mono_ms() + WAIT_MS, &got), R_ABSENT);
	run_exit(&r, 0);
}
END_TEST

START_TEST(it_ends_with_cnied_or_with_the_inspection)
{
	struct sector_run r;

	make_key();
	r = start_evaluation();
	ck_assert_int_eq(shutdown(_i ? r.number : r.control, SHUT_RDWR), 0);
	run_exit(&r, 1);
}
END_TEST

START_TEST(word_of_cnied_that_was_not_asked_for_ends_it)
{
	struct msg_sector_found m = { .found = 0 };
	struct sector_run r;

	make_key();
	r = start_evaluation();
	ck_assert_int_eq(chan_send(r.control, MSG_SECTOR_FOUND, &m), R_OK);
	run_exit(&r, 1);
}
END_TEST

START_TEST(garbage_where_the_number_should_be_is_refused)
{
	static const uint8_t junk[] = { 1, MSG_NUMBER, 0, 200, 'x' };
	struct sector_run r;

	make_key();
	r = start_evaluation();
	ck_assert_int_eq(write(r.number, junk, sizeof(junk)), sizeof(junk));
	run_fail(&r, REASON_HELPER_PROTOCOL);
}
END_TEST

/* -- the configuration ----------------------------------------------- */

struct config_row {
	uint8_t mode, provider;
	uint32_t epoch, old_epoch;
	uint8_t cache, machine_key;
	const char *urn, *regex;	/* NULL: good ones */
	enum reason why;
};

static const struct config_row configs[] = {
	{ 0, 1, 1, 0, 0, 0, NULL, NULL, REASON_HELPER_PROTOCOL },
	{ 7, 1, 1, 0, 0, 0, NULL, NULL, REASON_HELPER_PROTOCOL },
	{ 255, 1, 1, 0, 0, 0, NULL, NULL, REASON_HELPER_PROTOCOL },
	{ SECTOR_PROBE, 0, 1, 0, 0, 0, NULL, NULL, REASON_HELPER_PROTOCOL },
	{ SECTOR_PROBE, 4, 1, 0, 0, 0, NULL, NULL, REASON_HELPER_PROTOCOL },
	{ SECTOR_PROBE, 1, 0, 0, 0, 0, NULL, NULL, REASON_NOT_CONFIGURED },
	{ SECTOR_PROBE, 1, 1, 1, 0, 0, NULL, NULL, REASON_NOT_CONFIGURED },
	{ SECTOR_PROBE, 1, 1, 0, 1, 0, NULL, NULL, REASON_NOT_CONFIGURED },
	{ SECTOR_PROBE, PROVIDER_PKCS11, 1, 0, 1, 0, NULL, NULL,
	  REASON_NOT_CONFIGURED },
	{ SECTOR_PROBE, 1, 1, 0, 0, 0, "", NULL, REASON_NOT_CONFIGURED },
	{ SECTOR_PROBE, 1, 1, 0, 0, 0, "a b", NULL, REASON_NOT_CONFIGURED },
	{ SECTOR_EVALUATE, 1, 1, 0, 0, 0, NULL, "", REASON_NOT_CONFIGURED },
	{ SECTOR_EVALUATE, 1, 1, 0, 0, 0, NULL, "(", REASON_NOT_CONFIGURED },
	/* the machine's key is only ever made, and only in a token */
	{ SECTOR_DESTROY, PROVIDER_PKCS11, 1, 0, 0, 1, NULL, NULL,
	  REASON_HELPER_PROTOCOL },
	{ SECTOR_EVALUATE, PROVIDER_PKCS11, 1, 0, 0, 1, NULL, NULL,
	  REASON_HELPER_PROTOCOL },
	{ SECTOR_KEYGEN, PROVIDER_LOCAL, 1, 0, 0, 1, NULL, NULL,
	  REASON_HELPER_PROTOCOL },
	/* keys that are not held here */
	{ SECTOR_BACKUP, PROVIDER_PKCS11, 1, 0, 0, 0, NULL, NULL,
	  REASON_KEY_CUSTODY },
	{ SECTOR_RESTORE, PROVIDER_PKCS11, 1, 0, 0, 0, NULL, NULL,
	  REASON_KEY_CUSTODY },
};

START_TEST(configuration_that_can_not_be_is_refused)
{
	const struct config_row *row = &configs[_i];
	struct msg_sector_config c = run_config(row->mode, row->provider,
						row->epoch);

	make_key();
	c.old_epoch = row->old_epoch;
	c.cache = row->cache;
	c.machine_key = row->machine_key;
	if (row->urn)
		strcpy(c.urn, row->urn);
	if (row->regex)
		strcpy(c.number_regex, row->regex);
	ck_assert_int_eq(run_once(&c, with_key()), row->why);
}
END_TEST

/* A tokeniser's keys are none of ours to make, keep or end. */
START_TEST(what_a_service_holds_is_not_managed_here)
{
	static const uint8_t modes[] = { SECTOR_KEYGEN, SECTOR_DESTROY,
					 SECTOR_BACKUP, SECTOR_RESTORE };
	struct msg_sector_config c = run_config(modes[_i], PROVIDER_TOKENISER,
						1);
	uint8_t before[KEY_FILE_SIZE], after[KEY_FILE_SIZE];

	make_key();
	run_contents(key, before, sizeof(before));
	memset(c.public_key, 1, sizeof(c.public_key));
	ck_assert_int_eq(run_once(&c, with_key()), REASON_KEY_CUSTODY);
	run_contents(key, after, sizeof(after));
	ck_assert_mem_eq(before, after, sizeof(before));
}
END_TEST

/* -- backup, restoration, destruction -------------------------------- */

struct offline { uint8_t public[32]; struct backup_identity identity; };

static struct offline offline_new(void)
{
	struct offline o;

	crypto_box_keypair(o.public, o.identity.secret);
	return o;
}

/* The file of the secret half. */
static int identity_file(const struct offline *o)
{
	char base64[64], text[128];

	sodium_bin2base64(base64, sizeof(base64), o->identity.secret, 32,
			  sodium_base64_VARIANT_ORIGINAL);
	snprintf(text, sizeof(text), "cnie-backup-secret-1 %s\n", base64);
	return run_file(text, strlen(text));
}

static void take_backup(const struct offline *o, uint8_t out[BACKUP_SIZE])
{
	struct msg_sector_config c = local(SECTOR_BACKUP, 1);
	struct sector_run r = run_start(with_key());
	uint8_t buf[WIRE_MAX];
	struct msg_sector_backup m;
	struct span in;

	memcpy(c.recipient, o->public, 32);
	run_configure(&r, &c);
	run_ready(&r);
	ck_assert_int_eq(chan_recv(r.control, buf, sizeof(buf),
				   mono_ms() + WAIT_MS, &in), R_OK);
	ck_assert_int_eq(wire_get(in, MSG_SECTOR_BACKUP, &m), R_OK);
	ck_assert_uint_eq(m.sealed.n, BACKUP_SIZE);
	memcpy(out, m.sealed.p, BACKUP_SIZE);
	run_exit(&r, 0);
}

START_TEST(backup_restored_on_another_machine_gives_the_same_tags)
{
	struct msg_sector_config c = local(SECTOR_RESTORE, 1);
	struct offline o = offline_new();
	struct sector_fds fds = { run_file("", 0), -1, identity_file(&o) };
	uint8_t sealed[BACKUP_SIZE];
	struct msg_sector_tags a, b;

	make_key();
	a = evaluate("AB123456");
	take_backup(&o, sealed);
	fds.old = run_file(sealed, sizeof(sealed));
	ck_assert_int_eq(run_once(&c, fds), REASON_NONE);
	close(key);
	key = fds.key;
	b = evaluate("AB123456");
	ck_assert_mem_eq(&a, &b, sizeof(a));
	/* over a key that is there: never */
	ck_assert_int_eq(run_once(&c, fds), REASON_KEY_EXISTS);
	close(fds.old);
	close(fds.tokeniser);
}
END_TEST

START_TEST(backup_to_a_key_that_is_none_is_refused)
{
	struct msg_sector_config c = local(SECTOR_BACKUP, 1);
	struct sector_run r;

	make_key();
	r = run_start(with_key());
	run_configure(&r, &c);
	run_ready(&r);
	run_fail(&r, REASON_KEY_BACKUP);
}
END_TEST

START_TEST(backup_that_does_not_fit_is_not_restored)
{
	struct msg_sector_config c = local(SECTOR_RESTORE, 1);
	struct offline o = offline_new(), other = offline_new();
	struct sector_fds fds = { run_file("", 0), -1,
				  identity_file(_i == 0 ? &other : &o) };
	uint8_t sealed[BACKUP_SIZE + 1] = { 0 }, empty[1];

	make_key();
	take_backup(&o, sealed);
	if (_i == 1)
		c.epoch = 2;
	else if (_i == 2)
		strcpy(c.urn, URN ":x");
	else if (_i == 3)
		sealed[100] ^= 1;
	fds.old = run_file(sealed, _i == 4 ? BACKUP_SIZE + 1 :
				   _i == 5 ? 0 : BACKUP_SIZE);
	if (_i == 6) {
		close(fds.tokeniser);
		fds.tokeniser = run_file(sealed, BACKUP_SIZE);
	}
	ck_assert_int_eq(run_once(&c, fds), REASON_KEY_BACKUP);
	ck_assert_uint_eq(run_contents(fds.key, empty, 1), 0);
	close(fds.key);
	close(fds.old);
	close(fds.tokeniser);
}
END_TEST

START_TEST(destroyed_key_is_gone)
{
	uint8_t b[KEY_FILE_SIZE + 1];

	make_key();
	ck_assert_int_eq(once(SECTOR_DESTROY, 2), REASON_NO_KEY);
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NONE);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(once(SECTOR_DESTROY, 1), REASON_NONE);
		ck_assert_uint_eq(run_contents(key, b, sizeof(b)),
				  KEY_FILE_SIZE);
		ck_assert(sodium_is_zero(b, KEY_FILE_SIZE));
	}
	ck_assert_int_eq(once(SECTOR_PROBE, 1), REASON_NO_KEY);
}
END_TEST

static Suite *process_suite(void)
{
	Suite *s = suite_create("sector/process");
	TCase *t = tcase_create("process");

	tcase_add_checked_fixture(t, setup, teardown);
	if (geteuid() != 0) {
		fprintf(stderr, "SKIP: starting a helper needs root\n");
		suite_add_tcase(s, t);
		return s;
	}
	tcase_set_timeout(t, 60);
	tcase_add_test(t, key_is_made_probed_and_used);
	tcase_add_test(t, tags_are_those_of_the_key_in_the_file);
	tcase_add_test(t, second_key_is_refused);
	tcase_add_test(t, no_key_or_another_epochs_is_said);
	tcase_add_test(t, both_live_epochs_get_their_tags);
	tcase_add_test(t, old_key_that_is_missing_is_said);
	tcase_add_test(t, number_of_another_form_is_refused);
	tcase_add_test(t, it_evaluates_once);
	tcase_add_loop_test(t, it_ends_with_cnied_or_with_the_inspection, 0,
			    2);
	tcase_add_test(t, word_of_cnied_that_was_not_asked_for_ends_it);
	tcase_add_test(t, garbage_where_the_number_should_be_is_refused);
	tcase_add_loop_test(t, configuration_that_can_not_be_is_refused, 0,
			    (int)(sizeof(configs) / sizeof(configs[0])));
	tcase_add_loop_test(t, what_a_service_holds_is_not_managed_here, 0, 4);
	tcase_add_test(t,
		backup_restored_on_another_machine_gives_the_same_tags);
	tcase_add_test(t, backup_to_a_key_that_is_none_is_refused);
	tcase_add_loop_test(t, backup_that_does_not_fit_is_not_restored, 0, 7);
	tcase_add_test(t, destroyed_key_is_gone);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(process_suite)
