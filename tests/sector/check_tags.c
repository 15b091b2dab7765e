/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mapping from a person to a sector's tags. Persons are synthetic. */
#include "sector/tags.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"

#define URN "urn:example:sector:one"
#define CIN "[A-Z]{1,2}[0-9]{1,7}"

static struct canon canon;
static struct sector_key key, second_key;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(canon_init(&canon, CIN), R_OK);
	oprf_random(key.scalar);
	oprf_random(second_key.scalar);
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

static struct msg_sector_tags tags_with(struct sector_key *k, const char *urn,
					const struct msg_number *n)
{
	struct tags_source source = { 1, provider_local(k), NULL, NULL };
	struct tags_work work;
	struct msg_sector_tags t = { .has_old = 0 };

	ck_assert_int_eq(tags_make(&canon, &source, NULL, urn, n, &work, &t),
			 REASON_NONE);
	for (size_t i = 0; i < sizeof(work); i++)
		ck_assert_int_eq(((uint8_t *)&work)[i], 0);	/* wiped */
	return t;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, TAG_SIZE) == 0;
}

static int common_bits(const uint8_t *a, const uint8_t *b)
{
	int n = 128;

	for (int i = 0; i < TAG_SIZE; i++)
		n -= __builtin_popcount(a[i] ^ b[i]);
	return n;
}

START_TEST(tags_are_what_the_design_says)
{
	static const char x[] = "cnie/psn/v1\0" URN "\0UTO\0" "CIN\0AB123456";
	static const char card[] = "card\0" "D23145890\0" "20340712";
	struct msg_number n = person();
	struct msg_sector_tags t = tags_with(&key, URN, &n);
	uint8_t psn[64], want[16];

	ck_assert_int_eq(oprf_evaluate(OPRF_VERIFIABLE, key.scalar,
				       span_of(x, sizeof(x) - 1), psn), R_OK);
	crypto_generichash(want, 16, (const uint8_t *)"roster", 6, psn, 64);
	ck_assert_mem_eq(t.tag, want, 16);
	crypto_generichash(want, 16, (const uint8_t *)card, sizeof(card) - 1,
			   psn, 64);
	ck_assert_mem_eq(t.card_tag, want, 16);
}
END_TEST

START_TEST(same_card_gives_the_same_tags_again_and_elsewhere)
{
	struct msg_number n = person(), filled = person();
	struct sector_key other_machine = key;
	struct msg_sector_tags a = tags_with(&key, URN, &n);
	struct msg_sector_tags b = tags_with(&other_machine, URN, &n);
	struct msg_sector_tags c;

	strcpy(filled.number, "AB123456<<<<<");
	c = tags_with(&key, URN, &filled);
	ck_assert(same(a.tag, b.tag) && same(a.card_tag, b.card_tag));
	ck_assert(same(a.tag, c.tag) && same(a.card_tag, c.card_tag));
}
END_TEST

START_TEST(two_sectors_have_nothing_in_common)
{
	static const char *const urns[] = {
		URN, URN ":e", URN ":e:s", URN ":e:t", "urn:example:two",
	};
	struct msg_sector_tags t[6];
	struct msg_number n = person();

	for (int i = 0; i < 5; i++)
		t[i] = tags_with(&key, urns[i], &n);
	t[5] = tags_with(&second_key, URN, &n);
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < i; j++) {
			int bits = common_bits(t[i].tag, t[j].tag);

			/* 128 fair coins: 2^-30 to be outside */
			ck_assert_int_gt(bits, 64 - 36);
			ck_assert_int_lt(bits, 64 + 36);
			ck_assert(!same(t[i].card_tag, t[j].card_tag));
		}
}
END_TEST

START_TEST(renewed_card_is_the_same_person_with_another_card)
{
	struct msg_number old = person(), renewed = person(), later = person();
	struct msg_sector_tags a, b, c;

	strcpy(renewed.document, "E98765432");
	strcpy(later.expiry, "20440712");
	a = tags_with(&key, URN, &old);
	b = tags_with(&key, URN, &renewed);
	c = tags_with(&key, URN, &later);
	ck_assert(same(a.tag, b.tag) && same(a.tag, c.tag));
	ck_assert(!same(a.card_tag, b.card_tag));
	ck_assert(!same(a.card_tag, c.card_tag));
	ck_assert(!same(b.card_tag, c.card_tag));
	ck_assert(!same(a.tag, a.card_tag));
}
END_TEST

