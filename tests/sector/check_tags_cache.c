/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered of a tokeniser's answers: a table that stands for the
 * roster's, the machine's key a plain HMAC. Persons are synthetic. */
#include <sodium.h>
#include <string.h>

#include "check_main.h"
#include "sector/tags.h"

#define URN "urn:example:sector:one"
#define ROWS 8

struct row {
	struct msg_sector_lookup what;
	struct msg_sector_found known;
};

static struct canon canon;
static struct sector_key key, old_key;
static uint8_t machine[32];
static struct row rows[ROWS];
static size_t n_rows;
static int evaluations, lookups;
static struct span last_message;
static uint8_t message[512];
static uint8_t pinned[OPRF_ELEMENT], old_pinned[OPRF_ELEMENT];
static struct tags_cache cache;
static struct tags_source now, before;

static enum reason hmac(void *ctx, struct span in, uint8_t out[CACHE_INDEX])
{
	ck_assert_uint_le(in.n, sizeof(message));
	memcpy(message, in.p, in.n);
	last_message = span_of(message, in.n);
	crypto_auth_hmacsha256(out, in.p, in.n, ctx);
	return REASON_NONE;
}

static enum reason look(void *ctx, const struct msg_sector_lookup *what,
			struct msg_sector_found *out)
{
	(void)ctx;
	lookups++;
	*out = (struct msg_sector_found){ .found = 0 };
	for (size_t i = 0; i < n_rows; i++)
		if (!memcmp(&rows[i].what, what, sizeof(*what)))
			*out = rows[i].known;
	return REASON_NONE;
}

static enum reason counting(void *ctx, struct span x, struct psn *out)
{
	struct provider real = provider_local(ctx);

	evaluations++;
	return real.evaluate(real.ctx, x, out);
}

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(canon_init(&canon, "[A-Z]{1,2}[0-9]{1,7}"), R_OK);
	oprf_random(key.scalar);
	oprf_random(old_key.scalar);
	crypto_auth_hmacsha256_keygen(machine);
	cache = (struct tags_cache){ hmac, look, machine };
	memset(pinned, 'P', sizeof(pinned));
	memset(old_pinned, 'p', sizeof(old_pinned));
	now = (struct tags_source){ 2, { "now", counting, &key }, &cache,
				    pinned };
	before = (struct tags_source){ 1, { "old", counting, &old_key },
				       &cache, old_pinned };
	n_rows = 0;
	evaluations = lookups = 0;
}

static void teardown(void)
{
	canon_done(&canon);
}

static struct msg_number person(void)
{
	return (struct msg_number){ "UTO", "AB123456", "D23145890",
				    "20340712" };
}

static void keep(uint32_t epoch, const uint8_t *index, const uint8_t *tag,
		 const uint8_t *card_tag)
{
	struct row *row = &rows[n_rows++];

	ck_assert_uint_le(n_rows, ROWS);
	memset(row, 0, sizeof(*row));	/* memcmp above, padding too */
	row->what.epoch = epoch;
	memcpy(row->what.index, index, CACHE_INDEX);
	row->known.found = 1;
	memcpy(row->known.tag, tag, TAG_SIZE);
	memcpy(row->known.card_tag, card_tag, TAG_SIZE);
}

/* As cnied does with an answer. */
static struct msg_sector_tags log_in(const struct msg_number *n, bool old)
{
	struct msg_sector_tags t;
	struct tags_work work;

	ck_assert_int_eq(tags_make(&canon, &now, old ? &before : NULL, URN, n,
				   &work, &t), REASON_NONE);
	if (t.remember & REMEMBER)
		keep(now.epoch, t.index, t.tag, t.card_tag);
	if (t.remember & REMEMBER_OLD)
		keep(before.epoch, t.old_index, t.old_tag, t.old_card_tag);
	ck_assert(sodium_is_zero((uint8_t *)&work, sizeof(work)));
	return t;
}

START_TEST(twenty_logins_ask_the_service_once)
{
	struct msg_number n = person();
	struct msg_sector_tags first = log_in(&n, false), t;

	ck_assert_int_eq(first.remember, REMEMBER);
	for (int i = 0; i < 19; i++) {
		t = log_in(&n, false);
		ck_assert_int_eq(t.remember, 0);
		ck_assert_mem_eq(t.tag, first.tag, TAG_SIZE);
		ck_assert_mem_eq(t.card_tag, first.card_tag, TAG_SIZE);
	}
	ck_assert_int_eq(evaluations, 1);
	ck_assert_int_eq(lookups, 20);
}
END_TEST

START_TEST(two_epochs_are_remembered_each)
{
	struct msg_number n = person();
	struct msg_sector_tags first = log_in(&n, true), t;

	ck_assert_int_eq(first.remember, REMEMBER | REMEMBER_OLD);
	ck_assert_mem_ne(first.index, first.old_index, CACHE_INDEX);
	ck_assert_int_eq(evaluations, 2);
	t = log_in(&n, true);
	ck_assert_int_eq(t.remember, 0);
	ck_assert_int_eq(evaluations, 2);
	ck_assert_mem_eq(t.tag, first.tag, TAG_SIZE);
	ck_assert_mem_eq(t.old_tag, first.old_tag, TAG_SIZE);
	ck_assert_mem_eq(t.old_card_tag, first.old_card_tag, TAG_SIZE);
}
END_TEST

