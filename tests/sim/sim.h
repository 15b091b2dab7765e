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
	SIM_ACCESS, SIM_SECURITY, SIM_ATR, SIM_DIR, SIM_COM, SIM_DG1, SIM_DG2,
	SIM_DG11, SIM_DG14, SIM_DG15, SIM_SOD,
	SIM_EF_COUNT
};

enum sim_df { SIM_MF, SIM_LDS };	/* master file, eMRTD application */

struct sim_ef {
	const char *option;	/* "dg2", "cardsecurity", "atr" */
	const char *file;	/* "EF.DG2" */
	uint16_t fid;
	uint8_t sfi;
	enum sim_df df;
	uint8_t dg;		/* number of the data group, 0 none */
	uint8_t tag;		/* outermost; 0: EF.ATR/INFO has several */
};

const struct sim_ef *sim_ef(enum sim_ef_id id);
/* By its option's name ("dg2"); SIM_EF_COUNT where there is none. */
enum sim_ef_id sim_ef_by_option(struct span name);

extern const uint8_t sim_aid[7];	/* A0000002471001 */

/* -- domain parameters: curves and DH groups ------------------------------- */

#define SIM_PUBLIC_MAX 256	/* y of 2048 bits; P-521's point has 133 */
#define SIM_SCALAR_MAX 66	/* P-521 */
#define SIM_SHARED_MAX 256

struct sim_domain {
	uint8_t id;		/* 9303-11 9.5.1, table 6 */
	const char *option;	/* "bp256", "dh1" */
	const char *group;	/* OpenSSL's name */
	int nid;		/* a curve's; NID_undef: a DH group */
	bool ec;
	size_t field;		/* bytes of p: of a shared secret too */
	size_t scalar;		/* bytes of the order: of a private key */
	size_t public;		/* bytes of a public key, written whole */
};

const struct sim_domain *sim_domain_by_id(unsigned int id);
const struct sim_domain *sim_domain_by_option(struct span name);
/* p, g and q of a DH group, big-endian without leading zeros. */
void sim_dh_group(const struct sim_domain *d, struct span *p, struct span *g,
		  struct span *q);

/*
 * Public keys and generators as bytes: an uncompressed point, or y padded to
 * p. The functions check what comes from outside: on the curve and not
 * infinity, 1 < y < p - 1 and in the subgroup; else R_MALFORMED. A scalar has
 * d->scalar bytes, an output d->public (secrets: d->field).
 */
struct sim_public {
	uint8_t p[SIM_PUBLIC_MAX];
	size_t n;
};
struct span sim_public_span(const struct sim_public *k);
/* As a chip or terminal sends it: y may lack leading zeros. */
must_check enum result sim_public_read(const struct sim_domain *d,
				       struct span in, struct sim_public *out);
/* scalar x base; base NULL: the standard generator. */
must_check enum result sim_multiply(const struct sim_domain *d,
				    const struct sim_public *base,
				    struct span scalar,
				    struct sim_public *out);
/* 9303-11 9.6: the X coordinate of scalar x peer, or y; d->field bytes. */
must_check enum result sim_agree(const struct sim_domain *d,
				 const struct sim_public *peer,
				 struct span scalar,
				 uint8_t out[SIM_SHARED_MAX]);
/* 4.4.3.3.1, generic mapping: nonce x G + scalar x peer. */
must_check enum result sim_map_generic(const struct sim_domain *d,
				       struct span nonce, struct span scalar,
				       const struct sim_public *peer,
				       struct sim_public *out);
/* 4.4.3.5.1: scalar = map x key^-1 mod order, what CAM sends encrypted. */
must_check enum result sim_cam_scalar(const struct sim_domain *d,
				      struct span key, struct span map,
				      uint8_t out[SIM_SCALAR_MAX]);

/* Where randomness comes from: a test can replay a worked example. */
typedef enum result sim_random_fn(void *with, uint8_t *out, size_t n);
must_check enum result sim_random(void *unused, uint8_t *out, size_t n);
/* A scalar in 1 .. order-1, d->scalar bytes. */
must_check enum result sim_scalar(const struct sim_domain *d,
				  sim_random_fn *random, void *with,
				  uint8_t out[SIM_SCALAR_MAX]);

