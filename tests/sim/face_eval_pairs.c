// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/face_eval.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE ((size_t)-1)

static void no_memory(void)
{
	fputs("face_eval: out of memory\n", stderr);
	exit(1);
}

static void *grown(void *p, size_t n, size_t size)
{
	/* called for each element: grow at powers of two only */
	if (n & (n - 1))
		return p;
	p = reallocarray(p, n ? 2 * n : 1, size);
	if (!p)
		no_memory();
	return p;
}

static size_t hash(const char *s)
{
	size_t h = 14695981039346656037u;	/* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

static size_t *slot_of(struct pairs *p, const char *path)
{
	size_t i = hash(path) & (p->slots - 1);

	while (p->slot[i] != NONE &&
	       strcmp(p->picture[p->slot[i]].path, path))
		i = (i + 1) & (p->slots - 1);
	return &p->slot[i];
}

static void rehash(struct pairs *p)
{
	free(p->slot);
	p->slots = p->slots ? 2 * p->slots : 1024;
	p->slot = reallocarray(NULL, p->slots, sizeof(size_t));
	if (!p->slot)
		no_memory();
	for (size_t i = 0; i < p->slots; i++)
		p->slot[i] = NONE;
	for (size_t i = 0; i < p->pictures; i++)
		*slot_of(p, p->picture[i].path) = i;
}

static size_t picture_index(struct pairs *p, const char *path)
{
	size_t *slot;

	if (2 * p->pictures >= p->slots)
		rehash(p);
	slot = slot_of(p, path);
	if (*slot == NONE) {
		p->picture = grown(p->picture, p->pictures,
				   sizeof(*p->picture));
		p->picture[p->pictures] = (struct picture){
			.path = strdup(path),
		};
		if (!p->picture[p->pictures].path)
			no_memory();
		*slot = p->pictures++;
	}
	return *slot;
}

static void add_pair(struct pairs *p, const char *a, const char *b, bool same)
{
	p->pair = grown(p->pair, p->count, sizeof(*p->pair));
	p->pair[p->count] = (struct pair){
		.a = picture_index(p, a), .b = picture_index(p, b),
		.same = same,
	};
	p->count++;
}

static void parse_line(struct pairs *p, char *line, const char *file,
		       size_t number)
{
	static const char blank[] = " \t\r\n";
	char *state, *a = strtok_r(line, blank, &state);
	char *b = strtok_r(NULL, blank, &state);
	char *same = strtok_r(NULL, blank, &state);

	if (!a || a[0] == '#')
		return;
	if (!b || !same || strtok_r(NULL, blank, &state) ||
	    (strcmp(same, "0") && strcmp(same, "1"))) {
		fprintf(stderr, "face_eval: %s:%zu: expected "
			"\"pathA pathB 0|1\"\n", file, number);
		exit(2);
	}
	add_pair(p, a, b, same[0] == '1');
}

void pairs_read(const char *file, struct pairs *out)
{
	FILE *f = fopen(file, "r");
	char *line = NULL;
	size_t cap = 0, number = 0;

	memset(out, 0, sizeof(*out));
	if (!f) {
		fprintf(stderr, "face_eval: %s: %s\n", file, strerror(errno));
		exit(2);
	}
	while (getline(&line, &cap, f) >= 0)
		parse_line(out, line, file, ++number);
	free(line);
	fclose(f);
	if (out->count == 0) {
		fprintf(stderr, "face_eval: %s: no pairs in it\n", file);
		exit(2);
	}
}

void pairs_free(struct pairs *p)
{
	for (size_t i = 0; i < p->pictures; i++)
		free(p->picture[i].path);
	free(p->picture);
	free(p->pair);
	free(p->slot);
}
