// SPDX-License-Identifier: GPL-3.0-or-later
/* Account, credentials, session and password entry points; no cnied at all. */
#include <dlfcn.h>
#include <errno.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/prefix.h"
#include "check_main.h"
#include "support_pam.h"

typedef int entry(pam_handle_t *, int, int, const char **);

extern entry pam_sm_acct_mgmt, pam_sm_setcred, pam_sm_authenticate,
	pam_sm_open_session, pam_sm_close_session, pam_sm_chauthtok;

/* What libpam answers where the module, alone in its stack, answers IGNORE.
 * The module's own word is then asked for by a direct call. */
#define IGNORED PAM_PERM_DENIED

static int through_libpam(int code)
{
	return code == PAM_IGNORE ? IGNORED : code;
}

static void check_account(const char *user, int code, const char *sentence,
			  const char *log)
{
	app_start(&app, user);
	ck_assert_int_eq(pam_acct_mgmt(app.pamh, 0), through_libpam(code));
	if (code == PAM_IGNORE)
		ck_assert_int_eq(pam_sm_acct_mgmt(app.pamh, 0, 0, NULL), code);
	ck_assert_uint_eq(app.seen_n, sentence ? 1 : 0);
	if (sentence)
		ck_assert(app_saw(&app, PAM_ERROR_MSG, sentence));
	ck_assert_uint_eq(logged_n, log ? 1 : 0);
	if (log)
		ck_assert(log_has(LOG_NOTICE, log) || log_has(LOG_ERR, log));
	ck_assert_int_eq(app.delays, 0);
	app_end(&app);
	logged_n = 0;
}

START_TEST(the_view_says_who_may_come_in)
{
	check_account(ANA, PAM_SUCCESS, NULL, NULL);
	check_account(DIA, PAM_SUCCESS, NULL, NULL);
	check_account(BEN, PAM_PERM_DENIED, "(A03)", "A03");
	check_account(CEM, PAM_ACCT_EXPIRED, "(A05)", "A05");
}
END_TEST

static uint32_t day(int from_today)
{
	time_t t = time(NULL) + from_today * 86400;
	struct tm tm;

	ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 +
			  tm.tm_mday);
}

START_TEST(the_last_day_still_counts)
{
	struct synthetic who = { ANA, ANA_UID, 0, VIEW_ACTIVE };
	uint32_t today;

	do {				/* not across midnight */
		today = day(0);
		who.expiry = day(-1);
		write_view(&who, 1);
		check_account(ANA, PAM_ACCT_EXPIRED, "(A05)", "A05");
		who.expiry = today;
		write_view(&who, 1);
		app_start(&app, ANA);
		if (day(0) == today)
			ck_assert_int_eq(pam_acct_mgmt(app.pamh, 0),
					 PAM_SUCCESS);
		app_end(&app);
	} while (day(0) != today);
	who.expiry = day(2);
	write_view(&who, 1);
	check_account(ANA, PAM_SUCCESS, NULL, NULL);
	who.status = VIEW_REVOKED;
	write_view(&who, 1);
	check_account(ANA, PAM_PERM_DENIED, "(A03)", "A03");
}
END_TEST

START_TEST(root_and_strangers_are_ignored)
{
	static const char *const names[] = { "root", "nobody", "cnie-zoe",
					     "cnie-an", "%s" };

	check_account(names[_i], PAM_IGNORE, NULL, NULL);
	unlink(place(PATH_VIEW));
	if (_i == 0)		/* root in any weather */
		check_account(names[_i], PAM_IGNORE, NULL, NULL);
}
END_TEST

START_TEST(a_refused_account_in_silence_says_nothing)
{
	app_start(&app, BEN);
	ck_assert_int_eq(pam_acct_mgmt(app.pamh, PAM_SILENT), PAM_PERM_DENIED);
	ck_assert_uint_eq(app.seen_n, 0);
	ck_assert(log_has(LOG_NOTICE, "A03"));
	app_end(&app);
}
END_TEST

