/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * powercut.so, to be preloaded: powercut.h. A test's tool, for programs of one
 * thread. It stands before the C library's calls that change files; what it
 * does itself goes to the kernel directly. mmap is not seen: SQLite's -shm,
 * which need not last, is all that is written that way.
 */
#include "powercut.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define FDS 1024
#define NAMES 64

static char folder[PATH_MAX];
static size_t folder_n;
static int log_fd = -1;
static long cut_at = -1, count;
static uint32_t last_id;
static uint32_t of_fd[FDS];	/* id of the file; 0: not ours */
static bool is_folder[FDS];
static struct { char name[64]; uint32_t id; } known[NAMES];

__attribute__((constructor)) static void start(void)
{
	const char *dir = getenv("CNIE_CUT_DIR");
	const char *path = getenv("CNIE_CUT_LOG");
	const char *at = getenv("CNIE_CUT_AT");

	if (!dir || !path || strlen(dir) >= sizeof(folder))
		return;
	strcpy(folder, dir);
	folder_n = strlen(folder);
	cut_at = at ? atol(at) : -1;
	log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT |
			      O_APPEND | O_CLOEXEC, 0600);
}

static void put(const void *p, size_t n)
{
	if (n > 0 && syscall(SYS_write, log_fd, p, n) != (long)n)
		_exit(99);
}

static void put_op(enum cut_kind kind, uint32_t id, uint64_t at,
		   const char *name, size_t name_n, const void *data, size_t n)
{
	struct cut_op op = { kind, id, (uint32_t)name_n, (uint32_t)n, at };

	put(&op, sizeof(op));
	put(name, name_n);
	put(data, n);
}

/* Each change is one at which the power can go. */
static void change(void)
{
	if (log_fd >= 0 && count++ == cut_at)
		kill(getpid(), SIGKILL);
}

SHOWN void powercut_note(const char *text)
{
	if (log_fd >= 0)
		put_op(CUT_NOTE, 0, 0, text, strlen(text) + 1, NULL, 0);
}

/* The name in the folder, or NULL where a path is elsewhere. */
static const char *name_of(const char *path)
{
	const char *name;

	if (log_fd < 0 || strncmp(path, folder, folder_n) != 0 ||
	    path[folder_n] != '/')
		return NULL;
	name = path + folder_n + 1;
	return strchr(name, '/') || strlen(name) > 63 ? NULL : name;
}

static int slot_of(const char *name)
{
	int empty = -1;

	for (int i = 0; i < NAMES; i++) {
		if (known[i].id && strcmp(known[i].name, name) == 0)
			return i;
		if (!known[i].id && empty < 0)
			empty = i;
	}
	return empty;
}

static uint32_t id_of(const char *name, bool created)
{
	int i = slot_of(name);

	if (i < 0)
		_exit(98);
	if (!known[i].id || created) {
		strcpy(known[i].name, name);
		known[i].id = ++last_id;
		put_op(created ? CUT_CREATE : CUT_FILE, last_id, 0, name,
		       strlen(name) + 1, NULL, 0);
	}
	return known[i].id;
}

/* -- opening --------------------------------------------------------- */

static int opened(int fd, const char *path, int flags, bool was_there)
{
	const char *name = name_of(path);

	if (fd < 0 || fd >= FDS || log_fd < 0)
		return fd;
	of_fd[fd] = 0;
	is_folder[fd] = strcmp(path, folder) == 0 ||
			(strncmp(path, folder, folder_n) == 0 &&
			 strcmp(path + folder_n, "/") == 0);
	if (!name)
		return fd;
	of_fd[fd] = id_of(name, !was_there);
	if (was_there && (flags & O_TRUNC))
		put_op(CUT_TRUNCATE, of_fd[fd], 0, NULL, 0, NULL, 0);
	return fd;
}

static int do_open(const char *path, int flags, mode_t mode)
{
	const char *name = name_of(path);
	struct stat st;
	bool was_there = true;

	if (name && (flags & (O_CREAT | O_TRUNC))) {
		was_there = syscall(SYS_newfstatat, AT_FDCWD, path, &st,
				    AT_SYMLINK_NOFOLLOW) == 0;
		if (!was_there || (flags & O_TRUNC))
			change();
	}
	return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode),
		      path, flags, was_there);
}

#define OPEN(function) \
	SHOWN int function(const char *path, int flags, ...) \
	{ \
		mode_t mode = 0; \
		va_list ap; \
 \
		va_start(ap, flags); \
		if (flags & (O_CREAT | O_TMPFILE)) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
		return do_open(path, flags, mode); \
	}
int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
OPEN(open)
OPEN(open64)

