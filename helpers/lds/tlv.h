/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One strict reader for the tag-length-value objects of ICAO 9303-10, of
 * secure messaging and of DER. Definite lengths only, in their shortest form
 * and of at most four length octets; tags of at most three octets, written as
 * one number (0x61, 0x5f1f, 0x7f61). Nothing here recurses: depth belongs to
 * the caller. Outputs and *in are untouched unless R_OK.
 */
#ifndef CNIE_LDS_TLV_H
#define CNIE_LDS_TLV_H

#include "base/bytes.h"

/* The universal tags of DER that 9303 and TR-03110 use. */
enum der_tag {
	DER_BOOLEAN = 0x01, DER_INTEGER = 0x02, DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04, DER_NULL = 0x05, DER_OID = 0x06,
	DER_PRINTABLE = 0x13, DER_SEQUENCE = 0x30, DER_SET = 0x31,
};

struct tlv {
	uint32_t tag;
	struct span value;
	struct span raw;	/* tag, length and value */
};

/* Take the next object off *in. R_MALFORMED: empty, truncated, not strict. */
must_check enum result tlv_next(struct span *in, struct tlv *out);

/* Take the next object, which must have this tag; R_MALFORMED otherwise. */
must_check enum result tlv_expect(struct span *in, uint32_t tag,
				  struct span *value);

/* As tlv_expect, but R_ABSENT where *in is empty or another tag stands there
 * (*in is untouched then). R_MALFORMED only for a broken object. */
must_check enum result tlv_optional(struct span *in, uint32_t tag,
				    struct span *value);

/* The whole of `in` is one object of this tag, with nothing after it. */
must_check enum result tlv_only(struct span in, uint32_t tag,
				struct span *value);

/* The first object of this tag among the objects of `in`, all of which are
 * read (a later broken one is R_MALFORMED). R_ABSENT: none.
 * R_MALFORMED too where the tag stands there twice. */
must_check enum result tlv_find(struct span in, uint32_t tag,
				struct span *value);

/* From the first octets of a file: its tag and the size of the whole object
 * (tag, length and value), which may be longer than `head`. For a reader that
 * must know how far to read; 8 octets always suffice. */
must_check enum result tlv_head(struct span head, uint32_t *tag, size_t *total);

/* Take a DER INTEGER that is minimal, not negative and fits 32 bits. */
must_check enum result der_uint(struct span *in, uint32_t *out);
/* The same from its contents octets: of an implicitly tagged one. */
must_check enum result der_uint_value(struct span value, uint32_t *out);

#endif
