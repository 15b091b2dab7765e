/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DG1, DG14, EF.CardAccess, EF.COM, EF.DIR (9303-10, 9303-11 9.2).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pers.h"

/* 9303-3 4.9: weights 7 3 1; digits as they are, A = 10, filler 0. */
static char check_digit(const char *s, size_t n)
{
	static const unsigned int weight[3] = { 7, 3, 1 };
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned int v = 0;

		if (s[i] >= '0' && s[i] <= '9')
			v = (unsigned int)(s[i] - '0');
		else if (s[i] >= 'A' && s[i] <= 'Z')
			v = (unsigned int)(s[i] - 'A') + 10;
		sum += v * weight[i % 3];
	}
	return (char)('0' + sum % 10);
}

static enum result put_field(char *at, size_t width, const char *value,
			     const char *what)
{
	size_t n = strlen(value);

	if (n > width)
		return pers_fail(R_MALFORMED, "--%s has more than %zu "
				 "characters", what, width);
	for (size_t i = 0; i < n; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", value[i]))
			return pers_fail(R_MALFORMED, "--%s: only A-Z, 0-9 "
					 "and < stand in an MRZ", what);
	memcpy(at, value, n);
	return R_OK;
}

/* 9303-5 4.2: where each field of TD1 stands. */
static enum result put_fields(const struct pers_options *o, char *mrz)
{
	const struct {
		size_t at, width;
		const char *value, *what;
	} fields[] = {
		{ 0, 2, o->code, "code" },
		{ 2, 3, o->state, "state" },
		{ 5, 9, o->document, "document" },
		{ 15, 15, o->number, "number" },
		{ 30, 6, o->birth, "birth" },
		{ 37, 1, o->sex, "sex" },
		{ 38, 6, o->expiry, "expiry" },
		{ 45, 3, o->nationality ? o->nationality : o->state,
		  "nationality" },
		{ 60, 30, o->name, "name" },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		enum result r = put_field(mrz + fields[i].at, fields[i].width,
					  fields[i].value, fields[i].what);
		if (r != R_OK)
			return r;
	}
	return R_OK;
}

enum result pers_mrz(const struct pers_options *o, char mrz[MRZ_SIZE + 1],
		     char key[MRZ_KEY_SIZE])
{
	char all[50];		/* of the composite check digit, 9303-5 4.2.4 */
	enum result r;

	memset(mrz, '<', MRZ_SIZE);
	mrz[MRZ_SIZE] = 0;
	r = put_fields(o, mrz);
	if (r != R_OK)
		return r;
	mrz[14] = check_digit(mrz + 5, 9);
	mrz[36] = check_digit(mrz + 30, 6);
	mrz[44] = check_digit(mrz + 38, 6);
	memcpy(all, mrz + 5, 25);
	memcpy(all + 25, mrz + 30, 7);
	memcpy(all + 32, mrz + 38, 7);
	memcpy(all + 39, mrz + 48, 11);
	mrz[59] = check_digit(all, sizeof(all));
	snprintf(key, MRZ_KEY_SIZE, "%.10s%.7s%.7s", mrz + 5, mrz + 30,
		 mrz + 38);
	return R_OK;
}

enum result pers_dg1(const char *mrz, struct blob *out)
{
	uint8_t inner[MRZ_SIZE + 8], outer[MRZ_SIZE + 16];
	struct sink in = SINK(inner), s = SINK(outer);

	tlv_put(&in, 0x5f1f, span_of(mrz, MRZ_SIZE));
	tlv_put(&s, 0x61, sink_span(&in));
	if (sink_done(&in) != R_OK || sink_done(&s) != R_OK)
		return R_INTERNAL;
	return blob_copy(sink_span(&s), out);
}

/* -- SecurityInfos, 9303-11 9.2 ------------------------------------------- */

#define INFOS_MAX 8

struct infos {			/* elements of a SET, each complete DER */
	uint8_t buf[2048];
	struct sink s;
	struct span at[INFOS_MAX];
	size_t n;
};

static void infos_init(struct infos *f)
{
	f->s = sink_of(f->buf, sizeof(f->buf));
	f->n = 0;
}

static enum result infos_add(struct infos *f, struct span contents)
{
	size_t from = f->s.n;

	if (f->n == INFOS_MAX)
		return R_INTERNAL;
	tlv_put(&f->s, 0x30, contents);
	f->at[f->n++] = span_of(f->buf + from, f->s.n - from);
	return sink_done(&f->s);
}

static int by_encoding(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* The SET in DER order (X.690 11.6), inside `tag` where that is not 0x31. */
static enum result infos_done(struct infos *f, uint32_t tag, struct blob *out)
{
	uint8_t elements[2048], set[2060], outer[2070];
	struct sink e = SINK(elements), s = SINK(set), t = SINK(outer);

	qsort(f->at, f->n, sizeof(f->at[0]), by_encoding);
	for (size_t i = 0; i < f->n; i++)
		sink_put(&e, f->at[i]);
	tlv_put(&s, 0x31, sink_span(&e));
	if (tag == 0x31)
		t = s;
	else
		tlv_put(&t, tag, sink_span(&s));
	if (sink_done(&e) != R_OK || sink_done(&s) != R_OK ||
	    sink_done(&t) != R_OK)
		return R_INTERNAL;
	return blob_copy(sink_span(&t), out);
}

/* 9303-11 9.2.1: PACEInfo { protocol, version 2, parameterId }. */
static enum result add_pace(struct infos *f, uint8_t parameter)
{
	uint8_t buf[32];
	struct sink s = SINK(buf);

	tlv_put(&s, 0x06, SPAN(sim_oid_pace));
	tlv_put(&s, 0x02, span_of("\x02", 1));
	tlv_put(&s, 0x02, span_of(&parameter, 1));
	return infos_add(f, sink_span(&s));
}

/* One PACEInfo for each curve of --pace-curve. */
static enum result add_offered(struct infos *f, const struct pers_options *o)
{
	enum result r = R_MALFORMED;

	for (unsigned int id = 12; id <= 13; id++) {
		if (!pers_listed(o->pace_curve, sim_curve_by_id(id)->option))
			continue;
		r = add_pace(f, (uint8_t)id);
		if (r != R_OK)
			return r;
	}
	return r == R_OK ? r : pers_fail(r, "--pace-curve: bp256, p256 or "
					 "both");
}

/* A signed PACEInfo over the curve that EF.CardAccess does not offer. */
static enum result add_not_offered(struct infos *f,
				   const struct pers_options *o)
{
	bool brainpool = pers_listed(o->pace_curve, "bp256");

	if (brainpool && pers_listed(o->pace_curve, "p256"))
		return pers_fail(R_MALFORMED, "--downgrade needs one "
				 "--pace-curve");
	return add_pace(f, brainpool ? 12 : 13);
}

enum result pers_card_access(const struct pers_options *o, struct blob *out)
{
	struct infos f;

	infos_init(&f);
	enum result r = add_offered(&f, o);
	return r == R_OK ? infos_done(&f, 0x31, out) : r;
}

/*
 * The chip's public key. Real documents carry explicit ECParameters (TR-03110
 * part 3, A.1.1.2, as 9303-11 6.2 asks) or a named curve, some the
 * standardised parameters 0.4.0.127.0.7.1.2.
 */
static enum result chip_spki(const struct pers_options *o, EVP_PKEY *chip,
			     struct sink *out)
{
	static const uint8_t standardised[] = { 0x04, 0x00, 0x7f, 0x00, 0x07,
						0x01, 0x02 };
	uint8_t point[SIM_POINT + 1] = { 0 }, alg[32];
	struct sink s = SINK(alg), v;
	size_t n = 0;
	uint8_t *der = NULL, body[160];

	if (strcmp(o->ca_params, "standardised") != 0) {
		int len = i2d_PUBKEY(chip, &der);

		if (len <= 0)
			return R_INTERNAL;
		sink_put(out, span_of(der, (size_t)len));
		OPENSSL_free(der);
		return sink_done(out);
	}
	if (!EVP_PKEY_get_octet_string_param(chip, "pub", point + 1,
					     SIM_POINT, &n) || n != SIM_POINT)
		return R_INTERNAL;
	tlv_put(&s, 0x06, SPAN(standardised));
	tlv_put(&s, 0x02, span_of(&sim_curve_by_option(o->ca_curve)->id, 1));
	v = sink_of(body, sizeof(body));
	tlv_put(&v, 0x30, sink_span(&s));
	tlv_put(&v, 0x03, SPAN(point));
	tlv_put(out, 0x30, sink_span(&v));
	return sink_done(out);
}

/* 9303-11 9.2.5 and 9.2.6. */
static enum result add_chip_auth(struct infos *f, const struct pers_options *o,
				 EVP_PKEY *chip)
{
	static const uint8_t pk_ecdh[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02,
					   0x02, 0x01, 0x02 };
	uint8_t info[32], key[600], id = 0;
	struct sink i = SINK(info), k = SINK(key);
	enum result r;

	tlv_put(&i, 0x06, SPAN(sim_oid_ca));
	tlv_put(&i, 0x02, span_of("\x01", 1));
	tlv_put(&k, 0x06, SPAN(pk_ecdh));
	r = chip_spki(o, chip, &k);
	if (r != R_OK)
		return r;
	if (o->ca_keyid) {
		id = (uint8_t)(atoi(o->ca_keyid) & 0x7f);
		tlv_put(&i, 0x02, span_of(&id, 1));
		tlv_put(&k, 0x02, span_of(&id, 1));
	}
	r = infos_add(f, sink_span(&i));
	return r == R_OK ? infos_add(f, sink_span(&k)) : r;
}

enum result pers_dg14(const struct pers_options *o, EVP_PKEY *chip,
		      struct blob *out)
{
	struct infos f;
	enum result r = R_OK;

	infos_init(&f);
	if (!o->unsigned_pace)
		r = add_offered(&f, o);
	if (r == R_OK && o->downgrade)
		r = add_not_offered(&f, o);
	if (r == R_OK && chip)
		r = add_chip_auth(&f, o, chip);
	return r == R_OK ? infos_done(&f, 0x6e, out) : r;
}

enum result pers_com(bool dg14, struct blob *out)
{
	static const uint8_t tags[] = { 0x61, 0x75, 0x6e };
	uint8_t inner[64], outer[70];
	struct sink in = SINK(inner), s = SINK(outer);

	tlv_put(&in, 0x5f01, span_str("0107"));
	tlv_put(&in, 0x5f36, span_str("040000"));
	tlv_put(&in, 0x5c, span_of(tags, dg14 ? 3 : 2));
	tlv_put(&s, 0x60, sink_span(&in));
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

enum result pers_dir(struct blob *out)
{
	uint8_t inner[16], outer[20];
	struct sink in = SINK(inner), s = SINK(outer);

	tlv_put(&in, 0x4f, SPAN(sim_aid));
	tlv_put(&s, 0x61, sink_span(&in));
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}
