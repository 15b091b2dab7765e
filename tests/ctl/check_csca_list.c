// SPDX-License-Identifier: GPL-3.0-or-later
/* What is believed of the items that are told, and what is not. */
#include <string.h>

#include "check_main.h"
#include "ctl/csca_list.h"
#include "ctl/ctl.h"
#include "support_item.h"
#include "support_service.h"

START_TEST(fingerprint_is_sha256_of_the_bytes)
{
	char out[FINGERPRINT_MAX];

	/* FIPS 180-4's example */
	fingerprint_of(span_str("abc"), out);
	ck_assert_str_eq(out, "ba7816bf8f01cfea414140de5dae2223"
			      "b00361a396177a9cb410ff61f20015ad");
	ck_assert(fingerprint_ok(out));
}
END_TEST

START_TEST(what_is_no_fingerprint_names_no_file)
{
	static const char *const bad[] = {
		"", "ba7816bf",
		"BA7816BF8F01CFEA414140DE5DAE2223"
		"B00361A396177A9CB410FF61F20015AD",
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015a",
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015add",
		"../../../../../../../etc/passwd/"
		"b00361a396177a9cb410ff61f20015ad",
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015a.",
	};
	struct csca_list l = { 0 };
	struct msg_item m = item_listed(item_anchor("a"));

	ck_assert(!fingerprint_ok(bad[_i]));
	memset(m.sha256, 0, sizeof(m.sha256));
	strncpy(m.sha256, bad[_i], sizeof(m.sha256) - 1);
	if (strlen(bad[_i]) < sizeof(m.sha256))
		ck_assert_int_eq(csca_list_add(&l, &m, NULL), R_MALFORMED);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

START_TEST(item_is_kept_with_its_own_copy_of_the_bytes)
{
	struct csca_list l = { 0 };
	struct msg_item m = item_anchor("a");
	uint8_t bytes[64];
	const struct msg_item *kept;

	memcpy(bytes, m.der.p, m.der.n);
	m.der.p = bytes;
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_OK);
	memset(bytes, 0xee, sizeof(bytes));
	kept = csca_list_find(&l, item_sha256("a"));
	ck_assert_ptr_nonnull(kept);
	ck_assert(span_equal(kept->der, item_der("a")));
	ck_assert_ptr_null(csca_list_find(&l, item_sha256("b")));
	csca_list_free(&l);
	ck_assert_uint_eq(l.n, 0);
	ck_assert_ptr_null(l.at);
}
END_TEST

START_TEST(twice_the_same_is_once)
{
	struct csca_list l = { 0 };
	struct msg_item m = item_anchor("a");

	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_OK);
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_OK);
	ck_assert_uint_eq(l.n, 1);
	csca_list_free(&l);
}
END_TEST

START_TEST(bytes_of_another_fingerprint_are_not_believed)
{
	struct csca_list l = { 0 };
	struct msg_item m = item_anchor("a");

	m.der = item_der("b");
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_DENIED);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

START_TEST(another_country_than_was_asked_for_is_not_believed)
{
	struct csca_list l = { 0 };
	struct msg_item m = item_crl("a");

	strcpy(m.country, "XX");
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_DENIED);
	m.country[0] = '\0';
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_DENIED);
	ck_assert_uint_eq(l.n, 0);
	/* a list tells what is there, whosever it is */
	m = item_listed(m);
	ck_assert_int_eq(csca_list_add(&l, &m, NULL), R_OK);
	csca_list_free(&l);
}
END_TEST

START_TEST(what_is_no_item_is_refused)
{
	struct csca_list l = { 0 };
	struct msg_item m = item_listed(item_anchor("a"));

	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_MALFORMED);
	m = item_anchor("a");
	m.kind = 0;
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_MALFORMED);
	m.kind = ITEM_CRL + 1;
	ck_assert_int_eq(csca_list_add(&l, &m, "UT"), R_MALFORMED);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

START_TEST(as_many_as_a_store_holds_and_no_more)
{
	struct csca_list l = { 0 };
	struct msg_item m = item_listed(item_anchor("a"));

	for (size_t i = 0; i < CSCA_ITEMS_MAX; i++) {
		uint8_t name[4] = { 0, 0, (uint8_t)(i >> 8), (uint8_t)i };

		fingerprint_of(SPAN(name), m.sha256);
		ck_assert_int_eq(csca_list_add(&l, &m, NULL), R_OK);
	}
	ck_assert_int_eq(csca_list_add(&l, &m, NULL), R_OK);	/* the same */
	strcpy(m.sha256, item_sha256("one too many"));
	ck_assert_int_eq(csca_list_add(&l, &m, NULL), R_MALFORMED);
	ck_assert_uint_eq(l.n, CSCA_ITEMS_MAX);
	csca_list_free(&l);
}
END_TEST

