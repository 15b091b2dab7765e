// SPDX-License-Identifier: GPL-3.0-or-later
/* Runs as root in full; for anybody else the tests of ownership turn round:
 * the file is then not root's. */
#include "check_main.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static char dir[64], path[96], other[128];

static void remove_all(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

static void setup(void)
{
	strcpy(dir, "/tmp/cnie-file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(other, sizeof(other), "%s/b", dir);
}

static void put(const char *at, const char *text, mode_t mode)
{
	int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static enum result get(const char *at, unsigned int check, char *text,
		       size_t cap)
{
	struct sink out = sink_of(text, cap - 1);
	enum result r = file_read(at, check, &out);

	text[out.n] = '\0';
	return r;
}

START_TEST(a_file_is_read_whole)
{
	char text[64] = "";

	put(path, "hello\n", 0644);
	ck_assert_int_eq(get(path, FILE_ANY, text, sizeof(text)), R_OK);
	ck_assert_str_eq(text, "hello\n");
	put(path, "", 0644);
	ck_assert_int_eq(get(path, FILE_ANY, text, sizeof(text)), R_OK);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_read_appends_to_what_the_sink_holds)
{
	char text[16];
	struct sink out = SINK(text);

	put(path, "tail", 0644);
	sink_put(&out, span_str("head "));
	ck_assert_int_eq(file_read(path, FILE_ANY, &out), R_OK);
	ck_assert(span_equal(sink_span(&out), span_str("head tail")));
}
END_TEST

START_TEST(the_cap_is_exact)
{
	char text[16];
	struct sink out = sink_of(text, 5);

	put(path, "12345", 0644);
	ck_assert_int_eq(file_read(path, FILE_ANY, &out), R_OK);
	ck_assert_uint_eq(out.n, 5);
	put(path, "123456", 0644);
	out = sink_of(text, 5);
	ck_assert_int_eq(file_read(path, FILE_ANY, &out), R_MALFORMED);
	ck_assert_uint_eq(out.n, 0);
	out = sink_of(text, 0);
	ck_assert_int_eq(file_read(path, FILE_ANY, &out), R_MALFORMED);
}
END_TEST

START_TEST(what_is_missing_is_absent)
{
	char text[8];
	int fd = -7;

	ck_assert_int_eq(get(path, FILE_ANY, text, 8), R_ABSENT);
	put(path, "x", 0644);
	snprintf(other, sizeof(other), "%s/below", path);
	ck_assert_int_eq(file_open(other, FILE_ANY, &fd), R_ABSENT);
	ck_assert_int_eq(fd, -7);
}
END_TEST

START_TEST(a_symbolic_link_is_refused)
{
	int fd = -7;

	put(other, "secret", 0600);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(file_open(path, FILE_ANY, &fd), R_DENIED);
	ck_assert_int_eq(unlink(other), 0);	/* dangling: the same */
	ck_assert_int_eq(file_open(path, FILE_ANY, &fd), R_DENIED);
	ck_assert_int_eq(fd, -7);
}
END_TEST

START_TEST(only_regular_files_are_opened)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = -7, s = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(file_open(dir, FILE_ANY, &fd), R_DENIED);
	ck_assert_int_eq(file_open("/dev/null", FILE_ANY, &fd), R_DENIED);
	ck_assert_int_eq(mkfifo(path, 0600), 0);	/* must not block */
	ck_assert_int_eq(file_open(path, FILE_ANY, &fd), R_DENIED);
	snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", other);
	ck_assert_int_eq(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(file_open(other, FILE_ANY, &fd), R_DENIED);
	ck_assert_int_eq(fd, -7);
	close(s);
}
END_TEST

START_TEST(the_descriptor_closes_on_exec_and_can_not_write)
{
	int fd = -1;

	put(path, "x", 0644);
	ck_assert_int_eq(file_open(path, FILE_ANY, &fd), R_OK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}
END_TEST

static const struct { mode_t mode; bool root_owned, private; } modes[] = {
	{ 0600, true,  true  }, { 0400, true,  true  },
	{ 0644, true,  false }, { 0640, true,  false },
	{ 0604, true,  false }, { 0610, true,  false },
	{ 0664, false, false }, { 0620, false, false },
	{ 0602, false, false }, { 0666, false, false },
};

START_TEST(who_may_write_or_read_decides)
{
	bool root = geteuid() == 0;
	int fd = -1;

	put(path, "x", modes[_i].mode);
	ck_assert_int_eq(file_open(path, FILE_ROOT_OWNED, &fd),
			 root && modes[_i].root_owned ? R_OK : R_DENIED);
	ck_assert_int_eq(file_open(path, FILE_PRIVATE, &fd),
			 root && modes[_i].private ? R_OK : R_DENIED);
	ck_assert_int_eq(file_open(path, FILE_ANY, &fd), R_OK);
}
END_TEST

START_TEST(a_file_of_somebody_else_is_not_roots)
{
	int fd = -1;

	put(path, "x", 0600);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 65533, 65533), 0);
	ck_assert_int_eq(file_open(path, FILE_ROOT_OWNED, &fd), R_DENIED);
	ck_assert_int_eq(file_open(path, FILE_PRIVATE, &fd), R_DENIED);
}
END_TEST

static int entries(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

START_TEST(a_replaced_file_is_new_has_its_mode_and_nothing_stays_beside)
{
	char text[64];
	struct stat st;

	umask(077);
	ck_assert_int_eq(file_replace(path, span_str("one"), 0644), R_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(file_replace(path, span_str("two"), 0600), R_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(get(path, FILE_ANY, text, sizeof(text)), R_OK);
	ck_assert_str_eq(text, "two");
	ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(a_reader_of_the_old_file_keeps_the_old_bytes)
{
	char text[8] = "";
	int fd = -1;

	put(path, "old", 0644);
	ck_assert_int_eq(file_open(path, FILE_ANY, &fd), R_OK);
	ck_assert_int_eq(file_replace(path, span_str("newer"), 0644), R_OK);
	ck_assert_int_eq(read(fd, text, 7), 3);
	ck_assert_str_eq(text, "old");
	close(fd);
}
END_TEST

/* Also as root: it may write anywhere, but not more than its limit. */
START_TEST(a_write_that_fails_leaves_the_old_content)
{
	static uint8_t big[64 * 1024];
	struct rlimit l = { 4096, 4096 };
	char text[64];

	put(path, "old", 0644);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
	ck_assert_int_eq(file_replace(path, SPAN(big), 0644), R_INTERNAL);
	ck_assert_int_eq(get(path, FILE_ANY, text, sizeof(text)), R_OK);
	ck_assert_str_eq(text, "old");
	ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(an_unwritable_folder_leaves_the_old_content)
{
	char text[64];
	int status;
	pid_t pid;

	put(path, "old", 0644);
	ck_assert_int_eq(chmod(dir, 0555), 0);
	pid = fork();
	if (pid == 0) {		/* root may write anywhere */
		if (geteuid() == 0 && setresuid(65533, 65533, 65533))
			_exit(2);
		_exit(file_replace(path, span_str("new"), 0644) == R_INTERNAL ?
		      0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	ck_assert_int_eq(get(path, FILE_ANY, text, sizeof(text)), R_OK);
	ck_assert_str_eq(text, "old");
	ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(a_rename_that_fails_leaves_nothing_beside)
{
	char below[160];

	ck_assert_int_eq(mkdir(path, 0755), 0);	/* a folder can't be replaced */
	snprintf(below, sizeof(below), "%s/x", path);
	ck_assert_int_eq(mkdir(below, 0755), 0);
	ck_assert_int_eq(file_replace(path, span_str("new"), 0644), R_INTERNAL);
	ck_assert_int_eq(entries(), 1);
	rmdir(below);
	rmdir(path);
}
END_TEST

START_TEST(a_planted_temporary_link_is_not_written_through)
{
	char tmp[160], text[64];

	put(other, "victim", 0600);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	ck_assert_int_eq(symlink(other, tmp), 0);
	ck_assert_int_eq(file_replace(path, span_str("new"), 0644), R_OK);
	ck_assert_int_eq(get(other, FILE_ANY, text, sizeof(text)), R_OK);
	ck_assert_str_eq(text, "victim");
}
END_TEST

START_TEST(a_path_too_long_is_refused)
{
	static char longer[PATH_MAX + 8];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	ck_assert_int_eq(file_replace(longer, span_str("x"), 0600),
			 R_MALFORMED);
}
END_TEST

START_TEST(a_folder_is_made_once_and_gets_its_mode)
{
	struct stat st;

	umask(077);
	ck_assert_int_eq(file_mkdir(path, 0755), R_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0755);
	ck_assert_int_eq(file_mkdir(path, 0700), R_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	rmdir(path);
	snprintf(other, sizeof(other), "%s/c", path);
	ck_assert_int_eq(file_mkdir(other, 0700), R_INTERNAL);
}
END_TEST

START_TEST(a_file_or_link_in_the_folders_place_is_refused)
{
	struct stat st;

	put(path, "x", 0640);
	ck_assert_int_ne(file_mkdir(path, 0700), R_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(symlink(dir, other), 0);
	ck_assert_int_ne(file_mkdir(other, 0755), R_OK);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

static Suite *file_suite(void)
{
	const TTest *const each[] = {
		a_file_is_read_whole, a_read_appends_to_what_the_sink_holds,
		the_cap_is_exact, what_is_missing_is_absent,
		a_symbolic_link_is_refused, only_regular_files_are_opened,
		the_descriptor_closes_on_exec_and_can_not_write,
		a_file_of_somebody_else_is_not_roots,
		a_replaced_file_is_new_has_its_mode_and_nothing_stays_beside,
		a_reader_of_the_old_file_keeps_the_old_bytes,
		a_write_that_fails_leaves_the_old_content,
		an_unwritable_folder_leaves_the_old_content,
		a_rename_that_fails_leaves_nothing_beside,
		a_planted_temporary_link_is_not_written_through,
		a_path_too_long_is_refused,
		a_folder_is_made_once_and_gets_its_mode,
		a_file_or_link_in_the_folders_place_is_refused,
	};
	Suite *s = suite_create("file");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, remove_all);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		tcase_add_test(t, each[i]);
	tcase_add_loop_test(t, who_may_write_or_read_decides, 0,
			    (int)(sizeof(modes) / sizeof(modes[0])));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(file_suite)
