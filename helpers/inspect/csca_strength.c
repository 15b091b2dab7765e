// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/refuse.h"

#define RSA_BITS_MIN  2048
#define RSA_BITS_WEAK 1024
#define RSA_BITS_MAX  8192	/* larger only costs time: 9303-12 ends at 4096 */

#define PSS_SALT_DEFAULT 20	/* RFC 4055 3.1, where they are left out */
#define PSS_TRAILER	 1

static const int digests[] = {
	NID_sha224, NID_sha256, NID_sha384, NID_sha512
};

/* As EVP_PKEY_get_group_name() calls them. */
static const struct {
	const char *name;
	bool small;
} curves[] = {
	{ "prime256v1", false }, { "secp384r1", false },
	{ "secp521r1", false }, { "brainpoolP256r1", false },
	{ "brainpoolP320r1", false }, { "brainpoolP384r1", false },
	{ "brainpoolP512r1", false },
	{ "prime192v1", true }, { "secp224r1", true },
	{ "brainpoolP192r1", true }, { "brainpoolP224r1", true },
};

static const struct csca_algorithm algorithms[] = {
	{ NID_rsaEncryption, NID_undef, "rsa", false, false },
	{ NID_sha1WithRSAEncryption, NID_sha1, "rsa", false, false },
	{ NID_sha224WithRSAEncryption, NID_sha224, "rsa", false, false },
	{ NID_sha256WithRSAEncryption, NID_sha256, "rsa", false, false },
	{ NID_sha384WithRSAEncryption, NID_sha384, "rsa", false, false },
	{ NID_sha512WithRSAEncryption, NID_sha512, "rsa", false, false },
	{ NID_rsassaPss, NID_undef, "rsa-pss", false, true },
	{ NID_ecdsa_with_SHA1, NID_sha1, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA224, NID_sha224, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA256, NID_sha256, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA384, NID_sha384, "ecdsa", true, false },
	{ NID_ecdsa_with_SHA512, NID_sha512, "ecdsa", true, false },
};

bool csca_digest_strong(int nid, const struct csca_strength *weak)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (digests[i] == nid)
			return true;
	refuse_if(nid != NID_sha1 || !weak->sha1, false);
	return true;
}

bool csca_key_strong(const EVP_PKEY *key, const struct csca_strength *weak)
{
	char name[64];
	size_t n;
	int bits;

	switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		bits = EVP_PKEY_get_bits(key);
		refuse_if(bits < (weak->small_keys ? RSA_BITS_WEAK
						   : RSA_BITS_MIN), false);
		refuse_if(bits > RSA_BITS_MAX, false);
		return true;
	case EVP_PKEY_EC:
		/* OpenSSL compares all of explicit parameters, the generator
		 * too, and gives no name where one differs. */
		if (EVP_PKEY_get_group_name(key, name, sizeof(name), &n) != 1)
			return false;
		for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
			if (strcmp(curves[i].name, name) == 0) {
				refuse_if(curves[i].small &&
					  !weak->small_keys, false);
				return true;
			}
		return false;
	default:
		return false;
	}
}

const struct csca_algorithm *csca_algorithm(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid;
	int nid;

	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	nid = OBJ_obj2nid(oid);
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (algorithms[i].nid == nid)
			return &algorithms[i];
	return NULL;
}

/* -- RSASSA-PSS-params, RFC 4055 3.1 ---------------------------------------- */

struct pss {
	int hash, mask_hash;
	int64_t salt, trailer;
};

static bool number_or(const ASN1_INTEGER *n, int64_t standard, int64_t *out)
{
	*out = standard;
	return !n || ASN1_INTEGER_get_int64(out, n) == 1;
}

static int mask_hash(const X509_ALGOR *mask)
{
	const ASN1_OBJECT *oid;
	const void *value;
	X509_ALGOR *hash;
	int type, nid;

	if (!mask)
		return NID_sha1;
	X509_ALGOR_get0(&oid, &type, &value, mask);
	if (OBJ_obj2nid(oid) != NID_mgf1 || type != V_ASN1_SEQUENCE)
		return NID_undef;
	hash = ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR));
	nid = hash ? OBJ_obj2nid(hash->algorithm) : NID_undef;
	X509_ALGOR_free(hash);
	return nid;
}