/* -- symmetric primitives -------------------------------------------------- */

enum sim_cipher { SIM_3DES, SIM_AES128, SIM_AES192, SIM_AES256 };

#define SIM_KEY_MAX   32
#define SIM_BLOCK_MAX 16
#define SIM_MAC       8

struct sim_key {
	enum sim_cipher cipher;
	uint8_t p[SIM_KEY_MAX];
};
size_t sim_key_size(enum sim_cipher c);		/* 16 16 24 32 */
size_t sim_block_size(enum sim_cipher c);	/* 8 for 3DES, else 16 */

/* 9303-11 9.7.1: hash(secret || counter), as many bytes as the key has. */
must_check enum result sim_kdf(enum sim_cipher c, struct span secret,
			       uint32_t counter, struct sim_key *out);
/* The password's key for the nonce: f is the CAN, or SHA-1 of the MRZ key. */
must_check enum result sim_kdf_can(enum sim_cipher c, const char *can,
				   struct sim_key *out);
must_check enum result sim_kdf_mrz(enum sim_cipher c, const char *mrz,
				   struct sim_key *out);
/* CBC without padding; in.n whole blocks, out as large, may not overlap. iv
 * NULL: zeros. */
must_check enum result sim_cbc(const struct sim_key *k, bool encrypt,
			       const uint8_t *iv, struct span in,
			       uint8_t *out);
/* Retail MAC over whole blocks (no padding here); CMAC's 8 leftmost bytes. */
must_check enum result sim_mac(const struct sim_key *k, struct span in,
			       uint8_t mac[SIM_MAC]);
/* 80 00 .. 00 up to the next whole block, always at least one byte. */
void sim_pad(enum sim_cipher c, struct sink *out, size_t from);
must_check enum result sim_unpad(enum sim_cipher c, struct span *in);
/* "sha1" .. "sha512": OpenSSL's name, NULL none. */
const char *sim_digest(struct span name);

/* -- protocols as text ----------------------------------------------------- */

enum sim_mapping { SIM_GM, SIM_IM, SIM_CAM };

/* PACE: "gm-ecdh-aes128:bp256"; Chip Authentication: "ecdh-aes128:bp256". */
struct sim_protocol {
	enum sim_mapping mapping;	/* PACE's */
	enum sim_cipher cipher;
	const struct sim_domain *domain;
	uint8_t oid[10];	/* contents octets, from 0.4.0.127.0.7 on */
};
#define SIM_PROTOCOLS_MAX 24

/* R_MALFORMED: no such protocol (CAM has no 3DES and no DH, IM no P-224). */
must_check enum result sim_pace_parse(struct span text,
				      struct sim_protocol *out);
must_check enum result sim_ca_parse(struct span text,
				    struct sim_protocol *out);
/* A list with commas; empty or "none": count 0. */
must_check enum result sim_pace_list(const char *text,
			struct sim_protocol out[SIM_PROTOCOLS_MAX],
			size_t *count);
/* The element of a list with commas that starts at *list; *list moves on.
 * False: nothing is left. */
bool sim_list_next(const char **list, struct span *element);

/* The integrated mapping, 9303-11 4.4.3.3.2: nonces s of the chip and t of the
 * terminal (as long as a key) to the new generator. */
must_check enum result sim_map_integrated(const struct sim_protocol *p,
					  struct span s, struct span t,
					  struct sim_public *out);
/* Bytes of the chip's nonce: 16, with IM as the key needs 16 or 32. */
size_t sim_nonce_size(const struct sim_protocol *p);
/* 9303-11 4.4.3.4: MAC over 7F49 { 06 oid, 86 or 84 public key }. */
must_check enum result sim_pace_token(const struct sim_protocol *p,
				      const struct sim_key *mac,
				      const struct sim_public *public,
				      uint8_t token[SIM_MAC]);

#endif
