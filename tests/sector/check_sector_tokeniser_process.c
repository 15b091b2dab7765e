/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole dialogue of cnie-sector with the key at a service: a real
 * evaluator, and a real SoftHSM for the machine's key. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check_main.h"
#include "support_evaluator.h"
#include "support_run.h"
#include "support_softhsm.h"

#define NUMBER "AB123456"

static struct evaluator_run evaluator;
static struct softhsm hsm;
static int pin;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	evaluator = evaluator_start();
}

static void teardown(void)
{
	evaluator_stop(&evaluator);
}

static struct msg_sector_config at_service(uint8_t mode, uint32_t epoch,
					   uint32_t old_epoch)
{
	struct msg_sector_config c = run_config(mode, PROVIDER_TOKENISER,
						epoch);

	c.old_epoch = old_epoch;
	evaluator_public(&evaluator, epoch, c.public_key);
	if (old_epoch)
		evaluator_public(&evaluator, old_epoch, c.old_public_key);
	return c;
}

/* Connected, as cnied does it for each login. */
static struct sector_fds connected(void)
{
	return (struct sector_fds){ -1, -1, evaluator_connect(&evaluator) };
}

static struct msg_sector_tags evaluate(uint32_t epoch, uint32_t old_epoch)
{
	struct msg_sector_config c = at_service(SECTOR_EVALUATE, epoch,
						old_epoch);
	struct sector_fds fds = connected();
	struct msg_sector_tags t = run_evaluate(&c, fds, NUMBER);

	close(fds.tokeniser);
	return t;
}

static void want_tag(uint32_t epoch, uint8_t want[16])
{
	static const char x[] = "cnie/psn/v1\0" URN "\0UTO\0" "CIN\0" NUMBER;
	uint8_t psn[64];

	evaluator_psn(&evaluator, epoch, span_of(x, sizeof(x) - 1), psn);
	crypto_generichash(want, 16, (const uint8_t *)"roster", 6, psn, 64);
}

START_TEST(tags_are_those_of_the_services_key)
{
	struct msg_sector_tags t = evaluate(3, 0);
	uint8_t want[16];

	want_tag(3, want);
	ck_assert_mem_eq(t.tag, want, 16);
	ck_assert_int_eq(t.remember, 0);
	ck_assert(sodium_is_zero(t.index, CACHE_INDEX));
	ck_assert_uint_eq(evaluator_count(&evaluator), 1);
}
END_TEST

START_TEST(both_live_epochs_are_asked_for)
{
	struct msg_sector_tags t = evaluate(4, 3);
	uint8_t want[16];

	want_tag(4, want);
	ck_assert_mem_eq(t.tag, want, 16);
	want_tag(3, want);
	ck_assert_int_eq(t.has_old, 1);
	ck_assert_mem_eq(t.old_tag, want, 16);
	ck_assert_uint_eq(evaluator_count(&evaluator), 2);
}
END_TEST

static enum reason probe(struct sector_fds fds)
{
	struct msg_sector_config c = at_service(SECTOR_PROBE, 3, 0);
	enum reason why = run_once(&c, fds);

	close(fds.tokeniser);
	return why;
}

START_TEST(probe_says_whether_the_service_serves)
{
	ck_assert_int_eq(probe(connected()), REASON_NONE);
	evaluator_mood(&evaluator, "bad-proof");
	ck_assert_int_eq(probe(connected()), REASON_TOKENISER_PROOF);
	evaluator_mood(&evaluator, "quota");
	ck_assert_int_eq(probe(connected()), REASON_TOKENISER);
	ck_assert_int_eq(probe(NO_FDS), REASON_TOKENISER);
}
END_TEST

struct mood_row {
	const char *mood;
	enum reason why;
};

static const struct mood_row moods[] = {
	{ "other-key", REASON_TOKENISER_PROOF },
	{ "unproven", REASON_TOKENISER_PROOF },
	{ "bad-proof", REASON_TOKENISER_PROOF },
	{ "identity", REASON_TOKENISER_PROOF },
	{ "non-canonical", REASON_TOKENISER_PROOF },
	{ "truncated", REASON_TOKENISER },
	{ "too-long", REASON_TOKENISER },
	{ "silent", REASON_TOKENISER },
	{ "close", REASON_TOKENISER },
	{ "unknown-epoch", REASON_TOKENISER },
};

START_TEST(service_that_lies_or_declines_gives_no_tags)
{
	struct msg_sector_config c = at_service(SECTOR_EVALUATE, 3, 0);
	struct sector_fds fds = connected();
	struct sector_run r = run_start(fds);

	evaluator_mood(&evaluator, moods[_i].mood);
	run_configure(&r, &c);
	run_ready(&r);
	run_number(&r, NUMBER);
	run_fail(&r, moods[_i].why);
	close(fds.tokeniser);
}
END_TEST

