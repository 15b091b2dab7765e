// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/stage.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/newfile.h"

SCOPE_FREE(DIR *, closedir);

#define STAGE_NAME "ctl-"

static enum result join(const char *dir, const char *name, char *out,
			size_t cap)
{
	int n = snprintf(out, cap, "%s/%s", dir, name);

	return n > 0 && (size_t)n < cap ? R_OK : R_MALFORMED;
}

int stage_is_store_file(const char *name)
{
	static const char *const endings[] = { ".cer", ".crt", ".der", ".pem",
					       ".crl" };
	const char *dot = strrchr(name, '.');

	if (!dot || name[0] == '.')
		return 0;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (!strcasecmp(dot, endings[i]))
			return 1;
	return 0;
}

enum result stage_file(const char *from, const char *to, size_t max)
{
	char *buf = malloc(max);
	struct sink s = sink_of(buf, max);
	enum result r = buf ? file_read(from, FILE_ANY, &s) : R_INTERNAL;

	if (r == R_OK)
		r = file_replace(to, sink_span(&s), 0644);
	free(buf);
	return r;
}

enum result stage_secret(const char *to, struct span bytes)
{
	return newfile_write(to, bytes, 0600, true);
}

enum result stage_store(const char *from, const char *to, size_t *copied,
			size_t *passed)
{
	scoped(scope_closedir) DIR *d = opendir(from);
	size_t done = 0, left = 0;
	const struct dirent *e;

	if (!d)
		return errno == EACCES ? R_DENIED : R_ABSENT;
	stage_remove(to);
	if (file_mkdir(to, 0755) != R_OK)
		return R_INTERNAL;
	while ((e = readdir(d))) {
		char a[PATH_MAX], b[PATH_MAX];

		if (e->d_name[0] == '.')
			continue;
		if (!stage_is_store_file(e->d_name) ||
		    join(from, e->d_name, a, sizeof(a)) != R_OK ||
		    join(to, e->d_name, b, sizeof(b)) != R_OK ||
		    stage_file(a, b, STAGE_FILE_MAX) != R_OK)
			left++;
		else
			done++;
	}
	*copied = done;
	*passed = left;
	return R_OK;
}

enum result stage_move(const char *stage, const char *into, size_t *fresh)
{
	scoped(scope_closedir) DIR *d = opendir(stage);
	size_t n = 0;
	const struct dirent *e;

	if (!d)
		return R_ABSENT;
	while ((e = readdir(d))) {
		char a[PATH_MAX], b[PATH_MAX];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		if (join(stage, e->d_name, a, sizeof(a)) != R_OK ||
		    join(into, e->d_name, b, sizeof(b)) != R_OK)
			return R_MALFORMED;
		if (lstat(b, &st) && errno == ENOENT)
			n++;
		if (rename(a, b))
			return R_INTERNAL;
	}
	*fresh = n;
	return rmdir(stage) ? R_INTERNAL : R_OK;
}

/* Under its name, or the one it has while it is written. */
static bool is_secret(const char *name)
{
	return !strncmp(name, STAGE_SECRET, strlen(STAGE_SECRET));
}

void stage_remove(const char *dir)
{
	scoped(scope_closedir) DIR *d = opendir(dir);
	const struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		char path[PATH_MAX];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (join(dir, e->d_name, path, sizeof(path)) != R_OK ||
		    (is_secret(e->d_name) && newfile_destroy(path) == R_OK))
			continue;
		unlink(path);
	}
	rmdir(dir);
}

/* ctl-PID and its store below, of processes that were killed. */
static void sweep(const char *run)
{
	scoped(scope_closedir) DIR *d = opendir(run);
	const struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		char path[PATH_MAX], store[PATH_MAX];
		long pid;

		if (strncmp(e->d_name, STAGE_NAME, strlen(STAGE_NAME)))
			continue;
		pid = strtol(e->d_name + strlen(STAGE_NAME), NULL, 10);
		if (pid <= 0 || (pid != getpid() &&
				 !(kill((pid_t)pid, 0) && errno == ESRCH)))
			continue;
		if (join(run, e->d_name, path, sizeof(path)) != R_OK ||
		    join(path, "csca", store, sizeof(store)) != R_OK)
			continue;
		stage_remove(store);
		stage_remove(path);
	}
}

enum result stage_new(char *out, size_t cap)
{
	char run[PREFIX_PATH_MAX], name[32];
	enum result r = prefix_path(DIR_RUN, run, sizeof(run));

	if (r != R_OK)
		return r;
	sweep(run);
	snprintf(name, sizeof(name), STAGE_NAME "%ld", (long)getpid());
	r = join(run, name, out, cap);
	return r == R_OK ? file_mkdir(out, 0755) : r;
}