START_TEST(a_missing_view_is_unavailable)
{
	unlink(place(PATH_VIEW));
	check_account(ANA, PAM_AUTHINFO_UNAVAIL, NULL, NULL);
	check_account("nobody", PAM_AUTHINFO_UNAVAIL, NULL, NULL);
}
END_TEST

START_TEST(a_damaged_view_is_absurd)
{
	static const long sizes[] = { 0, 1, 127, 128, 200, 700 };

	ck_assert_int_eq(truncate(place(PATH_VIEW), sizes[_i]), 0);
	check_account(ANA, PAM_SYSTEM_ERR, NULL, "view");
}
END_TEST

START_TEST(a_damaged_view_is_mended_by_the_service_that_starts)
{
	static const struct line lines[] = { { .play = MEND }, END };
	static const struct { const char *name; int code; const char *says; }
	who[] = {
		{ ANA, PAM_SUCCESS, NULL }, { BEN, PAM_PERM_DENIED, "A03" },
		{ "local", PAM_IGNORE, NULL },
	};

	ck_assert_int_eq(truncate(place(PATH_VIEW), 200), 0);
	server_start(lines);
	check_account(who[_i].name, who[_i].code, who[_i].says, who[_i].says);
	server_done();
}
END_TEST

START_TEST(a_view_that_others_may_write_is_absurd)
{
	ck_assert_int_eq(chmod(place(PATH_VIEW), 0646), 0);
	check_account(ANA, PAM_SYSTEM_ERR, NULL, "view");
}
END_TEST

START_TEST(a_view_behind_a_link_is_not_read)
{
	char from[256], to[256];

	strcpy(from, place(PATH_VIEW));
	strcpy(to, place("/view"));
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(symlink(to, from), 0);
	check_account(ANA, PAM_SYSTEM_ERR, NULL, "view");
}
END_TEST

START_TEST(nobody_at_all_is_unknown)
{
	app_start(&app, NULL);
	ck_assert_int_eq(pam_acct_mgmt(app.pamh, 0), PAM_USER_UNKNOWN);
	ck_assert_int_eq(pam_sm_setcred(app.pamh, 0, 0, NULL), PAM_IGNORE);
	ck_assert_int_eq(pam_sm_open_session(app.pamh, 0, 0, NULL),
			 PAM_IGNORE);
	app_end(&app);
}
END_TEST

static void check_rest(const char *user, int code)
{
	app_start(&app, user);
	ck_assert_int_eq(pam_setcred(app.pamh, PAM_ESTABLISH_CRED),
			 through_libpam(code));
	ck_assert_int_eq(pam_open_session(app.pamh, 0), through_libpam(code));
	ck_assert_int_eq(pam_close_session(app.pamh, 0), through_libpam(code));
	ck_assert_int_eq(pam_setcred(app.pamh, PAM_DELETE_CRED),
			 through_libpam(code));
	ck_assert_int_eq(pam_sm_setcred(app.pamh, 0, 0, NULL), code);
	ck_assert_int_eq(pam_sm_open_session(app.pamh, 0, 0, NULL), code);
	ck_assert_int_eq(pam_sm_close_session(app.pamh, 0, 0, NULL), code);
	ck_assert_uint_eq(app.seen_n, 0);
	ck_assert_uint_eq(logged_n, 0);
	app_end(&app);
}

START_TEST(credentials_and_session_never_fail)
{
	check_rest(ANA, PAM_SUCCESS);
	check_rest(BEN, PAM_SUCCESS);	/* the account phase refuses, not we */
	check_rest(CEM, PAM_SUCCESS);
	check_rest("root", PAM_IGNORE);
	check_rest("nobody", PAM_IGNORE);
	check_rest("cnie-zoe", PAM_IGNORE);
	unlink(place(PATH_VIEW));
	check_rest(ANA, PAM_SUCCESS);
	check_rest("root", PAM_IGNORE);
}
END_TEST

