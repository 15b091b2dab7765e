// SPDX-License-Identifier: GPL-3.0-or-later
/* my-data: a person's conversation at login.sock, and its words. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"
#include "ctl/ctl.h"
#include "ctl/my_data.h"
#include "support_service.h"

#define COMPLAINED(text) ck_assert_msg(strstr(service_err, text) != NULL, \
				       "%s", service_err)
#define PRINTED(text) ck_assert_msg(strstr(service_out, text) != NULL, \
				    "%s", service_out)

static void setup(void)
{
	int p[2];

	service_setup();
	setenv("LC_ALL", "C", 1);
	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_eq(write(p[1], "123456\n", 7), 7);
	close(p[1]);
	ck_assert_int_eq(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	close(p[0]);
}

static const char *const rows[] = {
	"account\tu7k2", "uid\t65536", "gid\t65537", "status\tactive",
	"created\t2026-11-22", "expiry\t-", "face\tyes", "code\tyes",
	"code_since\t2026-11-22", "cards_current\t1", "cards_blocked\t2",
	"tags\t1", "rebinds\t0", "group\tarchive\t70001", "pass_until\t-",
	"former_name\tbenali", "revoked_here\tno", "imported\tno",
	"pass_ended\t2026-11-24", "pass_services\tlogin sudo", "pass_tries\t2",
	"failures\t17\t16", "card_current\t2035-12-31\t2026-11-25\t4",
	"card_blocked\t2030-01-02\t2026-11-26\t3", "floor\t2029-03-04",
	"noted_before\t5", "answers\t6", "rebind\t2026-11-27\t4\t3",
	"rebind_by_order\t2026-11-28\t4", "copy\tmarks",
	"last_change\t2026-11-23", "home\t/home/u7k2", "shell\t/bin/bash",
	"sector\turn:example:sector:test", "controller\tMinistry of Examples",
	"purpose\tworkstation login", "contact\troom 1",
	"reference\tDEMO-0", "logs\t30 days", "identity_logs\tnone",
	"complaint\tthe commission", "shoe_size\t43\twide",
	"group\tstaff\t70002",
};

static void say_rows(int fd)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		service_say_row(fd, rows[i]);
}

static void script_tells(int fd, const struct msg_login_start *m)
{
	struct msg_login_info info = { .msg = MSG_INSERT_CARD };
	struct msg_login_ask ask = { .msg = MSG_ASK_CAN };
	struct msg_login_answer a;

	service_must(m->flags == LOGIN_MY_DATA && m->user[0] == '\0' &&
		     !strcmp(m->service, "cniectl"));
	service_say(fd, MSG_LOGIN_INFO, &info);
	service_say(fd, MSG_LOGIN_ASK, &ask);
	service_must(chan_expect(fd, MSG_LOGIN_ANSWER, &a,
				 mono_ms() + 5000) == R_OK);
	service_must(!strcmp(a.text, "123456"));
	say_rows(fd);
	service_end(fd, REASON_NONE, "");
}

static const char *const heads[] = {
	"Your account\n", "How you log in\n", "What ties your card to it\n",
	"Who holds this, and why\n", "Logs, and whom to ask\n",
	"Also held\n", "What is not held\n",
};

START_TEST(everything_is_told_in_words)
{
	service_start_login(script_tells);
	ck_assert_int_eq(service_run("my-data"), CTL_DONE);
	service_was_content();
	PRINTED("Your account\n  Its name is u7k2.\n");
	PRINTED("It is active.");
	PRINTED("No day is set on which it ends.");
	PRINTED("compared with the portrait on your card");
	PRINTED("You have no code of the day.");
	PRINTED("It belongs to the group archive (number 70001).");
	PRINTED("It belongs to the group staff (number 70002).");
	PRINTED("That code is for: login sudo.");
	PRINTED("login succeeds: 17, of these with the face: 16.");
	PRINTED("its last day is 2035-12-31; known since 2026-11-25, by key "
		"number 4 of");
	PRINTED("On 2026-11-27 key number 4 of the sector took the place of "
		"number 3 for");
	PRINTED("blocked, as older or lost: 2.");
	PRINTED("Who answers for it: Ministry of Examples.");
	PRINTED("Where to complain: the commission.");
	/* what no sentence is known for is not left out, nor cut */
	PRINTED("  shoe_size: 43\twide\n");
	PRINTED("What is not held\n  No portrait:");
	PRINTED("No national number.");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *value = strchr(rows[i], '\t') + 1;

		if (strlen(value) > 3 && strcmp(value, "active") &&
		    strcmp(value, "marks") && !strchr(value, '\t'))
			PRINTED(value);
	}
	/* cnied's order is not that of the parts: each head stands once */
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const char *head = strstr(service_out, heads[i]);

		ck_assert_msg(head != NULL, "%s", heads[i]);
		ck_assert_ptr_null(strstr(head + 1, heads[i]));
		ck_assert(i == 0 || head > strstr(service_out, heads[i - 1]));
	}
	ck_assert_ptr_null(strstr(service_out, "CNDP"));
	ck_assert_ptr_null(strstr(service_out, "journal"));
	/* prompts and notices are not part of it */
	ck_assert_ptr_null(strstr(service_out, "reader"));
}
END_TEST

