// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca.h"

#include <time.h>

#include <openssl/x509.h>

/* Days from civil, proleptic Gregorian, UTC. Not timegm(): the C library's
 * first date may open a file. */
bool csca_seconds(const ASN1_TIME *time, int64_t *out)
{
	struct tm tm;
	int64_t y, m, days;

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	y = (int64_t)tm.tm_year + 1900 - (tm.tm_mon < 2);
	m = (tm.tm_mon + 10) % 12;	/* March is 0 */
	days = 365 * y + y / 4 - y / 100 + y / 400 +
	       (153 * m + 2) / 5 + tm.tm_mday - 1 - 719468;
	*out = days * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
	return true;
}

bool csca_day(const ASN1_TIME *time, uint32_t *out)
{
	struct tm tm;

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*out = (uint32_t)((tm.tm_year + 1900) * 10000 +
			  (tm.tm_mon + 1) * 100 + tm.tm_mday);
	return true;
}

static bool soon(const ASN1_TIME *time, uint64_t now)
{
	int64_t at;

	return csca_seconds(time, &at) &&
	       at < (int64_t)now + CSCA_SOON_S;
}

/* The same issuer has said more since. */
static bool superseded(const struct csca_store *store, size_t i)
{
	X509_CRL *crl = csca_crl(store, i);

	for (size_t k = 0; k < csca_crl_count(store); k++) {
		X509_CRL *other = csca_crl(store, k);
		int64_t was, is;

		if (X509_NAME_cmp(X509_CRL_get_issuer(crl),
				  X509_CRL_get_issuer(other)) == 0 &&
		    csca_seconds(X509_CRL_get0_lastUpdate(crl), &was) &&
		    csca_seconds(X509_CRL_get0_lastUpdate(other), &is) &&
		    is > was)
			return true;
	}
	return false;
}

size_t csca_expiring(const struct csca_store *store, uint64_t now)
{
	size_t count = 0;

	for (size_t i = 0; i < csca_count(store); i++)
		count += soon(X509_get0_notAfter(csca_anchor(store, i)->cert),
			      now);
	for (size_t i = 0; i < csca_crl_count(store); i++)
		count += soon(X509_CRL_get0_nextUpdate(csca_crl(store, i)),
			      now) && !superseded(store, i);
	return count;
}
