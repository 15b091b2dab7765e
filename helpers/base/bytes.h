/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only door to bytes we did not make (struct span) and the only way to
 * build bytes (struct sink). Integers on any wire are big-endian.
 *
 * A span never owns. Every span_* function leaves `in` and its outputs as
 * they were unless it returns R_OK. A sink writes into a buffer of its
 * caller, never beyond it, and remembers the first overflow: writers may be
 * chained and checked once with sink_done().
 */
#ifndef CNIE_BASE_BYTES_H
#define CNIE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct span {
	const uint8_t *p;
	size_t n;
};

struct sink {
	uint8_t *p;
	size_t n;	/* written so far */
	size_t cap;
	bool overflow;
};

#define SPAN(array) ((struct span){ (const uint8_t *)(array), sizeof(array) })
#define SINK(array) ((struct sink){ (uint8_t *)(array), 0, sizeof(array), false })

struct span span_of(const void *p, size_t n);
struct span span_str(const char *s);		/* without the NUL */

/* Take n bytes off the front. R_MALFORMED where fewer are left. */
must_check enum result span_take(struct span *in, size_t n, struct span *out);
must_check enum result span_u8(struct span *in, uint8_t *out);
must_check enum result span_u16(struct span *in, uint16_t *out);
must_check enum result span_u32(struct span *in, uint32_t *out);
must_check enum result span_u64(struct span *in, uint64_t *out);
/* R_OK only where nothing is left: trailing bytes are an error. */
must_check enum result span_end(const struct span *in);

bool span_equal(struct span a, struct span b);	  /* not for secrets or MACs */
bool span_equal_ct(struct span a, struct span b); /* constant time in a.n */

struct sink sink_of(void *p, size_t cap);
void sink_put(struct sink *out, struct span bytes);
void sink_u8(struct sink *out, uint8_t v);
void sink_u16(struct sink *out, uint16_t v);
void sink_u32(struct sink *out, uint32_t v);
void sink_u64(struct sink *out, uint64_t v);
struct span sink_span(const struct sink *out);	/* what was written */
/* R_INTERNAL where anything did not fit. */
must_check enum result sink_done(const struct sink *out);

/* Copy bytes that must be printable ASCII (0x20..0x7e) as a C string. */
must_check enum result span_to_str(struct span in, char *out, size_t cap);

/* Lower-case hexadecimal. out holds at least 2n+1 characters. */
void hex_encode(struct span in, char *out);
/* Exactly `n` bytes of hexadecimal, either case, nothing else. */
must_check enum result hex_decode(const char *s, uint8_t *out, size_t n);

#endif
