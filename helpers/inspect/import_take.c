// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/import_take.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/refuse.h"
#include "base/scope.h"

SCOPE_FREE(X509 *, X509_free);
SCOPE_FREE(X509_CRL *, X509_CRL_free);

/* Its hash as of what was parsed: an encoding that OpenSSL reads and would
 * write otherwise is not the DER that fingerprints are made of. */
static bool same_hash(const struct import_object *o, const uint8_t *sha256)
{
	return memcmp(o->sha256, sha256, sizeof(o->sha256)) == 0;
}

static X509 *parse_cert(const struct import_object *o)
{
	const unsigned char *p = o->der.p;
	X509 *cert = d2i_X509(NULL, &p, (long)o->der.n);
	uint8_t sha256[32];

	ERR_clear_error();
	if (cert && (X509_digest(cert, EVP_sha256(), sha256, NULL) != 1 ||
		     refused(!same_hash(o, sha256)))) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

static X509_CRL *parse_crl(const struct import_object *o)
{
	const unsigned char *p = o->der.p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)o->der.n);
	uint8_t sha256[32];

	ERR_clear_error();
	if (crl && (X509_CRL_digest(crl, EVP_sha256(), sha256, NULL) != 1 ||
		    refused(!same_hash(o, sha256)))) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	return crl;
}

enum import_verdict import_take_cert(struct csca_store *store,
				     const struct import_object *o,
				     const char *country,
				     const struct import_rules *rules)
{
	scoped(scope_X509_free) X509 *cert = parse_cert(o);
	char is[3];

	if (!cert)
		return IMPORT_BAD;
	csca_country(cert, is);
	refuse_if(strcmp(is, country) != 0, IMPORT_OTHER_COUNTRY);
	refuse_if(rules->signer && !o->vouched &&
			  !master_list_vouched(cert, rules->signer,
					       &rules->weak),
		  IMPORT_BAD);
	return csca_add_cert(store, o->der) == CSCA_BAD_NONE ? IMPORT_TAKEN
							     : IMPORT_BAD;
}

static bool has_issuer(const struct csca_store *store, const X509_CRL *crl)
{
	for (size_t i = 0; i < csca_count(store); i++)
		if (X509_NAME_cmp(X509_get_subject_name(
					  csca_anchor(store, i)->cert),
				  X509_CRL_get_issuer(crl)) == 0)
			return true;
	return false;
}

enum import_verdict import_take_crl(struct csca_store *store,
				    const struct import_object *o,
				    const char *country, X509_CRL **crl,
				    X509 **signer)
{
	scoped(scope_X509_CRL_free) X509_CRL *c = parse_crl(o);
	X509 *by = NULL;
	char is[3];

	if (!c)
		return IMPORT_BAD;
	csca_name_country(X509_CRL_get_issuer(c), is);
	refuse_if(strcmp(is, country) != 0, IMPORT_OTHER_COUNTRY);
	if (has_issuer(store, c)) {
		if (csca_add_crl(store, o->der) != CSCA_BAD_NONE)
			return IMPORT_BAD;
		by = csca_crl_signer(store, csca_crl_count(store) - 1);
	}
	*signer = by;
	*crl = c;
	c = NULL;
	return IMPORT_TAKEN;
}
