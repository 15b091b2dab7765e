// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * A certificate or a CRL into the store, and all of the store as items. Two
 * objects in one input: u16 length and the first, then the second; a
 * certificate's first octets tell it from a CRL as csca_add_* do.
 */
#include "inspect/csca_item.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1800000000

static void travels(const struct msg_item *m)
{
	static uint8_t packet[WIRE_MAX];
	struct sink s = SINK(packet);
	struct msg_item back;

	if (m->der.n != 0 || strlen(m->sha256) != 64 ||
	    wire_put(&s, MSG_INSPECT_ITEM, m) != R_OK ||
	    wire_get(sink_span(&s), MSG_INSPECT_ITEM, &back) != R_OK ||
	    strcmp(back.subject, m->subject) != 0 ||
	    strcmp(back.algorithm, m->algorithm) != 0)
		abort();
}

static void tell(const struct csca_store *store,
		 const struct csca_strength *weak)
{
	struct msg_item m;

	for (size_t i = 0; i < csca_count(store); i++) {
		if (csca_item_cert(store, csca_anchor(store, i)->cert, NOW,
				   weak, &m) != R_OK)
			abort();
		travels(&m);
	}
	for (size_t i = 0; i < csca_crl_count(store); i++) {
		X509_CRL *crl = csca_crl(store, i);

		if (csca_item_crl(crl, csca_crl_signer(store, i), NOW, weak,
				  &m) != R_OK)
			abort();
		travels(&m);
		if (csca_item_crl(crl, NULL, NOW, weak, &m) != R_OK)
			abort();
		travels(&m);
	}
	if (csca_expiring(store, NOW) >
	    csca_count(store) + csca_crl_count(store))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct csca_strength strict, weak = { true, true };
	struct span in = span_of(data, size), one;
	struct csca_store *store;
	uint16_t n;

	if (span_u16(&in, &n) != R_OK || span_take(&in, n, &one) != R_OK)
		return 0;
	if (csca_new(&store) != R_OK)
		abort();
	if (csca_add_cert(store, one) != CSCA_BAD_NONE)
		(void)csca_add_crl(store, one);
	if (csca_add_cert(store, in) != CSCA_BAD_NONE)
		(void)csca_add_crl(store, in);
	tell(store, &strict);
	tell(store, &weak);
	csca_free(store);
	return 0;
}
