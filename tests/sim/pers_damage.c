/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bad cards: what happens to a file after the State signed it.
 */
#include <stdlib.h>
#include <string.h>

#include "pers.h"

#define OVERSIZE (256u * 1024)	/* above what any reader should take */
#define LIE      0x4000u	/* bytes the file does not have */

typedef enum result damage_fn(struct blob *file);

/* One bit near the end: DG2's image, DG1's MRZ, the SOD's signature. */
static enum result alter(struct blob *file)
{
	file->p[file->n - 3] ^= 0x01;
	return R_OK;
}

/* The header says the right length, the file ends in the middle. */
static enum result truncate_file(struct blob *file)
{
	file->n /= 2;
	return R_OK;
}

/* The same contents under a header with another length, grown to `size`. */
static enum result rewrite(struct blob *file, size_t claim, size_t size)
{
	struct span in = blob_span(file), value;
	struct blob b = { calloc(1, size + 8), 0 };
	struct sink s = sink_of(b.p, size + 8);
	uint32_t tag;

	if (!b.p || tlv_get(&in, &tag, &value) != R_OK) {
		free(b.p);
		return R_INTERNAL;
	}
	tlv_header(&s, tag, claim);
	b.n = s.n + size;
	memcpy(b.p + s.n, value.p, value.n < size ? value.n : size);
	blob_free(file);
	*file = b;
	return R_OK;
}

static enum result lying_length(struct blob *file)
{
	return rewrite(file, file->n + LIE, file->n);
}

static enum result oversize(struct blob *file)
{
	return rewrite(file, OVERSIZE, OVERSIZE);
}

static enum result withhold(struct blob *file)
{
	blob_free(file);
	return R_OK;
}

static enum sim_ef_id file_of(struct span name)
{
	if (span_equal(name, span_str("access")))
		return SIM_ACCESS;
	return sim_ef_by_option(name);
}

static enum result damage_listed(const char *list, damage_fn *damage,
				 struct blob files[SIM_EF_COUNT])
{
	struct span rest = span_str(list ? list : "");

	while (rest.n) {
		const uint8_t *comma = memchr(rest.p, ',', rest.n);
		size_t n = comma ? (size_t)(comma - rest.p) : rest.n;
		enum sim_ef_id id = file_of(span_of(rest.p, n));

		if (id == SIM_EF_COUNT || !files[id].p)
			return pers_fail(R_MALFORMED, "this card has no file "
					 "%.*s", (int)n, (const char *)rest.p);
		enum result r = damage(&files[id]);
		if (r != R_OK)
			return r;
		n += comma ? 1 : 0;
		rest = span_of(rest.p + n, rest.n - n);
	}
	return R_OK;
}

enum result pers_damage(const struct pers_options *o,
			struct blob files[SIM_EF_COUNT])
{
	const struct {
		const char *list;
		damage_fn *damage;
	} table[] = {
		{ o->alter_dg2 ? "dg2" : NULL, alter },
		{ o->alter, alter },
		{ o->truncate, truncate_file },
		{ o->lying_length, lying_length },
		{ o->oversize, oversize },
		{ o->withhold, withhold },
		{ o->no_sod ? "sod" : NULL, withhold },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		enum result r = damage_listed(table[i].list, table[i].damage,
					      files);
		if (r != R_OK)
			return r;
	}
	return R_OK;
}
