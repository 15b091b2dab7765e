// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/key.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"

static enum result key_path(uint32_t epoch, const char *suffix, char *out,
			    size_t cap)
{
	char path[96];

	snprintf(path, sizeof(path), PATH_KEY_DIR "/sector-%u.key%s", epoch,
		 suffix);
	return prefix_path(path, out, cap);
}

/* cnie-card and the rest number their descriptors below 10. */
static enum result lift(int *fd)
{
	int up = fcntl(*fd, F_DUPFD_CLOEXEC, 10);

	close_fd(fd);
	*fd = up;
	return up < 0 ? R_INTERNAL : R_OK;
}

enum result key_open(uint32_t epoch, int *fd)
{
	char path[PREFIX_PATH_MAX];
	enum result r = key_path(epoch, "", path, sizeof(path));
	int f = -1;

	if (r == R_OK)
		r = file_open(path, FILE_PRIVATE, &f);
	if (r == R_OK)
		r = lift(&f);
	if (r == R_OK)
		*fd = f;
	return r;
}

enum result key_create(uint32_t epoch, char *path, size_t cap, int *fd)
{
	char dir[PREFIX_PATH_MAX], final[PREFIX_PATH_MAX];
	enum result r = prefix_path(PATH_KEY_DIR, dir, sizeof(dir));
	int f;

	if (r == R_OK)
		r = file_mkdir(dir, 0700);
	if (r == R_OK)
		r = key_path(epoch, "", final, sizeof(final));
	if (r == R_OK && access(final, F_OK) == 0)
		return R_BUSY;
	if (r == R_OK)
		r = key_path(epoch, ".new", path, cap);
	if (r != R_OK)
		return r;
	unlink(path);
	f = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		 0400);
	if (f < 0)
		return R_INTERNAL;
	r = lift(&f);
	if (r == R_OK)
		*fd = f;
	return r;
}

enum result key_commit(uint32_t epoch, const char *path)
{
	char final[PREFIX_PATH_MAX], dir[PREFIX_PATH_MAX];
	scoped(close_fd) int fd = -1;
	enum result r = key_path(epoch, "", final, sizeof(final));

	if (r == R_OK)
		r = prefix_path(PATH_KEY_DIR, dir, sizeof(dir));
	if (r != R_OK)
		return r;
	/* link, not rename: an existing key is never replaced */
	if (link(path, final))
		return R_BUSY;
	unlink(path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

void key_abandon(const char *path)
{
	if (path[0])
		unlink(path);
}
