// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca_item.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

static const struct {
	int nid;
	const char *name;
} digests[] = {
	{ NID_sha1, "sha1" }, { NID_sha224, "sha224" },
	{ NID_sha256, "sha256" }, { NID_sha384, "sha384" },
	{ NID_sha512, "sha512" },
};

static const char *digest_name(const X509_ALGOR *alg)
{
	int nid = csca_signature_digest(alg);

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (digests[i].nid == nid)
			return digests[i].name;
	return "unknown";
}

/* "rsa-4096 sha256": a key, and how something is signed. */
static void algorithm_line(const EVP_PKEY *key, const X509_ALGOR *alg,
			   char *out, size_t cap)
{
	char curve[64];
	size_t n;

	switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		snprintf(out, cap, "rsa-%d %s", EVP_PKEY_get_bits(key),
			 digest_name(alg));
		return;
	case EVP_PKEY_EC:
		if (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &n) != 1)
			strcpy(curve, "unnamed");
		snprintf(out, cap, "ecdsa-%.18s %s", curve, digest_name(alg));
		return;
	default:
		snprintf(out, cap, "unknown %s", digest_name(alg));
	}
}

/* EXPIRED or EXPIRING, or neither. */
static uint32_t time_flags(const ASN1_TIME *until, uint64_t now)
{
	int64_t at;

	if (!csca_seconds(until, &at))
		return 0;
	if (at < (int64_t)now)
		return ITEM_EXPIRED;
	return at < (int64_t)now + CSCA_SOON_S ? ITEM_EXPIRING : 0;
}

static void put_day(const ASN1_TIME *time, uint32_t *out)
{
	if (!csca_day(time, out))
		*out = 0;
}

/* As it is compared with what the authority publishes; "" where it is longer
 * than any that is allowed (RFC 5280 4.1.2.2: 20 octets). */
static void serial_line(const ASN1_INTEGER *serial, char *out, size_t cap)
{
	size_t n = (size_t)ASN1_STRING_length(serial);

	if (n > 0 && 2 * n < cap)
		hex_encode(span_of(ASN1_STRING_get0_data(serial), n), out);
}

/* Self-signed, or signed by another of the store, or neither. */
static uint32_t signed_by(const struct csca_store *store, X509 *cert)
{
	int tries = CSCA_LINK_TRIES;
	uint32_t flags = 0;

	if (X509_self_signed(cert, 1) == 1)
		flags = ITEM_SELF_SIGNED;
	for (size_t i = 0; i < csca_count(store) && !flags && tries; i++) {
		X509 *ca = csca_anchor(store, i)->cert;

		if (X509_NAME_cmp(X509_get_subject_name(ca),
				  X509_get_issuer_name(cert)) != 0)
			continue;
		tries--;
		if (X509_verify(cert, X509_get0_pubkey(ca)) == 1)
			flags = ITEM_LINK;
	}
	ERR_clear_error();
	return flags;
}

enum result csca_item_cert(const struct csca_store *store, X509 *cert,
			   uint64_t now, const struct csca_strength *weak,
			   struct msg_item *out)
{
	struct msg_item m = { .kind = ITEM_ANCHOR };
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const X509_ALGOR *alg;
	uint8_t hash[32];
	unsigned int n;

	if (X509_digest(cert, EVP_sha256(), hash, &n) != 1)
		return R_INTERNAL;
	hex_encode(SPAN(hash), m.sha256);
	X509_get0_signature(NULL, &alg, cert);
	algorithm_line(key, alg, m.algorithm, sizeof(m.algorithm));
	m.flags = time_flags(X509_get0_notAfter(cert), now) |
		  signed_by(store, cert);
	/* its own signature verifies nothing: the key does */
	if (!csca_key_strong(key, weak))
		m.flags |= ITEM_WEAK;
	put_day(X509_get0_notBefore(cert), &m.from);
	put_day(X509_get0_notAfter(cert), &m.until);
	serial_line(X509_get0_serialNumber(cert), m.serial, sizeof(m.serial));
	csca_country(cert, m.country);
	csca_subject(cert, m.subject, sizeof(m.subject));
	*out = m;
	return R_OK;
}

enum result csca_item_crl(X509_CRL *crl, const X509 *signer, uint64_t now,
			  const struct csca_strength *weak,
			  struct msg_item *out)
{
	struct msg_item m = { .kind = ITEM_CRL };
	const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	const X509_ALGOR *alg;
	uint8_t hash[32];
	unsigned int n;

	if (X509_CRL_digest(crl, EVP_sha256(), hash, &n) != 1)
		return R_INTERNAL;
	hex_encode(SPAN(hash), m.sha256);
	X509_CRL_get0_signature(crl, NULL, &alg);
	algorithm_line(signer ? X509_get0_pubkey(signer) : NULL, alg,
		       m.algorithm, sizeof(m.algorithm));
	m.flags = time_flags(X509_CRL_get0_nextUpdate(crl), now);
	if (signer ? !csca_signature_strong(alg, signer, weak)
		   : !csca_digest_strong(csca_signature_digest(alg), weak))
		m.flags |= ITEM_WEAK;
	/* it must not take the place of a whole one */
	if (!csca_crl_whole(crl))
		m.flags |= ITEM_WEAK;
	m.entries = entries ? (uint32_t)sk_X509_REVOKED_num(entries) : 0;
	put_day(X509_CRL_get0_lastUpdate(crl), &m.from);
	put_day(X509_CRL_get0_nextUpdate(crl), &m.until);
	csca_name_country(X509_CRL_get_issuer(crl), m.country);
	csca_name_line(X509_CRL_get_issuer(crl), m.subject,
		       sizeof(m.subject));
	*out = m;
	return R_OK;
}
