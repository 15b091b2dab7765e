/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * personalise: make the data of one simulated card. The identities are
 * synthetic, the State does not exist, the keys are new.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "pers.h"

#define TEXT(name, member, help) \
	{ name, offsetof(struct pers_options, member), true, help }
#define FLAG(name, member, help) \
	{ name, offsetof(struct pers_options, member), false, help }

static const struct option_row {
	const char *name;
	size_t at;
	bool text;
	const char *help;
} rows[] = {
	TEXT("out", out, "DIR     the card is written here"),
	TEXT("ca", ca, "DIR      the State's keys; made when empty;"
	     " csca.cer is its certificate"),
	TEXT("state", state, "XXX   issuing State in the MRZ (UTO)"),
	TEXT("nationality", nationality, "XXX   (as --state)"),
	TEXT("country", country, "XX  country of the certificates (UT)"),
	TEXT("code", code, "XX     document code (ID)"),
	TEXT("number", number, "TEXT national number: optional data 1"),
	TEXT("document", document, "TEXT  document number"),
	TEXT("birth", birth, "YYMMDD"),
	TEXT("expiry", expiry, "YYMMDD"),
	TEXT("sex", sex, "F|M|<"),
	TEXT("name", name, "SURNAME<<GIVEN"),
	TEXT("can", can, "DIGITS  printed card access number (123456)"),
	TEXT("portrait", portrait, "FILE   JPEG or JP2 (a grey square)"),
	TEXT("pad-to", pad_to, "N   pad the picture to N bytes"),
	TEXT("pace-curve", pace_curve, "bp256|p256|bp256,p256"),
	TEXT("ca-curve", ca_curve, "bp256|p256"),
	TEXT("ca-params", ca_params, "explicit|named|standardised"),
	TEXT("ca-keyid", ca_keyid, "N   key identifier in DG14 (none)"),
	TEXT("sod-alg", sod_alg,
	     "ecdsa-bp256|ecdsa-p256|ecdsa-p224|rsa|rsa-pss|rsa-1024"),
	TEXT("digest", digest, "sha256|sha384|sha512|sha1 ..."),
	TEXT("csca-alg", csca_alg, "as --sod-alg, and rsa-4096"),
	TEXT("doctypes", doctypes, "LIST  of the signer; - for none"
	     " (as --code)"),
	TEXT("csca-from", csca_from, "YYYYMMDD  validity"),
	TEXT("csca-to", csca_to, "YYYYMMDD"),
	TEXT("dsc-from", dsc_from, "YYYYMMDD"),
	TEXT("dsc-to", dsc_to, "YYYYMMDD"),
	FLAG("explicit-params", explicit_params,
	     "EC parameters written out in certificates"),
	FLAG("crl", crl, "write csca.crl beside csca.cer"),
	FLAG("extended", extended, "the card takes extended-length APDUs"),
	FLAG("alter-dg2", alter_dg2, "as --alter dg2"),
	TEXT("alter", alter, "LIST   change a bit after signing; files are"
	     " cardaccess dir com dg1 dg2 dg14 sod"),
	TEXT("truncate", truncate, "LIST  half of the file is missing"),
	TEXT("lying-length", lying_length, "LIST  header longer than file"),
	TEXT("oversize", oversize, "LIST  256 KiB, and the header says so"),
	TEXT("withhold", withhold, "LIST  signed, but not on the card"),
	FLAG("no-sod", no_sod, "as --withhold sod"),
	FLAG("clone", clone, "the chip has another key than the signed one"),
	FLAG("unsigned-pace", unsigned_pace,
	     "DG14 has no copy of the offered PACEInfo"),
	FLAG("downgrade", downgrade,
	     "DG14 signs a PACEInfo that is not offered"),
	FLAG("no-ca", no_ca, "DG14 without Chip Authentication"),
	FLAG("no-dg14", no_dg14, "no DG14 at all"),
	FLAG("expired-dsc", expired_dsc, "the signer's certificate is over"),
	FLAG("revoked-dsc", revoked_dsc, "the signer is on csca.crl"),
	FLAG("wrong-country-dsc", wrong_country_dsc,
	     "the signer's country is XX"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int usage(FILE *to)
{
	fputs("usage: personalise --out DIR --ca DIR [options]\n", to);
	for (size_t i = 0; i < ROWS; i++)
		fprintf(to, "  --%s %s%s\n", rows[i].name,
			rows[i].text ? "" : "  ", rows[i].help);
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	struct option options[ROWS + 2] = { 0 };
	struct pers_options o = pers_defaults();
	int c, row = 0;

	for (size_t i = 0; i < ROWS; i++)
		options[i] = (struct option){ rows[i].name, rows[i].text,
					      NULL, 0 };
	options[ROWS] = (struct option){ "help", 0, NULL, 'h' };
	while ((c = getopt_long(argc, argv, "h", options, &row)) != -1) {
		if (c != 0)
			return usage(c == 'h' ? stdout : stderr);
		char *at = (char *)&o + rows[row].at;
		if (rows[row].text)
			*(const char **)(void *)at = optarg;
		else
			*(bool *)at = true;
	}
	if (optind != argc)
		return usage(stderr);
	return pers_make(&o) == R_OK ? 0 : 1;
}
