// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/refuse.h"

struct csca_store {
	size_t count, crls;
	struct csca_anchor anchor[CSCA_MAX];	/* sorted by sha256 */
	struct {
		X509_CRL *crl;
		X509 *signer;			/* of anchor[] */
	} crl[CSCA_CRL_MAX];
};

/* What a CRL must be to be kept at all; whether it counts is the rules'. */
static const struct csca_strength least = { true, true };

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What the C library asks of the system once, asked before the sandbox: its
 * first date opens a file, its first sorting of a kilobyte or more (a CRL's
 * serial numbers) wants the size of the memory. */
static void warm_libc(void)
{
	int numbers[1024] = { 0 };

	tzset();
	qsort(numbers, sizeof(numbers) / sizeof(numbers[0]),
	      sizeof(numbers[0]), by_value);
}

enum result csca_new(struct csca_store **out)
{
	struct csca_store *s;

	/* No openssl.cnf: it could bring other providers in, and would be
	 * opened late. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
				OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
		return R_INTERNAL;
	warm_libc();
	s = calloc(1, sizeof(*s));
	if (!s)
		return R_INTERNAL;
	*out = s;
	return R_OK;
}

void csca_free(struct csca_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		X509_free(store->anchor[i].cert);
	for (size_t i = 0; i < store->crls; i++)
		X509_CRL_free(store->crl[i].crl);
	free(store);
}

/* Where `sha256` stands, or would: *found tells which. */
static size_t anchor_place(const struct csca_store *s, const uint8_t *sha256,
			   bool *found)
{
	size_t i = 0;
	int cmp = 1;

	while (i < s->count &&
	       (cmp = memcmp(s->anchor[i].sha256, sha256, 32)) < 0)
		i++;
	*found = i < s->count && cmp == 0;
	return i;
}

static enum csca_bad store_cert(struct csca_store *s, X509 *cert)
{
	uint8_t sha256[32];
	unsigned int n = sizeof(sha256);
	bool found;
	size_t at;

	/* 1: a version 3 CA by basicConstraints, may sign certificates. */
	refuse_if(X509_check_ca(cert) != 1, CSCA_BAD_NOT_CA);
	if (X509_digest(cert, EVP_sha256(), sha256, &n) != 1)
		return CSCA_BAD_FORMAT;
	at = anchor_place(s, sha256, &found);
	if (found)
		return CSCA_BAD_NONE;
	refuse_if(s->count == CSCA_MAX, CSCA_BAD_TOO_MANY);
	if (X509_up_ref(cert) != 1)
		return CSCA_BAD_FORMAT;
	memmove(&s->anchor[at + 1], &s->anchor[at],
		(s->count - at) * sizeof(s->anchor[0]));
	s->anchor[at].cert = cert;
	memcpy(s->anchor[at].sha256, sha256, sizeof(sha256));
	s->count++;
	return CSCA_BAD_NONE;
}

enum csca_bad csca_add_cert(struct csca_store *store, struct span der)
{
	const unsigned char *p = der.p;
	enum csca_bad bad = CSCA_BAD_FORMAT;
	X509 *cert = NULL;

	if (der.n > 0 && der.n <= CSCA_FILE_MAX)
		cert = d2i_X509(NULL, &p, (long)der.n);
	if (cert && !refused(p != der.p + der.n))
		bad = store_cert(store, cert);
	X509_free(cert);
	ERR_clear_error();
	return bad;
}

/* A CRL only ever refuses, but one that anybody could have written would
 * lock a State's citizens out: an anchor must have signed it. */
static X509 *crl_signer(const struct csca_store *s, X509_CRL *crl)
{
	const X509_ALGOR *alg;

	X509_CRL_get0_signature(crl, NULL, &alg);
	for (size_t i = 0; i < s->count; i++) {
		X509 *ca = s->anchor[i].cert;

		if (X509_NAME_cmp(X509_get_subject_name(ca),
				  X509_CRL_get_issuer(crl)) == 0 &&
		    csca_signature_strong(alg, ca, &least) &&
		    X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1)
			return ca;
	}
	return NULL;
}

static enum csca_bad store_crl(struct csca_store *s, X509_CRL *crl)
{
	X509 *signer = crl_signer(s, crl);

	refuse_if(!signer, CSCA_BAD_CRL_SIGNER);
	refuse_if(s->crls == CSCA_CRL_MAX, CSCA_BAD_TOO_MANY);
	if (X509_CRL_up_ref(crl) != 1)
		return CSCA_BAD_FORMAT;
	s->crl[s->crls].crl = crl;
	s->crl[s->crls++].signer = signer;
	return CSCA_BAD_NONE;
}

enum csca_bad csca_add_crl(struct csca_store *store, struct span der)
{
	const unsigned char *p = der.p;
	enum csca_bad bad = CSCA_BAD_FORMAT;
	X509_CRL *crl = NULL;

	if (der.n > 0 && der.n <= CSCA_FILE_MAX)
		crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (crl && !refused(p != der.p + der.n))
		bad = store_crl(store, crl);
	X509_CRL_free(crl);
	ERR_clear_error();
	return bad;
}

size_t csca_count(const struct csca_store *store)
{
	return store->count;
}

const struct csca_anchor *csca_anchor(const struct csca_store *store,
				      size_t i)
{
	return &store->anchor[i];
}

size_t csca_crl_count(const struct csca_store *store)
{
	return store->crls;
}

X509_CRL *csca_crl(const struct csca_store *store, size_t i)
{
	return store->crl[i].crl;
}

X509 *csca_crl_signer(const struct csca_store *store, size_t i)
{
	return store->crl[i].signer;
}
