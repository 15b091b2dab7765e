// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"

static bool passes(const struct stat *st, unsigned int check)
{
	mode_t others = 0;

	if (!S_ISREG(st->st_mode))
		return false;
	if (check & (FILE_ROOT_OWNED | FILE_PRIVATE)) {
		if (st->st_uid != 0)
			return false;
		others |= S_IWGRP | S_IWOTH;
	}
	if (check & FILE_PRIVATE)
		others |= S_IRWXG | S_IRWXO;
	return (st->st_mode & others) == 0;
}

enum result file_open(const char *path, unsigned int check, int *fd)
{
	scoped(close_fd) int f = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
				      O_NONBLOCK);
	struct stat st;

	if (f < 0)
		return errno == ENOENT || errno == ENOTDIR ? R_ABSENT :
			errno == ELOOP || errno == EACCES ||
			errno == ENXIO ? R_DENIED :	/* ENXIO: a socket */
			R_INTERNAL;
	if (fstat(f, &st))
		return R_INTERNAL;
	if (!passes(&st, check))
		return R_DENIED;
	*fd = f;
	f = -1;
	return R_OK;
}

enum result file_read(const char *path, unsigned int check, struct sink *out)
{
	scoped(close_fd) int fd = -1;
	enum result r = file_open(path, check, &fd);
	size_t have = out->n;

	if (r != R_OK)
		return r;
	for (;;) {
		uint8_t more;
		ssize_t n;

		if (have == out->cap) {
			n = read(fd, &more, 1);
			if (n > 0)
				return R_MALFORMED;
		} else {
			n = read(fd, out->p + have, out->cap - have);
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return R_INTERNAL;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	out->n = have;
	return R_OK;
}

static enum result write_all(int fd, struct span s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return R_INTERNAL;
		s.p += n;
		s.n -= (size_t)n;
	}
	return R_OK;
}

static enum result sync_folder(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	scoped(close_fd) int fd = -1;

	if (strlen(path) >= sizeof(dir))
		return R_MALFORMED;
	strcpy(dir, path);
	slash = strrchr(dir, '/');
	if (!slash)
		return R_MALFORMED;
	slash[slash == dir] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

enum result file_replace(const char *path, struct span bytes, mode_t mode)
{
	char tmp[PATH_MAX];
	scoped(close_fd) int fd = -1;
	enum result r;
	int n = snprintf(tmp, sizeof(tmp), "%s.new", path);

	if (n <= 0 || (size_t)n >= sizeof(tmp))
		return R_MALFORMED;
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return R_INTERNAL;
	r = write_all(fd, bytes);
	if (r == R_OK && (fchmod(fd, mode) || fsync(fd)))
		r = R_INTERNAL;
	if (r == R_OK && rename(tmp, path))
		r = R_INTERNAL;
	if (r != R_OK) {
		unlink(tmp);
		return r;
	}
	return sync_folder(path);
}

enum result file_mkdir(const char *path, mode_t mode)
{
	scoped(close_fd) int fd = -1;

	if (mkdir(path, mode) && errno != EEXIST)
		return R_INTERNAL;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return R_DENIED;	/* a file or a link stands there */
	return fchmod(fd, mode) ? R_INTERNAL : R_OK;
}
