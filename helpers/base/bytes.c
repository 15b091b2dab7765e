// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/bytes.h"

#include <string.h>

struct span span_of(const void *p, size_t n)
{
	return (struct span){ p, n };
}

struct span span_str(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

enum result span_take(struct span *in, size_t n, struct span *out)
{
	if (n > in->n)
		return R_MALFORMED;
	*out = (struct span){ in->p, n };
	in->p += n;
	in->n -= n;
	return R_OK;
}

static enum result take_be(struct span *in, size_t n, uint64_t *out)
{
	struct span s;
	enum result r = span_take(in, n, &s);
	uint64_t v = 0;

	if (r != R_OK)
		return r;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | s.p[i];
	*out = v;
	return R_OK;
}

enum result span_u8(struct span *in, uint8_t *out)
{
	uint64_t v;
	enum result r = take_be(in, 1, &v);

	if (r == R_OK)
		*out = (uint8_t)v;
	return r;
}

enum result span_u16(struct span *in, uint16_t *out)
{
	uint64_t v;
	enum result r = take_be(in, 2, &v);

	if (r == R_OK)
		*out = (uint16_t)v;
	return r;
}

enum result span_u32(struct span *in, uint32_t *out)
{
	uint64_t v;
	enum result r = take_be(in, 4, &v);

	if (r == R_OK)
		*out = (uint32_t)v;
	return r;
}

enum result span_u64(struct span *in, uint64_t *out)
{
	return take_be(in, 8, out);
}

enum result span_end(const struct span *in)
{
	return in->n == 0 ? R_OK : R_MALFORMED;
}

bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_equal_ct(struct span a, struct span b)
{
	volatile uint8_t diff = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		diff |= a.p[i] ^ b.p[i];
	return diff == 0;
}

struct sink sink_of(void *p, size_t cap)
{
	return (struct sink){ p, 0, cap, false };
}

void sink_put(struct sink *out, struct span bytes)
{
	if (out->overflow || bytes.n > out->cap - out->n) {
		out->overflow = true;
		return;
	}
	if (bytes.n > 0)
		memcpy(out->p + out->n, bytes.p, bytes.n);
	out->n += bytes.n;
}

static void put_be(struct sink *out, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	sink_put(out, span_of(b, n));
}

void sink_u8(struct sink *out, uint8_t v)
{
	put_be(out, v, 1);
}

void sink_u16(struct sink *out, uint16_t v)
{
	put_be(out, v, 2);
}

void sink_u32(struct sink *out, uint32_t v)
{
	put_be(out, v, 4);
}

void sink_u64(struct sink *out, uint64_t v)
{
	put_be(out, v, 8);
}

struct span sink_span(const struct sink *out)
{
	return (struct span){ out->p, out->n };
}

enum result sink_done(const struct sink *out)
{
	return out->overflow ? R_INTERNAL : R_OK;
}

enum result span_to_str(struct span in, char *out, size_t cap)
{
	if (in.n >= cap)
		return R_MALFORMED;
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < 0x20 || in.p[i] > 0x7e)
			return R_MALFORMED;
	if (in.n > 0)
		memcpy(out, in.p, in.n);
	out[in.n] = '\0';
	return R_OK;
}

void hex_encode(struct span in, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < in.n; i++) {
		*out++ = digit[in.p[i] >> 4];
		*out++ = digit[in.p[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum result hex_decode(const char *s, uint8_t *out, size_t n)
{
	if (strlen(s) != 2 * n)
		return R_MALFORMED;
	for (size_t i = 0; i < 2 * n; i++)
		if (hex_value(s[i]) < 0)
			return R_MALFORMED;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_value(s[2 * i]) << 4 |
				   hex_value(s[2 * i + 1]));
	return R_OK;
}