START_TEST(french_is_spoken)
{
	setenv("LC_ALL", "fr_MA.UTF-8", 1);
	service_start_login(script_tells);
	ck_assert_int_eq(service_run("my-data"), CTL_DONE);
	PRINTED("Votre compte\n  Son nom est u7k2.\n");
	PRINTED("Ce qui n'est pas conservé\n");
	PRINTED("Où déposer une plainte : the commission.");
	ck_assert_ptr_null(strstr(service_out, "Your"));
}
END_TEST

static const struct { const char *locale; enum my_language want; } locales[] = {
	{ NULL, MY_ENGLISH }, { "", MY_ENGLISH }, { "C", MY_ENGLISH },
	{ "fr", MY_FRENCH }, { "fr_FR.UTF-8", MY_FRENCH },
	{ "fr@euro", MY_FRENCH }, { "fry_NL", MY_ENGLISH },
	{ "ar_MA", MY_ENGLISH },
};

START_TEST(language_of_a_locale)
{
	ck_assert_int_eq(my_language(locales[_i].locale), locales[_i].want);
}
END_TEST

/* Each key with every value that has words of its own, in each language: the
 * value or words, never an empty line or a bare placeholder. */
START_TEST(each_key_has_words_in_each_language)
{
	static const char *const values[] = { "yes", "no", "-", "active",
		"revoked", "other 7" };
	char text[8192];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char key[32];
		FILE *to = fmemopen(text, sizeof(text), "w");
		struct my_words w = my_words_to(to, (enum my_language)_i);

		snprintf(key, sizeof(key), "%.*s",
			 (int)strcspn(rows[i], "\t"), rows[i]);
		for (size_t v = 0; v < 6; v++)
			ck_assert_int_eq(my_words_row(&w, key, values[v]),
					 R_OK);
		ck_assert_int_eq(my_words_end(&w), R_OK);
		my_words_free(&w);
		fputc('\0', to);
		fclose(to);
		ck_assert_ptr_nonnull(strstr(text, "other 7"));
		ck_assert_ptr_null(strchr(text, '%'));
		ck_assert_int_eq(strstr(text, key) && strchr(key, '_') != NULL,
				 !strcmp(key, "shoe_size"));
	}
}
END_TEST

START_TEST(where_to_complain_is_always_said)
{
	char text[8192];
	FILE *to = fmemopen(text, sizeof(text), "w");
	struct my_words w = my_words_to(to, (enum my_language)_i);

	ck_assert_int_eq(my_words_row(&w, "account", "u7k2"), R_OK);
	ck_assert_int_eq(my_words_end(&w), R_OK);
	my_words_free(&w);
	fputc('\0', to);
	fclose(to);
	ck_assert_ptr_nonnull(strstr(text, "CNDP"));
	ck_assert_ptr_nonnull(strstr(text, "www.cndp.ma"));
	ck_assert_ptr_nonnull(strstr(text, "journal"));
}
END_TEST

static void script_rows_only(int fd, const struct msg_login_start *m)
{
	(void)m;
	say_rows(fd);
	service_end(fd, REASON_NONE, "");
}

