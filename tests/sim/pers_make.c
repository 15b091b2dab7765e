/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "pers.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);
SCOPE_FREE(BIGNUM *, BN_clear_free);

struct pers_options pers_defaults(void)
{
	return (struct pers_options){
		.state = "UTO", .country = "UT", .code = "ID",
		.number = "AB123456", .document = "X12345678",
		.birth = "800101", .expiry = "351231", .sex = "F",
		.name = "SPECIMEN<<AMINA", .can = "123456",
		.pace_curve = "bp256", .ca_curve = "bp256",
		.ca_params = "explicit", .sod_alg = "ecdsa-bp256",
		.digest = "sha256", .csca_alg = "ecdsa-bp256",
	};
}

enum result pers_fail(enum result r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("personalise: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return r;
}

void pers_openssl_error(const char *what)
{
	char text[256] = "no more is known";
	unsigned long e = ERR_peek_last_error();

	if (e)
		ERR_error_string_n(e, text, sizeof(text));
	pers_fail(R_INTERNAL, "%s: %s", what, text);
}

bool pers_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (list && *list) {
		size_t m = strcspn(list, ",");

		if (m == n && memcmp(list, name, n) == 0)
			return true;
		list += m + (list[m] ? 1 : 0);
	}
	return false;
}

static enum result check_options(const struct pers_options *o)
{
	if (!o->out || !o->ca)
		return pers_fail(R_MALFORMED, "--out and --ca are needed");
	if (strlen(o->country) != 2)
		return pers_fail(R_MALFORMED, "--country has two letters");
	if (!sim_curve_by_option(o->ca_curve))
		return pers_fail(R_MALFORMED, "--ca-curve: bp256 or p256");
	if (strspn(o->can, "0123456789") != 6 || strlen(o->can) != 6)
		return pers_fail(R_MALFORMED, "--can has six digits");
	return R_OK;
}

static enum result chip_key(const struct pers_options *o, EVP_PKEY **out)
{
	const char *alg = strcmp(o->ca_curve, "p256") == 0 ? "ecdsa-p256"
							   : "ecdsa-bp256";

	if (o->no_ca || o->no_dg14)
		return R_OK;
	return pki_key(alg, strcmp(o->ca_params, "explicit") == 0, out);
}

/* What only the chip knows; a clone has a key of its own instead. */
static enum result write_memory(const struct pers_options *o, const char *mrz,
				EVP_PKEY *chip)
{
	char text[512], hex[2 * SIM_FIELD + 1] = "";
	uint8_t key[SIM_FIELD];
	scoped(scope_EVP_PKEY_free) EVP_PKEY *other = NULL;
	scoped(scope_BN_clear_free) BIGNUM *d = NULL;

	if (o->clone && chip_key(o, &other) != R_OK)
		return R_INTERNAL;
	if (chip) {
		if (!EVP_PKEY_get_bn_param(other ? other : chip,
					   OSSL_PKEY_PARAM_PRIV_KEY, &d) ||
		    BN_bn2binpad(d, key, SIM_FIELD) != SIM_FIELD)
			return R_INTERNAL;
		hex_encode(SPAN(key), hex);
	}
	snprintf(text, sizeof(text),
		 "can=%s\nmrz=%s\npace=%s\nca_curve=%s\nca_keyid=%s\n"
		 "ca_key=%s\nextended=%d\n",
		 o->can, mrz, o->pace_curve, chip ? o->ca_curve : "",
		 o->ca_keyid ? o->ca_keyid : "", hex, o->extended);
	return sim_file_write(o->out, "card.conf", span_str(text));
}

static enum result write_files(const struct pers_options *o,
			       const struct blob files[SIM_EF_COUNT])
{
	for (int i = 0; i < SIM_EF_COUNT; i++) {
		const char *name = sim_ef((enum sim_ef_id)i)->file;
		char path[4096];

		if (files[i].p) {
			enum result r = sim_file_write(o->out, name,
						       blob_span(&files[i]));
			if (r != R_OK)
				return pers_fail(r, "can't write %s/%s",
						 o->out, name);
			continue;
		}
		snprintf(path, sizeof(path), "%s/%s", o->out, name);
		unlink(path);	/* of the card made here before, if any */
	}
	return R_OK;
}

static enum result sign_files(const struct pers_options *o,
			      struct blob files[SIM_EF_COUNT])
{
	scoped(issuer_done) struct issuer ca = { 0 };
	scoped(signer_done) struct signer signer = { 0 };
	enum result r = pki_issuer(o, &ca);

	if (r == R_OK)
		r = pki_signer(o, &ca, &signer);
	if (r == R_OK)
		r = pers_sod(o, &signer, files, &files[SIM_SOD]);
	if (r == R_OK && (o->crl || o->revoked_dsc))
		r = pki_crl(o, &ca, &signer, o->revoked_dsc);
	return r;
}

static enum result make_files(const struct pers_options *o, const char *mrz,
			      EVP_PKEY *chip, struct blob files[SIM_EF_COUNT])
{
	enum result r = pers_dg1(mrz, &files[SIM_DG1]);

	if (r == R_OK)
		r = pers_dg2(o, &files[SIM_DG2]);
	if (r == R_OK && !o->no_dg14)
		r = pers_dg14(o, chip, &files[SIM_DG14]);
	if (r == R_OK)
		r = sign_files(o, files);
	if (r == R_OK)
		r = pers_card_access(o, &files[SIM_ACCESS]);
	if (r == R_OK)
		r = pers_com(!o->no_dg14, &files[SIM_COM]);
	if (r == R_OK)
		r = pers_dir(&files[SIM_DIR]);
	return r == R_OK ? pers_damage(o, files) : r;
}

enum result pers_make(const struct pers_options *o)
{
	struct blob files[SIM_EF_COUNT] = { 0 };
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];
	scoped(scope_EVP_PKEY_free) EVP_PKEY *chip = NULL;
	enum result r = check_options(o);

	if (r == R_OK)
		r = pers_mrz(o, mrz, key);
	if (r == R_OK && mkdir(o->out, 0700) != 0 && errno != EEXIST)
		r = pers_fail(R_INTERNAL, "can't make %s", o->out);
	if (r == R_OK)
		r = chip_key(o, &chip);
	if (r == R_OK)
		r = make_files(o, mrz, chip, files);
	if (r == R_OK)
		r = write_files(o, files);
	if (r == R_OK)
		r = write_memory(o, key, chip);
	for (int i = 0; i < SIM_EF_COUNT; i++)
		blob_free(&files[i]);
	return r;
}
