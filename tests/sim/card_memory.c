/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/x509.h>

#include "card.h"

void card_memory_free(struct card_memory *m)
{
	for (int i = 0; i < SIM_EF_COUNT; i++)
		blob_free(&m->files[i]);
	EVP_PKEY_free(m->aa);
	*m = (struct card_memory){ .ca_keyid = -1 };
}

static enum result load_aa(const char *dir, struct card_memory *m)
{
	scoped(blob_free) struct blob der = { 0 };
	enum result r = sim_file_read(dir, "AA.key", &der);
	const unsigned char *p = der.p;

	if (r != R_OK || !m->aa_digest)
		return r == R_ABSENT ? R_MALFORMED : r;
	m->aa = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	return m->aa ? R_OK : R_MALFORMED;
}

enum result card_memory_load(const char *dir, struct card_memory *out)
{
	scoped(card_memory_free) struct card_memory m = { .ca_keyid = -1 };
	scoped(blob_free) struct blob text = { 0 };
	enum result r = sim_file_read(dir, "card.conf", &text);

	if (r == R_OK)
		r = card_memory_parse((char *)text.p, &m);
	if (r == R_OK && m.aa_digest)
		r = load_aa(dir, &m);
	if (r != R_OK)
		return r;
	for (int i = 0; i < SIM_EF_COUNT; i++) {
		r = sim_file_read(dir, sim_ef((enum sim_ef_id)i)->file,
				  &m.files[i]);
		if (r != R_OK && r != R_ABSENT)
			return r;
	}
	*out = m;
	m = (struct card_memory){ 0 };
	return R_OK;
}
