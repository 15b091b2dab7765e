// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"

static enum result sync_folder_of(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	scoped(close_fd) int fd = -1;
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= sizeof(dir))
		return R_MALFORMED;
	memcpy(dir, path, n);
	dir[n] = '\0';
	fd = open(!slash ? "." : n == 0 ? "/" : dir,
		  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

enum result newfile_open(const char *path, mode_t mode, struct newfile *out)
{
	int n;

	out->fd = -1;
	out->tmp[0] = '\0';
	n = snprintf(out->path, sizeof(out->path), "%s", path);
	if (n <= 0 || (size_t)n + sizeof(".new") > sizeof(out->tmp)) {
		errno = ENAMETOOLONG;
		return R_INTERNAL;
	}
	memcpy(out->tmp, path, (size_t)n);
	strcpy(out->tmp + n, ".new");
	unlink(out->tmp);
	out->fd = open(out->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		       O_NOFOLLOW, mode);
	if (out->fd < 0) {
		out->tmp[0] = '\0';
		return R_INTERNAL;
	}
	return R_OK;
}

enum result newfile_put(struct newfile *f, struct span s)
{
	while (s.n > 0) {
		ssize_t n = write(f->fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return R_INTERNAL;
		s.p += n;
		s.n -= (size_t)n;
	}
	return R_OK;
}

/* Not every file system can rename without replacing; those can link. */
static int name_it(const struct newfile *f, bool replace)
{
	if (replace)
		return rename(f->tmp, f->path);
	if (renameat2(AT_FDCWD, f->tmp, AT_FDCWD, f->path,
		      RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(f->tmp, f->path))
		return -1;
	return unlink(f->tmp);
}

enum result newfile_commit(struct newfile *f, bool replace)
{
	if (fsync(f->fd))
		return R_INTERNAL;
	if (name_it(f, replace))
		return errno == EEXIST ? R_BUSY : R_INTERNAL;
	f->tmp[0] = '\0';
	return sync_folder_of(f->path);
}

void newfile_drop(struct newfile *f)
{
	close_fd(&f->fd);
	if (f->tmp[0])
		unlink(f->tmp);
	f->tmp[0] = '\0';
}

enum result newfile_write(const char *path, struct span bytes, mode_t mode,
			  bool replace)
{
	scoped(newfile_drop) struct newfile f = { .fd = -1 };
	enum result r = newfile_open(path, mode, &f);

	if (r == R_OK)
		r = newfile_put(&f, bytes);
	return r == R_OK ? newfile_commit(&f, replace) : r;
}

enum result newfile_remove(const char *path)
{
	if (unlink(path))
		return errno == ENOENT || errno == ENOTDIR ? R_ABSENT :
							     R_INTERNAL;
	return sync_folder_of(path);
}

static enum result zero_all(int fd)
{
	static const uint8_t zeros[512];
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return R_INTERNAL;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = write(fd, zeros, left < (off_t)sizeof(zeros) ?
					     (size_t)left : sizeof(zeros));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return R_INTERNAL;
		left -= n;
	}
	return fsync(fd) ? R_INTERNAL : R_OK;
}

enum result newfile_destroy(const char *path)
{
	scoped(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC |
				       O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? R_ABSENT : R_INTERNAL;
	return zero_all(fd) == R_OK ? newfile_remove(path) : R_INTERNAL;
}
