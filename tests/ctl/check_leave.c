// SPDX-License-Identifier: GPL-3.0-or-later
/* What revoke finds of an account, in a test's own places; and a process. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/leave.h"
#include "support_service.h"

#define LEAVER_UID 3141592	/* synthetic, of nobody */

static struct leave_paths paths;
static char home[128];
static char text[4096];

static const char *keep(const char *path)
{
	static char kept[16][128];
	static unsigned int n;
	char *out = kept[n++ % 16];

	snprintf(out, 128, "%s", path);
	return out;
}

static void make_dir(const char *name)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "mkdir -p '%s'", service_path("%s", name));
	ck_assert_int_eq(system(cmd), 0);
}

static void put(const char *name)
{
	service_put_file(service_path("%s", name), span_str("x\n"), 0600);
}

static void setup(void)
{
	static const char *const dirs[] = { "proc", "users", "linger", "cron",
		"cron2", "at", "at2", "home/u7k2/.ssh", "ssh", "keys",
		"home/u7k2/.config/systemd/user" };

	service_setup();
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		make_dir(dirs[i]);
	paths = (struct leave_paths){
		.proc = keep(service_path("proc")),
		.logind_users = keep(service_path("users")),
		.linger = keep(service_path("linger")),
		.crontabs = { keep(service_path("cron")),
			      keep(service_path("cron2")) },
		.at_jobs = { keep(service_path("at")),
			     keep(service_path("at2")) },
		.sshd_configs = { keep(service_path("sshd_config")),
				  keep(service_path("ssh/*.conf")) },
	};
	snprintf(home, sizeof(home), "%s", service_path("home/u7k2"));
}

static unsigned int look(void)
{
	const struct leaver who = { "u7k2", LEAVER_UID, home };
	FILE *to = fmemopen(text, sizeof(text), "w");
	unsigned int n;

	ck_assert_ptr_nonnull(to);
	n = leave_print(&who, &paths, to);
	fputc('\0', to);
	fclose(to);
	return n;
}

START_TEST(nothing_is_there)
{
	put("users/1000");
	put("linger/u7k3");
	put("cron/u7k3");
	put("at/job");			/* root's */
	put("home/u7k2/.ssh/known_hosts");
	put("home/u7k2/.config/systemd/user/x.service");
	ck_assert_uint_eq(look(), 0);
	ck_assert_str_eq(text, "");
	snprintf(home, sizeof(home), "/nonexistent");
	paths.at_jobs[0] = paths.proc = "/nonexistent";
	ck_assert_uint_eq(look(), 0);
}
END_TEST

static const struct { const char *file, *says; } things[] = {
	{ "users/3141592", "loginctl terminate-user u7k2" },
	{ "linger/u7k2", "loginctl disable-linger u7k2" },
	{ "cron/u7k2", "crontab -u u7k2 -r\n" },
	{ "cron2/u7k2", "crontab -u u7k2 -r\n" },
	{ "home/u7k2/.ssh/authorized_keys",
	  "/u7k2/.ssh/authorized_keys'~'revoked\n" },
	{ "home/u7k2/.ssh/authorized_keys2",
	  "/u7k2/.ssh/authorized_keys2'~'revoked\n" },
	{ "home/u7k2/.config/systemd/user/x.timer", "/systemd/user" },
};

START_TEST(each_thing_is_found)
{
	put(things[_i].file);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, things[_i].says));
}
END_TEST

START_TEST(at_jobs_are_named_by_owner)
{
	put("at/a0000201c8b1d9");
	put("at/=0000201c8b1d9");	/* the same one, which runs */
	put("at2/b0001b01c8b1d9");
	put("at/.SEQ");
	ck_assert_int_eq(chown(service_path("at/a0000201c8b1d9"), LEAVER_UID,
			       0), 0);
	ck_assert_int_eq(chown(service_path("at/=0000201c8b1d9"), LEAVER_UID,
			       0), 0);
	ck_assert_int_eq(chown(service_path("at/.SEQ"), LEAVER_UID, 0), 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "1 at job "));
	ck_assert_ptr_nonnull(strstr(text, " atrm 2\n"));
	ck_assert_int_eq(chown(service_path("at2/b0001b01c8b1d9"), LEAVER_UID,
			       0), 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "2 at jobs"));
	ck_assert_ptr_nonnull(strstr(text, " atrm 2 27\n"));
}
END_TEST

START_TEST(no_line_without_an_end)
{
	char name[32];

	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "at/a%05x01c8b1d9", i);
		put(name);
		ck_assert_int_eq(chown(service_path("%s", name), LEAVER_UID,
				       0), 0);
	}
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "40 at jobs"));
	ck_assert_ptr_nonnull(strstr(text, "   # and again"));
}
END_TEST

/* -- where sshd looks for keys --------------------------------------------------- */

static void config(const char *name, const char *lines)
{
	service_put_file(service_path("%s", name), span_str(lines), 0600);
}

