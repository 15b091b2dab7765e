/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new view is noticed, and what noticing costs; nothing is kept that the
 * host could stumble over. */
#include "support_nss.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check_main.h"

#define PEOPLE 120

static void setup(void)
{
	nss_setup();
	nss_write(PEOPLE);
}

static enum nss_status look(uint32_t person)
{
	struct passwd pw;
	char name[16], buf[256];
	int e;

	people_name(person, name);
	return nss.getpwnam(name, &pw, buf, sizeof(buf), &e);
}

static long long now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec;
}

/* -- noticing ------------------------------------------------------ */

START_TEST(new_view_is_seen_at_once)
{
	for (uint32_t n = PEOPLE; n < PEOPLE + 40; n++) {
		ck_assert_int_eq(look(n), NSS_STATUS_NOTFOUND);
		nss_write(n + 1);
		ck_assert_int_eq(look(n), NSS_STATUS_SUCCESS);
		ck_assert_int_eq(nss_mappings(), 1);	/* none piles up */
	}
}
END_TEST

/* Renamed into place, the old one never marked. */
static void replace_unmarked(uint32_t n)
{
	char other[160];

	snprintf(other, sizeof(other), "%s.other", nss_view);
	ck_assert_int_eq(rename(nss_view, other), 0);
	nss_write(n);
	ck_assert_int_eq(unlink(other), 0);
}

START_TEST(new_view_of_a_writer_that_died_is_seen_within_a_second)
{
	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	replace_unmarked(PEOPLE + 1);
	sleep(2);
	ck_assert_int_eq(look(PEOPLE), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(unlink(nss_view), 0);
	sleep(2);
	ck_assert_int_eq(look(0), NSS_STATUS_UNAVAIL);
	ck_assert_int_eq(nss_mappings(), 0);
}
END_TEST

/* A container that is forked and not executed, of a clock of its own. */
START_TEST(clock_that_went_back_is_noticed)
{
	int status, fd;
	pid_t pid;

	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	if (unshare(CLONE_NEWTIME))
		return;		/* the kernel does not let us */
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	ck_assert_int_gt(dprintf(fd, "monotonic -%lld 0", now_s() - 1), 0);
	close(fd);
	ck_assert_int_eq(unlink(nss_view), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (now_s() > 60)
			_exit(1);
		sleep(2);
		_exit(look(0) == NSS_STATUS_UNAVAIL ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* The same inode and size, other bytes: a backup copied over it. */
static void overwrite(uint32_t n)
{
	static uint8_t bytes[65536];
	char other[160];
	struct stat was, is;
	ssize_t size;
	int fd;

	ck_assert_int_eq(stat(nss_view, &was), 0);
	snprintf(other, sizeof(other), "%s.other", nss_view);
	ck_assert_int_eq(link(nss_view, other), 0);
	nss_write(n);
	fd = open(nss_view, O_RDONLY);
	size = read(fd, bytes, sizeof(bytes));
	close(fd);
	ck_assert_int_eq(size, was.st_size);
	ck_assert_int_eq(rename(other, nss_view), 0);
	fd = open(nss_view, O_WRONLY);
	ck_assert_int_eq(write(fd, bytes, (size_t)size), size);
	close(fd);
	ck_assert_int_eq(stat(nss_view, &is), 0);
	ck_assert_uint_eq(is.st_ino, was.st_ino);
}

static uint64_t generation_seen(void)
{
	struct view_map m;
	uint64_t g;

	ck_assert_int_eq(view_map_file(nss_view, &m), R_OK);
	g = m.view.generation;
	view_unmap(&m);
	return g;
}

START_TEST(view_changed_in_place_is_mapped_and_checked_anew)
{
	uint64_t before = generation_seen();
	uint8_t bad = 'X';
	int fd;

	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	overwrite(PEOPLE);
	ck_assert_uint_gt(generation_seen(), before);
	sleep(2);
	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	fd = open(nss_view, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, &bad, 1, 0), 1);	/* the magic */
	close(fd);
	sleep(2);
	ck_assert_int_eq(look(0), NSS_STATUS_UNAVAIL);
}
END_TEST

START_TEST(view_that_others_may_write_from_now_on_is_left)
{
	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	ck_assert_int_eq(chmod(nss_view, 0666), 0);
	sleep(2);
	ck_assert_int_eq(look(0), NSS_STATUS_UNAVAIL);
	ck_assert_int_eq(chmod(nss_view, 0644), 0);
	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(nss_view, 1000, 0), 0);
	sleep(2);
	ck_assert_int_eq(look(0), NSS_STATUS_UNAVAIL);
	ck_assert_int_eq(nss_mappings(), 0);
}
END_TEST

/* -- what it costs ------------------------------------------------- */

#define SECONDS 3
#define LOOKERS 4
#define MARK SYS_getppid	/* what the module has no use for */

static atomic_bool begun, over;
static atomic_uint looking;

static void look_at_all(void)
{
	struct passwd pw;
	struct group gr;
	gid_t list[8], *groups = list;
	long int start = 0, size = 8;
	char buf[4096], name[16];
	int e;

	for (uint32_t i = 0; i < 50; i++) {
		people_name(i, name);
		nss.getpwnam(name, &pw, buf, sizeof(buf), &e);
		nss.getpwuid(people_uid(i), &pw, buf, sizeof(buf), &e);
		nss.getpwuid(5000 + i, &pw, buf, sizeof(buf), &e);
		nss.getgrgid(PEOPLE_GID, &gr, buf, sizeof(buf), &e);
		nss.getgrnam("s1", &gr, buf, sizeof(buf), &e);
		start = 0;
		nss.initgroups(name, 1, &start, &size, &groups, 8, &e);
		nss.setpwent(0);
		nss.getpwent(&pw, buf, sizeof(buf), &e);
	}
}

static void *look_on(void *arg)
{
	(void)arg;
	atomic_fetch_add(&looking, 1);
	while (!atomic_load(&over))
		if (atomic_load(&begun))
			look_at_all();
	return NULL;
}

/* In the child: several threads at once for three seconds between the marks,
 * nothing else. */
static void traced(void)
{
	pthread_t t[LOOKERS];
	long long end;

	look_at_all();
	for (int i = 0; i < LOOKERS; i++)
		if (pthread_create(&t[i], NULL, look_on, NULL))
			_exit(2);
	while (atomic_load(&looking) < LOOKERS)
		;
	end = now_s() + SECONDS;
	syscall(MARK);
	atomic_store(&begun, true);
	while (now_s() < end)
		look_at_all();
	atomic_store(&begun, false);
	syscall(MARK);
	atomic_store(&over, true);
	_exit(0);
}

struct counts { unsigned int marks, stats, others; int64_t other; };

static void count_entry(pid_t pid, struct counts *c)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (info.entry.nr == MARK)
		c->marks++;
	else if (c->marks != 1)
		return;
	else if (info.entry.nr == SYS_newfstatat || info.entry.nr == SYS_lstat)
		c->stats++;
	else if (info.entry.nr != SYS_geteuid || geteuid() == 0) {
		/* (the twin asks whose view it is, where nobody is root) */
		c->others++;
		c->other = (int64_t)info.entry.nr;
	}
}

/* Until the child has ended; its status. */
static int count_syscalls(pid_t child, struct counts *c)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, child, 0,
				PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
				PTRACE_O_EXITKILL), 0);
	ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, 0, 0), 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == child)
				return status;
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			count_entry(pid, c);
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
	}
	return -1;
}

