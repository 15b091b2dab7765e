// SPDX-License-Identifier: GPL-3.0-or-later
/* csca import: what gets into the store, and what never does. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "check_main.h"
#include "ctl/csca_stage.h"
#include "ctl/ctl.h"
#include "support_store.h"

/* -- scripts ------------------------------------------------------------------- */

/* The copies are everybody's to read, and nothing but what was given. */
static void must_read(const char *dir, size_t files)
{
	struct stat st;

	service_must(stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
		     (st.st_mode & 07777) == 0755);
	service_must(service_count(dir) == files);
}

/* Of a file that only root reads. */
static void must_be_copy(const char *path, const char *of)
{
	uint8_t room[64];
	struct sink in = SINK(room);
	struct stat st;

	service_must(stat(path, &st) == 0 && (st.st_mode & 07777) == 0644);
	service_must(file_read(path, FILE_ROOT_OWNED, &in) == R_OK &&
		     span_equal(sink_span(&in), item_der(of)));
}

static void imports_two(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_CSCA_IMPORT && !m->signer[0]);
	must_read(m->csca, 2);
	script_says_offered(fd);
	service_end(fd, REASON_NONE, "");
}

static void imports_one(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_CSCA_IMPORT);
	must_read(m->csca, 1);
	script_says_offered(fd);
	service_end(fd, REASON_NONE, "");
}

static void imports_signed(int fd, const struct msg_admin_request *m)
{
	char copy[300];

	must_read(m->csca, 1);
	snprintf(copy, sizeof(copy), "%s/0000", m->csca);
	must_be_copy(copy, "a name without an ending");
	must_be_copy(m->signer, "signer");
	script_says_offered(fd);
	service_end(fd, REASON_NONE, "");
}

static void refuses_the_signer(int fd, const struct msg_admin_request *m)
{
	(void)m;
	script_says_offered(fd);
	service_end(fd, REASON_CSCA_UNKNOWN, "another signed the master list");
}

static void hangs(int fd, const struct msg_admin_request *m)
{
	(void)fd;
	(void)m;
	pause();
}

/* -- import ---------------------------------------------------------------------- */

/* No stage, no half-written file; so many in the store. */
static void must_be_tidy(size_t files)
{
	ck_assert_uint_eq(service_count(service_path("run/cnie")), 1);
	ck_assert_uint_eq(service_count(STORE), files);
}

START_TEST(import_writes_what_is_new)
{
	store_holds(item_anchor("old"));
	store_know(*store_offer(item_anchor("new")));
	store_know(*store_offer(item_crl("crl")));
	store_offer(item_anchor("old"));
	store_put("from/list.ML", "some master list");
	store_put("from/one.cer", "one");
	store_put("from/notes.txt", "notes");
	SCRIPTS(imports_two, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_DONE);
	service_was_content();
	store_must_hold("new", "cer");
	store_must_hold("crl", "crl");
	must_be_tidy(3);
	PRINTED("1 files were passed over");
	PRINTED("2 new, 1 known, 598 of other countries than UT, 1 unusable");
	PRINTED("the store now: 2 anchors, 1 CRL\n");
	PRINTED("Compare the fingerprints");
	ck_assert_uint_eq(store_occurs(service_out, item_sha256("new")), 1);
	ck_assert_uint_eq(store_occurs(service_out, item_sha256("old")), 0);
}
END_TEST

START_TEST(import_again_changes_nothing)
{
	store_holds(item_anchor("a"));
	store_offer(item_anchor("a"));
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from/a.cer")),
			 CTL_DONE);
	PRINTED("0 new, 1 known");
	ck_assert_ptr_null(strstr(service_out, "Compare"));
	must_be_tidy(1);
}
END_TEST

START_TEST(import_of_a_certificate_in_a_bundle_knows_it)
{
	static const char bundle[] = "-----BEGIN CERTIFICATE-----\n"
		"MIIAAWE=\n-----END CERTIFICATE-----\n";	/* "a" */

	service_put_file(service_path("etc/cnie/csca/all.pem"),
			 span_str(bundle), 0644);
	store_know(*store_offer(item_anchor("a")));
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from/a.cer")),
			 CTL_DONE);
	PRINTED("0 new, 1 known");
	must_be_tidy(1);
}
END_TEST

