/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one chip speaks and what it keeps to itself: its static keys, and
 * card.conf, which tests/sim/card_memory.c reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pers.h"

SCOPE_FREE(EVP_PKEY *, EVP_PKEY_free);

void chip_done(struct chip *c)
{
	EVP_PKEY_free(c->aa);
	*c = (struct chip){ 0 };
}

static enum result new_key(const struct sim_domain *d, struct chip_key *out)
{
	struct chip_key k = { .domain = d };
	enum result r = sim_scalar(d, sim_random, NULL, k.scalar);

	if (r == R_OK)
		r = sim_multiply(d, NULL, span_of(k.scalar, d->scalar),
				 &k.public);
	if (r == R_OK)
		*out = k;
	return r;
}

/* --pace, or --pace-curve as a list of generic mappings. */
static enum result pace_text(const struct pers_options *o, char *out,
			     size_t cap)
{
	const char *list = o->pace_curve;
	struct span curve;
	size_t n = 0;

	out[0] = 0;
	if (o->pace) {
		if (strcmp(o->pace, "none") != 0)
			n = (size_t)snprintf(out, cap, "%s", o->pace);
		return n < cap ? R_OK : R_MALFORMED;
	}
	while (n < cap && sim_list_next(&list, &curve))
		n += (size_t)snprintf(out + n, cap - n,
				      "%sgm-ecdh-aes128:%.*s", n ? "," : "",
				      (int)curve.n, (const char *)curve.p);
	return n < cap ? R_OK : R_MALFORMED;
}

/* "ecdh-aes128:bp256" */
static void ca_text(const struct pers_options *o, char *out, size_t cap)
{
	const struct sim_domain *d =
		sim_domain_by_option(span_str(o->ca_curve));

	snprintf(out, cap, "%s-%s:%s", d && !d->ec ? "dh" : "ecdh",
		 o->ca_cipher, o->ca_curve);
}

static enum result make_ca(const struct pers_options *o, struct chip *c)
{
	char text[64];

	if (o->no_ca || o->no_dg14)
		return R_OK;
	ca_text(o, text, sizeof(text));
	if (sim_ca_parse(span_str(text), &c->ca_protocol) != R_OK)
		return pers_fail(R_MALFORMED, "--ca-curve, --ca-cipher: no "
				 "such protocol as %s", text);
	return new_key(c->ca_protocol.domain, &c->ca);
}

/* TR-03110-3: the static key lies on the domain of the mapping. */
static enum result make_cam(const struct pers_options *o, struct chip *c)
{
	const struct sim_domain *d = NULL;

	if (!o->cam)
		return R_OK;
	for (size_t i = c->pace_count; i > 0; i--)
		if (c->pace[i - 1].mapping == SIM_CAM)
			d = c->pace[i - 1].domain;
	for (size_t i = c->pace_count; !d && i > 0; i--)
		if (c->pace[i - 1].domain->ec)
			d = c->pace[i - 1].domain;
	if (!d)
		return pers_fail(R_MALFORMED, "--cam needs a --pace on a "
				 "curve");
	return new_key(d, &c->cam);
}

/* As the last arc of TR-03111 5.2.1.1; 0 none. */
static uint8_t digest_number(const char *name)
{
	static const char *const digests[] = { "sha1", "sha224", "sha256",
					       "sha384", "sha512" };

	for (uint8_t i = 0; i < 5; i++)
		if (strcmp(digests[i], name) == 0)
			return (uint8_t)(i + 1);
	return 0;
}

/* "rsa-2048:sha256", "ecdsa-p256:sha256:der" */
static enum result make_aa(const struct pers_options *o, struct chip *c)
{
	char text[64], *digest, *der;
	bool whole = strcmp(o->aa_params, "explicit") == 0;

	if (!o->aa)
		return R_OK;
	snprintf(text, sizeof(text), "%s", o->aa);
	digest = strchr(text, ':');
	if (!digest)
		return pers_fail(R_MALFORMED, "--aa: KEY:DIGEST");
	*digest++ = 0;
	der = strchr(digest, ':');
	if (der)
		*der++ = 0;
	if (der && strcmp(der, "der") != 0)
		return pers_fail(R_MALFORMED, "--aa: %s?", der);
	c->aa_digest = digest_number(digest);
	if (c->aa_digest == 0)
		return pers_fail(R_MALFORMED, "--aa: no digest %s", digest);
	c->aa_rsa = strncmp(text, "rsa-", 4) == 0 && !pki_is_pss(text);
	if (!c->aa_rsa && strncmp(text, "ecdsa-", 6) != 0)
		return pers_fail(R_MALFORMED, "--aa: rsa or ecdsa");
	return pki_kept_key(pki_dir(o), "aa", text, whole, &c->aa);
}

enum result chip_make(const struct pers_options *o, struct chip *out)
{
	char text[1024];
	scoped(chip_done) struct chip c = { 0 };
	enum result r = pace_text(o, text, sizeof(text));

	if (r == R_OK)
		r = sim_pace_list(text, c.pace, &c.pace_count);
	if (r != R_OK || (!o->pace && c.pace_count == 0))
		return pers_fail(R_MALFORMED, "--pace, --pace-curve: no such "
				 "protocol in %s", text);
	if (sim_pace_list(o->offer ? o->offer : text, c.offered,
			  &c.offered_count) != R_OK)
		return pers_fail(R_MALFORMED, "--offer: no such protocol in "
				 "%s", o->offer);
	r = make_ca(o, &c);
	if (r == R_OK)
		r = make_cam(o, &c);
	if (r == R_OK)
		r = make_aa(o, &c);
	if (r != R_OK)
		return r;
	*out = c;
	c = (struct chip){ 0 };
	return R_OK;
}

