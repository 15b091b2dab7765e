/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_cut.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "sim/powercut.h"

#define FILES_MAX 256
#define NAMES_MAX 16
#define PENDING_MAX 4096
#define SECTOR 512

struct bytes {
	uint8_t *p;
	size_t n;
};

/* A change of contents that is not synced. */
struct pending {
	struct cut_op op;
	const uint8_t *data;	/* in the log */
};

struct file {
	struct bytes synced, all;
	struct pending *pending;
	size_t n_pending;
};

struct folder {
	struct { char name[64]; uint32_t id; } entry[NAMES_MAX];
};

struct cut {
	uint8_t *log;
	size_t n, at;
	bool deaf;
	struct file file[FILES_MAX];
	struct folder synced, all;
	struct folder *history;		/* after each change since the sync */
	size_t n_history;
	char notes[16384];
	size_t notes_n;
};

/* -- bytes --------------------------------------------------------------- */

static void resize(struct bytes *b, size_t n)
{
	if (n > b->n) {
		b->p = realloc(b->p, n);
		ck_assert_ptr_nonnull(b->p);
		memset(b->p + b->n, 0, n - b->n);
	}
	b->n = n;
}

static void copy_bytes(struct bytes *to, const struct bytes *from)
{
	to->n = 0;
	resize(to, from->n);
	if (from->n)
		memcpy(to->p, from->p, from->n);
}

/* n: how much of a write was done. */
static void apply(struct bytes *b, const struct pending *p, size_t n)
{
	size_t at = (size_t)p->op.at;

	if (p->op.kind == CUT_TRUNCATE) {
		resize(b, at);
		return;
	}
	if (at + n > b->n)
		resize(b, at + n);
	memcpy(b->p + at, p->data, n);
}

/* -- the folder ---------------------------------------------------------- */

static int entry_of(const struct folder *f, const char *name)
{
	for (int i = 0; i < NAMES_MAX; i++)
		if (f->entry[i].id && strcmp(f->entry[i].name, name) == 0)
			return i;
	return -1;
}

static void enter(struct folder *f, const char *name, uint32_t id)
{
	int i = entry_of(f, name);

	for (int k = 0; i < 0 && k < NAMES_MAX; k++)
		if (!f->entry[k].id)
			i = k;
	ck_assert_int_ge(i, 0);
	strcpy(f->entry[i].name, name);
	f->entry[i].id = id;
}

static void leave(struct folder *f, const char *name)
{
	int i = entry_of(f, name);

	if (i >= 0)
		f->entry[i].id = 0;
}

static void changed_names(struct cut *c)
{
	ck_assert_int_lt(c->n_history, PENDING_MAX);
	c->history[c->n_history++] = c->all;
}

/* -- playing ------------------------------------------------------------- */

struct cut *cut_load(const char *log, bool deaf)
{
	struct cut *c = calloc(1, sizeof(*c));
	int fd = open(log, O_RDONLY);
	struct stat st;

	ck_assert(c && fd >= 0 && fstat(fd, &st) == 0);
	c->deaf = deaf;
	c->n = (size_t)st.st_size;
	c->log = malloc(c->n + 1);
	c->history = calloc(PENDING_MAX, sizeof(*c->history));
	ck_assert(c->log && c->history);
	ck_assert_int_eq(read(fd, c->log, c->n), (ssize_t)c->n);
	close(fd);
	return c;
}

void cut_free(struct cut *c)
{
	for (int i = 0; i < FILES_MAX; i++) {
		free(c->file[i].synced.p);
		free(c->file[i].all.p);
		free(c->file[i].pending);
	}
	free(c->history);
	free(c->log);
	free(c);
}

static void change_contents(struct cut *c, const struct cut_op *op,
			    const uint8_t *data)
{
	struct file *f = &c->file[op->id];
	struct pending p = { *op, data };

	if (!f->pending)
		f->pending = calloc(PENDING_MAX, sizeof(*f->pending));
	ck_assert(f->pending && f->n_pending < PENDING_MAX);
	f->pending[f->n_pending++] = p;
	apply(&f->all, &p, op->data_n);
}