START_TEST(import_hands_the_signer_on)
{
	store_know(*store_offer(item_anchor("a")));
	store_put("from/list", "a name without an ending");
	store_put("signer.pem", "signer");
	SCRIPTS(imports_signed, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import --signer "
					      "/nowhere/at/all %s",
					      "from/list")), CTL_USAGE);
	COMPLAINED("--signer: /nowhere/at/all");
	ck_assert_uint_eq(service_count(STORE), 0);
	ck_assert_int_eq(chdir(service_root), 0);
	ck_assert_int_eq(service_run("csca import from/list --signer "
				     "signer.pem"), CTL_DONE);
	service_was_content();
	store_must_hold("a", "cer");
	ck_assert_ptr_null(strstr(service_out, "Compare"));
}
END_TEST

/* The list's signature is refused after items were told. */
START_TEST(import_that_is_refused_takes_nothing)
{
	static service_script *const bad[][2] = {
		{ refuses_the_signer, NULL }, { script_dies, NULL },
	};
	static const int codes[] = { CTL_REFUSED, CTL_NO_SERVICE };

	store_offer(item_anchor("a"));
	store_put("from/a.cer", "a");
	service_start(bad[_i]);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 codes[_i]);
	must_be_tidy(0);
	if (_i == 0)
		COMPLAINED("signed neither by --signer");
}
END_TEST

/* cnie-inspect lies about an item: nothing of it is taken. */
START_TEST(import_of_what_is_not_what_it_says_takes_nothing)
{
	struct msg_item *liar;

	store_offer(item_anchor("a"));
	liar = store_offer(item_anchor("b"));
	if (_i == 0)
		liar->der = item_der("c");
	else
		strcpy(liar->country, "XX");
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_SYSTEM);
	COMPLAINED("it is not believed, and nothing is taken");
	must_be_tidy(0);
}
END_TEST

/* Told in the import as one thing, read from the store as another, or not. */
START_TEST(import_takes_back_what_the_store_does_not_use)
{
	struct msg_item odd = *store_offer(item_crl("crl"));

	store_know(*store_offer(item_anchor("a")));
	if (_i == 1)
		strcpy(store_know(odd)->country, "XX");
	if (_i == 2)
		store_know(odd)->kind = ITEM_ANCHOR;
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_DONE);
	store_must_hold("a", "cer");
	must_be_tidy(1);
	PRINTED("1 new, 0 known, 598 of other countries than UT, 2 unusable");
	PRINTED("1 of the unusable were taken back");
	ck_assert_uint_eq(store_occurs(service_out, item_sha256("crl")), 0);
}
END_TEST

START_TEST(import_that_cannot_be_read_back_is_undone)
{
	static service_script *const bad[][3] = {
		{ imports_one, script_dies, NULL }, { imports_one, script_cannot_load, NULL },
	};
	static const int codes[] = { CTL_NO_SERVICE, CTL_REFUSED };

	store_holds(item_anchor("old"));
	store_offer(item_anchor("a"));
	store_offer(item_anchor("old"));
	store_put("from/a.cer", "a");
	service_start(bad[_i]);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 codes[_i]);
	store_must_hold("old", "cer");
	must_be_tidy(1);
	COMPLAINED("what was written is gone again");
}
END_TEST

START_TEST(import_of_a_newer_crl_replaces_the_older)
{
	struct msg_item old = item_crl("old"), other = item_crl("other");

	old.from = other.from = 20260801;
	strcpy(other.subject, "C=UT, CN=CSCA-UTOPIA 2");
	store_holds(item_anchor("a"));
	store_holds(old);
	store_holds(other);
	store_know(*store_offer(item_crl("new")));
	store_put("from/new.crl", "new");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_DONE);
	store_must_hold("new", "crl");
	store_must_hold("other", "crl");
	must_be_tidy(3);
	PRINTED("1 older CRLs were removed");
	PRINTED("the store now: 1 anchor, 2 CRLs\n");
}
END_TEST

/* A CRL that says it is newer, and that no anchor signed, removes none. */
START_TEST(import_of_a_crl_that_is_not_used_replaces_none)
{
	struct msg_item old = item_crl("old");

	old.from = 20260801;
	store_holds(item_anchor("a"));
	store_holds(old);
	store_offer(item_crl("forged"));
	store_put("from/new.crl", "forged");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_DONE);
	store_must_hold("old", "crl");
	must_be_tidy(2);
}
END_TEST

START_TEST(import_goes_on_where_one_was_killed)
{
	service_put_file(service_path("etc/cnie/csca/%s.cer.new",
				      item_sha256("a")), span_str("0"), 0600);
	service_put_file(service_path("etc/cnie/csca/%s.cer.new",
				      item_sha256("b")), span_str("0"), 0600);
	store_know(*store_offer(item_anchor("a")));
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_DONE);
	store_must_hold("a", "cer");
	must_be_tidy(1);
}
END_TEST