START_TEST(looking_costs_one_stat_a_second_and_nothing_else)
{
	struct counts c = { 0 };
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			_exit(1);
		raise(SIGSTOP);
		traced();
	}
	ck_assert_int_eq(count_syscalls(child, &c), 0);
	ck_assert_uint_eq(c.marks, 2);
	ck_assert_msg(c.others == 0, "%u other system calls, one is %lld",
		      c.others, (long long)c.other);
	/* between three and four seconds on a clock that is cut off; and the
	 * path is looked at, else this could not fail */
	ck_assert_uint_ge(c.stats, 2);
	ck_assert_uint_le(c.stats, SECONDS + 1);
}
END_TEST

START_TEST(no_descriptor_is_kept)
{
	int before = open("/dev/null", O_RDONLY), after;

	close(before);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
		nss_write(PEOPLE);
	}
	after = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(before, after);
	close(after);
}
END_TEST

/* The host closes every descriptor, the view's too if one were kept. */
START_TEST(closing_all_descriptors_is_no_harm)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (int fd = 0; fd < 1024; fd++)
			close(fd);
		_exit(look(1) == NSS_STATUS_SUCCESS ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void *look_cancelled(void *answer)
{
	enum nss_status *s = answer;

	pthread_cancel(pthread_self());		/* at the next such point */
	*s = look(0);
	pthread_testcancel();
	return NULL;
}

/* glibc holds a lock round getpwnam and getpwent, and nobody else would ever
 * get it. */
START_TEST(thread_that_is_cancelled_comes_back_first)
{
	for (int i = 0; i < 2; i++) {
		enum nss_status s = NSS_STATUS_UNAVAIL;
		pthread_t t;
		void *end;

		ck_assert_int_eq(pthread_create(&t, NULL, look_cancelled, &s),
				 0);
		ck_assert_int_eq(pthread_join(t, &end), 0);
		ck_assert_ptr_eq(end, PTHREAD_CANCELED);
		ck_assert_int_eq(s, NSS_STATUS_SUCCESS);
		nss_write(PEOPLE);	/* and again where one is mapped */
	}
}
END_TEST

START_TEST(unloading_leaves_no_mapping)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(look(0), NSS_STATUS_SUCCESS);
		ck_assert_uint_eq(nss_mappings(), 1);
		ck_assert_int_eq(dlclose(nss.handle), 0);
		ck_assert_ptr_null(dlopen("libnss_cnie.so.2",
					  RTLD_NOW | RTLD_NOLOAD));
		ck_assert_uint_eq(nss_mappings(), 0);
		nss_reload();
	}
}
END_TEST

static Suite *fresh_suite(void)
{
	Suite *s = suite_create("nss_cnie/fresh");
	TCase *t = tcase_create("fresh"), *traces = tcase_create("traced");

	tcase_add_checked_fixture(t, setup, nss_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, new_view_is_seen_at_once);
	tcase_add_test(t,
		new_view_of_a_writer_that_died_is_seen_within_a_second);
	tcase_add_test(t, clock_that_went_back_is_noticed);
	tcase_add_test(t, view_changed_in_place_is_mapped_and_checked_anew);
	tcase_add_test(t, view_that_others_may_write_from_now_on_is_left);
	tcase_add_test(t, no_descriptor_is_kept);
	tcase_add_test(t, closing_all_descriptors_is_no_harm);
	tcase_add_test(t, thread_that_is_cancelled_comes_back_first);
	tcase_add_test(t, unloading_leaves_no_mapping);
	suite_add_tcase(s, t);
	/* left out where a tracer runs already, as under valgrind */
	tcase_set_tags(traces, "sandbox");
	tcase_add_checked_fixture(traces, setup, nss_teardown);
	tcase_set_timeout(traces, 60);
	tcase_add_test(traces,
		       looking_costs_one_stat_a_second_and_nothing_else);
	suite_add_tcase(s, traces);
	return s;
}

CHECK_MAIN(fresh_suite)
