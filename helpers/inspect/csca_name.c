// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

static char capital(unsigned char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return c >= 'A' && c <= 'Z' ? (char)c : '\0';
}

void csca_name_country(const X509_NAME *name, char out[3])
{
	int at = X509_NAME_get_index_by_NID(name, NID_countryName, -1);
	const ASN1_STRING *s;
	const unsigned char *p;

	memset(out, 0, 3);
	if (at < 0 ||
	    X509_NAME_get_index_by_NID(name, NID_countryName, at) >= 0)
		return;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	if (!s || ASN1_STRING_length(s) != 2)
		return;
	/* capitals by 9303-12 7.1, small letters in practice */
	p = ASN1_STRING_get0_data(s);
	if (capital(p[0]) && capital(p[1])) {
		out[0] = capital(p[0]);
		out[1] = capital(p[1]);
	}
}

void csca_country(const X509 *cert, char out[3])
{
	csca_name_country(X509_get_subject_name(cert), out);
}

void csca_name_line(const X509_NAME *name, char *out, size_t cap)
{
	char line[512];	/* cut before it, and again to the caller's room */
	size_t i;

	if (!X509_NAME_oneline(name, line, sizeof(line)))
		line[0] = '\0';
	for (i = 0; i + 1 < cap && line[i]; i++)
		out[i] = line[i] >= 0x20 && line[i] < 0x7f ? line[i] : '?';
	if (cap > 0)
		out[i] = '\0';
	ERR_clear_error();
}

void csca_subject(const X509 *cert, char *out, size_t cap)
{
	csca_name_line(X509_get_subject_name(cert), out, cap);
}

const char *csca_bad_text(enum csca_bad why)
{
	switch (why) {
	case CSCA_BAD_NONE:
		return "good";
	case CSCA_BAD_OPEN:
		return "can't be read, or is not a regular file";
	case CSCA_BAD_SIZE:
		return "is empty or too large";
	case CSCA_BAD_FORMAT:
		return "is no certificate or CRL in DER or PEM";
	case CSCA_BAD_NOT_CA:
		return "is not the certificate of a certification authority";
	case CSCA_BAD_CRL_SIGNER:
		return "is a CRL that no certificate of the store signed";
	case CSCA_BAD_TOO_MANY:
		return "is beyond the number of files that are read";
	}
	return "is not known";
}
