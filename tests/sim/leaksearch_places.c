// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/leaksearch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/scope.h"

#define CHUNK (1024 * 1024)
#define PAGE 4096
#define FILES_MAX 200000
#define DEPTH_MAX 40

/* Read up to n bytes at `at`; pages that can't be read come as zeros, which
 * also part what stands before and behind them. */
static size_t read_pages(int fd, uint8_t *out, size_t n, uint64_t at)
{
	ssize_t got = pread(fd, out, n, (off_t)at);

	if (got == (ssize_t)n)
		return n;
	for (size_t i = 0; i < n; i += PAGE) {
		size_t part = n - i < PAGE ? n - i : PAGE;

		if (pread(fd, out + i, part, (off_t)(at + i)) != (ssize_t)part)
			memset(out + i, 0, part);
	}
	return n;
}

struct window {
	uint8_t *buf;		/* heap: PATTERN_MAX + CHUNK */
	size_t kept;		/* bytes at its front, looked through already */
};

/* n new bytes stand behind the kept ones; `at` is where they are from. */
static void look(struct search *s, struct window *w, size_t n,
		 const char *place, uint64_t at)
{
	size_t all = w->kept + n, keep;

	search_bytes(s, span_of(w->buf, all), w->kept, place, at - w->kept);
	keep = s->longest > 0 ? s->longest - 1 : 0;
	if (keep > all)
		keep = all;
	memmove(w->buf, w->buf + all - keep, keep);
	w->kept = keep;
}

static void search_mapping(struct search *s, struct window *w, int mem,
			   uint64_t from, uint64_t to, const char *place)
{
	w->kept = 0;
	for (uint64_t at = from; at < to; at += CHUNK) {
		size_t n = to - at < CHUNK ? (size_t)(to - at) : CHUNK;

		n = read_pages(mem, w->buf + w->kept, n, at);
		look(s, w, n, place, at - from);
	}
}

/* Mappings without read permission too: what a library keeps there for
 * safety is still in the process. */
static enum result search_maps(struct search *s, struct window *w, FILE *maps,
			       int mem, int pid)
{
	char line[PATH_MAX + 128], place[PATH_MAX + 64];
	unsigned int n = 0;

	while (fgets(line, sizeof(line), maps)) {
		unsigned long long from, to;
		int name = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%llx-%llx %*s %*s %*s %*s %n", &from, &to,
			   &name) != 2)
			return R_INTERNAL;
		if (strstr(line, "[vvar") || strstr(line, "[vsyscall]"))
			continue;	/* the kernel's */
		snprintf(place, sizeof(place), "pid %d %s", pid,
			 name && line[name] ? line + name : "[anonymous]");
		search_mapping(s, w, mem, from, to, place);
		n++;
	}
	return n > 0 ? R_OK : R_ABSENT;	/* a zombie has none */
}

enum result search_process(struct search *s, int pid)
{
	struct window w = { malloc(PATTERN_MAX + CHUNK), 0 };
	enum result r = R_ABSENT;
	scoped(close_fd) int mem = -1;
	char path[64];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (!w.buf)
		r = R_INTERNAL;
	else if (maps && mem >= 0)
		r = search_maps(s, &w, maps, mem, pid);
	if (maps)
		fclose(maps);
	free(w.buf);
	s->processes += r == R_OK;
	return r;
}

static enum result search_file(struct search *s, int dir, const char *name,
			       const char *place)
{
	struct window w = { malloc(PATTERN_MAX + CHUNK), 0 };
	scoped(close_fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW |
					 O_CLOEXEC | O_NONBLOCK);
	enum result r = w.buf ? R_OK : R_INTERNAL;
	uint64_t at = 0;
	ssize_t n = 0;

	if (fd < 0)
		r = errno == ENOENT ? R_ABSENT : R_INTERNAL;
	while (r == R_OK && (n = read(fd, w.buf + w.kept, CHUNK)) > 0) {
		look(s, &w, (size_t)n, place, at);
		at += (uint64_t)n;
	}
	if (r == R_OK && n < 0)
		r = R_INTERNAL;
	free(w.buf);
	s->files += r == R_OK;
	return r == R_ABSENT ? R_OK : r;	/* gone meanwhile */
}

static enum result search_dir(struct search *s, int fd, const char *path,
			      int depth);

static enum result search_entry(struct search *s, int dir, const char *name,
				const char *path, int depth)
{
	char place[PATH_MAX + 16], target[PATH_MAX], below[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? R_OK : R_INTERNAL;
	if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, name) >=
	    sizeof(below))
		return R_MALFORMED;
	snprintf(place, sizeof(place), "name %s", below);
	search_bytes(s, span_str(name), 0, place, 0);
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dir, name, target, sizeof(target));
		snprintf(place, sizeof(place), "link %s", below);
		if (n > 0)
			search_bytes(s, span_of(target, (size_t)n), 0, place, 0);
		return R_OK;
	}
	if (S_ISDIR(st.st_mode))
		return search_dir(s, openat(dir, name, O_RDONLY | O_DIRECTORY |
					    O_NOFOLLOW | O_CLOEXEC), below,
				  depth + 1);
	if (!S_ISREG(st.st_mode))
		return R_OK;
	if (s->files >= FILES_MAX)
		return R_MALFORMED;
	snprintf(place, sizeof(place), "file %s", below);
	return search_file(s, dir, name, place);
}

static enum result search_dir(struct search *s, int fd, const char *path,
			      int depth)
{
	enum result r = R_OK;
	struct dirent *e;
	DIR *d;

	if (fd < 0)
		return R_ABSENT;
	if (depth > DEPTH_MAX) {
		close(fd);
		return R_MALFORMED;
	}
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return R_INTERNAL;
	}
	while (r == R_OK && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			r = search_entry(s, dirfd(d), e->d_name, path, depth);
	closedir(d);
	return r;
}

enum result search_folder(struct search *s, const char *path)
{
	return search_dir(s, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  path, 0);
}