START_TEST(service_is_not_asked_about_what_is_no_number)
{
	struct msg_sector_config c = at_service(SECTOR_EVALUATE, 3, 0);
	struct sector_fds fds = connected();
	struct sector_run r = run_start(fds);

	run_configure(&r, &c);
	run_ready(&r);
	run_number(&r, "123456");
	run_fail(&r, REASON_NUMBER_FORM);
	ck_assert_uint_eq(evaluator_count(&evaluator), 0);
	close(fds.tokeniser);
}
END_TEST

START_TEST(no_pinned_key_is_no_configuration)
{
	struct msg_sector_config c = at_service(SECTOR_EVALUATE, 3, 2);

	memset(_i ? c.old_public_key : c.public_key, 0, ELEMENT_SIZE);
	ck_assert_int_eq(run_once(&c, NO_FDS), REASON_NOT_CONFIGURED);
}
END_TEST

/* -- with the machine's key: what cnied remembers -------------------- */

static void setup_cache(void)
{
	struct msg_sector_config c;

	setup();
	hsm = softhsm_new(SECTOR_UID);
	pin = run_file(SOFTHSM_PIN, strlen(SOFTHSM_PIN));
	c = run_config(SECTOR_KEYGEN, PROVIDER_TOKENISER, 3);
	c.machine_key = 1;
	strcpy(c.module, SOFTHSM_MODULE);
	strcpy(c.token, SOFTHSM_TOKEN);
	ck_assert_int_eq(run_once(&c, (struct sector_fds){ pin, -1, -1 }),
			 REASON_NONE);
}

static void teardown_cache(void)
{
	close(pin);
	softhsm_free(&hsm);
	teardown();
}

static struct msg_sector_config with_cache(uint32_t epoch, uint32_t old_epoch)
{
	struct msg_sector_config c = at_service(SECTOR_EVALUATE, epoch,
						old_epoch);

	c.cache = 1;
	strcpy(c.module, SOFTHSM_MODULE);
	strcpy(c.token, SOFTHSM_TOKEN);
	return c;
}

/* A number has gone in; LOOKUP is awaited. */
static struct sector_run ask(struct sector_fds *fds,
			     const struct msg_sector_config *c)
{
	struct sector_run r;

	*fds = connected();
	fds->key = pin;
	r = run_start(*fds);
	run_configure(&r, c);
	run_ready(&r);
	run_number(&r, NUMBER);
	return r;
}

static struct msg_sector_lookup next_lookup(struct sector_run *r)
{
	struct msg_sector_lookup m;

	ck_assert_int_eq(chan_expect(r->control, MSG_SECTOR_LOOKUP, &m,
				     mono_ms() + WAIT_MS), R_OK);
	return m;
}

static void found(struct sector_run *r, const struct msg_sector_found *m)
{
	ck_assert_int_eq(chan_send(r->control, MSG_SECTOR_FOUND, m), R_OK);
}

static const struct msg_sector_found nothing;

START_TEST(twenty_logins_ask_the_service_once)
{
	struct msg_sector_config c = with_cache(3, 0);
	struct msg_sector_found known = { .found = 0 };
	struct msg_sector_lookup what, first;
	struct sector_fds fds;

	for (int i = 0; i < 20; i++) {
		struct sector_run r = ask(&fds, &c);
		struct msg_sector_tags t;
		uint8_t want[16];

		what = next_lookup(&r);
		ck_assert_uint_eq(what.epoch, 3);
		if (i == 0)
			first = what;
		ck_assert_mem_eq(what.index, first.index, CACHE_INDEX);
		found(&r, &known);
		t = run_tags(&r);
		want_tag(3, want);
		ck_assert_mem_eq(t.tag, want, 16);
		ck_assert_int_eq(t.remember, i == 0 ? REMEMBER : 0);
		if (i == 0) {
			ck_assert_mem_eq(t.index, what.index, CACHE_INDEX);
			known.found = 1;
			memcpy(known.tag, t.tag, TAG_SIZE);
			memcpy(known.card_tag, t.card_tag, TAG_SIZE);
		}
		ck_assert_mem_eq(t.card_tag, known.card_tag, TAG_SIZE);
		close(fds.tokeniser);
	}
	ck_assert_uint_eq(evaluator_count(&evaluator), 1);
}
END_TEST

START_TEST(two_epochs_are_looked_up_each)
{
	struct msg_sector_config c = with_cache(4, 3);
	struct msg_sector_found known = { 1, { 1 }, { 2 } };
	struct msg_sector_lookup now, before;
	struct msg_sector_tags t;
	struct sector_fds fds;
	struct sector_run r = ask(&fds, &c);

	now = next_lookup(&r);
	found(&r, &known);
	before = next_lookup(&r);
	found(&r, &nothing);
	t = run_tags(&r);
	ck_assert_uint_eq(now.epoch, 4);
	ck_assert_uint_eq(before.epoch, 3);
	ck_assert_mem_ne(now.index, before.index, CACHE_INDEX);
	ck_assert_int_eq(t.remember, REMEMBER_OLD);
	ck_assert_mem_eq(t.old_index, before.index, CACHE_INDEX);
	ck_assert_mem_eq(t.tag, known.tag, TAG_SIZE);
	ck_assert_uint_eq(evaluator_count(&evaluator), 1);
	close(fds.tokeniser);
}
END_TEST

