// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/import_find.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "inspect/import_ldif.h"
#include "lds/tlv.h"

/* Octets that stand in no file as they are: decoded, or of a list. */
struct import_block {
	struct import_block *next;
	uint8_t bytes[];
};

static uint8_t *new_block(struct import_found *f, size_t n)
{
	struct import_block *b = malloc(sizeof(*b) + n);

	if (!b)
		return NULL;
	b->next = f->blocks;
	f->blocks = b;
	return b->bytes;
}

void import_found_free(struct import_found *found)
{
	while (found->blocks) {
		struct import_block *b = found->blocks;

		found->blocks = b->next;
		free(b);
	}
	free(found->at);
	*found = (struct import_found){ 0 };
}

/* -- objects --------------------------------------------------------------- */

static enum reason append(struct import_found *f, enum import_kind kind,
			  bool vouched, struct span der)
{
	struct import_object *o;

	refuse_if(f->n == IMPORT_OBJECTS_MAX, REASON_FILE_MALFORMED);
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		void *at = realloc(f->at, room * sizeof(*f->at));

		if (!at)
			return REASON_INTERNAL;
		f->at = at;
		f->room = room;
	}
	o = &f->at[f->n];
	*o = (struct import_object){ .kind = kind, .vouched = vouched,
				     .der = der };
	if (EVP_Digest(der.p, der.n, o->sha256, NULL, EVP_sha256(), NULL) != 1)
		return REASON_INTERNAL;
	f->n++;
	return REASON_NONE;
}

static int by_kind_and_hash(const void *a, const void *b)
{
	const struct import_object *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return memcmp(x->sha256, y->sha256, sizeof(x->sha256));
}

void import_found_sort(struct import_found *found)
{
	struct import_object *at = found->at;
	size_t kept = 0;

	if (found->n == 0)
		return;
	qsort(at, found->n, sizeof(*at), by_kind_and_hash);
	for (size_t i = 1; i < found->n; i++)
		if (by_kind_and_hash(&at[kept], &at[i]) == 0)
			at[kept].vouched |= at[i].vouched;
		else
			at[++kept] = at[i];
	found->n = kept + 1;
}

/* -- DER ------------------------------------------------------------------- */

/* What the first octets say; only looked at, and BER is let by: a CMS may be
 * it. */
enum der_kind { DER_OTHER, DER_CERT, DER_CRL, DER_CMS };

/* Behind the tag and the length octets of what begins here. */
static enum result enter(struct span *in, uint8_t tag)
{
	struct span rest = *in, octets;
	uint8_t t, n;

	if (span_u8(&rest, &t) != R_OK || t != tag ||
	    span_u8(&rest, &n) != R_OK ||
	    span_take(&rest, n > 0x80 ? n & 0x7f : 0, &octets) != R_OK)
		return R_MALFORMED;
	*in = rest;
	return R_OK;
}

static enum der_kind kind_of(struct span der)
{
	if (enter(&der, DER_SEQUENCE) != R_OK)
		return DER_OTHER;
	if (der.n > 0 && der.p[0] == DER_OID)
		return DER_CMS;
	if (enter(&der, DER_SEQUENCE) != R_OK || der.n == 0)
		return DER_OTHER;
	/* version [0]: a CSCA certificate has it (9303-12 7.1.1: version 3) */
	return der.p[0] == 0xa0 ? DER_CERT : DER_CRL;
}

/* A certificate or a CRL. Only DER: its octets are what is kept and compared,
 * and the same thing encoded otherwise would be another. */
static enum reason add_object(struct import_found *f, struct span der,
			      enum der_kind kind, bool vouched)
{
	struct span body;

	if ((kind != DER_CERT && kind != DER_CRL) ||
	    tlv_only(der, DER_SEQUENCE, &body) != R_OK ||
	    refused(der.n > IMPORT_DER_MAX)) {
		f->bad++;
		return REASON_NONE;
	}
	return append(f, kind == DER_CERT ? IMPORT_CERT : IMPORT_CRL, vouched,
		      der);
}

static enum reason add_listed(struct import_found *f, struct span set)
{
	uint8_t *copy = new_block(f, set.n);
	enum reason why = REASON_NONE;
	struct tlv t;

	if (!copy)
		return REASON_INTERNAL;
	memcpy(copy, set.p, set.n);
	set.p = copy;
	while (why == REASON_NONE && set.n > 0) {
		if (tlv_next(&set, &t) != R_OK || kind_of(t.raw) != DER_CERT) {
			/* CscaMasterList is a SET OF Certificate; behind what
			 * is none, nothing is certain */
			f->bad++;
			break;
		}
		why = add_object(f, t.raw, DER_CERT, true);
	}
	return why;
}

