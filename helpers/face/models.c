// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/models.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"

static enum result read_whole(int fd, size_t n, uint8_t *out)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read(fd, out + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return R_MALFORMED;	/* it shrank under us */
		done += (size_t)got;
	}
	return R_OK;
}

/* A regular file of at most `cap` bytes, into memory of its own. */
static enum result read_file(int dir, const char *name, size_t cap,
			     struct span *out)
{
	scoped(close_fd) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC |
					 O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	uint8_t *p;
	enum result r;

	if (fd < 0)
		return R_ABSENT;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uintmax_t)st.st_size > cap)
		return R_MALFORMED;
	/* whoever may write the manifest chooses who is alike */
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
		return R_DENIED;
	p = malloc((size_t)st.st_size);
	if (!p)
		return R_INTERNAL;
	r = read_whole(fd, (size_t)st.st_size, p);
	if (r != R_OK) {
		free(p);
		return r;
	}
	*out = span_of(p, (size_t)st.st_size);
	return R_OK;
}

static void span_free(struct span *s)
{
	free((void *)(uintptr_t)s->p);
	*s = (struct span){ 0 };
}

static enum result read_net(int dir, const struct net_spec *spec,
			    struct span *out)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	struct span s = { 0 };
	enum result r = read_file(dir, spec->file, MODEL_MAX, &s);

	if (r != R_OK)
		return r;
	crypto_hash_sha256(hash, s.p, s.n);
	if (!span_equal(SPAN(hash), SPAN(spec->sha256))) {
		span_free(&s);
		return R_DENIED;
	}
	*out = s;
	return R_OK;
}

enum result models_read(const char *dir, struct models *out,
			unsigned int *line)
{
	scoped(models_done) struct models m = { 0 };
	scoped(span_free) struct span text = { 0 };
	scoped(close_fd) int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum result r;

	*line = 0;
	if (at < 0)
		return R_ABSENT;
	r = read_file(at, MANIFEST_NAME, MANIFEST_MAX, &text);
	if (r == R_OK)
		r = manifest_parse(text, &m.manifest, line);
	for (int i = 0; i < NET_COUNT && r == R_OK; i++)
		r = read_net(at, &m.manifest.net[i], &m.net[i]);
	if (r != R_OK)
		return r;
	*out = m;
	m = (struct models){ 0 };	/* handed over */
	return R_OK;
}

void models_done(struct models *m)
{
	for (int i = 0; i < NET_COUNT; i++)
		span_free(&m->net[i]);
}