static void two_names(struct cut *c, const char *name, bool stays)
{
	int from = entry_of(&c->all, name);

	ck_assert_int_ge(from, 0);
	enter(&c->all, name + strlen(name) + 1, c->all.entry[from].id);
	if (!stays)
		leave(&c->all, name);
	changed_names(c);
}

static void note(struct cut *c, const char *text)
{
	int n = snprintf(c->notes + c->notes_n, sizeof(c->notes) - c->notes_n,
			 "%s\n", text);

	ck_assert(n > 0 && (size_t)n < sizeof(c->notes) - c->notes_n);
	c->notes_n += (size_t)n;
}

static void play(struct cut *c, const struct cut_op *op, const char *name,
		 const uint8_t *data)
{
	struct file *f = &c->file[op->id];

	switch ((enum cut_kind)op->kind) {
	case CUT_FILE:
		break;
	case CUT_CREATE:
		enter(&c->all, name, op->id);
		changed_names(c);
		break;
	case CUT_WRITE:
	case CUT_TRUNCATE:
		change_contents(c, op, data);
		break;
	case CUT_RENAME:
	case CUT_LINK:
		two_names(c, name, op->kind == CUT_LINK);
		break;
	case CUT_UNLINK:
		leave(&c->all, name);
		changed_names(c);
		break;
	case CUT_SYNC:
		if (c->deaf)
			break;
		copy_bytes(&f->synced, &f->all);
		f->n_pending = 0;
		break;
	case CUT_SYNC_FOLDER:
		if (c->deaf)
			break;
		c->synced = c->all;
		c->n_history = 0;
		break;
	case CUT_NOTE:
		note(c, name);
		break;
	}
}

bool cut_next(struct cut *c)
{
	struct cut_op op = { .kind = CUT_NOTE };

	while (op.kind == CUT_NOTE || op.kind == CUT_FILE) {
		const uint8_t *p = c->log + c->at;

		if (c->at == c->n)
			return false;
		ck_assert_int_ge(c->n - c->at, sizeof(op));
		memcpy(&op, p, sizeof(op));
		ck_assert_int_lt(op.id, FILES_MAX);
		c->at += sizeof(op) + op.name_n + op.data_n;
		ck_assert_int_le(c->at, c->n);
		play(c, &op, (const char *)p + sizeof(op),
		     p + sizeof(op) + op.name_n);
	}
	return true;
}

const char *cut_notes(const struct cut *c)
{
	return c->notes;
}

/* -- building ------------------------------------------------------------ */

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void contents_of(const struct file *f, enum cut_rest rest,
			uint32_t *seed, struct bytes *out)
{
	copy_bytes(out, rest == REST_ALL ? &f->all : &f->synced);
	if (rest != REST_PART)
		return;
	for (size_t i = 0; i < f->n_pending; i++) {
		const struct pending *p = &f->pending[i];
		size_t n = p->op.data_n;

		switch (draw(seed) % 4) {
		case 0:			/* lost */
			continue;
		case 1:			/* in part */
			n = draw(seed) % (n / SECTOR + 1) * SECTOR;
			break;
		}
		apply(out, p, n);
	}
}

static void write_file(const char *folder, const char *name,
		       const struct bytes *b)
{
	char path[160];
	mode_t mode = strstr(name, ".view") ? 0644 : 0600;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	if (b->n)
		ck_assert_int_eq(write(fd, b->p, b->n), (ssize_t)b->n);
	close(fd);
}

/* Names change in order: a journal keeps it. */
static const struct folder *names_of(const struct cut *c, enum cut_rest rest,
				     uint32_t *seed)
{
	size_t n = 0;

	if (rest == REST_ALL)
		n = c->n_history;
	if (rest == REST_PART)
		n = draw(seed) % (c->n_history + 1);
	return n ? &c->history[n - 1] : &c->synced;
}

void cut_build(const struct cut *c, const char *folder, enum cut_rest contents,
	       enum cut_rest names, uint32_t seed)
{
	const struct folder *f = names_of(c, names, &seed);
	struct bytes b = { 0 };

	folder_empty(folder);
	for (int i = 0; i < NAMES_MAX; i++) {
		if (!f->entry[i].id)
			continue;
		contents_of(&c->file[f->entry[i].id], contents, &seed, &b);
		write_file(folder, f->entry[i].name, &b);
	}
	free(b.p);
}

void folder_empty(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}