START_TEST(passwords_are_not_ours)
{
	static const char *const names[] = { ANA, BEN, "root", "cnie-zoe" };

	app_start(&app, names[_i]);
	ck_assert_int_eq(pam_chauthtok(app.pamh, 0), IGNORED);
	ck_assert_int_eq(pam_sm_chauthtok(app.pamh, PAM_PRELIM_CHECK, 0, NULL),
			 PAM_IGNORE);
	ck_assert_int_eq(pam_sm_chauthtok(app.pamh, PAM_UPDATE_AUTHTOK, 0,
					  NULL), PAM_IGNORE);
	ck_assert_uint_eq(app.seen_n, 0);
	app_end(&app);
}
END_TEST

START_TEST(who_was_let_in_needs_no_view_afterwards)
{
	static const struct line lines[] = {
		{ HEAR_START, 0, NULL, 0 }, { SAY_GRANT, ANA_UID, ANA, 0 },
		{ SAY_END, 0, NULL, 0 } };
	static const struct synthetic other = { DIA, DIA_UID, 0, VIEW_ACTIVE };

	server_start(lines);
	app_start(&app, ANA);
	ck_assert_int_eq(pam_authenticate(app.pamh, 0), PAM_SUCCESS);
	server_done();
	write_view(&other, 1);
	ck_assert_int_eq(pam_setcred(app.pamh, PAM_ESTABLISH_CRED),
			 PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(app.pamh, 0), PAM_SUCCESS);
	/* but another name on the same handle is another matter */
	ck_assert_int_eq(pam_set_item(app.pamh, PAM_USER, "nobody"),
			 PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(app.pamh, 0), IGNORED);
	app_end(&app);
}
END_TEST

START_TEST(errno_is_the_hosts)
{
	static entry *const entries[] = {
		pam_sm_authenticate, pam_sm_acct_mgmt, pam_sm_setcred,
		pam_sm_open_session, pam_sm_close_session, pam_sm_chauthtok };
	static const char *const names[] = { ANA, BEN, "cnie-zoe", "root" };

	if (_i == 4)
		unlink(place(PATH_VIEW));
	app_start(&app, names[_i % 4]);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		errno = 4242;
		entries[i](app.pamh, 0, 0, NULL);
		ck_assert_int_eq(errno, 4242);
	}
	app_end(&app);
}
END_TEST

/* linux-pam's own test of a module: it must load alone, all symbols bound. */
START_TEST(the_module_loads_alone_with_six_entry_points)
{
	static const char *const names[] = {
		"pam_sm_authenticate", "pam_sm_acct_mgmt", "pam_sm_setcred",
		"pam_sm_open_session", "pam_sm_close_session",
		"pam_sm_chauthtok" };
	char path[600];
	ssize_t n = readlink("/proc/self/exe", path, 500);
	void *h;

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	strcpy(strrchr(path, '/'), "/pam_cnie.so");
	h = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(h != NULL, "%s", h ? "" : dlerror());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_ptr_nonnull(dlsym(h, names[i]));
	ck_assert_ptr_null(dlsym(h, "message_text"));
	dlclose(h);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pam account");
	TCase *t = tcase_create("account");

	tcase_add_checked_fixture(t, place_setup, place_teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, the_view_says_who_may_come_in);
	tcase_add_test(t, the_last_day_still_counts);
	tcase_add_loop_test(t, root_and_strangers_are_ignored, 0, 5);
	tcase_add_test(t, a_refused_account_in_silence_says_nothing);
	tcase_add_test(t, a_missing_view_is_unavailable);
	tcase_add_loop_test(t, a_damaged_view_is_absurd, 0, 6);
	tcase_add_loop_test(t, a_damaged_view_is_mended_by_the_service_that_starts,
			    0, 3);
	tcase_add_test(t, a_view_that_others_may_write_is_absurd);
	tcase_add_test(t, a_view_behind_a_link_is_not_read);
	tcase_add_test(t, nobody_at_all_is_unknown);
	tcase_add_test(t, credentials_and_session_never_fail);
	tcase_add_loop_test(t, passwords_are_not_ours, 0, 4);
	tcase_add_test(t, who_was_let_in_needs_no_view_afterwards);
	tcase_add_loop_test(t, errno_is_the_hosts, 0, 5);
	tcase_add_test(t, the_module_loads_alone_with_six_entry_points);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
