// SPDX-License-Identifier: GPL-3.0-or-later
/* The files of a store: what is found in them, and what removing one leaves. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium/utils.h>

#include "base/file.h"
#include "check_main.h"
#include "ctl/stage.h"
#include "ctl/store_files.h"
#include "support_item.h"
#include "support_service.h"

#define STORE service_path("etc/cnie/csca")

static struct store_files s;

static void setup(void)
{
	service_setup();
	s = (struct store_files){ 0 };
}

static void teardown(void)
{
	store_files_free(&s);
	service_teardown();
}

static void put(const char *name, struct span bytes)
{
	service_put_file(service_path("etc/cnie/csca/%s", name), bytes, 0644);
}

/* A block of a PEM file, lines of four characters: they may have any length. */
static void pem(char *text, const char *label, const char *name)
{
	char b64[128];
	struct span der = item_der(name);

	sodium_bin2base64(b64, sizeof(b64), der.p, der.n,
			  sodium_base64_VARIANT_ORIGINAL);
	sprintf(text + strlen(text), "-----BEGIN %s-----\n", label);
	for (const char *p = b64; *p; p += strlen(p) < 4 ? strlen(p) : 4)
		sprintf(text + strlen(text), "%.4s\n", p);
	sprintf(text + strlen(text), "-----END %s-----\n", label);
}

static void read_store(void)
{
	store_files_free(&s);
	ck_assert_int_eq(store_files_read(STORE, &s), R_OK);
}

static const struct store_entry *entry(const char *name)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strcmp(s.at[i].sha256, item_sha256(name)))
			return &s.at[i];
	ck_abort_msg("%s is not in the store", name);
	return NULL;
}

static bool has(const char *name)
{
	return store_files_have(&s, item_sha256(name));
}

START_TEST(der_and_pem_have_the_same_fingerprint)
{
	char text[512] = "";

	put("a.cer", item_der("a"));
	pem(text, "CERTIFICATE", "b");
	put("b.pem", span_str(text));
	text[0] = '\0';
	pem(text, "X509 CRL", "c");
	put("c.crl", span_str(text));
	read_store();
	ck_assert_uint_eq(s.n, 3);
	ck_assert(has("a") && has("b") && has("c") && !has("d"));
	ck_assert_str_eq(entry("b")->file, "b.pem");
	ck_assert_uint_eq(entry("b")->parts, 1);
}
END_TEST

START_TEST(bundle_with_words_between_and_windows_line_ends)
{
	char text[1024] = "subject=C = UT\n", crlf[2048];
	size_t n = 0;

	pem(text, "CERTIFICATE", "a");
	strcat(text, "\nsubject=C = UT, CN = 2\nissuer=...\n");
	pem(text, "CERTIFICATE", "b");
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			crlf[n++] = '\r';
		crlf[n++] = *p;
	}
	put("bundle.pem", span_of(crlf, n));
	read_store();
	ck_assert_uint_eq(s.n, 2);
	ck_assert_uint_eq(entry("a")->part, 0);
	ck_assert_uint_eq(entry("b")->part, 1);
	ck_assert_uint_eq(entry("b")->parts, 2);
}
END_TEST

/* Bad blocks are no entries; their place counts, the good ones are found. */
START_TEST(block_that_is_no_base64_is_passed_over)
{
	char text[1024] = "-----BEGIN CERTIFICATE-----\n***\n"
			  "-----END CERTIFICATE-----\n"
			  "-----BEGIN X-----\n-----END X-----\n";

	pem(text, "CERTIFICATE", "a");
	put("a.pem", span_str(text));
	read_store();
	ck_assert_uint_eq(s.n, 1);
	ck_assert_uint_eq(entry("a")->part, 2);
	ck_assert_uint_eq(entry("a")->parts, 3);
}
END_TEST

static const char *const broken[] = {
	"", "-", "-----BEGIN ", "-----BEGIN CERTIFICATE-----",
	"-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nMAAA",
	"-----BEGIN CERTIFICATE-----\nMAAA\n-----END",
	"-----END CERTIFICATE-----\nMAAA\n-----BEGIN CERTIFICATE-----\n",
	"0 is how a line of text may begin\n",
	" -----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n",
	"-----BEGIN CERTIFICATE-----\nMAAA\n -----END CERTIFICATE-----\n",
};