START_TEST(another_state_or_number_is_another_person)
{
	struct msg_number n = person(), state = person(), number = person();
	struct msg_sector_tags a = tags_with(&key, URN, &n), b, c;

	strcpy(state.state, "MAR");
	strcpy(number.number, "AB123457");
	b = tags_with(&key, URN, &state);
	c = tags_with(&key, URN, &number);
	ck_assert(!same(a.tag, b.tag) && !same(a.tag, c.tag));
}
END_TEST

/* Whoever asks it has asked too early. */
static enum reason not_to_be_called(void *ctx, struct span x, struct psn *out)
{
	(void)ctx;
	(void)x;
	(void)out;
	ck_abort_msg("a key was used");
}

static enum reason no_index(void *ctx, struct span message, uint8_t *out)
{
	(void)ctx;
	(void)message;
	(void)out;
	ck_abort_msg("the machine's key was used");
}

static enum reason no_lookup(void *ctx, const struct msg_sector_lookup *what,
			     struct msg_sector_found *out)
{
	(void)ctx;
	(void)what;
	(void)out;
	ck_abort_msg("somebody was asked");
}

/* -- two epochs ------------------------------------------------------ */

START_TEST(both_live_epochs_get_their_tags)
{
	struct tags_source now = { 2, provider_local(&second_key), NULL, NULL };
	struct tags_source before = { 1, provider_local(&key), NULL, NULL };
	struct msg_number n = person();
	struct msg_sector_tags alone = tags_with(&key, URN, &n);
	struct msg_sector_tags next = tags_with(&second_key, URN, &n), both;
	struct tags_work work;

	ck_assert_int_eq(alone.has_old, 0);
	ck_assert(sodium_is_zero(alone.old_tag, TAG_SIZE));
	ck_assert_int_eq(tags_make(&canon, &now, &before, URN, &n, &work,
				   &both), REASON_NONE);
	ck_assert_int_eq(both.has_old, 1);
	ck_assert(same(both.old_tag, alone.tag));
	ck_assert(same(both.old_card_tag, alone.card_tag));
	ck_assert(same(both.tag, next.tag));
	ck_assert(same(both.card_tag, next.card_tag));
	ck_assert_int_eq(both.remember, 0);
	ck_assert(sodium_is_zero((uint8_t *)&work, sizeof(work)));
}
END_TEST

static enum reason failing(void *ctx, struct span x, struct psn *out)
{
	(void)x;
	(void)out;
	return *(enum reason *)ctx;
}

START_TEST(one_epoch_that_fails_fails_all)
{
	enum reason why = REASON_TOKENISER;
	struct tags_source good = { 1, provider_local(&key), NULL, NULL };
	struct tags_source bad = { 2, { "failing", failing, &why }, NULL, NULL };
	struct msg_number n = person();
	struct msg_sector_tags t, before;
	struct tags_work work;

	memset(&t, 7, sizeof(t));
	before = t;
	ck_assert_int_eq(tags_make(&canon, &good, &bad, URN, &n, &work, &t),
			 REASON_TOKENISER);
	ck_assert_int_eq(tags_make(&canon, &bad, &good, URN, &n, &work, &t),
			 REASON_TOKENISER);
	ck_assert_mem_eq(&t, &before, sizeof(t));
	ck_assert(sodium_is_zero((uint8_t *)&work, sizeof(work)));
}
END_TEST

static enum reason of_32(void *ctx, struct span x, struct psn *out)
{
	(void)ctx;
	(void)x;
	memset(out->b, 9, 64);
	out->n = 32;
	return REASON_NONE;
}

/* HMAC-SHA-256 gives 32 bytes: the key of BLAKE2b is those, and no more. */
START_TEST(pseudonym_of_32_bytes_is_a_key_of_32_bytes)
{
	struct tags_source p = { 1, { "32", of_32, NULL }, NULL, NULL };
	struct msg_number n = person();
	struct msg_sector_tags t;
	struct tags_work work;
	uint8_t psn[32], want[16];

	memset(psn, 9, sizeof(psn));
	ck_assert_int_eq(tags_make(&canon, &p, NULL, URN, &n, &work, &t),
			 REASON_NONE);
	crypto_generichash(want, 16, (const uint8_t *)"roster", 6, psn, 32);
	ck_assert_mem_eq(t.tag, want, 16);
}
END_TEST

