// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/master_list.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/refuse.h"
#include "lds/tlv.h"

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

/* icao-mrtd-security: cscaMasterList and cscaMasterListSigningKey */
static const struct span oid_list = OID("\x67\x81\x08\x01\x01\x02");
static const struct span oid_signing = OID("\x67\x81\x08\x01\x01\x03");

static bool may_sign_lists(X509 *cert)
{
	EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(cert, NID_ext_key_usage,
						     NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++)
		found |= oid_is(sk_ASN1_OBJECT_value(usage, i), oid_signing);
	EXTENDED_KEY_USAGE_free(usage);
	return found;
}

bool master_list_vouched(X509 *cert, X509 *by,
			 const struct csca_strength *weak)
{
	const X509_ALGOR *alg;
	bool ok;

	if (X509_cmp(cert, by) == 0)
		return true;
	X509_get0_signature(NULL, &alg, cert);
	ok = X509_check_issued(by, cert) == X509_V_OK &&
	     csca_signature_strong(alg, by, weak) &&
	     X509_verify(cert, X509_get0_pubkey(by)) == 1;
	ERR_clear_error();
	return ok;
}

static enum reason check_signer(X509 *signer, X509 *by, uint64_t now,
				const struct csca_strength *weak)
{
	int64_t from, until;

	refuse_if(!may_sign_lists(signer), REASON_SOD_SIGNATURE);
	refuse_if(X509_check_ca(signer) != 0, REASON_SOD_SIGNATURE);
	if (!csca_seconds(X509_get0_notBefore(signer), &from) ||
	    !csca_seconds(X509_get0_notAfter(signer), &until))
		return REASON_SOD_MALFORMED;
	refuse_if((int64_t)now < from, REASON_CERT_EXPIRED);
	refuse_if((int64_t)now > until, REASON_CERT_EXPIRED);
	refuse_if(by && !master_list_vouched(signer, by, weak),
		  REASON_CSCA_UNKNOWN);
	return REASON_NONE;
}

static enum result list_parse(struct span der, struct span *certificates)
{
	struct span body, set;
	uint32_t version;

	if (tlv_only(der, DER_SEQUENCE, &body) != R_OK ||
	    der_uint(&body, &version) != R_OK ||
	    tlv_only(body, DER_SET, &set) != R_OK)
		return R_MALFORMED;
	refuse_if(version != 0, R_MALFORMED);
	*certificates = set;
	return R_OK;
}

enum reason master_list_open(struct span der, X509 *by, uint64_t now,
			     const struct csca_strength *weak,
			     struct signed_data *sd,
			     struct span *certificates)
{
	enum reason why;

	refuse_if(der.n > MASTER_LIST_MAX, REASON_SOD_MALFORMED);
	why = signed_data_open(der, oid_list, MASTER_LIST_CERTS_MAX, sd);
	if (why == REASON_NONE)
		why = check_signer(sd->signer, by, now, weak);
	if (why == REASON_NONE)
		why = signed_data_verify(sd, weak);
	if (why == REASON_NONE && list_parse(sd->content, certificates) != R_OK)
		why = REASON_SOD_MALFORMED;
	return why;
}
