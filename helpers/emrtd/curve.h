/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The elliptic curves of PACE and Chip Authentication as bytes in, bytes
 * out. Points are uncompressed (04 || X || Y, TR-03111 3.2.1).
 *
 * MUST: a point from outside is on the curve and not at infinity, else
 *	 R_MALFORMED. All curves here have cofactor 1.
 */
#ifndef CNIE_EMRTD_CURVE_H
#define CNIE_EMRTD_CURVE_H

#include "base/bytes.h"

#define CURVE_FIELD_MAX 32			/* P-256, brainpoolP256r1 */
#define CURVE_POINT_MAX (1 + 2 * CURVE_FIELD_MAX)

enum curve_id { CURVE_P256, CURVE_BRAINPOOL_P256R1, CURVE_COUNT };

struct curve {
	enum curve_id id;
	uint8_t parameter;	/* 9303-11 9.5.1, table 6 */
	int nid;		/* OpenSSL's */
	size_t field;		/* bytes of a coordinate and of the order */
	const char *name;	/* as OpenSSL's group names and our facts */
};

/* The row of a standardised domain parameter id, of a group name, of an id;
 * NULL where this version has none. */
const struct curve *curve_by_parameter(uint64_t parameter);
const struct curve *curve_by_name(const char *name);
const struct curve *curve_at(enum curve_id id);

/* SECRET: wipe with curve_key_wipe. */
struct curve_key {
	uint8_t secret[CURVE_FIELD_MAX];	/* curve->field bytes, 1..n-1 */
	uint8_t point[CURVE_POINT_MAX];		/* secret * base */
};

void curve_key_wipe(struct curve_key *k);
/* The encoding's length, and a key's or buffer's point as a span. */
size_t curve_point_size(const struct curve *c);
struct span curve_point(const struct curve *c,
			const uint8_t point[CURVE_POINT_MAX]);

/* A random scalar in 1..n-1. */
must_check enum result curve_scalar(const struct curve *c,
				    uint8_t out[CURVE_FIELD_MAX]);
/* A random key pair on the standard generator. */
must_check enum result curve_key_new(const struct curve *c,
				     struct curve_key *out);
/* secret * base; an empty base is the standard generator. R_MALFORMED for
 * a bad base or where the product is at infinity. */
must_check enum result curve_mul(const struct curve *c,
				 const uint8_t secret[CURVE_FIELD_MAX],
				 struct span base,
				 uint8_t out[CURVE_POINT_MAX]);
/* Generic mapping (9303-11 4.4.3.3.1): s * G + secret * peer. */
must_check enum result curve_map(const struct curve *c, struct span s,
				 const uint8_t secret[CURVE_FIELD_MAX],
				 struct span peer,
				 uint8_t out[CURVE_POINT_MAX]);
/* R_OK where point is an encoding of a point on c, not infinity. */
must_check enum result curve_check(const struct curve *c, struct span point);

#endif
