/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "support_terminal.h"

static const struct {
	enum sim_ef_id id;
	size_t n;		/* value bytes */
} contents[] = {
	{ SIM_ACCESS, 20 }, { SIM_SECURITY, 700 }, { SIM_ATR, 14 },
	{ SIM_DIR, 9 },	    { SIM_COM, 20 },	   { SIM_DG1, 93 },
	{ SIM_DG2, 3000 },  { SIM_DG11, 40 },	   { SIM_DG14, 300 },
	{ SIM_DG15, 294 },  { SIM_SOD, 1800 },
};

static void invent(struct blob *out, const struct sim_ef *ef, size_t n)
{
	uint8_t buf[4096];
	struct sink s = SINK(buf);

	tlv_header(&s, ef->tag ? ef->tag : 0x43, n);
	for (size_t i = 0; i < n; i++)
		sink_u8(&s, (uint8_t)(i * 7 + ef->fid));
	ck_assert_int_eq(sink_done(&s), R_OK);
	ck_assert_int_eq(blob_copy(sink_span(&s), out), R_OK);
}

void card_from(struct card *c, const char *conf)
{
	char text[4096];

	ck_assert_uint_lt(strlen(conf), sizeof(text));
	strcpy(text, conf);
	card_init(c);
	ck_assert_int_eq(card_memory_parse(text, &c->memory), R_OK);
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		invent(&c->memory.files[contents[i].id],
		       sim_ef(contents[i].id), contents[i].n);
}

void card_line_key(const char *kind, const char *protocol,
		   const struct sim_domain *d, char *out, size_t cap,
		   struct sim_public *public)
{
	uint8_t key[SIM_SCALAR_MAX];
	char hex[2 * SIM_SCALAR_MAX + 1];

	ck_assert_int_eq(sim_scalar(d, sim_random, NULL, key), R_OK);
	ck_assert_int_eq(sim_multiply(d, NULL, span_of(key, d->scalar),
				      public), R_OK);
	hex_encode(span_of(key, d->scalar), hex);
	snprintf(out, cap, "%s=%s\n%s_key=%s\n", kind, protocol, kind, hex);
}

struct sim_protocol pace_of(const char *text)
{
	struct sim_protocol p;

	ck_assert_msg(sim_pace_parse(span_str(text), &p) == R_OK, "%s", text);
	return p;
}

struct sim_protocol ca_of(const char *text)
{
	struct sim_protocol p;

	ck_assert_msg(sim_ca_parse(span_str(text), &p) == R_OK, "%s", text);
	return p;
}
