// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl roster import, with a scripted service. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "support_signed.h"

/* -- import ------------------------------------------------------------------------- */

static void script_imports(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b;

	service_must(m->verb == ADMIN_ROSTER_IMPORT && m->flags == 0);
	service_must(service_hear_bulk(fd, &b) && b.last);
	service_must(span_equal(b.bytes, span_str(FILE_TEXT)));
	service_say_row(fd, "2 added");
	service_end(fd, REASON_NONE, "version 7");
}

static int import(const char *file, const char *options)
{
	return signed_run("roster import %s --signer %s %s",
		   service_path("%s", file), service_path("key.pub"),
		   options);
}

START_TEST(import_sends_what_was_verified)
{
	SCRIPTS(script_imports);
	ck_assert_int_eq(import("r", ""), CTL_DONE);
	service_was_content();
	PRINTED("2 added\nversion 7\n");
}
END_TEST

static void configure_signer(void)
{
	char text[1024];
	const char *pub = strstr(signed_text(service_path("key.pub")), "RW");

	snprintf(text, sizeof(text),
		 "[sector]\nurn = " URN "\n[users]\ncard = 801:801\n"
		 "inspect = 802:802\nface = 803:803\nsector = 804:804\n"
		 "video_gid = 44\n[login]\nprofile = uto\n"
		 "[roster]\nsigner = %s\n", pub);
	service_put_file(service_path("etc/cnie/cnie.conf"), span_str(text),
			 0644);
}

START_TEST(import_believes_the_configured_signer)
{
	configure_signer();
	SCRIPTS(script_imports);
	ck_assert_int_eq(signed_run("roster import %s", service_path("r")),
			 CTL_DONE);
	service_was_content();
	/* and another key's signature it does not */
	ck_assert_int_eq(signed_run("roster key %s", service_path("other")),
			 CTL_DONE);
	signed_file("other", "r", span_str(FILE_TEXT));
	ck_assert_int_eq(signed_run("roster import %s", service_path("r")),
			 CTL_REFUSED);
	COMPLAINED("X03");
}
END_TEST

START_TEST(import_without_a_signer_is_refused)
{
	service_configure("");
	ck_assert_int_eq(signed_run("roster import %s", service_path("r")),
			 CTL_REFUSED);
	COMPLAINED("whose signature?");
	ck_assert_int_eq(unlink(service_path("etc/cnie/cnie.conf")), 0);
	ck_assert_int_eq(signed_run("roster import %s", service_path("r")),
			 CTL_REFUSED);
}
END_TEST

START_TEST(import_of_other_bytes_is_refused)
{
	char text[] = FILE_TEXT;
	size_t at = (size_t)_i % (sizeof(text) - 1);

	text[at] ^= 1;
	service_put_file(service_path("r"), span_str(text), 0600);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("(X03)");
}
END_TEST

START_TEST(import_of_a_file_that_others_can_write_is_refused)
{
	static const mode_t modes[] = { 0620, 0602, 0666 };

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(chmod(service_path("r"), modes[i]), 0);
		ck_assert_int_eq(import("r", ""), CTL_REFUSED);
		COMPLAINED("not a plain file of root's");
	}
	ck_assert_int_eq(chmod(service_path("r"), 0600), 0);
	ck_assert_int_eq(chown(service_path("r"), 65534, 0), 0);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("not a plain file of root's");
	/* who only looks may look at anybody's */
	ck_assert_int_eq(signed_run("roster verify %s --signer %s", service_path("r"),
			     service_path("key.pub")), CTL_DONE);
	ck_assert_int_eq(chown(service_path("r"), 0, 0), 0);
	ck_assert_int_eq(chown(service_path("key.pub"), 65534, 0), 0);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("not a plain file of root's");
}
END_TEST

START_TEST(import_without_its_signature_is_refused)
{
	ck_assert_int_eq(unlink(service_path("r.minisig")), 0);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	service_put_file(service_path("r.minisig"), span_str("junk\n"), 0644);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("no signature as minisign makes them");
	ck_assert_int_eq(import("none", ""), CTL_REFUSED);
}
END_TEST