/* -- refusals -------------------------------------------------------- */

struct refusal {
	const char *state, *number, *document, *expiry, *urn;
	enum reason why;
};

static const struct refusal refusals[] = {
	{ "UTO", "AB12345X", "D1", "20340712", URN, REASON_NUMBER_FORM },
	{ "UTO", "", "D1", "20340712", URN, REASON_NUMBER_FORM },
	{ "", "AB1", "D1", "20340712", URN, REASON_MRZ_MALFORMED },
	{ "UT<", "AB1", "D1", "20340712", URN, REASON_MRZ_MALFORMED },
	{ "uto", "AB1", "D1", "20340712", URN, REASON_MRZ_MALFORMED },
	{ "UTO", "AB1", "", "20340712", URN, REASON_MRZ_MALFORMED },
	{ "UTO", "AB1", "d1", "20340712", URN, REASON_MRZ_MALFORMED },
	{ "UTO", "AB1", "D1", "340712", URN, REASON_MRZ_MALFORMED },
	{ "UTO", "AB1", "D1", "2034071X", URN, REASON_MRZ_MALFORMED },
	{ "UTO", "AB1", "D1", "20340712", "", REASON_NOT_CONFIGURED },
	{ "UTO", "AB1", "D1", "20340712", "urn with space",
	  REASON_NOT_CONFIGURED },
};

START_TEST(bad_input_is_refused_before_a_key_is_used)
{
	const struct refusal *f = &refusals[_i];
	struct tags_cache cache = { no_index, no_lookup, NULL };
	struct tags_source p = { 1, { "none", not_to_be_called, NULL },
				 &cache, NULL };
	struct msg_number n = { "", "", "", "" };
	struct msg_sector_tags t = { .has_old = 0 };
	struct tags_work work;

	strcpy(n.state, f->state);
	strcpy(n.number, f->number);
	strcpy(n.document, f->document);
	strcpy(n.expiry, f->expiry);
	ck_assert_int_eq(tags_make(&canon, &p, &p, f->urn, &n, &work, &t),
			 f->why);
	ck_assert_int_eq(t.tag[0] | t.card_tag[0], 0);
	for (size_t i = 0; i < sizeof(work); i++)
		ck_assert_int_eq(((uint8_t *)&work)[i], 0);
}
END_TEST

START_TEST(the_longest_fields_fit)
{
	struct msg_number n = person();
	char urn[URN_MAX + 2];
	struct tags_source p = { 1, provider_local(&key), NULL, NULL };
	struct canon any = { 0 };
	struct tags_work work;
	struct msg_sector_tags t;

	memset(urn, 'u', sizeof(urn));
	urn[URN_MAX] = '\0';
	memset(n.number, '7', 40);
	memset(n.document, 'D', 40);
	ck_assert_int_eq(canon_init(&any, "[0-9]+"), R_OK);
	ck_assert_int_eq(tags_make(&any, &p, NULL, urn, &n, &work, &t),
			 REASON_NONE);
	urn[URN_MAX] = 'u';
	urn[URN_MAX + 1] = '\0';
	ck_assert_int_eq(tags_make(&any, &p, NULL, urn, &n, &work, &t),
			 REASON_NOT_CONFIGURED);
	canon_done(&any);
}
END_TEST

static Suite *tags_suite(void)
{
	Suite *s = suite_create("sector/tags");
	TCase *t = tcase_create("tags");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, tags_are_what_the_design_says);
	tcase_add_test(t, same_card_gives_the_same_tags_again_and_elsewhere);
	tcase_add_test(t, two_sectors_have_nothing_in_common);
	tcase_add_test(t, renewed_card_is_the_same_person_with_another_card);
	tcase_add_test(t, another_state_or_number_is_another_person);
	tcase_add_loop_test(t, bad_input_is_refused_before_a_key_is_used, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(t, the_longest_fields_fit);
	tcase_add_test(t, both_live_epochs_get_their_tags);
	tcase_add_test(t, one_epoch_that_fails_fails_all);
	tcase_add_test(t, pseudonym_of_32_bytes_is_a_key_of_32_bytes);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(tags_suite)
