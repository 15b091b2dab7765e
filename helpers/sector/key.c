/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/key.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/secret.h"

#define MAGIC "CNIE-KEY"
#define VERSION 1
#define SUITE_VOPRF 1
#define HASH 16
#define URN_OFFSET 16
#define SCALAR_OFFSET 32
#define CHECK_OFFSET 64

struct key_file { uint8_t b[KEY_FILE_SIZE + 1]; };	/* SECRET */

static void key_file_wipe(struct key_file *f)
{
	secret_wipe(f, sizeof(*f));
}

static void hash128(struct span in, uint8_t out[HASH])
{
	crypto_generichash(out, HASH, in.p, in.n, NULL, 0);
}

/* All up to the scalar. */
static void put_head(const char *urn, uint32_t epoch, struct sink *out)
{
	uint8_t urn_hash[HASH];

	hash128(span_str(urn), urn_hash);
	sink_put(out, span_str(MAGIC));
	sink_u8(out, VERSION);
	sink_u8(out, SUITE_VOPRF);
	sink_u16(out, 0);
	sink_u32(out, epoch);
	sink_put(out, SPAN(urn_hash));
}

static enum result read_all(int fd, struct key_file *f, size_t *n)
{
	size_t have = 0;

	while (have < sizeof(f->b)) {
		ssize_t got = read(fd, f->b + have, sizeof(f->b) - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return R_INTERNAL;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	*n = have;
	return R_OK;
}

enum result key_read(int fd, const char *urn, uint32_t epoch,
		     struct sector_key *out)
{
	scoped(key_file_wipe) struct key_file f = { { 0 } };
	uint8_t head[SCALAR_OFFSET], check[HASH];
	struct sink want = SINK(head);
	size_t n;
	enum result r = read_all(fd, &f, &n);

	if (r != R_OK)
		return r;
	if (n == 0)
		return R_ABSENT;
	hash128(span_of(f.b, CHECK_OFFSET), check);
	put_head(urn, epoch, &want);
	if (n != KEY_FILE_SIZE || sink_done(&want) != R_OK ||
	    memcmp(f.b, head, 12) ||	/* magic, version, suite */
	    sodium_memcmp(f.b + CHECK_OFFSET, check, HASH))
		return R_MALFORMED;
	if (memcmp(f.b, head, sizeof(head)) ||
	    !oprf_key_ok(f.b + SCALAR_OFFSET))
		return R_DENIED;
	memcpy(out->scalar, f.b + SCALAR_OFFSET, OPRF_SCALAR);
	return R_OK;
}

static enum result write_all(int fd, struct span s)
{
	while (s.n > 0) {
		ssize_t put = write(fd, s.p, s.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return R_INTERNAL;
		s.p += put;
		s.n -= (size_t)put;
	}
	return fsync(fd) ? R_INTERNAL : R_OK;
}

enum result key_generate(int fd, const char *urn, uint32_t epoch)
{
	scoped(key_file_wipe) struct key_file f = { { 0 } };
	struct sink out = sink_of(f.b, KEY_FILE_SIZE);
	struct stat st;

	if (fstat(fd, &st))
		return R_INTERNAL;
	if (!S_ISREG(st.st_mode) || st.st_size != 0)
		return R_DENIED;
	put_head(urn, epoch, &out);
	if (sink_done(&out) != R_OK || out.n != SCALAR_OFFSET)
		return R_INTERNAL;
	oprf_random(f.b + SCALAR_OFFSET);
	hash128(span_of(f.b, CHECK_OFFSET), f.b + CHECK_OFFSET);
	return write_all(fd, span_of(f.b, KEY_FILE_SIZE));
}
