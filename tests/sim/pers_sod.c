/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the document signer signs: EF.SOD, the LDS security object (9303-10
 * 4.6.2.3), and EF.CardSecurity, SecurityInfos (TR-03110-3 A.1.2.5).
 */
#include <string.h>

#include "pers.h"

#define SIGNED_MAX 16384

static void put_algorithm(struct sink *out, const EVP_MD *md)
{
	const ASN1_OBJECT *obj = OBJ_nid2obj(EVP_MD_get_type(md));
	size_t from = out->n;

	tlv_put(out, 0x06, span_of(OBJ_get0_data(obj), OBJ_length(obj)));
	pers_wrap(out, from, 0x30);
}

static enum result put_hash(struct sink *out, const EVP_MD *md, uint8_t dg,
			    struct span file)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t from = out->n;
	unsigned int n = 0;

	if (!EVP_Digest(file.p, file.n, hash, &n, md, NULL))
		return R_INTERNAL;
	tlv_put(out, 0x02, span_of(&dg, 1));
	tlv_put(out, 0x04, span_of(hash, n));
	pers_wrap(out, from, 0x30);
	return sink_done(out);
}

/* In the order of the data groups' numbers, which is that of enum sim_ef_id. */
static enum result put_hashes(struct sink *out, const EVP_MD *md,
			      const struct blob files[SIM_EF_COUNT])
{
	size_t from = out->n;

	for (int i = 0; i < SIM_EF_COUNT; i++) {
		uint8_t dg = sim_ef((enum sim_ef_id)i)->dg;

		if (dg && files[i].p &&
		    put_hash(out, md, dg, blob_span(&files[i])) != R_OK)
			return R_INTERNAL;
	}
	pers_wrap(out, from, 0x30);
	return sink_done(out);
}

/* Version 1 tells the LDS version and Unicode's, signed (LDS 1.8). */
static void put_version_info(struct sink *out)
{
	size_t from = out->n;

	tlv_put(out, 0x13, span_str("0108"));
	tlv_put(out, 0x13, span_str("040000"));
	pers_wrap(out, from, 0x30);
}

static enum result security_object(const struct pers_options *o,
				   const struct blob files[SIM_EF_COUNT],
				   struct sink *out)
{
	const EVP_MD *md = EVP_get_digestbyname(o->digest);
	unsigned long version;

	if (!md)
		return pers_fail(R_MALFORMED, "unknown digest %s", o->digest);
	if (pers_number(o->lds_version, "lds-version", 1, &version) != R_OK)
		return R_MALFORMED;
	pers_put_number(out, 0x02, version);
	put_algorithm(out, md);
	if (put_hashes(out, md, files) != R_OK)
		return R_INTERNAL;
	if (version == 1)
		put_version_info(out);
	pers_wrap(out, 0, 0x30);
	return sink_done(out);
}

enum result pers_sod(const struct pers_options *o, const struct signer *signer,
		     const struct blob files[SIM_EF_COUNT], struct blob *out)
{
	uint8_t content[700], file[SIGNED_MAX];
	struct sink c = SINK(content), f = SINK(file);
	scoped(blob_free) struct blob der = { 0 };
	struct cms_plan plan;
	enum result r = cms_plan_of(o, "2.23.136.1.1.1", &plan);

	if (r == R_OK)
		r = security_object(o, files, &c);
	if (r == R_OK)
		r = cms_make(&plan, signer, sink_span(&c), &der);
	if (r != R_OK)
		return r;
	tlv_put(&f, 0x77, blob_span(&der));
	return sink_done(&f) == R_OK ? blob_copy(sink_span(&f), out)
				     : R_INTERNAL;
}

/* Another signer than the document's, where the options ask for a bad one. */
static enum result other_signer(const struct pers_options *o,
				const struct issuer *ca, struct signer *out)
{
	scoped(issuer_done) struct issuer stranger = { 0 };
	struct pers_options other = *o;

	if (o->cam_foreign) {
		other.wrong_country_dsc = true;
		return pki_signer(&other, ca, out);
	}
	enum result r = pki_stranger(o, &stranger);
	return r == R_OK ? pki_signer(o, &stranger, out) : r;
}

enum result pers_card_security(const struct pers_options *o,
			       const struct chip *c, const struct issuer *ca,
			       const struct signer *signer, struct blob *out)
{
	scoped(blob_free) struct blob infos = { 0 };
	scoped(signer_done) struct signer other = { 0 };
	struct cms_plan plan;
	enum result r = cms_plan_of(o, "0.4.0.127.0.7.3.2.1", &plan);

	if (r == R_OK)
		r = infos_card_security(o, c, &infos);
	if (r == R_OK && (o->cam_unsigned || o->cam_foreign))
		r = other_signer(o, ca, &other);
	if (r != R_OK)
		return r;
	return cms_make(&plan, other.cert ? &other : signer, blob_span(&infos),
			out);
}