/* -- card.conf ------------------------------------------------------------ */

static void put_key(FILE *f, const char *name, const struct chip_key *k)
{
	char hex[2 * SIM_SCALAR_MAX + 1];

	hex_encode(span_of(k->scalar, k->domain->scalar), hex);
	fprintf(f, "%s=%s\n", name, hex);
}

/* Another chip's key in place of the signed one. */
static enum result exchange(struct chip_key *k)
{
	return k->domain ? new_key(k->domain, k) : R_OK;
}

static enum result write_aa(const struct pers_options *o, const struct chip *c)
{
	scoped(scope_EVP_PKEY_free) EVP_PKEY *other = NULL;
	char alg[64];
	unsigned char *der = NULL;
	PKCS8_PRIV_KEY_INFO *info;
	enum result r;
	int n;

	snprintf(alg, sizeof(alg), "%.*s", (int)strcspn(o->aa, ":"), o->aa);
	if (o->clone && pki_kept_key(pki_dir(o), "aa-other", alg, false,
				     &other) != R_OK)
		return R_INTERNAL;
	info = EVP_PKEY2PKCS8(other ? other : c->aa);
	n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;
	PKCS8_PRIV_KEY_INFO_free(info);
	if (n <= 0)
		return R_INTERNAL;
	r = sim_file_write(o->out, "AA.key", span_of(der, (size_t)n));
	OPENSSL_free(der);
	return r;
}

/* 9303-11 6.1.4 and 9.8: a group's key in a command, an RSA signature in a
 * protected answer are longer than a short APDU. */
static bool extended(const struct pers_options *o, const struct chip *c)
{
	bool needed = c->ca.domain && !c->ca.domain->ec;

	for (size_t i = 0; i < c->pace_count; i++)
		needed |= !c->pace[i].domain->ec;
	needed |= c->aa && c->aa_rsa && EVP_PKEY_get_bits(c->aa) > 1792;
	return o->extended || (needed && !o->no_extended);
}

/* Card capabilities (7816-4 12.1.1.9) in an ATR: DF by name, files by
 * identifier and short identifier; extended length, EF.ATR/INFO. */
static const char *historical(const struct pers_options *o,
			      const struct chip *c)
{
	if (o->historical || !extended(o, c))
		return o->historical;
	return o->ef_atr ? "8073940160" : "8073940140";
}

/* How long an APDU may be: what EF.ATR/INFO says, or what is said apart. */
static void put_limits(FILE *f, const struct pers_options *o)
{
	const char *response = o->ef_atr ? strchr(o->ef_atr, ':') : NULL;

	if (o->max_command)
		fprintf(f, "max_command=%s\n", o->max_command);
	else if (response)
		fprintf(f, "max_command=%.*s\n", (int)(response - o->ef_atr),
			o->ef_atr);
	if (o->max_response)
		fprintf(f, "max_response=%s\n", o->max_response);
	else if (response)
		fprintf(f, "max_response=%s\n", response + 1);
}

static void put_chip(FILE *f, const struct pers_options *o,
		     const struct chip *c)
{
	const char *bytes = historical(o, c);

	fprintf(f, "extended=%d\n", extended(o, c));
	put_limits(f, o);
	if (bytes)
		fprintf(f, "historical=%s\n", bytes);
	if (o->pin)
		fprintf(f, "pin=%s\npin_reference=%s\npin_tries=%s\n",
			o->pin, o->pin_reference, o->pin_tries);
	if (o->quirks)
		fprintf(f, "quirks=%s\n", o->quirks);
	if (o->evil)
		fprintf(f, "evil=%s\n", o->evil);
}

static void put_protocols(FILE *f, const struct pers_options *o,
			  const struct chip *c)
{
	char text[1024];

	if (pace_text(o, text, sizeof(text)) == R_OK && *text)
		fprintf(f, "pace=%s\n", text);
	if (o->bac)
		fputs("bac=1\n", f);
	if (c->ca.domain) {
		ca_text(o, text, sizeof(text));
		fprintf(f, "ca=%s\n", text);
		if (o->ca_keyid)
			fprintf(f, "ca_keyid=%s\n", o->ca_keyid);
		put_key(f, "ca_key", &c->ca);
	}
	if (c->cam.domain) {
		fprintf(f, "cam=%s\n", c->cam.domain->option);
		put_key(f, "cam_key", &c->cam);
	}
	if (c->aa)
		fprintf(f, "aa=%s%s\n", c->aa_rsa ? "rsa" : "ecdsa",
			strchr(o->aa, ':'));
}

enum result chip_write(const struct pers_options *o, const struct chip *c,
		       const char *mrz_key)
{
	struct chip held = *c;	/* its AA key stays c's */
	char *text = NULL, path[4096];
	size_t n = 0;
	enum result r = R_OK;
	FILE *f;

	if (o->clone)
		r = exchange(&held.ca);
	if (r == R_OK && (o->clone || o->cam_other_key))
		r = exchange(&held.cam);
	if (r == R_OK && c->aa)
		r = write_aa(o, c);
	snprintf(path, sizeof(path), "%s/AA.key", o->out);
	if (!c->aa)
		unlink(path);	/* of the card made here before, if any */
	if (r != R_OK)
		return r;
	f = open_memstream(&text, &n);
	if (!f)
		return R_INTERNAL;
	fprintf(f, "can=%s\nmrz=%s\n", o->can, mrz_key);
	put_protocols(f, o, &held);
	put_chip(f, o, c);
	if (fclose(f) == 0)
		r = sim_file_write(o->out, "card.conf", span_of(text, n));
	else
		r = R_INTERNAL;
	free(text);
	return r;
}