static enum reason add_list(struct import_found *f, struct span der,
			    const struct import_rules *rules)
{
	scoped(signed_data_done) struct signed_data sd = { 0 };
	struct span certificates = { 0 };
	enum reason why = master_list_open(der, rules->signer, rules->now,
					   &rules->weak, &sd, &certificates);

	if (why == REASON_INTERNAL)
		return why;
	if (refused(why != REASON_NONE)) {
		f->bad++;
		/* that it is another's says least */
		if (f->refused == REASON_NONE ||
		    f->refused == REASON_CSCA_UNKNOWN)
			f->refused = why;
		return REASON_NONE;
	}
	f->lists++;
	return add_listed(f, certificates);
}

static enum reason add_der(struct import_found *f, struct span der,
			   const struct import_rules *rules)
{
	enum der_kind kind = kind_of(der);

	return kind == DER_CMS ? add_list(f, der, rules)
			       : add_object(f, der, kind, false);
}

/* -- text ------------------------------------------------------------------ */

static enum reason add_block(struct import_found *f, const char *header,
			     struct span der, const struct import_rules *rules)
{
	uint8_t *copy;

	if (header[0]) {	/* encrypted: nothing that is published is */
		f->bad++;
		return REASON_NONE;
	}
	copy = new_block(f, der.n);
	if (!copy)
		return REASON_INTERNAL;
	memcpy(copy, der.p, der.n);
	return add_der(f, span_of(copy, der.n), rules);
}

/* Every block, whatever its name says; text around them is passed over. */
static enum reason add_pem(struct import_found *f, struct span text,
			   const struct import_rules *rules)
{
	BIO *bio = text.n <= INT_MAX ? BIO_new_mem_buf(text.p, (int)text.n)
				     : NULL;
	enum reason why = bio ? REASON_NONE : REASON_INTERNAL;
	size_t left = text.n, before;
	char *name, *header;
	unsigned char *data;
	long n;

	while (why == REASON_NONE && left > 0) {
		before = left;
		ERR_clear_error();
		if (PEM_read_bio(bio, &name, &header, &data, &n) == 1) {
			why = add_block(f, header, span_of(data, (size_t)n),
					rules);
			OPENSSL_free(name);
			OPENSSL_free(header);
			OPENSSL_free(data);
		} else if (ERR_GET_REASON(ERR_peek_last_error()) !=
			   PEM_R_NO_START_LINE) {
			f->bad++;
		}
		left = BIO_pending(bio);
		if (left == before)
			why = REASON_INTERNAL;	/* no memory for a line */
	}
	BIO_free(bio);
	ERR_clear_error();
	return why;
}

static enum reason add_ldif(struct import_found *f, struct span text,
			    const struct import_rules *rules)
{
	struct sink room = sink_of(new_block(f, text.n), text.n);
	enum reason why = REASON_NONE;
	enum result r = R_OK;
	struct span value;

	if (!room.p)
		return REASON_INTERNAL;
	while (why == REASON_NONE && r != R_ABSENT) {
		r = ldif_next(&text, &room, &value);
		if (r == R_OK)
			why = add_der(f, value, rules);
		else if (r == R_MALFORMED)
			f->bad++;
		else if (r != R_ABSENT)
			why = REASON_INTERNAL;
	}
	return why;
}

/* A SEQUENCE with a long length; "0" alone may begin a line of text. */
static bool is_der(struct span file)
{
	return file.n > 1 && file.p[0] == DER_SEQUENCE && file.p[1] >= 0x80;
}

static bool is_pem(struct span text)
{
	static const char begin[] = "-----BEGIN ";

	return memmem(text.p, text.n, begin, sizeof(begin) - 1) != NULL;
}

enum reason import_find(struct span file, const struct import_rules *rules,
			struct import_found *out)
{
	size_t before = out->n + out->lists + out->bad;
	enum reason why = REASON_NONE;

	if (is_der(file))
		why = add_der(out, file, rules);
	else if (is_pem(file))
		why = add_pem(out, file, rules);
	else
		why = add_ldif(out, file, rules);
	if (out->n + out->lists + out->bad == before)
		out->bad++;	/* it is something else */
	return why;
}

enum result import_signer(struct span file, X509 **out)
{
	static const struct import_rules any;
	scoped(import_found_free) struct import_found f = { 0 };
	const unsigned char *p;
	X509 *cert;

	if (import_find(file, &any, &f) != REASON_NONE)
		return R_INTERNAL;
	refuse_if(f.n != 1, R_MALFORMED);
	refuse_if(f.bad > 0 || f.lists > 0, R_MALFORMED);
	if (f.at[0].kind != IMPORT_CERT)
		return R_MALFORMED;
	p = f.at[0].der.p;
	cert = d2i_X509(NULL, &p, (long)f.at[0].der.n);
	ERR_clear_error();
	if (!cert)
		return R_MALFORMED;
	*out = cert;
	return R_OK;
}