START_TEST(signed_file_that_is_no_roster_is_refused)
{
	static const char *const texts[] = {
		"", "\n", "hello\n", "cnie-roster\t3\t" URN "\t7\t1\t2\n",
		"cnie-roster\t2\t" URN "\t7\t20261127\n",
		"cnie-roster\t2\t" URN "\tx\t20261127\t20991227\n",
		"cnie-roster\t2\t" URN "\t7\t2026112\t20991227\n",
	};

	signed_file("key", "r", span_str(texts[_i]));
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("no roster file of this version");
}
END_TEST

START_TEST(another_format_is_told_from_what_is_no_roster)
{
	static const char *const texts[] = {
		"cnie-roster\t3\t" URN "\t7\t20261127\t20991227\tmore\n",
		"cnie-roster\t1\n", "cnie-rebinds\t10\tx\n",
	};

	signed_file("key", "r", span_str(texts[_i]));
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("its format is another one");
}
END_TEST

static void script_revokes(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b;

	service_must(m->flags == ADMIN_REVOKE_MISSING);
	service_must(service_hear_bulk(fd, &b));
	service_end(fd, REASON_NONE, "");
}

static void script_takes_rebinds(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b;

	service_must(m->verb == ADMIN_REBINDS_IMPORT);
	service_must(service_hear_bulk(fd, &b) && b.last &&
		     span_equal(b.bytes, span_str(REBINDS)));
	service_end(fd, REASON_NONE, "");
}

START_TEST(what_is_imported_is_said)
{
	SCRIPTS(script_revokes, script_takes_rebinds);
	ck_assert_int_eq(import("r", "--revoke-missing"), CTL_DONE);
	ck_assert_int_eq(import("r", "--rebinds"), CTL_USAGE);
	signed_file("key", "b", span_str(REBINDS));
	ck_assert_int_eq(import("b", ""), CTL_USAGE);
	ck_assert_int_eq(import("b", "--rebinds --revoke-missing"), CTL_USAGE);
	ck_assert_int_eq(import("b", "--rebinds"), CTL_DONE);
	service_was_content();
}
END_TEST

/* -- a large one ----------------------------------------------------------------------- */

#define LARGE (8 * 1024 * 1024)

static char large[LARGE];
static size_t large_n;

/* Lines of many lengths, of some megabytes. */
static struct span make_large(void)
{
	size_t n = strlen(HEAD);

	strcpy(large, HEAD);
	for (unsigned int i = 0; n + 1200 < LARGE; i++)
		n += (size_t)sprintf(large + n, "given\t%u%0*u\n", i,
				     (int)(i * 37 % 1000) + 1, i);
	large_n = n;
	return span_of(large, n);
}

/* Forked with the bytes that it is to be told. */
static void script_large(int fd, const struct msg_admin_request *m)
{
	struct span want = span_of(large, large_n);
	struct msg_bulk b = { 0 };

	(void)m;
	while (!b.last) {
		service_must(service_hear_bulk(fd, &b));
		service_must(b.bytes.n > 0 && b.bytes.n <= want.n &&
			     b.bytes.p[b.bytes.n - 1] == '\n' &&
			     !memcmp(b.bytes.p, want.p, b.bytes.n));
		want = span_of(want.p + b.bytes.n, want.n - b.bytes.n);
	}
	service_must(want.n == 0);
	service_end(fd, REASON_NONE, "");
}

START_TEST(large_file_goes_in_whole_lines_and_little_memory)
{
	struct rusage before, after;

	signed_file("key", "r", make_large());
	SCRIPTS(script_large);
	getrusage(RUSAGE_SELF, &before);
	ck_assert_int_eq(import("r", ""), CTL_DONE);
	getrusage(RUSAGE_SELF, &after);
	service_was_content();
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 1024);
}
END_TEST

/* A file of about one packet: shorter, as long, longer; and with a line that
 * is in two readings. */
START_TEST(packet_that_is_filled_to_its_end)
{
	size_t n = strlen(HEAD), want = CLIENT_BULK_MAX + (size_t)_i / 2 - 1;

	strcpy(large, HEAD);
	while (n + 1024 < want)
		n += (size_t)sprintf(large + n, "%0*d\n", 511, 1);
	n += (size_t)sprintf(large + n, "%0*d\n", (int)(want - n - 1), 1);
	ck_assert_uint_eq(n, want);
	n += (size_t)sprintf(large + n, "%s", _i % 2 ? "x\n" : "");
	large_n = n;
	signed_file("key", "r", span_of(large, n));
	SCRIPTS(script_large);
	ck_assert_int_eq(import("r", ""), CTL_DONE);
	service_was_content();
}
END_TEST