START_TEST(keys_are_where_sshd_looks)
{
	char lines[1024];
	const char *keys = keep(service_path("keys"));

	put("keys/u7k2");
	put("keys/3141592%");
	put("keys/u7k3");
	put("home/u7k2/.ssh/authorized_keys");
	put("home/u7k2/other");
	put("home/u7k2/%odd");
	snprintf(lines, sizeof(lines),
		 "# AuthorizedKeysFile %s/u7k3\n"
		 "authorizedkeysfile=\"%s/%%u\" .ssh/authorized_keys # x\n"
		 "AuthorizedKeysFile none\nAuthorizedKeysFile\n"
		 "AuthorizedKeysFile %%h/other %%z %% %%%%odd\n", keys, keys);
	config("sshd_config", lines);
	snprintf(lines, sizeof(lines),
		 "Match user x\n\tAuthorizedKeysFile %s/%%U%%%%\n", keys);
	config("ssh/a.conf", lines);
	ck_assert_uint_eq(look(), 5);
	snprintf(lines, sizeof(lines), " mv -f %s/u7k2 %s/u7k2'~'revoked\n",
		 keys, keys);
	ck_assert_ptr_nonnull(strstr(text, lines));
	snprintf(lines, sizeof(lines), "runuser -u u7k2 -- mv -f %s/other ",
		 home);
	ck_assert_ptr_nonnull(strstr(text, lines));
	snprintf(lines, sizeof(lines), "runuser -u u7k2 -- mv -f '%s/%%odd' ",
		 home);
	ck_assert_ptr_nonnull(strstr(text, lines));
	snprintf(lines, sizeof(lines), " mv -f '%s/3141592%%' ", keys);
	ck_assert_ptr_nonnull(strstr(text, lines));
}
END_TEST

START_TEST(keys_that_are_no_file_are_told)
{
	config("sshd_config", "AuthorizedKeysCommand none\n"
			      "trustedUserCAKeys /etc/ssh/ca.pub\n");
	config("ssh/b.conf", "AuthorizedKeysCommand /usr/bin/sss %u\n");
	ck_assert_uint_eq(look(), 2);
	ck_assert_ptr_nonnull(strstr(text, "TrustedUserCAKeys of "));
	ck_assert_ptr_nonnull(strstr(text, "AuthorizedKeysCommand of "));
}
END_TEST

/* A home may have what a shell would run. */
START_TEST(a_home_is_one_word)
{
	make_dir("home/$(id);x/.ssh");
	put("home/$(id);x/.ssh/authorized_keys");
	snprintf(home, sizeof(home), "%s", service_path("home/$(id);x"));
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "$(id);x/.ssh/authorized_keys' '"));
}
END_TEST

/* A link in a person's home is theirs to make: it is named, not followed. */
START_TEST(link_is_not_followed)
{
	ck_assert_int_eq(symlink("/nonexistent",
		service_path("home/u7k2/.ssh/authorized_keys")), 0);
	ck_assert_uint_eq(look(), 1);
}
END_TEST

static pid_t stopped(uid_t real, uid_t effective, uid_t saved)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (setresuid(real, effective, saved))
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(WIFSTOPPED(status));
	return child;
}

static void ended(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

START_TEST(running_process_is_found)
{
	char command[64];
	siginfo_t info;
	pid_t child;

	paths.proc = "/proc";
	ck_assert_uint_eq(look(), 0);
	child = stopped(LEAVER_UID, 0, 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "1 process "));
	ck_assert_ptr_nonnull(strstr(text, "pkill -KILL -U 3141592\n"));
	/* what is killed and not yet waited for is no process to kill */
	kill(child, SIGKILL);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT),
			 0);
	ck_assert_uint_eq(look(), 0);
	ended(child);
	/* saved uid alone: it could become the account again */
	child = stopped(0, 0, LEAVER_UID);
	ck_assert_uint_eq(look(), 1);
	/* pkill -U would not know it */
	snprintf(command, sizeof(command), " kill -KILL %d\n", (int)child);
	ck_assert_ptr_nonnull(strstr(text, command));
	ck_assert_ptr_nonnull(strstr(text, "1 that can become it "));
	ended(child);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl leave");
	TCase *t = tcase_create("leave");

	tcase_add_checked_fixture(t, setup, service_teardown);
	tcase_add_test(t, nothing_is_there);
	tcase_add_loop_test(t, each_thing_is_found, 0,
			    sizeof(things) / sizeof(things[0]));
	tcase_add_test(t, at_jobs_are_named_by_owner);
	tcase_add_test(t, no_line_without_an_end);
	tcase_add_test(t, keys_are_where_sshd_looks);
	tcase_add_test(t, keys_that_are_no_file_are_told);
	tcase_add_test(t, a_home_is_one_word);
	tcase_add_test(t, link_is_not_followed);
	tcase_add_test(t, running_process_is_found);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
