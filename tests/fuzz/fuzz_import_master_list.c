// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/*
 * A CSCA master list, by whomever it is signed; what it lists then lies within
 * it, object by object.
 */
#include "inspect/master_list.h"

#include <stdlib.h>

#include "lds/tlv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1800000000

/* By itself a list is vouched for by its own signer, and by no other. */
static void judge(struct span der, X509 *by)
{
	static const struct csca_strength strict;
	struct signed_data sd = { 0 };
	struct span certificates = { 0 };
	enum reason why = master_list_open(der, by, NOW, &strict, &sd,
					   &certificates);
	struct tlv t;

	if (why == REASON_NONE) {
		const uint8_t *end = certificates.p + certificates.n;

		if (certificates.p < sd.content.p ||
		    end > sd.content.p + sd.content.n || !sd.signer)
			abort();
		while (certificates.n > 0 &&
		       tlv_next(&certificates, &t) == R_OK)
			if (t.raw.p + t.raw.n > end)
				abort();
		if (!by) {
			X509_up_ref(sd.signer);
			judge(der, sd.signer);
			X509_free(sd.signer);
		}
	} else if (by) {
		abort();	/* it was good without a name */
	}
	signed_data_done(&sd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csca_store *store;

	if (csca_new(&store) != R_OK)	/* gets OpenSSL ready */
		abort();
	judge(span_of(data, size), NULL);
	csca_free(store);
	return 0;
}
