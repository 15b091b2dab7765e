/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/key.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

#define MAGIC "CNIE-KEY"
#define VERSION 1
#define SUITE_VOPRF 1
#define HASH 16
#define FORM 12			/* magic, version, suite, 0 */
#define SCALAR_OFFSET 32
#define CHECK_OFFSET 64

void key_file_wipe(struct key_file *f)
{
	secret_wipe(f, sizeof(*f));
}

static void hash128(struct span in, uint8_t out[HASH])
{
	crypto_generichash(out, HASH, in.p, in.n, NULL, 0);
}

void key_urn_hash(const char *urn, uint8_t out[KEY_URN_HASH])
{
	hash128(span_str(urn), out);
}

/* All up to the scalar. */
static void put_head(const char *urn, uint32_t epoch, struct sink *out)
{
	uint8_t urn_hash[KEY_URN_HASH];

	key_urn_hash(urn, urn_hash);
	sink_put(out, span_str(MAGIC));
	sink_u8(out, VERSION);
	sink_u8(out, SUITE_VOPRF);
	sink_u16(out, 0);
	sink_u32(out, epoch);
	sink_put(out, SPAN(urn_hash));
}

enum result key_put(const struct sector_key *key, const char *urn,
		    uint32_t epoch, struct key_file *out)
{
	struct sink s = SINK(out->b);

	put_head(urn, epoch, &s);
	if (sink_done(&s) != R_OK || s.n != SCALAR_OFFSET)
		return R_INTERNAL;
	memcpy(out->b + SCALAR_OFFSET, key->scalar, OPRF_SCALAR);
	hash128(span_of(out->b, CHECK_OFFSET), out->b + CHECK_OFFSET);
	return R_OK;
}

/* Whether it is a key file, whosever, and not damaged. */
static bool whole(struct span in)
{
	uint8_t head[SCALAR_OFFSET], check[HASH];
	struct sink want = SINK(head);

	if (in.n != KEY_FILE_SIZE)
		return false;
	put_head("", 0, &want);
	hash128(span_of(in.p, CHECK_OFFSET), check);
	return sink_done(&want) == R_OK && !memcmp(in.p, head, FORM) &&
	       !sodium_memcmp(in.p + CHECK_OFFSET, check, HASH);
}

/* Whether it says that it is of this sector and epoch. */
static bool named(struct span in, const char *urn, uint32_t epoch)
{
	uint8_t head[SCALAR_OFFSET];
	struct sink want = SINK(head);

	put_head(urn, epoch, &want);
	return sink_done(&want) == R_OK && !memcmp(in.p, head, sizeof(head));
}

enum result key_get(struct span in, const char *urn, uint32_t epoch,
		    struct sector_key *out)
{
	refuse_if(!whole(in), R_MALFORMED);
	refuse_if(!named(in, urn, epoch), R_DENIED);
	refuse_if(!oprf_key_ok(in.p + SCALAR_OFFSET), R_DENIED);
	memcpy(out->scalar, in.p + SCALAR_OFFSET, OPRF_SCALAR);
	return R_OK;
}

enum result key_read_all(int fd, struct sink *buf)
{
	while (buf->n < buf->cap) {
		ssize_t got = read(fd, buf->p + buf->n, buf->cap - buf->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return R_INTERNAL;
		if (got == 0)
			return R_OK;
		buf->n += (size_t)got;
	}
	return R_MALFORMED;
}

/* One byte more than a key file has, to see that there is none. */
struct raw { uint8_t b[KEY_FILE_SIZE + 1]; };

static void raw_wipe(struct raw *r)
{
	secret_wipe(r, sizeof(*r));
}

enum result key_read(int fd, const char *urn, uint32_t epoch,
		     struct sector_key *out)
{
	scoped(raw_wipe) struct raw raw = { { 0 } };
	struct sink s = SINK(raw.b);
	enum result r = key_read_all(fd, &s);

	if (r != R_OK)
		return r;
	if (s.n == 0)
		return R_ABSENT;
	return key_get(sink_span(&s), urn, epoch, out);
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

enum result key_write(int fd, const struct key_file *f)
{
	struct stat st;

	if (fstat(fd, &st))
		return R_INTERNAL;
	refuse_if(!S_ISREG(st.st_mode) || st.st_size != 0, R_DENIED);
	return write_all(fd, SPAN(f->b));
}

static enum result zero_all(int fd, off_t n)
{
	static const uint8_t zeros[KEY_FILE_SIZE];

	if (lseek(fd, 0, SEEK_SET) != 0)
		return R_INTERNAL;
	for (; n > 0; n -= KEY_FILE_SIZE) {
		enum result r = write_all(fd, span_of(zeros,
			n < KEY_FILE_SIZE ? (size_t)n : KEY_FILE_SIZE));

		if (r != R_OK)
			return r;
	}
	return R_OK;
}

enum result key_destroy(int fd, const char *urn, uint32_t epoch)
{
	scoped(raw_wipe) struct raw raw = { { 0 } };
	struct sink s = sink_of(raw.b, KEY_FILE_SIZE);
	struct stat st;
	enum result r;

	if (fstat(fd, &st))
		return R_INTERNAL;
	refuse_if(!S_ISREG(st.st_mode) || st.st_size > KEY_DESTROY_MAX,
		  R_DENIED);
	r = key_read_all(fd, &s);
	if (r != R_OK && r != R_MALFORMED)	/* that: there is more of it */
		return r;
	refuse_if(whole(sink_span(&s)) && !named(sink_span(&s), urn, epoch),
		  R_DENIED);
	return zero_all(fd, st.st_size);
}
