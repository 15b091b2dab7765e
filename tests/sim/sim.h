/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated card and its personaliser: what both share. Written apart
 * from helpers/lds and helpers/emrtd on purpose, from the standards and on
 * OpenSSL, so that a mistake of the reader is not mirrored by the card.
 *
 * One card is one directory: a file per EF, and card.conf, the memory that a
 * real chip never shows (CAN, MRZ key, the chip's private key).
 */
#ifndef CNIE_SIM_H
#define CNIE_SIM_H

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "base/bytes.h"
#include "base/result.h"
#include "base/scope.h"

/* -- bytes on the heap, files --------------------------------------------- */

struct blob {
	uint8_t *p;
	size_t n;
};

void blob_free(struct blob *b);
struct span blob_span(const struct blob *b);
must_check enum result blob_copy(struct span from, struct blob *out);

/* Files of at most SIM_FILE_MAX bytes; dir NULL means name is a path. */
#define SIM_FILE_MAX (4u << 20)
must_check enum result sim_file_read(const char *dir, const char *name,
				     struct blob *out);
must_check enum result sim_file_write(const char *dir, const char *name,
				      struct span data);

/* -- BER-TLV -------------------------------------------------------------- */

/* Tags of one to three bytes as a number: 0x7C, 0x5F1F, 0x7F61. */
void tlv_put(struct sink *out, uint32_t tag, struct span value);
void tlv_header(struct sink *out, uint32_t tag, size_t length);
must_check enum result tlv_get(struct span *in, uint32_t *tag,
			       struct span *value);
/* The first object with `tag`; R_ABSENT where there is none. */
must_check enum result tlv_find(struct span in, uint32_t tag,
				struct span *value);

/* -- the files of the card ------------------------------------------------ */

enum sim_ef_id {
	SIM_ACCESS, SIM_DIR, SIM_COM, SIM_DG1, SIM_DG2, SIM_DG14, SIM_SOD,
	SIM_EF_COUNT
};

enum sim_df { SIM_MF, SIM_LDS };	/* master file, eMRTD application */

struct sim_ef {
	const char *option;	/* "dg2" */
	const char *file;	/* "EF.DG2" */
	uint16_t fid;
	uint8_t sfi;
	enum sim_df df;
	uint8_t dg;		/* number of the data group, 0 none */
	uint8_t tag;		/* outermost */
};

const struct sim_ef *sim_ef(enum sim_ef_id id);
/* By its option's name ("dg2"); SIM_EF_COUNT where there is none. */
enum sim_ef_id sim_ef_by_option(struct span name);

extern const uint8_t sim_aid[7];	/* A0000002471001 */

/* -- curves and symmetric primitives -------------------------------------- */

#define SIM_KEY    16		/* AES-128 */
#define SIM_BLOCK  16
#define SIM_MAC    8
#define SIM_FIELD  32		/* bytes of a field element, both curves */
#define SIM_POINT  (1 + 2 * SIM_FIELD)

struct sim_curve {
	uint8_t id;		/* domain parameters, 9303-11 9.5.1 */
	int nid;
	const char *option;	/* "bp256" */
	const char *group;	/* OpenSSL's name */
};

const struct sim_curve *sim_curve_by_id(unsigned int id);
const struct sim_curve *sim_curve_by_option(const char *name);

/* What follows the OID arc 0.4.0.127.0.7, as contents octets. */
extern const uint8_t sim_oid_pace[10];	/* id-PACE-ECDH-GM-AES-CBC-CMAC-128 */
extern const uint8_t sim_oid_ca[10];	/* id-CA-ECDH-AES-CBC-CMAC-128 */

/* 9303-11 9.7.1, AES-128: SHA-1(secret || counter), 16 leftmost bytes. */
must_check enum result sim_kdf(struct span secret, uint32_t counter,
			       uint8_t key[SIM_KEY]);
/* The password's key for the nonce: f is the CAN, or SHA-1 of the MRZ key. */
must_check enum result sim_kdf_can(const char *can, uint8_t key[SIM_KEY]);
must_check enum result sim_kdf_mrz(const char *mrz, uint8_t key[SIM_KEY]);

/* CBC without padding; in.n a multiple of 16, out as large, may not overlap. */
must_check enum result sim_aes_cbc(bool encrypt, const uint8_t key[SIM_KEY],
				   const uint8_t iv[SIM_BLOCK], struct span in,
				   uint8_t *out);
/* CMAC, the 8 leftmost bytes. */
must_check enum result sim_cmac(const uint8_t key[SIM_KEY], struct span in,
				uint8_t mac[SIM_MAC]);
/* 80 00 .. 00 up to the next whole block, always at least one byte. */
void sim_pad(struct sink *out, size_t from);
must_check enum result sim_unpad(struct span *in);

/* -- points: uncompressed, validated on the curve, never infinity --------- */

must_check enum result sim_point_read(const EC_GROUP *g, struct span in,
				      EC_POINT *p);
must_check enum result sim_point_write(const EC_GROUP *g, const EC_POINT *p,
				       uint8_t out[SIM_POINT]);
/* scalar x p, refused where it is infinity. */
must_check enum result sim_point_mul(const EC_GROUP *g, const EC_POINT *p,
				     const BIGNUM *scalar, EC_POINT *out);
/* 9303-11 4.4.3.3.1, generic mapping: out = nonce x G + h. */
must_check enum result sim_map_generic(const EC_GROUP *g, struct span nonce,
				       const EC_POINT *h, EC_POINT *out);
/* The x coordinate of scalar x p, left-padded: the shared secret. */
must_check enum result sim_agree(const EC_GROUP *g, const EC_POINT *p,
				 const BIGNUM *scalar,
				 uint8_t out[SIM_FIELD]);
/* 9303-11 4.4.3.4: CMAC over 7F49 { 06 oid, 86 point }. */
must_check enum result sim_pace_token(const uint8_t mac_key[SIM_KEY],
				      struct span point,
				      uint8_t token[SIM_MAC]);

/* Where randomness comes from: a test can replay a worked example. */
typedef enum result sim_random_fn(void *with, uint8_t *out, size_t n);
must_check enum result sim_random(void *unused, uint8_t *out, size_t n);
/* A scalar in 1 .. order-1; a new BIGNUM. */
must_check enum result sim_scalar(const EC_GROUP *g, sim_random_fn *random,
				  void *with, BIGNUM **out);

#endif
