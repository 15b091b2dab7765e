/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One card from its options: files, signatures, damage, memory.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>

#include "pers.h"

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

enum result pers_number(const char *text, const char *option,
			unsigned long max, unsigned long *out)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text < '0' || *text > '9' ||
	    v > max)
		return pers_fail(R_MALFORMED, "--%s: a number up to %lu",
				 option, max);
	*out = v;
	return R_OK;
}

void pers_wrap(struct sink *s, size_t from, uint32_t tag)
{
	uint8_t buf[16];
	struct sink header = SINK(buf);

	tlv_header(&header, tag, s->n - from);
	if (s->overflow || header.overflow || header.n > s->cap - s->n) {
		s->overflow = true;
		return;
	}
	memmove(s->p + from + header.n, s->p + from, s->n - from);
	memcpy(s->p + from, header.p, header.n);
	s->n += header.n;
}

/* X.690 8.3: the shortest form, a zero in front where it would be negative. */
void pers_put_number(struct sink *out, uint32_t tag, unsigned long v)
{
	uint8_t bytes[sizeof(v) + 1] = { 0 };
	size_t first = sizeof(bytes) - 1;

	for (size_t i = sizeof(v); i > 0; i--, v >>= 8) {
		bytes[i] = (uint8_t)v;
		if (bytes[i])
			first = i;
	}
	if (bytes[first] & 0x80)
		first--;
	tlv_put(out, tag, span_of(bytes + first, sizeof(bytes) - first));
}

void pers_put_integer(struct sink *out, struct span bytes)
{
	size_t from = out->n;

	while (bytes.n > 1 && bytes.p[0] == 0)
		bytes = span_of(bytes.p + 1, bytes.n - 1);
	if (bytes.n && bytes.p[0] & 0x80)
		sink_u8(out, 0);
	sink_put(out, bytes);
	pers_wrap(out, from, 0x02);
}

static enum result check_options(const struct pers_options *o)
{
	if (!o->ca)
		return pers_fail(R_MALFORMED, "--ca is needed");
	if (!o->out && !o->ca_next && !o->crl && !o->master_list)
		return pers_fail(R_MALFORMED, "--out is needed");
	if (strlen(o->country) != 2)
		return pers_fail(R_MALFORMED, "--country has two letters");
	if (strspn(o->can, "0123456789") != 6 || strlen(o->can) != 6)
		return pers_fail(R_MALFORMED, "--can has six digits");
	if (o->revoked_dsc && !o->out)
		return pers_fail(R_MALFORMED, "--revoked-dsc needs --out");
	return R_OK;
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

/* The data groups, and what stands unsigned beside them. */
static enum result make_files(const struct pers_options *o, const char *mrz,
			      const struct chip *chip,
			      struct blob files[SIM_EF_COUNT])
{
	enum result r = pers_dg1(mrz, &files[SIM_DG1]);

	if (r == R_OK)
		r = pers_dg2(o, &files[SIM_DG2]);
	if (r == R_OK && o->dg11)
		r = pers_dg11(o, &files[SIM_DG11]);
	if (r == R_OK && !o->no_dg14)
		r = infos_dg14(o, chip, &files[SIM_DG14]);
	if (r == R_ABSENT)	/* nothing to say in it: there is none */
		r = R_OK;
	if (r == R_OK && chip->aa)
		r = pers_dg15(chip->aa, &files[SIM_DG15]);
	if (r == R_OK)
		r = infos_card_access(o, chip, &files[SIM_ACCESS]);
	if (r == R_ABSENT)
		r = R_OK;
	if (r == R_OK)
		r = pers_com(o, files, &files[SIM_COM]);
	if (r == R_OK)
		r = pers_dir(&files[SIM_DIR]);
	if (r == R_OK && o->ef_atr)
		r = pers_atr(o, &files[SIM_ATR]);
	return r;
}

static enum result sign_files(const struct pers_options *o,
			      const struct chip *chip,
			      const struct issuer *ca,
			      struct blob files[SIM_EF_COUNT])
{
	scoped(signer_done) struct signer signer = { 0 };
	enum result r = pki_signer(o, ca, &signer);

	if (r == R_OK)
		r = pers_sod(o, &signer, files, &files[SIM_SOD]);
	if (r == R_OK && o->cam)
		r = pers_card_security(o, chip, ca, &signer,
				       &files[SIM_SECURITY]);
	if (r == R_OK && (o->crl || o->revoked_dsc))
		r = pki_crl(o, ca, &signer, o->revoked_dsc);
	return r == R_OK ? pers_damage(o, files) : r;
}

static enum result make_card(const struct pers_options *o,
			     const struct issuer *ca)
{
	struct blob files[SIM_EF_COUNT] = { 0 };
	char mrz[MRZ_SIZE + 1], key[MRZ_KEY_SIZE];
	scoped(chip_done) struct chip chip = { 0 };
	enum result r = pers_mrz(o, mrz, key);

	if (r == R_OK && mkdir(o->out, 0700) != 0 && errno != EEXIST)
		r = pers_fail(R_INTERNAL, "can't make %s", o->out);
	if (r == R_OK)
		r = chip_make(o, &chip);
	if (r == R_OK)
		r = make_files(o, mrz, &chip, files);
	if (r == R_OK)
		r = sign_files(o, &chip, ca, files);
	if (r == R_OK)
		r = write_files(o, files);
	if (r == R_OK)
		r = chip_write(o, &chip, key);
	for (int i = 0; i < SIM_EF_COUNT; i++)
		blob_free(&files[i]);
	return r;
}

enum result pers_make(const struct pers_options *o)
{
	scoped(issuer_done) struct issuer ca = { 0 };
	enum result r = check_options(o);

	if (r != R_OK)
		return r;
	if (o->master_list)
		return pki_master_list(o);
	r = pki_issuer(o, &ca);
	if (r != R_OK)
		return r;
	if (o->out)
		return make_card(o, &ca);
	return o->crl ? pki_crl(o, &ca, NULL, false) : R_OK;
}