SHOWN int close(int fd)
{
	if (fd >= 0 && fd < FDS) {
		of_fd[fd] = 0;
		is_folder[fd] = false;
	}
	return (int)syscall(SYS_close, fd);
}

/* -- writing --------------------------------------------------------- */

static uint32_t ours(int fd)
{
	return log_fd >= 0 && fd >= 0 && fd < FDS ? of_fd[fd] : 0;
}

static void wrote(uint32_t id, off_t at, const void *p, ssize_t n)
{
	if (n > 0)
		put_op(CUT_WRITE, id, (uint64_t)at, NULL, 0, p, (size_t)n);
}

static ssize_t do_pwrite(int fd, const void *p, size_t n, off_t at)
{
	uint32_t id = ours(fd);
	ssize_t done;

	if (id)
		change();
	done = syscall(SYS_pwrite64, fd, p, n, at);
	if (id)
		wrote(id, at, p, done);
	return done;
}

SHOWN ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return do_pwrite(fd, p, n, at);
}

SHOWN ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return do_pwrite(fd, p, n, at);
}

SHOWN ssize_t write(int fd, const void *p, size_t n)
{
	uint32_t id = ours(fd);
	ssize_t done;
	off_t end;

	if (!id)
		return syscall(SYS_write, fd, p, n);
	change();
	done = syscall(SYS_write, fd, p, n);
	end = syscall(SYS_lseek, fd, 0, SEEK_CUR);
	wrote(id, end - done, p, done);
	return done;
}

static int do_truncate(int fd, off_t size)
{
	uint32_t id = ours(fd);
	int rc;

	if (id)
		change();
	rc = (int)syscall(SYS_ftruncate, fd, size);
	if (id && rc == 0)
		put_op(CUT_TRUNCATE, id, (uint64_t)size, NULL, 0, NULL, 0);
	return rc;
}

SHOWN int ftruncate(int fd, off_t size)
{
	return do_truncate(fd, size);
}

SHOWN int ftruncate64(int fd, off_t size)
{
	return do_truncate(fd, size);
}

/* -- syncing ---------------------------------------------------------- */

static int do_sync(int fd, long call)
{
	uint32_t id = ours(fd);
	bool whole = log_fd >= 0 && fd >= 0 && fd < FDS && is_folder[fd];
	int rc;

	if (id || whole)
		change();
	rc = (int)syscall(call, fd);
	if (rc == 0 && (id || whole))
		put_op(whole ? CUT_SYNC_FOLDER : CUT_SYNC, id, 0, NULL, 0,
		       NULL, 0);
	return rc;
}

SHOWN int fsync(int fd)
{
	return do_sync(fd, SYS_fsync);
}

SHOWN int fdatasync(int fd)
{
	return do_sync(fd, SYS_fdatasync);
}

/* -- names ------------------------------------------------------------ */

static void moved(const char *from, const char *to, bool stays)
{
	int a = slot_of(from), b = slot_of(to);
	uint32_t id = a >= 0 ? known[a].id : 0;

	if (a >= 0 && !stays)
		known[a].id = 0;
	if (b < 0 || !id)
		return;
	strcpy(known[b].name, to);
	known[b].id = id;
}

static int two_names(const char *from, const char *to, long call,
		     enum cut_kind kind)
{
	const char *a = name_of(from), *b = name_of(to);
	char names[2 * 64];
	int rc;

	if (a && b) {
		change();
		id_of(a, false);
	}
	rc = (int)syscall(call, AT_FDCWD, from, AT_FDCWD, to, 0);
	if (rc || !a || !b)
		return rc;
	int n = snprintf(names, sizeof(names), "%s%c%s", a, 0, b);

	put_op(kind, 0, 0, names, (size_t)n + 1, NULL, 0);
	moved(a, b, kind == CUT_LINK);
	return 0;
}

SHOWN int rename(const char *from, const char *to)
{
	return two_names(from, to, SYS_renameat2, CUT_RENAME);
}

SHOWN int link(const char *from, const char *to)
{
	return two_names(from, to, SYS_linkat, CUT_LINK);
}

SHOWN int unlink(const char *path)
{
	const char *name = name_of(path);
	struct stat st;
	int rc;

	/* of what is not there nothing changes */
	if (name && syscall(SYS_newfstatat, AT_FDCWD, path, &st,
			    AT_SYMLINK_NOFOLLOW) == 0)
		change();
	rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	if (rc == 0 && name) {
		int i = slot_of(name);

		put_op(CUT_UNLINK, 0, 0, name, strlen(name) + 1, NULL, 0);
		if (i >= 0)
			known[i].id = 0;
	}
	return rc;
}
