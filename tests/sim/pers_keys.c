/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signature keys by name. An RSA key takes long to make, so a directory keeps
 * one of each kind: as a State does, it signs many documents.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pers.h"

SCOPE_FREE(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);

static const struct key_kind {
	const char *name, *group;
	unsigned int bits;
	bool pss;		/* signs with RSA-PSS */
	bool pss_key;		/* the key is id-RSASSA-PSS too */
} kinds[] = {
	{ "ecdsa-bp256", "brainpoolP256r1", 0, false, false },
	{ "ecdsa-p256", "P-256", 0, false, false },
	{ "ecdsa-bp320", "brainpoolP320r1", 0, false, false },
	{ "ecdsa-p384", "P-384", 0, false, false },
	{ "ecdsa-bp384", "brainpoolP384r1", 0, false, false },
	{ "ecdsa-bp512", "brainpoolP512r1", 0, false, false },
	{ "ecdsa-p521", "P-521", 0, false, false },
	/* below what readers should accept */
	{ "ecdsa-p192", "P-192", 0, false, false },
	{ "ecdsa-bp192", "brainpoolP192r1", 0, false, false },
	{ "ecdsa-p224", "P-224", 0, false, false },
	{ "ecdsa-bp224", "brainpoolP224r1", 0, false, false },
	{ "rsa-1024", NULL, 1024, false, false },
	{ "rsa", NULL, 2048, false, false },
	{ "rsa-2048", NULL, 2048, false, false },
	{ "rsa-3072", NULL, 3072, false, false },
	{ "rsa-4096", NULL, 4096, false, false },
	{ "rsa-pss", NULL, 2048, true, false },
	{ "rsa-pss-2048", NULL, 2048, true, false },
	{ "rsa-pss-3072", NULL, 3072, true, false },
	{ "rsa-pss-4096", NULL, 4096, true, false },
	{ "rsa-pss-key", NULL, 2048, true, true },
};

static const struct key_kind *kind_of(const char *alg)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, alg) == 0)
			return &kinds[i];
	pers_fail(R_MALFORMED, "unknown algorithm %s", alg);
	return NULL;
}

bool pki_is_pss(const char *alg)
{
	return strncmp(alg, "rsa-pss", 7) == 0;
}

static EVP_PKEY *new_key(const struct key_kind *k)
{
	scoped(scope_EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;

	if (k->group)
		return EVP_EC_gen(k->group);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, k->pss_key ? "RSA-PSS" : "RSA",
					 NULL);
	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)k->bits) <= 0 ||
	    EVP_PKEY_keygen(ctx, &key) <= 0)
		return NULL;
	return key;
}

enum result pki_key(const char *alg, bool explicit_params, EVP_PKEY **out)
{
	const struct key_kind *k = kind_of(alg);
	EVP_PKEY *key = k ? new_key(k) : NULL;

	if (!k)
		return R_MALFORMED;
	if (key && k->group && explicit_params &&
	    !EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
					    OSSL_PKEY_EC_ENCODING_EXPLICIT)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	if (!key)
		return R_INTERNAL;
	*out = key;
	return R_OK;
}

enum result pki_kept_key(const char *dir, const char *use, const char *alg,
			 bool explicit_params, EVP_PKEY **out)
{
	const struct key_kind *k = kind_of(alg);
	char name[64];
	enum result r;

	if (!k)
		return R_MALFORMED;
	if (k->group)
		return pki_key(alg, explicit_params, out);
	snprintf(name, sizeof(name), "%s-rsa-%s%u.pem", use,
		 k->pss_key ? "pss-" : "", k->bits);
	*out = pki_load_key(dir, name);
	if (*out)
		return R_OK;
	r = pki_key(alg, false, out);
	return r == R_OK ? pki_save_key(dir, name, *out) : r;
}

EVP_PKEY *pki_load_key(const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "re");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	return key;
}

/* Under another name first: another process may be reading. */
enum result pki_save_key(const char *dir, const char *name, EVP_PKEY *key)
{
	char path[4096], part[4112];
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(part, sizeof(part), "%s.%d", path, (int)getpid());
	FILE *f = fopen(part, "we");
	ok = f && PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL,
					    NULL) == 1;
	if (f && fclose(f) != 0)
		ok = false;
	return ok && rename(part, path) == 0
		? R_OK : pers_fail(R_INTERNAL, "can't write %s", path);
}

enum result pki_sign_start(EVP_MD_CTX *ctx, EVP_PKEY *key, const EVP_MD *md,
			   bool pss)
{
	EVP_PKEY_CTX *with = NULL;

	if (!ctx || EVP_DigestSignInit(ctx, &with, md, NULL, key) <= 0)
		return R_INTERNAL;
	if (!pss)
		return R_OK;
	if (EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST) <=
		    0)
		return R_INTERNAL;
	return R_OK;
}
