// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/*
 * Active Authentication: any key of a DG15 and any answer of the chip. The
 * first octet: bits 0 to 2 the hash that the signed DG14 names (0 none), 8
 * SHA-1 and 16 small keys are accepted, 32 the rest is a message
 * representative that is signed here with a key of ours, so that what stands
 * behind the RSA operation is reached. Else two octets of length and the key,
 * then the answer.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "emrtd/active_auth.h"

#define OUR_BITS 1024
#define OUR_SIZE (OUR_BITS / 8)
#define SPKI_MAX 2048

enum { ARC = 7, WITH_SHA1 = 8, SMALL = 16, SIGNED = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t challenge[AA_CHALLENGE] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static EVP_PKEY *our_key(void)
{
	static EVP_PKEY *key;

	if (!key)
		key = EVP_RSA_gen(OUR_BITS);
	if (!key)
		abort();
	return key;
}

/* F to the private exponent; R_MALFORMED where F is no number below n. */
static enum result sign(struct span f, uint8_t out[OUR_SIZE])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(our_key(), NULL);
	size_t n = OUR_SIZE;
	enum result r = R_MALFORMED;

	if (!ctx || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1)
		abort();
	if (f.n == OUR_SIZE && EVP_PKEY_sign(ctx, out, &n, f.p, f.n) == 1)
		r = R_OK;
	EVP_PKEY_CTX_free(ctx);
	return r;
}

static struct security_infos infos_of(uint8_t arc)
{
	static const uint8_t oids[][10] = {
#define PLAIN_ECDSA(arc) { 4, 0, 0x7f, 0, 7, 1, 1, 4, 1, arc }
		PLAIN_ECDSA(0), PLAIN_ECDSA(1), PLAIN_ECDSA(2), PLAIN_ECDSA(3),
		PLAIN_ECDSA(4), PLAIN_ECDSA(5), PLAIN_ECDSA(6), PLAIN_ECDSA(7),
	};
	struct security_infos s = { .count = 1 };

	s.info[0].kind = INFO_ACTIVE_AUTH;
	s.info[0].version = 1;
	s.info[0].signature_oid = SPAN(oids[arc]);
	return s;
}

static void judge(uint8_t how, struct span spki, struct span answer)
{
	const struct active_auth_rules rules = {
		.sha1 = how & WITH_SHA1, .small_keys = how & SMALL,
	};
	const struct security_infos infos = infos_of(how & ARC);
	char name[AA_NAME_MAX] = "";
	struct command c;
	enum result r;

	if (active_auth_command(spki, challenge, &c) == R_OK &&
	    (c.data.p != challenge || (c.le != 256 && c.le != 65536)))
		abort();
	r = active_auth_verify(spki, how & ARC ? &infos : NULL, &rules,
			       challenge, answer, name);
	if ((r == R_OK) != (name[0] != '\0') ||
	    strnlen(name, sizeof(name)) == sizeof(name))
		abort();
	/* a proof is never weaker than the rules */
	if (r == R_OK && !rules.sha1 && strstr(name, "SHA-1"))
		abort();
	if (r == R_OK && !rules.small_keys && strstr(name, "RSA-1"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), spki;
	uint8_t how, signature[OUR_SIZE], *own = NULL;
	uint16_t n;
	int own_n;

	if (span_u8(&in, &how) != R_OK)
		return 0;
	if (how & SIGNED) {
		if (sign(in, signature) != R_OK)
			return 0;
		own_n = i2d_PUBKEY(our_key(), &own);
		if (own_n <= 0)
			abort();
		judge(how, span_of(own, (size_t)own_n), SPAN(signature));
		OPENSSL_free(own);
		return 0;
	}
	if (span_u16(&in, &n) == R_OK && span_take(&in, n, &spki) == R_OK)
		judge(how, spki, in);
	return 0;
}