START_TEST(half_a_block_is_none)
{
	put("a.pem", span_str(broken[_i]));
	read_store();
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(other_names_links_and_large_files_are_passed_over)
{
	put("a.txt", item_der("a"));
	put(".b.cer", item_der("b"));
	put("c.cer.new", item_der("c"));
	put("d.cer", item_der("d"));
	ck_assert_int_eq(symlink("d.cer",
				 service_path("etc/cnie/csca/e.cer")), 0);
	put("f.cer", item_der("f"));
	ck_assert_int_eq(truncate(service_path("etc/cnie/csca/f.cer"),
				  STAGE_FILE_MAX + 1), 0);
	ck_assert_int_eq(mkdir(service_path("etc/cnie/csca/g.cer"), 0755), 0);
	read_store();
	ck_assert_uint_eq(s.n, 1);
	ck_assert(has("d"));
}
END_TEST

START_TEST(no_directory)
{
	ck_assert_int_eq(store_files_read(service_path("nowhere"), &s),
			 R_ABSENT);
}
END_TEST

START_TEST(more_blocks_than_a_store_has)
{
	static const char block[] = "-----BEGIN \nMAAA\n-----END \n";
	size_t n = sizeof(block) - 1;
	char *text = malloc((STORE_ENTRIES_MAX + 1) * n);

	for (size_t i = 0; i <= STORE_ENTRIES_MAX; i++)
		memcpy(text + i * n, block, n);
	put("a.pem", span_of(text, STORE_ENTRIES_MAX * n));
	read_store();
	ck_assert_uint_eq(s.n, STORE_ENTRIES_MAX);
	put("a.pem", span_of(text, (STORE_ENTRIES_MAX + 1) * n));
	store_files_free(&s);
	ck_assert_int_eq(store_files_read(STORE, &s), R_MALFORMED);
	ck_assert_uint_eq(s.n, 0);
	free(text);
}
END_TEST

START_TEST(file_is_removed)
{
	put("a.cer", item_der("a"));
	put("b.cer", item_der("b"));
	read_store();
	ck_assert_int_eq(store_files_remove(STORE, entry("a")), R_OK);
	ck_assert(!service_there(service_path("etc/cnie/csca/a.cer")));
	ck_assert_int_eq(store_files_remove(STORE, entry("a")), R_ABSENT);
	read_store();
	ck_assert(!has("a") && has("b"));
}
END_TEST

static const char *const three[] = { "a", "b", "c" };

/* Of three, each in turn; the words between them stay. */
START_TEST(block_is_removed_and_nothing_else)
{
	char text[1024] = "first\n", got[1024] = "", want[1024] = "first\n";
	struct sink in = SINK(got);
	struct stat st;

	for (int i = 0; i < 3; i++) {
		pem(text, "CERTIFICATE", three[i]);
		strcat(text, "between\n");
		if (i != _i)
			pem(want, "CERTIFICATE", three[i]);
		strcat(want, "between\n");
	}
	put("bundle.pem", span_str(text));
	read_store();
	ck_assert_int_eq(store_files_remove(STORE, entry(three[_i])), R_OK);
	ck_assert_int_eq(file_read(service_path("etc/cnie/csca/bundle.pem"),
				   FILE_ROOT_OWNED, &in), R_OK);
	ck_assert_uint_eq(in.n, strlen(want));
	ck_assert_mem_eq(got, want, in.n);
	ck_assert_int_eq(stat(service_path("etc/cnie/csca/bundle.pem"), &st),
			 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	read_store();
	ck_assert_uint_eq(s.n, 2);
	ck_assert(!has(three[_i]));
	ck_assert_uint_eq(service_count(STORE), 1);
}
END_TEST

/* Somebody else wrote the file since it was read. */
START_TEST(block_that_changed_meanwhile_is_left)
{
	char text[1024] = "", other[1024] = "";

	pem(text, "CERTIFICATE", "a");
	pem(text, "CERTIFICATE", "b");
	pem(other, "CERTIFICATE", "c");
	pem(other, "CERTIFICATE", "a");
	put("bundle.pem", span_str(text));
	read_store();
	put("bundle.pem", span_str(other));
	ck_assert_int_eq(store_files_remove(STORE, entry("a")), R_ABSENT);
	put("bundle.pem", span_str(""));
	ck_assert_int_eq(store_files_remove(STORE, entry("b")), R_ABSENT);
	put("bundle.pem", span_str(other));
	read_store();
	ck_assert(has("a") && has("c"));
}
END_TEST

START_TEST(every_place_is_dropped)
{
	char text[1024] = "";
	size_t places = 9;

	put("a.cer", item_der("a"));
	put("same.der", item_der("a"));
	pem(text, "CERTIFICATE", "a");
	pem(text, "CERTIFICATE", "b");
	pem(text, "CERTIFICATE", "a");
	put("bundle.pem", span_str(text));
	ck_assert_int_eq(store_files_drop(STORE, item_sha256("a"), &places),
			 R_OK);
	ck_assert_uint_eq(places, 4);
	read_store();
	ck_assert_uint_eq(s.n, 1);
	ck_assert(has("b"));
	ck_assert_int_eq(store_files_drop(STORE, item_sha256("a"), &places),
			 R_OK);
	ck_assert_uint_eq(places, 0);
	ck_assert_int_eq(store_files_drop(service_path("nowhere"),
					  item_sha256("a"), &places),
			 R_ABSENT);
}
END_TEST

START_TEST(first_digits_name_one_or_none)
{
	static struct store_entry at[] = {
		{ .sha256 = "0123456789abcdef00" }, { .sha256 = "ffff" },
		{ .sha256 = "0123456789abcdef01" }, { .sha256 = "ffff" },
	};
	const struct store_files four = { at, 4, 4 };
	const char *got = "untouched";

	ck_assert_int_eq(store_files_match(&four, "0123456789abcdef", &got),
			 R_DENIED);
	ck_assert_int_eq(store_files_match(&four, "0123456789abcde0", &got),
			 R_ABSENT);
	ck_assert_str_eq(got, "untouched");
	ck_assert_int_eq(store_files_match(&four, "0123456789abcdef01", &got),
			 R_OK);
	ck_assert_str_eq(got, "0123456789abcdef01");
	/* twice there, but one */
	ck_assert_int_eq(store_files_match(&four, "ff", &got), R_OK);
	ck_assert_str_eq(got, "ffff");
}
END_TEST

START_TEST(what_was_being_written_is_swept)
{
	put("a.cer", item_der("a"));
	put("b.cer.new", item_der("b"));
	put("c.crl.new", item_der("c"));
	put("notes.new", item_der("d"));
	put(".new", item_der("e"));
	store_files_sweep(STORE);
	ck_assert_uint_eq(service_count(STORE), 2);
	ck_assert(service_there(service_path("etc/cnie/csca/a.cer")));
	ck_assert(service_there(service_path("etc/cnie/csca/notes.new")));
	ck_assert(service_there(service_path("etc/cnie/csca/.new")));
}
END_TEST

static Suite *suite(void)
{
	Suite *u = suite_create("ctl store files");
	TCase *t = tcase_create("files");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, der_and_pem_have_the_same_fingerprint);
	tcase_add_test(t, bundle_with_words_between_and_windows_line_ends);
	tcase_add_test(t, block_that_is_no_base64_is_passed_over);
	tcase_add_loop_test(t, half_a_block_is_none, 0,
			    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(t, other_names_links_and_large_files_are_passed_over);
	tcase_add_test(t, no_directory);
	tcase_add_test(t, more_blocks_than_a_store_has);
	tcase_add_test(t, file_is_removed);
	tcase_add_loop_test(t, block_is_removed_and_nothing_else, 0, 3);
	tcase_add_test(t, block_that_changed_meanwhile_is_left);
	tcase_add_test(t, every_place_is_dropped);
	tcase_add_test(t, first_digits_name_one_or_none);
	tcase_add_test(t, what_was_being_written_is_swept);
	suite_add_tcase(u, t);
	return u;
}

CHECK_MAIN(suite)