static void script_file_changes(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b = { 0 };
	int file = open(service_path("r"), O_WRONLY | O_CLOEXEC);

	(void)m;
	service_must(service_hear_bulk(fd, &b));
	/* the last octet but the newline: of nothing that was read yet */
	service_must(lseek(file, -2, SEEK_END) > 0 &&
		     write(file, "X", 1) == 1);
	while (service_hear_bulk(fd, &b))
		service_must(!b.last);
}

START_TEST(last_packet_is_withheld_where_the_file_changed)
{
	signed_file("key", "r", make_large());
	SCRIPTS(script_file_changes);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	service_was_content();
	COMPLAINED("changed while it was read");
}
END_TEST

static void script_grows(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b = { 0 };
	int file = open(service_path("r"), O_WRONLY | O_APPEND | O_CLOEXEC);

	(void)m;
	service_must(service_hear_bulk(fd, &b));
	service_must(write(file, "more\n", 5) == 5);
	while (service_hear_bulk(fd, &b))
		service_must(!b.last);
}

START_TEST(last_packet_is_withheld_where_the_file_grew)
{
	signed_file("key", "r", make_large());
	SCRIPTS(script_grows);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	service_was_content();
	COMPLAINED("changed while it was read");
}
END_TEST

static void script_refuses_early(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b;

	(void)m;
	service_must(service_hear_bulk(fd, &b) && !b.last);
	service_end(fd, REASON_ROSTER_OLD, "");
}

static void script_done_too_soon(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b;

	(void)m;
	service_must(service_hear_bulk(fd, &b) && !b.last);
	service_end(fd, REASON_NONE, "");
}

START_TEST(refusal_between_packets_is_heard)
{
	signed_file("key", "r", make_large());
	SCRIPTS(script_refuses_early, script_done_too_soon);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	COMPLAINED("(X04)");
	COMPLAINED("import the newest export");
	ck_assert_int_eq(import("r", ""), CTL_SYSTEM);
}
END_TEST

static void script_listens(int fd, const struct msg_admin_request *m)
{
	struct msg_bulk b;

	(void)m;
	while (service_hear_bulk(fd, &b))
		service_must(!b.last);
}

START_TEST(line_that_fits_no_packet_is_refused)
{
	size_t n = strlen(HEAD);

	strcpy(large, HEAD);
	memset(large + n, 'x', 100000);
	strcpy(large + n + 100000, "\n");
	signed_file("key", "r", span_str(large));
	SCRIPTS(script_listens);
	ck_assert_int_eq(import("r", ""), CTL_REFUSED);
	service_was_content();
	COMPLAINED("too long");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl roster import");
	TCase *t = tcase_create("roster");

	tcase_add_checked_fixture(t, signed_setup, service_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, import_sends_what_was_verified);
	tcase_add_test(t, import_believes_the_configured_signer);
	tcase_add_test(t, import_without_a_signer_is_refused);
	tcase_add_loop_test(t, import_of_other_bytes_is_refused, 0,
			    (int)strlen(FILE_TEXT));
	tcase_add_test(t, import_of_a_file_that_others_can_write_is_refused);
	tcase_add_test(t, import_without_its_signature_is_refused);
	tcase_add_loop_test(t, signed_file_that_is_no_roster_is_refused, 0, 7);
	tcase_add_loop_test(t, another_format_is_told_from_what_is_no_roster,
			    0, 3);
	tcase_add_test(t, what_is_imported_is_said);
	tcase_add_test(t, large_file_goes_in_whole_lines_and_little_memory);
	tcase_add_loop_test(t, packet_that_is_filled_to_its_end, 0, 6);
	tcase_add_test(t, last_packet_is_withheld_where_the_file_changed);
	tcase_add_test(t, last_packet_is_withheld_where_the_file_grew);
	tcase_add_test(t, refusal_between_packets_is_heard);
	tcase_add_test(t, line_that_fits_no_packet_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
