// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * A foreign file on its way into the store, whatever its form: taken apart,
 * each thing judged, and what is taken made an item that can travel.
 */
#include "inspect/import_take.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "inspect/csca_item.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1800000000
#define COUNTRY "UT"

static void travels(const struct msg_item *m, const struct import_object *o)
{
	static uint8_t packet[IMPORT_DER_MAX + 1024];
	struct sink s = SINK(packet);
	struct msg_item whole = *m;
	char hex[65];

	whole.der = o->der;
	hex_encode(SPAN(o->sha256), hex);
	if (wire_put(&s, MSG_INSPECT_ITEM, &whole) != R_OK ||
	    strcmp(hex, m->sha256) != 0 || strcmp(m->country, COUNTRY) != 0)
		abort();
}

static void take(struct csca_store *store, const struct import_object *o,
		 const struct import_rules *rules)
{
	X509_CRL *crl = NULL;
	X509 *signer = NULL;
	struct msg_item m;
	size_t had = csca_count(store), at = 0;

	if (o->kind == IMPORT_CRL) {
		if (import_take_crl(store, o, COUNTRY, &crl, &signer) !=
		    IMPORT_TAKEN)
			return;
		if (csca_item_crl(crl, signer, NOW, &rules->weak, &m) != R_OK)
			abort();
		X509_CRL_free(crl);
	} else {
		if (import_take_cert(store, o, COUNTRY, rules) !=
		    IMPORT_TAKEN)
			return;
		while (at < csca_count(store) &&
		       memcmp(csca_anchor(store, at)->sha256, o->sha256, 32))
			at++;
		if (csca_count(store) != had + 1 || at > had ||
		    csca_item_cert(store, csca_anchor(store, at)->cert, NOW,
				   &rules->weak, &m) != R_OK)
			abort();
	}
	travels(&m, o);
}

/* Every object is its octets' hash, no two are the same. */
static void check(const struct import_found *f)
{
	uint8_t sha256[32];

	for (size_t i = 0; i < f->n; i++) {
		const struct import_object *o = &f->at[i];

		if (o->der.n == 0 || o->der.n > IMPORT_DER_MAX ||
		    EVP_Digest(o->der.p, o->der.n, sha256, NULL, EVP_sha256(),
			       NULL) != 1 ||
		    memcmp(sha256, o->sha256, 32) != 0)
			abort();
		if (i > 0 && (o->kind < o[-1].kind ||
			      (o->kind == o[-1].kind &&
			       memcmp(o[-1].sha256, o->sha256, 32) >= 0)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_rules rules = { .now = NOW };
	struct import_found found = { 0 };
	struct csca_store *store;
	X509 *signer;

	if (csca_new(&store) != R_OK)
		abort();
	if (import_find(span_of(data, size), &rules, &found) != REASON_NONE)
		abort();	/* no input is so large */
	if (found.n + found.lists + found.bad == 0)
		abort();	/* a file was passed over without a word */
	import_found_sort(&found);
	check(&found);
	for (size_t i = 0; i < found.n; i++)
		take(store, &found.at[i], &rules);
	import_found_free(&found);
	csca_free(store);
	if (import_signer(span_of(data, size), &signer) == R_OK)
		X509_free(signer);
	return 0;
}
