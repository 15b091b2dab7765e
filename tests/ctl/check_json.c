// SPDX-License-Identifier: GPL-3.0-or-later
/* What is printed for machines, and for eyes. */
#include <string.h>

#include "check_main.h"
#include "ctl/account.h"
#include "ctl/inspect.h"
#include "ctl/json.h"

static char *text;
static size_t size;
static FILE *to;

static void open_text(void)
{
	to = open_memstream(&text, &size);
}

static void close_text(void)
{
	free(text);
}

static const struct { const char *in, *out; } strings[] = {
	{ "", "\"\"" },
	{ "plain", "\"plain\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "tab\tnl\n\x01", "\"tab\\u0009nl\\u000a\\u0001\"" },
	{ "\x7f", "\"\\u007f\"" },
	{ "\xc3\xa9", "\"\xc3\xa9\"" },
	{ "\xe2\xb5\x9c", "\"\xe2\xb5\x9c\"" },
	{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xff", "\"\\ufffd\"" },
	{ "\xc3", "\"\\ufffd\"" },		/* cut */
	{ "\xc3\"", "\"\\ufffd\\\"\"" },	/* may not eat the quote */
	{ "\xe2\xb5", "\"\\ufffd\\ufffd\"" },
	{ "\xc0\xaf", "\"\\ufffd\\ufffd\"" },	/* overlong */
	{ "\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },	/* surrogate */
	{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	{ "\xf5\x80\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
};

START_TEST(string_is_escaped)
{
	struct json j = json_to(to);

	json_string(&j, NULL, strings[_i].in);
	fflush(to);
	ck_assert_str_eq(text, strings[_i].out);
	fclose(to);
}
END_TEST

START_TEST(nesting_and_commas)
{
	struct json j = json_to(to);

	json_object(&j, NULL);
	json_number(&j, "n", 18446744073709551615ull);
	json_array(&j, "a");
	json_end(&j);
	json_array(&j, "b");
	json_bool(&j, NULL, true);
	json_null(&j, NULL);
	json_thousandths(&j, NULL, 1002);
	json_end(&j);
	json_end(&j);
	fclose(to);
	ck_assert_str_eq(text, "{\n  \"n\": 18446744073709551615,\n"
			 "  \"a\": [],\n  \"b\": [\n    true,\n    null,\n"
			 "    1.002\n  ]\n}\n");
}
END_TEST

#define ROW "u7k2\t65536\t65536\tactive\tyes\tno\t-\t2026-11-22\t1/2\t/home/u7k2\t/bin/bash"

START_TEST(account_row_is_split)
{
	char row[] = ROW;
	const char *f[ACCOUNT_FIELDS] = { 0 };

	ck_assert_int_eq(account_split(row, f), R_OK);
	ck_assert_str_eq(f[0], "u7k2");
	ck_assert_str_eq(f[8], "1/2");
	ck_assert_str_eq(f[10], "/bin/bash");
}
END_TEST

START_TEST(account_row_with_other_fields_is_refused)
{
	char few[] = "u7k2\t65536\t65536";
	char many[] = ROW "\textra";
	const char *f[ACCOUNT_FIELDS] = { 0 };

	ck_assert_int_eq(account_split(few, f), R_MALFORMED);
	ck_assert_int_eq(account_split(many, f), R_MALFORMED);
	ck_assert_ptr_null(f[0]);
}
END_TEST

START_TEST(account_columns_are_aligned)
{
	const char *rows[2][ACCOUNT_FIELDS] = {
		{ "a", "1", "1", "active", "yes", "no", "-", "-", "1/0",
		  "/home/a", "/bin/sh" },
		{ "a-much-longer-name", "2", "2", "revoked", "no", "yes",
		  "20270101", "2026-11-22", "1/1", "/home/b", "/bin/sh" },
	};
	struct account_list l;
	char *line2, *line3;

	ck_assert_int_eq(account_list_new(false, to, &l), R_OK);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(account_list_add(&l, rows[i]), R_OK);
	account_list_end(&l);
	account_list_free(&l);
	fclose(to);
	line2 = strchr(text, '\n') + 1;
	line3 = strchr(line2, '\n') + 1;
	ck_assert_int_eq(strstr(line2, "active") - line2,
			 strstr(line3, "revoked") - line3);
	ck_assert_int_eq(strstr(text, "HOME") - text,
			 strstr(line3, "/home/b") - line3);
}
END_TEST

START_TEST(account_json_has_types)
{
	char row[] = ROW;
	const char *f[ACCOUNT_FIELDS];
	struct account_list l;

	ck_assert_int_eq(account_split(row, f), R_OK);
	ck_assert_int_eq(account_list_new(true, to, &l), R_OK);
	ck_assert_int_eq(account_list_add(&l, f), R_OK);
	account_list_end(&l);
	account_list_free(&l);
	fclose(to);
	ck_assert_ptr_nonnull(strstr(text, "\"uid\": 65536,"));
	ck_assert_ptr_nonnull(strstr(text, "\"face\": true,"));
	ck_assert_ptr_nonnull(strstr(text, "\"expiry\": null,"));
	ck_assert_ptr_nonnull(strstr(text, "\"cards_current\": 1,"));
	ck_assert_ptr_nonnull(strstr(text, "\"cards_blocked\": 2,"));
}
END_TEST

static struct inspection example(void)
{
	struct inspection in = {
		.stages = 2, .have_facts = true,
		.stage = { { STAGE_PACE, 7, 600, 500, 120500 },
			   { STAGE_DG2, 66, 1400, 16000, 300001 } },
		.facts = {
			.flags = FACT_PA_CHAIN | FACT_NOT_EXPIRED,
			.proof = PROOF_CA, .channel = CHANNEL_CA,
			.password = PASSWORD_CAN,
			.data_groups = 1 << 1 | 1 << 2 | 1 << 14,
			.expiry = 20311224, .profile = "uto", .state = "UTO",
			.pace = "ECDH-GM AES-128",
		},
	};

	return in;
}

START_TEST(inspection_adds_up)
{
	struct inspection in = example();

	inspection_json(&in, to);
	fclose(to);
	ck_assert_ptr_nonnull(strstr(text, "\"apdus\": 73,"));
	ck_assert_ptr_nonnull(strstr(text, "\"received\": 16500,"));
	ck_assert_ptr_nonnull(strstr(text, "\"ms\": 420.501"));
	ck_assert_ptr_nonnull(strstr(text, "\"signature_chain\": true"));
	ck_assert_ptr_nonnull(strstr(text, "\"hashes\": false"));
	ck_assert_ptr_nonnull(strstr(text, "\"chip_proof\": \"chip authentication\""));
}
END_TEST

/* The day of expiry is the one thing of a person that the facts carry. */
START_TEST(inspection_tells_nothing_personal)
{
	struct inspection in = example();

	inspection_json(&in, to);
	inspection_text(&in, to);
	fclose(to);
	ck_assert_ptr_null(strstr(text, "20311224"));
	ck_assert_ptr_null(strstr(text, "2031"));
	ck_assert_ptr_nonnull(strstr(text, " DG1 DG2 DG14"));
	ck_assert_ptr_nonnull(strstr(text, "NO   every data group"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl output");
	TCase *t = tcase_create("output");

	tcase_add_checked_fixture(t, open_text, close_text);
	tcase_add_loop_test(t, string_is_escaped, 0,
			    sizeof(strings) / sizeof(strings[0]));
	tcase_add_test(t, nesting_and_commas);
	tcase_add_test(t, account_row_is_split);
	tcase_add_test(t, account_row_with_other_fields_is_refused);
	tcase_add_test(t, account_columns_are_aligned);
	tcase_add_test(t, account_json_has_types);
	tcase_add_test(t, inspection_adds_up);
	tcase_add_test(t, inspection_tells_nothing_personal);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
