/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SecurityInfos (9303-11 9.2): EF.CardAccess offers, DG14 and EF.CardSecurity
 * hold the signed copies and what the chip proves itself by.
 */
#include <stdlib.h>
#include <string.h>

#include "pers.h"

#define INFOS_MAX  (SIM_PROTOCOLS_MAX + 8)
#define INFOS_SIZE 8192

struct infos {			/* elements of a SET, each complete DER */
	uint8_t buf[INFOS_SIZE];
	struct sink s;
	struct span at[INFOS_MAX];
	size_t n;
};

static void infos_init(struct infos *f)
{
	f->s = sink_of(f->buf, sizeof(f->buf));
	f->n = 0;
}

/* What was put since `from` is one SecurityInfo's contents. */
static enum result infos_add(struct infos *f, size_t from)
{
	if (f->n == INFOS_MAX)
		return pers_fail(R_MALFORMED, "too many protocols");
	pers_wrap(&f->s, from, 0x30);
	f->at[f->n++] = span_of(f->buf + from, f->s.n - from);
	return sink_done(&f->s);
}

static int by_encoding(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* The SET in DER order (X.690 11.6), inside `tag` where that is not 0. */
static enum result infos_done(struct infos *f, uint32_t tag, struct blob *out)
{
	uint8_t set[INFOS_SIZE + 16];
	struct sink s = SINK(set);

	if (f->n == 0)
		return R_ABSENT;
	qsort(f->at, f->n, sizeof(f->at[0]), by_encoding);
	for (size_t i = 0; i < f->n; i++)
		sink_put(&s, f->at[i]);
	pers_wrap(&s, 0, 0x31);
	if (tag)
		pers_wrap(&s, 0, tag);
	return sink_done(&s) == R_OK ? blob_copy(sink_span(&s), out)
				     : R_INTERNAL;
}

/* 9.2.1: PACEInfo { protocol, version 2, parameterId }. */
static enum result add_pace(struct infos *f, const struct sim_protocol *p)
{
	size_t from = f->s.n;

	tlv_put(&f->s, 0x06, SPAN(p->oid));
	pers_put_number(&f->s, 0x02, 2);
	pers_put_number(&f->s, 0x02, p->domain->id);
	return infos_add(f, from);
}

static enum result add_list(struct infos *f, const struct sim_protocol *list,
			    size_t n)
{
	enum result r = R_OK;

	for (size_t i = 0; r == R_OK && i < n; i++)
		r = add_pace(f, &list[i]);
	return r;
}

/* A PACEInfo of our list that EF.CardAccess does not offer. */
static enum result add_not_offered(struct infos *f, const struct chip *c)
{
	static const char *const candidates[] = {
		"gm-ecdh-aes128:bp256", "gm-ecdh-aes128:p256",
		"gm-ecdh-aes256:bp512",
	};

	for (size_t i = 0; i < 3; i++) {
		struct sim_protocol p;
		bool offered = false;

		if (sim_pace_parse(span_str(candidates[i]), &p) != R_OK)
			return R_INTERNAL;
		for (size_t k = 0; k < c->offered_count; k++)
			offered |= c->offered[k].domain == p.domain &&
				   span_equal(SPAN(c->offered[k].oid),
					      SPAN(p.oid));
		if (!offered)
			return add_pace(f, &p);
	}
	return pers_fail(R_MALFORMED, "--downgrade: all are offered");
}

/* The signed copy of the PACEInfos, as honest as the options say. */
static enum result add_signed(struct infos *f, const struct pers_options *o,
			      const struct chip *c)
{
	enum result r = o->unsigned_pace
				? R_OK : add_list(f, c->pace, c->pace_count);

	return r == R_OK && o->downgrade ? add_not_offered(f, c) : r;
}

/* TerminalAuthenticationInfo (TR-03110-3 A.1.1.3) and one that nobody knows:
 * an extended inspection system's business, and the future's. */
static enum result add_extra(struct infos *f)
{
	static const uint8_t ta[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02,
				      0x02, 0x02 };
	static const uint8_t unknown[] = { 0x2a, 0x03, 0x04, 0x05 };
	size_t from = f->s.n;
	enum result r;

	tlv_put(&f->s, 0x06, SPAN(ta));
	pers_put_number(&f->s, 0x02, 1);
	r = infos_add(f, from);
	if (r != R_OK)
		return r;
	from = f->s.n;
	tlv_put(&f->s, 0x06, SPAN(unknown));
	tlv_put(&f->s, 0x0c, span_str("unknown to readers"));
	return infos_add(f, from);
}

static enum result put_keyid(struct sink *out, const char *id,
			     const char *option)
{
	unsigned long v;
	enum result r;

	if (!id)
		return R_OK;
	r = pers_number(id, option, 0x7fffffff, &v);
	if (r == R_OK)
		pers_put_number(out, 0x02, v);
	return r;
}

/* 9.2.6: ChipAuthenticationPublicKeyInfo. */
static enum result add_key(struct infos *f, const struct chip_key *key,
			   const char *form, const char *id,
			   const char *option)
{
	static const uint8_t pk_dh[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02,
					 0x02, 0x01, 0x01 };
	static const uint8_t pk_ecdh[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02,
					   0x02, 0x01, 0x02 };
	size_t from = f->s.n;
	enum result r;

	tlv_put(&f->s, 0x06, key->domain->ec ? SPAN(pk_ecdh) : SPAN(pk_dh));
	r = chip_spki(key, form, &f->s);
	if (r == R_OK)
		r = put_keyid(&f->s, id, option);
	return r == R_OK ? infos_add(f, from) : r;
}

/* 9.2.5: ChipAuthenticationInfo, and its key. */
static enum result add_chip_auth(struct infos *f, const struct pers_options *o,
				 const struct chip *c)
{
	size_t from = f->s.n;
	enum result r;

	tlv_put(&f->s, 0x06, SPAN(c->ca_protocol.oid));
	pers_put_number(&f->s, 0x02, 1);
	r = put_keyid(&f->s, o->ca_keyid, "ca-keyid");
	if (r == R_OK)
		r = infos_add(f, from);
	return r == R_OK ? add_key(f, &c->ca, o->ca_params, o->ca_keyid,
				   "ca-keyid")
			 : r;
}

/*
 * 9.2.4: ActiveAuthenticationInfo { id-icao-mrtd-security-aaProtocolObject,
 * version 1, signatureAlgorithm }, with the plain signatures of TR-03111
 * 5.2.1.1: 0.4.0.127.0.7.1.1.4.1.n.
 */
static enum result add_active_auth(struct infos *f, const struct chip *c)
{
	static const uint8_t protocol[] = { 0x67, 0x81, 0x08, 0x01, 0x01,
					    0x05 };
	const uint8_t plain[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x01,
				  0x01, 0x04, 0x01, c->aa_digest };
	size_t from = f->s.n;

	tlv_put(&f->s, 0x06, SPAN(protocol));
	pers_put_number(&f->s, 0x02, 1);
	tlv_put(&f->s, 0x06, SPAN(plain));
	return infos_add(f, from);
}

enum result infos_card_access(const struct pers_options *o,
			      const struct chip *c, struct blob *out)
{
	struct infos f;
	enum result r;

	if (c->offered_count == 0)
		return R_ABSENT;
	infos_init(&f);
	r = add_list(&f, c->offered, c->offered_count);
	if (r == R_OK && o->extra_infos)
		r = add_extra(&f);
	return r == R_OK ? infos_done(&f, 0, out) : r;
}

enum result infos_dg14(const struct pers_options *o, const struct chip *c,
		       struct blob *out)
{
	struct infos f;
	enum result r;

	infos_init(&f);
	r = add_signed(&f, o, c);
	if (r == R_OK && c->ca.domain)
		r = add_chip_auth(&f, o, c);
	if (r == R_OK && c->aa && !c->aa_rsa && !o->aa_no_info)
		r = add_active_auth(&f, c);
	if (r == R_OK && o->extra_infos)
		r = add_extra(&f);
	return r == R_OK ? infos_done(&f, 0x6e, out) : r;
}

enum result infos_card_security(const struct pers_options *o,
				const struct chip *c, struct blob *out)
{
	struct infos f;
	enum result r;

	infos_init(&f);
	r = add_signed(&f, o, c);
	if (r == R_OK)
		r = add_key(&f, &c->cam, o->cam_params, o->cam_keyid,
			    "cam-keyid");
	if (r == R_OK && o->extra_infos)
		r = add_extra(&f);
	return r == R_OK ? infos_done(&f, 0, out) : r;
}
