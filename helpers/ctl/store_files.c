// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/store_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/pem.h"
#include "ctl/stage.h"

SCOPE_FREE(DIR *, closedir);

void store_files_free(struct store_files *s)
{
	free(s->at);
	*s = (struct store_files){ 0 };
}

bool store_files_have(const struct store_files *s, const char *sha256)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->at[i].sha256, sha256))
			return true;
	return false;
}

enum result store_files_match(const struct store_files *s, const char *digits,
			      const char **sha256)
{
	const char *found = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const char *one = s->at[i].sha256;

		if (strncmp(one, digits, strlen(digits)))
			continue;
		refuse_if(found && strcmp(found, one) != 0, R_DENIED);
		found = one;
	}
	if (!found)
		return R_ABSENT;
	*sha256 = found;
	return R_OK;
}

static void bytes_free(uint8_t **p)
{
	free(*p);
}

static enum result join(const char *dir, const char *name, char *out,
			size_t cap)
{
	int n = snprintf(out, cap, "%s/%s", dir, name);

	return n > 0 && (size_t)n < cap ? R_OK : R_MALFORMED;
}

/* -- reading --------------------------------------------------------------- */

static enum result append(struct store_files *s, const char *file,
			  const char *sha256, size_t part, size_t parts)
{
	struct store_entry *e;

	if (s->n == STORE_ENTRIES_MAX)
		return R_MALFORMED;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		void *at = realloc(s->at, room * sizeof(*s->at));

		if (!at)
			return R_INTERNAL;
		s->at = at;
		s->room = room;
	}
	e = &s->at[s->n++];
	snprintf(e->file, sizeof(e->file), "%s", file);
	snprintf(e->sha256, sizeof(e->sha256), "%s", sha256);
	e->part = part;
	e->parts = parts;
	return R_OK;
}

static enum result add_pem(struct store_files *s, const char *file,
			   struct span text, uint8_t *der)
{
	char sha256[FINGERPRINT_MAX];
	size_t first = s->n, part = 0;
	struct span whole, body;
	enum result r = R_OK;

	for (; r == R_OK && pem_next(&text, &whole, &body) == R_OK; part++)
		if (pem_fingerprint(body, der, sha256) == R_OK)
			r = append(s, file, sha256, part, 1);
	for (size_t i = first; i < s->n; i++)
		s->at[i].parts = part;
	return r;
}

/* buf, der: STAGE_FILE_MAX bytes each. */
static enum result add_file(struct store_files *s, const char *dir,
			    const char *name, uint8_t *buf, uint8_t *der)
{
	struct sink in = sink_of(buf, STAGE_FILE_MAX);
	char path[PATH_MAX], sha256[FINGERPRINT_MAX];

	if (join(dir, name, path, sizeof(path)) != R_OK ||
	    file_read(path, FILE_ANY, &in) != R_OK || in.n == 0)
		return R_OK;
	/* as cnie-inspect tells DER from text: a SEQUENCE, long length */
	if (in.n < 2 || buf[0] != 0x30 || buf[1] < 0x80)
		return add_pem(s, name, sink_span(&in), der);
	fingerprint_of(sink_span(&in), sha256);
	return append(s, name, sha256, 0, 1);
}

enum result store_files_read(const char *dir, struct store_files *out)
{
	scoped(bytes_free) uint8_t *buf = malloc(2 * (size_t)STAGE_FILE_MAX);
	scoped(scope_closedir) DIR *d = opendir(dir);
	struct store_files s = { 0 };
	enum result r = R_OK;
	const struct dirent *e;

	if (!buf)
		return R_INTERNAL;
	if (!d)
		return R_ABSENT;
	while (r == R_OK && (e = readdir(d)))
		if (stage_is_store_file(e->d_name))
			r = add_file(&s, dir, e->d_name, buf,
				     buf + STAGE_FILE_MAX);
	if (r == R_OK)
		*out = s;
	else
		store_files_free(&s);
	return r;
}

/* -- removing -------------------------------------------------------------- */

/* The block of this number, if it still is what it was. buf, der:
 * STAGE_FILE_MAX bytes each. */
static enum result find_block(struct span text, const struct store_entry *e,
			      uint8_t *der, struct span *whole)
{
	char sha256[FINGERPRINT_MAX];
	struct span body;
	enum result r = R_OK;

	for (size_t i = 0; r == R_OK && i <= e->part; i++)
		r = pem_next(&text, whole, &body);
	if (r == R_OK)
		r = pem_fingerprint(body, der, sha256);
	if (r != R_OK)
		return r;
	refuse_if(strcmp(sha256, e->sha256) != 0, R_ABSENT);
	return R_OK;
}

static enum result remove_block(const char *path, const struct store_entry *e)
{
	scoped(bytes_free) uint8_t *buf = malloc(2 * (size_t)STAGE_FILE_MAX);
	struct sink in = sink_of(buf, STAGE_FILE_MAX);
	enum result r = buf ? file_read(path, FILE_ANY, &in) : R_INTERNAL;
	struct span whole;
	uint8_t *at;

	if (r == R_OK)
		r = find_block(sink_span(&in), e, buf + STAGE_FILE_MAX,
			       &whole);
	if (r != R_OK)
		return r;
	at = buf + (whole.p - buf);
	memmove(at, at + whole.n, in.n - (size_t)(at - buf) - whole.n);
	return file_replace(path, span_of(buf, in.n - whole.n), 0644);
}

enum result store_files_remove(const char *dir, const struct store_entry *e)
{
	scoped(close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY |
						    O_CLOEXEC);
	char path[PATH_MAX];

	if (join(dir, e->file, path, sizeof(path)) != R_OK)
		return R_MALFORMED;
	if (e->parts > 1)
		return remove_block(path, e);
	if (fd < 0 || unlinkat(fd, e->file, 0))
		return errno == ENOENT ? R_ABSENT : R_INTERNAL;
	return fsync(fd) ? R_INTERNAL : R_OK;
}

void store_files_sweep(const char *dir)
{
	scoped(scope_closedir) DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char name[sizeof(e->d_name)];
		size_t n = strlen(e->d_name);

		/* as file_replace() names them */
		if (n < 5 || strcmp(e->d_name + n - 4, ".new"))
			continue;
		memcpy(name, e->d_name, n - 4);
		name[n - 4] = '\0';
		if (stage_is_store_file(name))
			unlinkat(dirfd(d), e->d_name, 0);
	}
}

enum result store_files_drop(const char *dir, const char *sha256,
			     size_t *places)
{
	size_t done = 0;

	for (;;) {
		scoped(store_files_free) struct store_files s = { 0 };
		const struct store_entry *e = NULL;
		enum result r = store_files_read(dir, &s);

		for (size_t i = 0; r == R_OK && i < s.n && !e; i++)
			if (!strcmp(s.at[i].sha256, sha256))
				e = &s.at[i];
		if (r == R_OK && e)
			r = store_files_remove(dir, e);
		if (r != R_OK)
			return r;
		if (!e)
			break;
		done++;
	}
	*places = done;
	return R_OK;
}