/* false where they are not written out, or not well. */
static bool pss_parse(const X509_ALGOR *alg, struct pss *out)
{
	const void *value;
	RSA_PSS_PARAMS *p;
	int type;
	bool ok;

	X509_ALGOR_get0(NULL, &type, &value, alg);
	if (type != V_ASN1_SEQUENCE)
		return false;
	p = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (!p) {
		ERR_clear_error();
		return false;
	}
	out->hash = p->hashAlgorithm
			    ? OBJ_obj2nid(p->hashAlgorithm->algorithm)
			    : NID_sha1;
	out->mask_hash = mask_hash(p->maskGenAlgorithm);
	ok = number_or(p->saltLength, PSS_SALT_DEFAULT, &out->salt) &&
	     number_or(p->trailerField, PSS_TRAILER, &out->trailer);
	RSA_PSS_PARAMS_free(p);
	return ok;
}

int csca_signature_digest(const X509_ALGOR *alg)
{
	const struct csca_algorithm *a = csca_algorithm(alg);
	struct pss pss;

	if (!a)
		return NID_undef;
	if (!a->pss)
		return a->digest;
	return pss_parse(alg, &pss) ? pss.hash : NID_undef;
}

/* What an RSASSA-PSS key allows; `bound` false where it names nothing. */
static bool pss_of_key(const X509 *signer, struct pss *out, bool *bound)
{
	X509_ALGOR *alg;
	int type;

	*bound = false;
	if (X509_PUBKEY_get0_param(NULL, NULL, NULL, &alg,
				   X509_get_X509_PUBKEY(signer)) != 1)
		return false;
	X509_ALGOR_get0(NULL, &type, NULL, alg);
	if (EVP_PKEY_get_base_id(X509_get0_pubkey(signer)) !=
		    EVP_PKEY_RSA_PSS || type == V_ASN1_UNDEF)
		return true;
	*bound = true;
	return pss_parse(alg, out);
}

static bool pss_fits(const X509_ALGOR *alg, const X509 *signer)
{
	struct pss s, key;
	const EVP_MD *md;
	bool bound;

	if (!pss_parse(alg, &s) || !pss_of_key(signer, &key, &bound))
		return false;
	md = EVP_get_digestbynid(s.hash);
	if (!md)
		return false;
	refuse_if(s.mask_hash != s.hash, false);
	refuse_if(s.trailer != PSS_TRAILER, false);
	refuse_if(s.salt != EVP_MD_get_size(md) &&
		  !(bound && s.salt == key.salt), false);
	if (!bound)
		return true;
	refuse_if(key.hash != s.hash || key.mask_hash != s.hash, false);
	refuse_if(s.salt < key.salt, false);
	return true;
}

bool csca_signature_fits(const X509_ALGOR *alg, const X509 *signer)
{
	const struct csca_algorithm *a = csca_algorithm(alg);
	const EVP_PKEY *key = X509_get0_pubkey(signer);

	switch (a && key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_EC:
		refuse_if(!a->ec, false);
		return true;
	case EVP_PKEY_RSA:
		refuse_if(a->ec, false);
		return !a->pss || pss_fits(alg, signer);
	case EVP_PKEY_RSA_PSS:
		return a->pss && pss_fits(alg, signer);
	default:
		return false;
	}
}

bool csca_signature_strong(const X509_ALGOR *alg, const X509 *signer,
			   const struct csca_strength *weak)
{
	return csca_digest_strong(csca_signature_digest(alg), weak) &&
	       csca_key_strong(X509_get0_pubkey(signer), weak) &&
	       csca_signature_fits(alg, signer);
}

bool csca_crl_strong(const struct csca_store *store, size_t i,
		     const struct csca_strength *weak)
{
	const X509_ALGOR *alg;

	X509_CRL_get0_signature(csca_crl(store, i), NULL, &alg);
	return csca_signature_strong(alg, csca_crl_signer(store, i), weak);
}

bool csca_crl_whole(X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++)
		if (X509_EXTENSION_get_critical(X509_CRL_get_ext(crl, i)))
			return false;
	return true;
}
