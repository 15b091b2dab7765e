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
		"cron2", "at", "at2", "home/u7k2/.ssh",
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
	{ "cron/u7k2", "crontab -u u7k2 -r" },
	{ "cron2/u7k2", "crontab -u u7k2 -r" },
	{ "home/u7k2/.ssh/authorized_keys", "/.ssh/authorized_keys away" },
	{ "home/u7k2/.ssh/authorized_keys2", "/.ssh/authorized_keys2 away" },
	{ "home/u7k2/.config/systemd/user/x.timer", "/systemd/user" },
};

START_TEST(each_thing_is_found)
{
	put(things[_i].file);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, things[_i].says));
}
END_TEST

START_TEST(at_jobs_are_counted_by_owner)
{
	put("at/a");
	put("at2/b");
	ck_assert_int_eq(chown(service_path("at/a"), LEAVER_UID, 0), 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "1 at job "));
	ck_assert_int_eq(chown(service_path("at2/b"), LEAVER_UID, 0), 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "2 at jobs"));
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

START_TEST(running_process_is_found)
{
	int status;
	pid_t child;

	paths.proc = "/proc";
	ck_assert_uint_eq(look(), 0);
	child = fork();
	if (child == 0) {
		/* saved uid alone: it could become the account again */
		if (setresuid(0, 0, LEAVER_UID))
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(WIFSTOPPED(status));
	ck_assert_uint_eq(look(), 1);
	ck_assert_ptr_nonnull(strstr(text, "1 process "));
	ck_assert_ptr_nonnull(strstr(text, "pkill -KILL -U 3141592"));
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
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
	tcase_add_test(t, at_jobs_are_counted_by_owner);
	tcase_add_test(t, link_is_not_followed);
	tcase_add_test(t, running_process_is_found);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
