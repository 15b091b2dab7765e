// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/import_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/refuse.h"
#include "base/scope.h"

void import_files_free(struct import_files *files)
{
	free(files->bytes);
	files->bytes = NULL;
	files->n = 0;
}

/* What it may have at most: its size now, within the caps. One that grows
 * while it is read is refused. */
static enum result room_for(const char *path, size_t left, size_t *out)
{
	scoped(close_fd) int fd = -1;
	enum result r = file_open(path, FILE_ANY, &fd);
	size_t cap = left < IMPORT_FILE_MAX ? left : IMPORT_FILE_MAX;
	struct stat st;

	if (r != R_OK)
		return r;
	if (fstat(fd, &st))
		return R_INTERNAL;
	*out = (uint64_t)st.st_size < cap ? (size_t)st.st_size : cap;
	return R_OK;
}

/* Behind the bytes that are there; *used grows. */
static enum result add_file(const char *path, struct import_files *f,
			    size_t *used)
{
	enum result r;
	struct sink s;
	size_t room;

	refuse_if(f->n == IMPORT_FILES_MAX, R_MALFORMED);
	r = room_for(path, IMPORT_TOTAL_MAX - *used, &room);
	if (r != R_OK)
		return r;
	s = sink_of(f->bytes + *used, room);
	r = file_read(path, FILE_ANY, &s);
	if (r == R_OK && s.n > 0) {
		f->file[f->n++] = sink_span(&s);
		*used += s.n;
	}
	if (r == R_OK && s.n == 0)
		f->bad++;
	return r;
}

static bool is_directory(const char *path)
{
	scoped(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY |
						     O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0;
}

static int wanted(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static enum result add_directory(const char *dir, struct dirent **entry,
				 int count, struct import_files *f)
{
	enum result r = R_OK;
	size_t used = 0;

	for (int i = 0; i < count && r == R_OK; i++) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s", dir,
				 entry[i]->d_name);

		if (n <= 0 || (size_t)n >= sizeof(path))
			return R_MALFORMED;
		if (is_directory(path))
			continue;
		r = add_file(path, f, &used);
		if (r == R_OK || r == R_MALFORMED)
			continue;
		/* one that can't be read does not hide the others */
		f->bad++;
		r = R_OK;
	}
	return r;
}

/* A directory, or R_BUSY where it is something else. */
static enum result read_directory(const char *path, struct import_files *f)
{
	struct dirent **entry = NULL;
	int count = scandir(path, &entry, wanted, alphasort);
	enum result r = R_OK;

	if (count < 0)
		return errno == ENOTDIR ? R_BUSY :
		       errno == ENOMEM ? R_INTERNAL : R_ABSENT;
	r = add_directory(path, entry, count, f);
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
	return r;
}

enum result import_files_read(const char *path, struct import_files *out)
{
	size_t used = 0;
	enum result r;

	memset(out, 0, sizeof(*out));
	/* untouched pages of it cost nothing */
	out->bytes = malloc(IMPORT_TOTAL_MAX);
	if (!out->bytes)
		return R_INTERNAL;
	r = read_directory(path, out);
	if (r == R_BUSY) {
		r = add_file(path, out, &used);
		if (r == R_DENIED)
			r = R_ABSENT;
	}
	if (r != R_OK)
		import_files_free(out);
	return r;
}