/* Whatever it was doing: what is there is whole, and it goes on. */
START_TEST(import_killed_before_it_has_read_back)
{
	pid_t child;
	int status;

	store_know(*store_offer(item_anchor("a")));
	store_know(*store_offer(item_crl("c")));
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one, hangs);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		service_run(store_line("csca import %s", "from"));
		_exit(0);
	}
	while (!service_there(store_file("c", "crl")))
		usleep(1000);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	service_stop();
	store_must_hold("a", "cer");
	store_must_hold("c", "crl");
	SCRIPTS(imports_one, script_lists);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_DONE);
	PRINTED("0 new, 2 known");
	must_be_tidy(2);
}
END_TEST

START_TEST(import_of_other_countries_alone_is_refused)
{
	store_put("from/a.cer", "a");
	SCRIPTS(imports_one);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_REFUSED);
	COMPLAINED("nothing of UT in it: 598 of other countries, 1 unusable");
	must_be_tidy(0);
}
END_TEST

START_TEST(import_of_nothing_asks_nobody)
{
	store_put("from/a.txt", "a");
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_USAGE);
	COMPLAINED("*.ldif");
	ck_assert_int_eq(service_run(store_line("csca import %s", "nowhere")),
			 CTL_USAGE);
	COMPLAINED("this file can't be read");
	ck_assert_uint_eq(service_count(service_path("run/cnie")), 0);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from/a.txt")),
			 CTL_NO_SERVICE);
	ck_assert_int_eq(unlink(service_path("etc/cnie/profile.d/uto.conf")),
			 0);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from/a.txt")),
			 CTL_REFUSED);
	COMPLAINED("uto.conf");
}
END_TEST

/* As much as cnie-inspect reads at once; a file with holes costs nothing. */
START_TEST(import_of_too_much_asks_nobody)
{
	char line[600] = "csca import";

	store_put("from/a", "a");
	ck_assert_int_eq(truncate(service_path("from/a"),
				  STAGE_IMPORT_MAX + 1), 0);
	ck_assert_int_eq(service_run(store_line("csca import %s", "from/a")),
			 CTL_USAGE);
	COMPLAINED("larger than");
	ck_assert_int_eq(truncate(service_path("from/a"), STAGE_IMPORT_MAX),
			 0);
	for (int i = 0; i < 3; i++)
		sprintf(line + strlen(line), " %s", service_path("from/a"));
	ck_assert_int_eq(service_run(line), CTL_USAGE);
	COMPLAINED("import them in parts");
	ck_assert_uint_eq(service_count(service_path("run/cnie")), 0);
}
END_TEST

START_TEST(one_at_a_time_changes_the_store)
{
	int fd = open(STORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	store_put("from/a.cer", "a");
	store_holds(item_anchor("a"));
	ck_assert_int_eq(service_run(store_line("csca import %s", "from")),
			 CTL_REFUSED);
	COMPLAINED("another cniectl is changing");
	ck_assert_int_eq(service_run("csca remove --yes 0123456789abcdef"),
			 CTL_REFUSED);
	COMPLAINED("another cniectl is changing");
	close(fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl csca import");
	TCase *t = tcase_create("commands");

	tcase_add_checked_fixture(t, store_setup, service_teardown);
	tcase_add_test(t, import_writes_what_is_new);
	tcase_add_test(t, import_again_changes_nothing);
	tcase_add_test(t, import_of_a_certificate_in_a_bundle_knows_it);
	tcase_add_test(t, import_hands_the_signer_on);
	tcase_add_loop_test(t, import_that_is_refused_takes_nothing, 0, 2);
	tcase_add_loop_test(t, import_of_what_is_not_what_it_says_takes_nothing,
			    0, 2);
	tcase_add_loop_test(t, import_takes_back_what_the_store_does_not_use,
			    0, 3);
	tcase_add_loop_test(t, import_that_cannot_be_read_back_is_undone,
			    0, 2);
	tcase_add_test(t, import_of_a_newer_crl_replaces_the_older);
	tcase_add_test(t, import_of_a_crl_that_is_not_used_replaces_none);
	tcase_add_test(t, import_goes_on_where_one_was_killed);
	tcase_add_test(t, import_killed_before_it_has_read_back);
	tcase_add_test(t, import_of_other_countries_alone_is_refused);
	tcase_add_test(t, import_of_nothing_asks_nobody);
	tcase_add_test(t, import_of_too_much_asks_nobody);
	tcase_add_test(t, one_at_a_time_changes_the_store);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
