/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the mapping promises, for many persons made up at random: sectors that
 * can't be joined, machines of a sector that agree, renewed cards that are
 * the same person's. Each test prints nothing and holds for any seed.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "sector/provider_pkcs11.h"
#include "sector/tags.h"
#include "support_softhsm.h"

#define CIN "[A-Z]{1,2}[0-9]{1,7}"
#define PERSONS 200

static struct canon canon;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(canon_init(&canon, CIN), R_OK);
}

static void teardown(void)
{
	canon_done(&canon);
}

/* -- persons and sectors made up ------------------------------------- */

static char one_of(const char *set)
{
	return set[randombytes_uniform((uint32_t)strlen(set))];
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* A number of the profile's form. */
static void make_number(char out[41])
{
	size_t n = 0, letters = 1 + randombytes_uniform(2);
	size_t digits = 1 + randombytes_uniform(7);

	while (n < letters)
		out[n++] = one_of(LETTERS);
	while (n < letters + digits)
		out[n++] = one_of(DIGITS);
	out[n] = '\0';
}

static void make_document(char out[41])
{
	for (size_t i = 0; i < 9; i++)
		out[i] = one_of(LETTERS DIGITS);
	out[9] = '\0';
}

static struct msg_number make_person(void)
{
	struct msg_number n = { .state = "UTO" };

	make_number(n.number);
	make_document(n.document);
	snprintf(n.expiry, sizeof(n.expiry), "20%02u%02u%02u",
		 30 + randombytes_uniform(20), 1 + randombytes_uniform(12),
		 1 + randombytes_uniform(28));
	return n;
}

static struct msg_sector_tags tags_by(struct provider p, const char *urn,
				      const struct msg_number *n)
{
	struct tags_source s = { 1, p, NULL, NULL };
	struct msg_sector_tags t;
	struct tags_work work;

	ck_assert_int_eq(tags_make(&canon, &s, NULL, urn, n, &work, &t),
			 REASON_NONE);
	return t;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, TAG_SIZE) == 0;
}

static unsigned int common_bits(const uint8_t *a, const uint8_t *b)
{
	unsigned int n = 128;

	for (int i = 0; i < TAG_SIZE; i++)
		n -= (unsigned int)__builtin_popcount(a[i] ^ b[i]);
	return n;
}

/* Unrelated: 128 fair coins, which are outside of these bounds once in 2^40. */
static void expect_unrelated(const uint8_t *a, const uint8_t *b)
{
	unsigned int bits = common_bits(a, b);

	ck_assert_uint_gt(bits, 64 - 42);
	ck_assert_uint_lt(bits, 64 + 42);
}

/* -- two sectors ----------------------------------------------------- */

static const char *const urns[][2] = {
	{ "urn:example:health", "urn:example:finance" },
	{ "urn:example:health", "urn:example:health:hospital" },
	{ "urn:example:health:hospital", "urn:example:health:clinic" },
	{ "urn:example:health:hospital", "urn:example:health:hospital:north" },
	{ "urn:example:health:hospital:north",
	  "urn:example:health:hospital:south" },
};

/* Even where somebody gave two sectors one key, and with one key each. */
START_TEST(same_card_has_unrelated_tags_in_two_sectors)
{
	struct sector_key one, two;
	unsigned int sum = 0;

	oprf_random(one.scalar);
	oprf_random(two.scalar);
	for (int i = 0; i < PERSONS / 5; i++) {
		struct msg_number n = make_person();
		struct msg_sector_tags a, b, c;

		a = tags_by(provider_local(&one), urns[_i][0], &n);
		b = tags_by(provider_local(&one), urns[_i][1], &n);
		c = tags_by(provider_local(&two), urns[_i][1], &n);
		expect_unrelated(a.tag, b.tag);
		expect_unrelated(a.tag, c.tag);
		expect_unrelated(a.card_tag, b.card_tag);
		expect_unrelated(a.card_tag, c.card_tag);
		sum += common_bits(a.tag, b.tag);
	}
	/* all of them: 128 * 40 coins, sigma 35.8; eight of those */
	ck_assert_uint_gt(sum, 64 * PERSONS / 5 - 287);
	ck_assert_uint_lt(sum, 64 * PERSONS / 5 + 287);
}
END_TEST