static const struct {
	const char *row;
	enum result want;
	uint32_t bad, other;
} rows[] = {
	{ "bad\t3", R_OK, 3, 0 },
	{ "other_country\t598", R_OK, 0, 598 },
	{ "bad\t0", R_OK, 0, 0 },
	{ "bad\t999999999", R_OK, 999999999, 0 },
	{ "later_word\t7", R_OK, 0, 0 },
	{ "badly\t7", R_OK, 0, 0 },
	{ "bad\t1000000000", R_MALFORMED, 0, 0 },
	{ "bad\t", R_MALFORMED, 0, 0 },
	{ "bad\t-1", R_MALFORMED, 0, 0 },
	{ "bad\t3 ", R_MALFORMED, 0, 0 },
	{ "bad\t3\t4", R_MALFORMED, 0, 0 },
	{ "\t3", R_MALFORMED, 0, 0 },
	{ "bad 3", R_MALFORMED, 0, 0 },
	{ "", R_MALFORMED, 0, 0 },
};

START_TEST(counts)
{
	struct csca_list l = { 0 };

	ck_assert_int_eq(csca_list_count(&l, rows[_i].row), rows[_i].want);
	ck_assert_uint_eq(l.bad, rows[_i].bad);
	ck_assert_uint_eq(l.other_country, rows[_i].other);
}
END_TEST

/* -- asked ------------------------------------------------------------------- */

static void says_two(int fd, const struct msg_admin_request *m)
{
	struct msg_item a = item_anchor("a"), c = item_crl("c");
	struct msg_progress p = { 1, 2 };

	service_must(m->verb == ADMIN_CSCA_IMPORT);
	service_say_item(fd, &a);
	service_say(fd, MSG_ADMIN_PROGRESS, &p);
	service_say_item(fd, &c);
	service_say_row(fd, "bad\t1");
	service_say_row(fd, "other_country\t598");
	service_end(fd, REASON_NONE, "");
}

static void lies(int fd, const struct msg_admin_request *m)
{
	struct msg_item a = item_anchor("a"), b = item_anchor("b");

	(void)m;
	b.der = item_der("c");
	service_say_item(fd, &a);
	service_say_item(fd, &b);
	service_end(fd, REASON_NONE, "");
}

static void refuses_late(int fd, const struct msg_admin_request *m)
{
	struct msg_item a = item_anchor("a");

	(void)m;
	service_say_item(fd, &a);
	service_end(fd, REASON_SOD_SIGNATURE, "");
}

static void goes_away(int fd, const struct msg_admin_request *m)
{
	struct msg_item a = item_anchor("a");

	(void)m;
	service_say_item(fd, &a);
}

static enum result asked(service_script *script, struct csca_list *out,
			 struct msg_admin_done *done)
{
	service_script *const scripts[] = { script, NULL };
	struct msg_admin_request m = { .verb = ADMIN_CSCA_IMPORT };

	service_start(scripts);
	return csca_list_ask(&m, "UT", -1, out, done);
}

START_TEST(items_and_counts_arrive)
{
	struct csca_list l = { 0 };
	struct msg_admin_done done = { 0 };

	ck_assert_int_eq(asked(says_two, &l, &done), R_OK);
	ck_assert_uint_eq(done.reason, REASON_NONE);
	ck_assert_uint_eq(l.n, 2);
	ck_assert_uint_eq(l.bad, 1);
	ck_assert_uint_eq(l.other_country, 598);
	ck_assert_ptr_nonnull(csca_list_find(&l, item_sha256("c")));
	csca_list_free(&l);
	service_was_content();
}
END_TEST

/* A list that was cut would look whole. */
START_TEST(list_that_does_not_end_well_is_empty)
{
	static const struct {
		service_script *script;
		enum result want;
	} bad[] = {
		{ lies, R_MALFORMED }, { refuses_late, R_OK },
		{ goes_away, R_ABSENT },
	};
	struct csca_list l = { 0 };
	struct msg_admin_done done = { 0 };

	ck_assert_int_eq(asked(bad[_i].script, &l, &done), bad[_i].want);
	ck_assert_uint_eq(l.n, 0);
	ck_assert_ptr_null(l.at);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl csca list");
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, service_setup, service_teardown);
	tcase_add_test(t, fingerprint_is_sha256_of_the_bytes);
	tcase_add_loop_test(t, what_is_no_fingerprint_names_no_file, 0, 7);
	tcase_add_test(t, item_is_kept_with_its_own_copy_of_the_bytes);
	tcase_add_test(t, twice_the_same_is_once);
	tcase_add_test(t, bytes_of_another_fingerprint_are_not_believed);
	tcase_add_test(t, another_country_than_was_asked_for_is_not_believed);
	tcase_add_test(t, what_is_no_item_is_refused);
	tcase_add_test(t, as_many_as_a_store_holds_and_no_more);
	tcase_add_loop_test(t, counts, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, items_and_counts_arrive);
	tcase_add_loop_test(t, list_that_does_not_end_well_is_empty, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
