// SPDX-License-Identifier: GPL-3.0-or-later
#include "keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const programs[KEEP_PROGRAMS] = {
	"cnie-card", "cnie-inspect",
};

enum result keep_init(struct keep *k, const char *dir)
{
	char path[PATH_MAX];

	*k = (struct keep){ 0 };
	k->plan = calloc(KEEP_MAX, sizeof(*k->plan));
	if (!k->plan)
		return R_INTERNAL;
	for (int i = 0; i < KEEP_PROGRAMS; i++) {
		void *p;
		int fd;

		snprintf(path, sizeof(path), "%s/cover.%s", dir, programs[i]);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		p = mmap(NULL, sizeof(struct cover), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
		close(fd);
		if (p == MAP_FAILED)
			return R_INTERNAL;
		k->cover[i] = p;
	}
	return R_OK;
}

/* -- plans ------------------------------------------------------------------- */

void keep_add(struct keep *k, const struct plan *p)
{
	if (k->n < KEEP_MAX)
		k->plan[k->n++] = (struct expected_plan){ .plan = *p };
}

static enum result take_line(struct keep *k, char *line)
{
	struct expected_plan e = { .code = "" };
	char *end = strpbrk(line, "#\n");
	size_t word;

	if (end)
		*end = '\0';
	line += strspn(line, " ");
	word = strcspn(line, " ");
	if (word == 0)
		return R_OK;
	if (!memchr(line, '=', word)) {
		if (word >= sizeof(e.code))
			return R_MALFORMED;
		memcpy(e.code, line, word);
		line += word;
	}
	if (plan_read(line, &e.plan) != R_OK)
		return R_MALFORMED;
	if (k->n < KEEP_MAX)
		k->plan[k->n++] = e;
	return R_OK;
}

static enum result load_file(struct keep *k, const char *path)
{
	char line[PLAN_TEXT_MAX + 80], copy[sizeof(line)];
	enum result r = R_OK;
	FILE *f = fopen(path, "re");

	if (!f)
		return R_ABSENT;
	while (r == R_OK && fgets(line, sizeof(line), f)) {
		memcpy(copy, line, sizeof(copy));
		r = take_line(k, line);
		if (r != R_OK)
			fprintf(stderr, "hostile: %s: no plan: %s\n", path,
				copy);
	}
	fclose(f);
	return r;
}

static int by_name(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

enum result keep_load(struct keep *k, const char *path)
{
	struct dirent **names;
	enum result r = R_OK;
	struct stat st;
	int n;

	if (stat(path, &st) != 0)
		return R_ABSENT;
	if (!S_ISDIR(st.st_mode))
		return load_file(k, path);
	n = scandir(path, &names, by_name, alphasort);
	if (n < 0)
		return R_ABSENT;
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (r == R_OK)
			r = load_file(k, file);
		free(names[i]);
	}
	free(names);
	return r;
}

enum result keep_write(const char *dir, const struct plan *p,
		       const char *comment)
{
	char path[PATH_MAX], text[PLAN_TEXT_MAX];
	uint64_t hash = 0xcbf29ce484222325u;	/* FNV-1a */
	FILE *f;

	plan_write(p, text);
	for (const char *s = text; *s; s++)
		hash = (hash ^ (uint8_t)*s) * 0x100000001b3u;
	snprintf(path, sizeof(path), "%s/%016" PRIx64, dir, hash);
	f = fopen(path, "we");
	if (!f)
		return R_INTERNAL;
	if (comment)
		fprintf(f, "# %s\n", comment);
	fprintf(f, "%s\n", text);
	return fclose(f) == 0 ? R_OK : R_INTERNAL;
}

/* -- edges -------------------------------------------------------------------- */

/* Once, twice, three times, to 7, 15, 31, 127, more: a bit each. */
static uint8_t bit_of(uint8_t hits)
{
	static const uint8_t upto[] = { 1, 2, 3, 7, 15, 31, 127 };
	size_t i = 0;

	while (i < sizeof(upto) && hits > upto[i])
		i++;
	return (uint8_t)(1u << i);
}

void keep_before(struct keep *k)
{
	for (int i = 0; i < KEEP_PROGRAMS; i++)
		if (k->cover[i])
			memset(k->cover[i]->hit, 0, sizeof(k->cover[i]->hit));
}

enum news keep_after(struct keep *k)
{
	enum news news = NEWS_NONE;

	for (int i = 0; i < KEEP_PROGRAMS; i++) {
		const struct cover *c = k->cover[i];

		for (uint32_t e = 1; c && e <= c->edges; e++) {
			uint8_t *seen = &k->seen[i][e];
			const uint8_t bit = bit_of(c->hit[e]);

			if (!c->hit[e] || (*seen & bit))
				continue;
			if (news != NEWS_EDGES)
				news = *seen ? NEWS_COUNTS : NEWS_EDGES;
			*seen |= bit;
		}
	}
	return news;
}

size_t keep_reached(const struct keep *k)
{
	size_t n = 0;

	for (int i = 0; i < KEEP_PROGRAMS; i++)
		for (uint32_t e = 1; e < EDGES_MAX; e++)
			n += k->seen[i][e] != 0;
	return n;
}