/* -- two machines ---------------------------------------------------- */

START_TEST(machines_with_a_copy_of_the_key_file_agree)
{
	struct sector_key made, copied;
	struct key_file file;

	oprf_random(made.scalar);
	ck_assert_int_eq(key_put(&made, urns[0][0], 1, &file), R_OK);
	ck_assert_int_eq(key_get(SPAN(file.b), urns[0][0], 1, &copied), R_OK);
	for (int i = 0; i < PERSONS; i++) {
		struct msg_number n = make_person();
		struct msg_sector_tags a, b;

		a = tags_by(provider_local(&made), urns[0][0], &n);
		b = tags_by(provider_local(&copied), urns[0][0], &n);
		ck_assert(same(a.tag, b.tag) && same(a.card_tag, b.card_tag));
	}
}
END_TEST

struct machine {
	struct softhsm hsm;
	struct token token;
	struct token_key key;
};

/* A machine with a token of its own, holding this key. */
static void machine_new(struct machine *m, const uint8_t value[32])
{
	struct softhsm_key what = { TOKEN_SECTOR_KEY, 1, false, true, value };
	struct token_pin pin = softhsm_pin(SOFTHSM_PIN);

	m->hsm = softhsm_new(getuid());
	ck_assert_int_eq(token_open(SOFTHSM_MODULE, SOFTHSM_TOKEN, &pin, true,
				    &m->token), REASON_NONE);
	softhsm_key(&m->token, &what);
	ck_assert_int_eq(token_key_find(&m->token, TOKEN_SECTOR_KEY, 1,
					&m->key), REASON_NONE);
}

static void machine_free(struct machine *m)
{
	token_close(&m->token);
	softhsm_free(&m->hsm);
}

START_TEST(machines_with_the_same_key_in_their_tokens_agree)
{
	struct msg_sector_tags first[PERSONS];
	struct msg_number n[PERSONS];
	struct machine m;
	uint8_t value[32];

	randombytes_buf(value, sizeof(value));
	machine_new(&m, value);
	for (int i = 0; i < PERSONS; i++) {
		n[i] = make_person();
		first[i] = tags_by(provider_pkcs11(&m.key), urns[0][0], &n[i]);
	}
	machine_free(&m);
	machine_new(&m, value);
	for (int i = 0; i < PERSONS; i++) {
		struct msg_sector_tags t = tags_by(provider_pkcs11(&m.key),
						   urns[0][0], &n[i]);

		ck_assert(same(t.tag, first[i].tag));
		ck_assert(same(t.card_tag, first[i].card_tag));
	}
	machine_free(&m);
}
END_TEST

/* -- cards ----------------------------------------------------------- */

START_TEST(renewed_card_keeps_the_tag_and_changes_the_card_tag)
{
	struct sector_key key;

	oprf_random(key.scalar);
	for (int i = 0; i < PERSONS; i++) {
		struct msg_number old = make_person(), renewed = old;
		struct msg_sector_tags a, b;

		do {
			make_document(renewed.document);
		} while (!strcmp(old.document, renewed.document));
		if (i % 2)
			strcpy(renewed.expiry, "20600101");
		a = tags_by(provider_local(&key), urns[0][0], &old);
		b = tags_by(provider_local(&key), urns[0][0], &renewed);
		ck_assert(same(a.tag, b.tag));
		expect_unrelated(a.card_tag, b.card_tag);
		expect_unrelated(a.tag, a.card_tag);
	}
}
END_TEST

static int by_number(const void *a, const void *b)
{
	const struct msg_number *x = a, *y = b;

	return strcmp(x->number, y->number);
}

static int by_tag(const void *a, const void *b)
{
	return memcmp(a, b, TAG_SIZE);
}