START_TEST(one_of_two_epochs_may_be_known)
{
	struct msg_number n = person();
	struct msg_sector_tags t;

	log_in(&n, false);
	t = log_in(&n, true);
	ck_assert_int_eq(t.remember, REMEMBER_OLD);
	ck_assert(sodium_is_zero(t.index, CACHE_INDEX));
	ck_assert_int_eq(evaluations, 2);
}
END_TEST

/* Epoch, pinned key, number and card each decide what is looked up. */
START_TEST(another_epoch_person_or_card_is_asked_anew)
{
	struct msg_number n = person(), other = person();
	struct msg_sector_tags a = log_in(&n, false), b;

	if (_i == 0)
		strcpy(other.number, "AB123457");
	else if (_i == 1)
		strcpy(other.document, "E98765432");
	else if (_i == 2)
		strcpy(other.expiry, "20440712");
	else if (_i == 3)
		strcpy(other.state, "MAR");
	else if (_i == 4)
		now.epoch = 3;
	else if (_i == 5)
		pinned[31] ^= 1;	/* it was wrong, and is corrected */
	else
		machine[0] ^= 1;
	b = log_in(&other, false);
	ck_assert_int_eq(b.remember, REMEMBER);
	ck_assert_mem_ne(a.index, b.index, CACHE_INDEX);
	ck_assert_int_eq(evaluations, 2);
}
END_TEST

START_TEST(index_is_of_what_the_design_says)
{
	static const char want[] = "cnie/cache/v2\0" "\0\0\0\x02"
		"PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP"
		"cnie/psn/v1\0" URN "\0UTO\0" "CIN\0" "AB123456"
		"\0" "D23145890" "\0" "20340712";
	struct msg_number n = person();

	log_in(&n, false);
	ck_assert(span_equal(last_message, span_of(want, sizeof(want) - 1)));
}
END_TEST

START_TEST(without_a_cache_nobody_is_asked_and_nothing_remembered)
{
	struct msg_number n = person();
	struct msg_sector_tags t;

	now.cache = NULL;
	t = log_in(&n, false);
	ck_assert_int_eq(t.remember, 0);
	ck_assert(sodium_is_zero(t.index, CACHE_INDEX));
	ck_assert_int_eq(lookups, 0);
}
END_TEST

static enum reason no_token(void *ctx, struct span in, uint8_t *out)
{
	(void)ctx;
	(void)in;
	(void)out;
	return REASON_TOKEN;
}

static enum reason bad_answer(void *ctx, const struct msg_sector_lookup *what,
			      struct msg_sector_found *out)
{
	(void)ctx;
	(void)what;
	(void)out;
	return REASON_HELPER_PROTOCOL;
}

START_TEST(cache_that_fails_fails_the_login)
{
	struct msg_number n = person();
	struct msg_sector_tags t;
	struct tags_work work;

	if (_i)
		cache.lookup = bad_answer;
	else
		cache.index = no_token;
	ck_assert_int_eq(tags_make(&canon, &now, NULL, URN, &n, &work, &t),
			 _i ? REASON_HELPER_PROTOCOL : REASON_TOKEN);
	ck_assert_int_eq(evaluations, 0);
}
END_TEST

START_TEST(the_longest_fields_fit)
{
	struct msg_number n = person();
	struct canon any = { 0 };
	struct msg_sector_tags t;
	struct tags_work work;
	char urn[URN_MAX + 1];

	memset(urn, 'u', URN_MAX);
	urn[URN_MAX] = '\0';
	memset(n.number, '7', 40);
	memset(n.document, 'D', 40);
	ck_assert_int_eq(canon_init(&any, "[0-9]+"), R_OK);
	ck_assert_int_eq(tags_make(&any, &now, NULL, urn, &n, &work, &t),
			 REASON_NONE);
	ck_assert_uint_eq(last_message.n, CACHED_MAX);
	canon_done(&any);
}
END_TEST

static Suite *cache_suite(void)
{
	Suite *s = suite_create("sector/tags_cache");
	TCase *t = tcase_create("cache");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, twenty_logins_ask_the_service_once);
	tcase_add_test(t, two_epochs_are_remembered_each);
	tcase_add_test(t, one_of_two_epochs_may_be_known);
	tcase_add_loop_test(t, another_epoch_person_or_card_is_asked_anew, 0,
			    7);
	tcase_add_test(t, index_is_of_what_the_design_says);
	tcase_add_test(t,
		without_a_cache_nobody_is_asked_and_nothing_remembered);
	tcase_add_loop_test(t, cache_that_fails_fails_the_login, 0, 2);
	tcase_add_test(t, the_longest_fields_fit);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(cache_suite)