START_TEST(json_holds_each_row)
{
	char want[128];

	service_start_login(script_rows_only);
	ck_assert_int_eq(service_run("my-data --json"), CTL_DONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strchr(strchr(rows[i], '\t') + 1, '\t'))
			continue;
		snprintf(want, sizeof(want),
			 "\"key\": \"%.*s\",\n      \"value\": \"%s\"",
			 (int)strcspn(rows[i], "\t"), rows[i],
			 strchr(rows[i], '\t') + 1);
		PRINTED(want);
	}
	PRINTED("\"value\": \"43\\u0009wide\"");
	PRINTED("\"not_held\": [\n    \"portrait\",");
}
END_TEST

static void script_refuses(int fd, const struct msg_login_start *m)
{
	struct msg_login_refuse refuse = { REASON_UNKNOWN_CARD, 0 };

	(void)m;
	service_say(fd, MSG_LOGIN_REFUSE, &refuse);
}

static void script_throttles(int fd, const struct msg_login_start *m)
{
	struct msg_login_refuse refuse = { REASON_THROTTLED, 17 };

	(void)m;
	service_say(fd, MSG_LOGIN_REFUSE, &refuse);
}

static void script_grants(int fd, const struct msg_login_start *m)
{
	struct msg_login_grant grant = { "u7k2", 65536 };

	(void)m;
	service_say(fd, MSG_LOGIN_GRANT, &grant);
}

static void script_bad_row(int fd, const struct msg_login_start *m)
{
	(void)m;
	service_say_row(fd, "no tab");
	service_end(fd, REASON_NONE, "");
}

static void script_bulk(int fd, const struct msg_login_start *m)
{
	(void)m;
	service_say_bulk(fd, "x\n", true);
	service_end(fd, REASON_NONE, "");
}

static void script_candidate(int fd, const struct msg_login_start *m)
{
	const struct msg_candidate c = { "u7k2", 70000 };

	(void)m;
	service_say(fd, MSG_ADMIN_CANDIDATE, &c);
	service_end(fd, REASON_NONE, "");
}

static void script_nothing(int fd, const struct msg_login_start *m)
{
	(void)m;
	service_end(fd, REASON_NONE, "");
}

START_TEST(what_is_no_answer_tells_nothing)
{
	static const struct {
		service_login_script *s;
		int code;
		const char *says;
	} bad[] = {
		{ script_refuses, CTL_REFUSED, "(A01)" },
		{ script_throttles, CTL_REFUSED, "wait 17 seconds" },
		{ script_grants, CTL_SYSTEM, "one version" },
		{ script_bad_row, CTL_SYSTEM, "one version" },
		{ script_bulk, CTL_SYSTEM, "one version" },
		{ script_candidate, CTL_SYSTEM, "one version" },
		{ script_nothing, CTL_SYSTEM, "one version" },
	};

	service_start_login(bad[_i].s);
	ck_assert_int_eq(service_run("my-data"), bad[_i].code);
	COMPLAINED(bad[_i].says);
	ck_assert_str_eq(service_out, "");
}
END_TEST

START_TEST(nobody_is_there)
{
	ck_assert_int_eq(service_run("my-data"), CTL_NO_SERVICE);
	COMPLAINED("login.sock");
}
END_TEST

START_TEST(service_that_is_not_root_is_not_trusted)
{
	ck_assert_int_eq(chmod(service_path("run/cnie"), 0777), 0);
	ck_assert_int_eq(chmod(service_root, 0755), 0);
	/* SO_PEERCRED is taken at listen() */
	ck_assert_int_eq(seteuid(65534), 0);
	service_start_login(script_rows_only);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(service_run("my-data"), CTL_NO_SERVICE);
	COMPLAINED("not held by root");
	ck_assert_str_eq(service_out, "");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl my-data");
	TCase *t = tcase_create("my-data");

	tcase_add_checked_fixture(t, setup, service_teardown);
	tcase_add_test(t, everything_is_told_in_words);
	tcase_add_test(t, french_is_spoken);
	tcase_add_loop_test(t, language_of_a_locale, 0,
			    sizeof(locales) / sizeof(locales[0]));
	tcase_add_loop_test(t, each_key_has_words_in_each_language, 0,
			    MY_LANGUAGES);
	tcase_add_loop_test(t, where_to_complain_is_always_said, 0,
			    MY_LANGUAGES);
	tcase_add_test(t, json_holds_each_row);
	tcase_add_loop_test(t, what_is_no_answer_tells_nothing, 0, 7);
	tcase_add_test(t, nobody_is_there);
	tcase_add_test(t, service_that_is_not_root_is_not_trusted);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