START_TEST(known_tags_need_no_service)
{
	struct msg_sector_config c = with_cache(3, 0);
	struct msg_sector_found known = { 1, { 1 }, { 2 } };
	struct msg_sector_tags t;
	struct sector_fds fds;
	struct sector_run r = ask(&fds, &c);

	evaluator_mood(&evaluator, "close");
	next_lookup(&r);
	found(&r, &known);
	t = run_tags(&r);
	ck_assert_mem_eq(t.tag, known.tag, TAG_SIZE);
	ck_assert_mem_eq(t.card_tag, known.card_tag, TAG_SIZE);
	close(fds.tokeniser);
}
END_TEST

START_TEST(one_answer_comes_to_one_question)
{
	struct msg_sector_config c = with_cache(4, 3);
	uint8_t buf[WIRE_MAX];
	struct sector_fds fds;
	struct sector_run r = ask(&fds, &c);
	struct span got;

	next_lookup(&r);
	/* the second of these is no answer to the question not yet put */
	found(&r, &nothing);
	found(&r, &nothing);
	ck_assert_int_eq(chan_recv(r.control, buf, sizeof(buf),
				   mono_ms() + WAIT_MS, &got), R_ABSENT);
	run_exit(&r, 1);
	close(fds.tokeniser);
}
END_TEST

START_TEST(word_after_the_last_answer_ends_it)
{
	struct msg_sector_config c = with_cache(3, 0);
	uint8_t buf[WIRE_MAX];
	struct sector_fds fds;
	struct sector_run r = ask(&fds, &c);
	struct span got;

	next_lookup(&r);
	found(&r, &nothing);
	found(&r, &nothing);
	ck_assert_int_eq(chan_recv(r.control, buf, sizeof(buf),
				   mono_ms() + WAIT_MS, &got), R_ABSENT);
	run_exit(&r, 1);
	close(fds.tokeniser);
}
END_TEST

START_TEST(what_is_no_answer_is_refused)
{
	struct msg_sector_config c = with_cache(3, 0);
	struct msg_sector_found two = { 2, { 1 }, { 2 } };
	struct msg_sector_lookup echo;
	struct sector_fds fds;
	struct sector_run r = ask(&fds, &c);

	echo = next_lookup(&r);
	if (_i)
		found(&r, &two);
	else
		ck_assert_int_eq(chan_send(r.control, MSG_SECTOR_LOOKUP,
					   &echo), R_OK);
	run_fail(&r, REASON_HELPER_PROTOCOL);
	ck_assert_uint_eq(evaluator_count(&evaluator), 0);
	close(fds.tokeniser);
}
END_TEST

START_TEST(cache_without_the_machines_key_is_refused)
{
	struct msg_sector_config c = with_cache(3, 0);
	struct sector_fds fds = connected();

	softhsm_token(&hsm, "empty", SECTOR_UID);
	strcpy(c.token, "empty");
	fds.key = pin;
	ck_assert_int_eq(run_once(&c, fds), REASON_NO_KEY);
	c = with_cache(3, 0);
	fds.key = -1;
	ck_assert_int_eq(run_once(&c, fds), REASON_TOKEN);
	close(fds.tokeniser);
}
END_TEST

static void add_service_tests(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, tags_are_those_of_the_services_key);
	tcase_add_test(t, both_live_epochs_are_asked_for);
	tcase_add_test(t, probe_says_whether_the_service_serves);
	tcase_add_loop_test(t, service_that_lies_or_declines_gives_no_tags, 0,
			    (int)(sizeof(moods) / sizeof(moods[0])));
	tcase_add_test(t, service_is_not_asked_about_what_is_no_number);
	tcase_add_loop_test(t, no_pinned_key_is_no_configuration, 0, 2);
}

static void add_cache_tests(TCase *t)
{
	tcase_add_checked_fixture(t, setup_cache, teardown_cache);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, twenty_logins_ask_the_service_once);
	tcase_add_test(t, two_epochs_are_looked_up_each);
	tcase_add_test(t, known_tags_need_no_service);
	tcase_add_test(t, one_answer_comes_to_one_question);
	tcase_add_test(t, word_after_the_last_answer_ends_it);
	tcase_add_loop_test(t, what_is_no_answer_is_refused, 0, 2);
	tcase_add_test(t, cache_without_the_machines_key_is_refused);
}

static Suite *tokeniser_process_suite(void)
{
	Suite *s = suite_create("sector/tokeniser_process");
	TCase *t = tcase_create("service"), *c = tcase_create("cache");

	suite_add_tcase(s, t);
	suite_add_tcase(s, c);
	if (geteuid() != 0) {
		fprintf(stderr, "SKIP: starting a helper needs root\n");
		return s;
	}
	add_service_tests(t);
	add_cache_tests(c);
	return s;
}

CHECK_MAIN(tokeniser_process_suite)