START_TEST(no_two_persons_share_a_tag)
{
	struct msg_number n[PERSONS];
	uint8_t tags[PERSONS][TAG_SIZE];
	struct sector_key key;
	size_t persons = 0;

	oprf_random(key.scalar);
	for (size_t i = 0; i < PERSONS; i++)
		n[i] = make_person();
	qsort(n, PERSONS, sizeof(n[0]), by_number);
	for (size_t i = 0; i < PERSONS; i++) {
		struct msg_sector_tags t;

		if (i > 0 && !strcmp(n[i].number, n[i - 1].number))
			continue;	/* made up twice */
		t = tags_by(provider_local(&key), urns[0][0], &n[i]);
		memcpy(tags[persons++], t.tag, TAG_SIZE);
	}
	qsort(tags, persons, TAG_SIZE, by_tag);
	for (size_t i = 1; i < persons; i++)
		ck_assert(!same(tags[i], tags[i - 1]));
}
END_TEST

/* -- the number ------------------------------------------------------ */

static enum reason not_to_be_called(void *ctx, struct span x, struct psn *out)
{
	(void)ctx;
	(void)x;
	(void)out;
	ck_abort_msg("a key was used");
}

static void expect_refused(const struct msg_number *n)
{
	struct tags_source s = { 1, { "none", not_to_be_called, NULL }, NULL, NULL };
	struct msg_sector_tags t;
	struct tags_work work;

	ck_assert_int_eq(tags_make(&canon, &s, &s, urns[0][0], n, &work, &t),
			 REASON_NUMBER_FORM);
	ck_assert(sodium_is_zero((uint8_t *)&work, sizeof(work)));
}

START_TEST(fillers_at_the_end_and_nothing_else_are_repaired)
{
	struct sector_key key;

	oprf_random(key.scalar);
	for (int i = 0; i < PERSONS; i++) {
		struct msg_number n = make_person(), m = n;
		struct msg_sector_tags a, b;
		size_t len = strlen(n.number), at;

		a = tags_by(provider_local(&key), urns[0][0], &n);
		memset(m.number + len, '<', 14 - len);
		m.number[14] = '\0';
		b = tags_by(provider_local(&key), urns[0][0], &m);
		ck_assert(same(a.tag, b.tag) && same(a.card_tag, b.card_tag));
		/* a filler anywhere before the end */
		m = n;
		at = randombytes_uniform((uint32_t)len);
		m.number[at] = '<';
		strcpy(m.number + at + 1, n.number + at);
		expect_refused(&m);
	}
}
END_TEST

static void spell(struct msg_number *n, const char *a, const char *b,
		  const char *c)
{
	ck_assert_uint_lt(strlen(a) + strlen(b) + strlen(c),
			  sizeof(n->number));
	strcpy(n->number, a);
	strcat(n->number, b);
	strcat(n->number, c);
}

/* One character of it is changed into one that the form has not there. */
START_TEST(number_of_another_form_is_refused_before_any_key_is_touched)
{
	static const char wrong[] = " .-/<abcxyz\t\n\x7f\xc3";

	for (int i = 0; i < PERSONS; i++) {
		struct msg_number n = make_person(), m = n;
		size_t len = strlen(n.number);
		size_t at = randombytes_uniform((uint32_t)len);

		m.number[at] = one_of(wrong);
		if (at == len - 1 && m.number[at] == '<')
			m.number[at] = ' ';
		expect_refused(&m);
		/* what stands before or behind it is not cut off: the
		 * expression is anchored though it does not say so */
		spell(&m, "9", n.number, "");
		expect_refused(&m);
		spell(&m, "", n.number, "X");
		expect_refused(&m);
		spell(&m, n.number, "<", n.number);
		expect_refused(&m);
	}
}
END_TEST

static Suite *properties_suite(void)
{
	Suite *s = suite_create("sector/tags_properties");
	TCase *t = tcase_create("properties");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, same_card_has_unrelated_tags_in_two_sectors, 0,
			    (int)(sizeof(urns) / sizeof(urns[0])));
	tcase_add_test(t, machines_with_a_copy_of_the_key_file_agree);
	tcase_add_test(t, machines_with_the_same_key_in_their_tokens_agree);
	tcase_add_test(t, renewed_card_keeps_the_tag_and_changes_the_card_tag);
	tcase_add_test(t, no_two_persons_share_a_tag);
	tcase_add_test(t, fillers_at_the_end_and_nothing_else_are_repaired);
	tcase_add_test(t,
		number_of_another_form_is_refused_before_any_key_is_touched);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(properties_suite)
