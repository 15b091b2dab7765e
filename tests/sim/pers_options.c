/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: one row an option, which is its help too.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "pers.h"

#define TEXT(name, member, help) \
	{ name, offsetof(struct pers_options, member), true, help }
#define FLAG(name, member, help) \
	{ name, offsetof(struct pers_options, member), false, help }
#define HEAD(title) { NULL, 0, false, title }

static const struct option_row {
	const char *name;	/* NULL: a heading */
	size_t at;
	bool text;
	const char *help;
} rows[] = {
	HEAD("what is made"),
	TEXT("out", out, "DIR     the card is written here"),
	TEXT("ca", ca, "DIR      the State's keys; made when empty;"
	     " csca.cer is its certificate"),
	TEXT("ca-next", ca_next, "DIR  the next generation, which signs the"
	     " card; link.cer is signed by --ca's"),
	TEXT("master-list", master_list, "FILE  a CMS list of CSCAs instead"
	     " of a card, --ca's among them"),
	TEXT("count", count, "N     certificates in it (20)"),
	TEXT("ml-form", ml_form, "icao|bsi|ldif  DER with the signer by name,"
	     " by key identifier, or as in the ICAO PKD (icao)"),
	TEXT("ml-signer", ml_signer, "FILE  its signer's certificate"
	     " (beside it, .signer.cer)"),

	HEAD("the person and the document"),
	TEXT("form", form, "td1|td2|td3 (td1)"),
	TEXT("state", state, "XXX   issuing State in the MRZ (UTO)"),
	TEXT("nationality", nationality, "XXX   (as --state)"),
	TEXT("country", country, "XX  country of the certificates (UT)"),
	TEXT("code", code, "XX     document code (ID; td3: P)"),
	TEXT("number", number, "TEXT national number: the optional data"
	     " (td1: of line 1; AB123456, none with --dg11)"),
	TEXT("optional2", optional2, "TEXT  optional data of line 2, td1"),
	TEXT("dg11", dg11, "TEXT   national number in DG11, which has an"
	     " address and more; - for a DG11 without number"),
	TEXT("document", document, "TEXT  document number; more than nine"
	     " characters go on in the optional data"),
	TEXT("birth", birth, "YYMMDD  of an unknown part 00 or <<"),
	TEXT("expiry", expiry, "YYMMDD"),
	TEXT("sex", sex, "F|M|<"),
	TEXT("name", name, "SURNAME<<GIVEN"),
	TEXT("can", can, "DIGITS  printed card access number (123456)"),
	TEXT("pin", pin, "DIGITS  the holder's PIN (none)"),
	TEXT("pin-reference", pin_reference, "HEX  its reference (81)"),
	TEXT("pin-tries", pin_tries, "N  left and at most (3)"),
	TEXT("portrait", portrait, "FILE   JPEG or JP2 (a grey square)"),
	TEXT("pad-to", pad_to, "N   pad the picture to N bytes"),
	TEXT("faces", faces, "LIST  of basic, frontal, token (frontal): the"
	     " first frontal or token one (39794: frontal) is the portrait;"
	     " / begins another template"),
	TEXT("dg2-format", dg2_format, "19794|39794 (19794)"),

	HEAD("protocols; a DOMAIN is p192 bp192 p224 bp224 p256 bp256 bp320"
	     " p384 bp384 bp512 p521 dh0 dh1 dh2"),
	TEXT("pace", pace, "LIST  of gm|im|cam-ecdh|dh-CIPHER:DOMAIN, or none"
	     " (by --pace-curve)"),
	TEXT("pace-curve", pace_curve, "LIST  gm-ecdh-aes128 on each (bp256)"),
	FLAG("bac", bac, "the chip runs BAC"),
	TEXT("ca-curve", ca_curve, "DOMAIN  Chip Authentication (bp256)"),
	TEXT("ca-cipher", ca_cipher, "3des|aes128|aes192|aes256 (aes128)"),
	TEXT("ca-params", ca_params, "explicit|named|standardized|x942"
	     " (explicit; of a group PKCS#3)"),
	TEXT("ca-keyid", ca_keyid, "N   key identifier in DG14 (none)"),
	FLAG("no-ca", no_ca, "DG14 without Chip Authentication"),
	FLAG("cam", cam, "EF.CardSecurity and a static key for the chip"
	     " authentication mapping"),
	TEXT("cam-params", cam_params, "as --ca-params (standardized)"),
	TEXT("cam-keyid", cam_keyid, "N  in EF.CardSecurity (none)"),
	TEXT("aa", aa, "rsa-BITS:DIGEST or ecdsa-CURVE:DIGEST[:der]  Active"
	     " Authentication, DG15"),
	TEXT("aa-params", aa_params, "named|explicit (named)"),
	FLAG("aa-no-info", aa_no_info,
	     "DG14 without ActiveAuthenticationInfo, also with ECDSA"),
	FLAG("no-dg14", no_dg14, "no DG14 at all"),
	FLAG("extra-infos", extra_infos,
	     "SecurityInfos that no reader needs among the others"),

	HEAD("the State's signature"),
	TEXT("sod-alg", sod_alg, "ecdsa-CURVE|rsa-BITS|rsa-pss[-BITS]"
	     "|rsa-pss-key (ecdsa-bp256)"),
	TEXT("sod-digest", sod_digest, "sha1..sha512  of the signature"
	     " (as --digest)"),
	FLAG("sod-ski", sod_ski, "the signer by its key identifier"),
	TEXT("digest", digest, "sha1..sha512  of the data groups (sha256)"),
	TEXT("lds-version", lds_version, "0|1  of the LDS security object"),
	TEXT("csca-alg", csca_alg, "as --sod-alg; when the CA is made"),
	TEXT("csca-digest", csca_digest, "of the CA's signatures (sha256)"),
	TEXT("csca-name", csca_name, "TEXT  common name, when made; a next"
	     " generation with another one has changed its name"),
	TEXT("doctypes", doctypes, "LIST  of the signer; - for none"
	     " (as --code)"),
	TEXT("csca-from", csca_from, "YYYYMMDD  validity"),
	TEXT("csca-to", csca_to, "YYYYMMDD"),
	TEXT("dsc-from", dsc_from, "YYYYMMDD"),
	TEXT("dsc-to", dsc_to, "YYYYMMDD"),
	FLAG("explicit-params", explicit_params,
	     "EC parameters written out in certificates"),
	FLAG("crl", crl, "write csca.crl beside csca.cer"),
	TEXT("crl-from", crl_from, "YYYYMMDD  its thisUpdate (yesterday)"),
	TEXT("crl-next", crl_next, "YYYYMMDD  its nextUpdate (90 days on)"),
	FLAG("expired-csca", expired_csca,
	     "the CA's certificate is over, when made"),
	FLAG("expired-dsc", expired_dsc, "the signer's certificate is over"),
	FLAG("revoked-dsc", revoked_dsc, "the signer is on csca.crl"),
	FLAG("wrong-country-dsc", wrong_country_dsc,
	     "the signer's country is XX"),

	HEAD("the chip's transport"),
	FLAG("extended", extended, "the card takes extended-length APDUs;"
	     " always where a key of 2048 bits needs them"),
	FLAG("no-extended", no_extended, "not even then"),
	TEXT("ef-atr", ef_atr, "MAX:MAX  EF.ATR/INFO with the longest command"
	     " and response, which the chip keeps to"),
	TEXT("max-command", max_command, "N  bytes the chip really takes"),
	TEXT("max-response", max_response, "N  bytes it really sends"),
	TEXT("historical", historical, "HEX  of the ATR (--extended: card"
	     " capabilities)"),
	TEXT("quirks", quirks, "LIST  as in tests/sim/card.h"),
	TEXT("evil", evil, "LIST  likewise"),

	HEAD("bad cards; a LIST of files is of cardaccess cardsecurity atr"
	     " dir com dg1 dg2 dg11 dg14 dg15 sod"),
	FLAG("alter-dg2", alter_dg2, "as --alter dg2"),
	TEXT("alter", alter, "LIST   change a bit after signing"),
	TEXT("truncate", truncate, "LIST  half of the file is missing"),
	TEXT("lying-length", lying_length, "LIST  header longer than file"),
	TEXT("oversize", oversize, "LIST  256 KiB, and the header says so"),
	TEXT("withhold", withhold, "LIST  signed, but not on the card"),
	FLAG("no-sod", no_sod, "as --withhold sod"),
	FLAG("clone", clone, "the chip has other keys than the signed ones"),
	FLAG("unsigned-pace", unsigned_pace,
	     "no signed copy of the offered PACEInfos"),
	FLAG("downgrade", downgrade,
	     "the signed copy has a PACEInfo that is not offered"),
	TEXT("offer", offer, "LIST   EF.CardAccess says this, whatever the chip"
	     " runs and the State signed (as --pace)"),
	FLAG("cam-unsigned", cam_unsigned,
	     "EF.CardSecurity of a signer that no CA of the State knows"),
	FLAG("cam-other-key", cam_other_key,
	     "the chip has another key than EF.CardSecurity's"),
	FLAG("cam-foreign", cam_foreign,
	     "EF.CardSecurity of a signer of country XX"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct pers_options pers_defaults(void)
{
	return (struct pers_options){
		.form = "td1", .state = "UTO", .country = "UT",
		.document = "X12345678",
		.birth = "800101", .expiry = "351231", .sex = "F",
		.name = "SPECIMEN<<AMINA", .can = "123456",
		.pin_reference = "81", .pin_tries = "3",
		.faces = "frontal", .dg2_format = "19794",
		.pace_curve = "bp256", .ca_curve = "bp256",
		.ca_cipher = "aes128", .ca_params = "explicit",
		.cam_params = "standardized", .aa_params = "named",
		.sod_alg = "ecdsa-bp256", .digest = "sha256",
		.lds_version = "0", .csca_alg = "ecdsa-bp256",
		.csca_digest = "sha256", .count = "20", .ml_form = "icao",
	};
}

static int usage(FILE *to)
{
	fputs("usage: personalise --out DIR --ca DIR [options]\n"
	      "       personalise --master-list FILE --ca DIR [options]\n",
	      to);
	for (size_t i = 0; i < ROWS; i++) {
		if (!rows[i].name)
			fprintf(to, "\n%s:\n", rows[i].help);
		else
			fprintf(to, "  --%s %s%s\n", rows[i].name,
				rows[i].text ? "" : "  ", rows[i].help);
	}
	return to == stdout ? 0 : 2;
}

static int parse(int argc, char **argv, struct pers_options *o, bool *done)
{
	struct option options[ROWS + 2] = { 0 };
	size_t n = 0;
	int c;

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].name)
			options[n++] = (struct option){
				rows[i].name, rows[i].text, NULL,
				(int)i + 0x100
			};
	options[n] = (struct option){ "help", 0, NULL, 'h' };
	optind = 1;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c < 0x100)
			return usage(c == 'h' ? stdout : stderr);
		char *at = (char *)o + rows[c - 0x100].at;
		if (rows[c - 0x100].text)
			*(const char **)(void *)at = optarg;
		else
			*(bool *)at = true;
	}
	if (optind != argc)
		return usage(stderr);
	*done = false;
	return 0;
}

int pers_command_line(int argc, char **argv, struct pers_options *out,
		      bool *done)
{
	*out = pers_defaults();
	*done = true;
	return parse(argc, argv, out, done);
}
