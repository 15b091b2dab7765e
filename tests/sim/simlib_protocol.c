/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Protocols as text and as object identifiers (9303-11 9.2.3, 9.2.5). */
#include <string.h>

#include "sim.h"

/* bsi-de protocols smartcard: what PACE (2.4) and CA (2.3) begin with. */
static const uint8_t arc[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02 };
enum { ARC_CA = 3, ARC_PACE = 4 };

static const struct {
	const char *name;
	bool ec;
	enum sim_mapping mapping;
	uint8_t arc, last;
} families[] = {
	{ "gm-dh",    false, SIM_GM,  ARC_PACE, 1 },
	{ "gm-ecdh",  true,  SIM_GM,  ARC_PACE, 2 },
	{ "im-dh",    false, SIM_IM,  ARC_PACE, 3 },
	{ "im-ecdh",  true,  SIM_IM,  ARC_PACE, 4 },
	{ "cam-ecdh", true,  SIM_CAM, ARC_PACE, 6 },
	{ "dh",       false, SIM_GM,  ARC_CA,   1 },
	{ "ecdh",     true,  SIM_GM,  ARC_CA,   2 },
};

static const struct {
	const char *name;
	enum sim_cipher cipher;
	uint8_t last;
} ciphers[] = {
	{ "-3des:", SIM_3DES, 1 },     { "-aes128:", SIM_AES128, 2 },
	{ "-aes192:", SIM_AES192, 3 }, { "-aes256:", SIM_AES256, 4 },
};

#define FAMILIES (sizeof(families) / sizeof(families[0]))
#define CIPHERS	 (sizeof(ciphers) / sizeof(ciphers[0]))

static bool skip(struct span *in, const char *what)
{
	struct span head, rest = *in;

	if (span_take(&rest, strlen(what), &head) != R_OK ||
	    !span_equal(head, span_str(what)))
		return false;
	*in = rest;
	return true;
}

static enum result parse(struct span text, uint8_t which,
			 struct sim_protocol *out)
{
	size_t f = 0, c = 0;

	while (f < FAMILIES && (families[f].arc != which ||
				!skip(&text, families[f].name)))
		f++;
	while (c < CIPHERS && !skip(&text, ciphers[c].name))
		c++;
	if (f == FAMILIES || c == CIPHERS)
		return R_MALFORMED;
	*out = (struct sim_protocol){
		.mapping = families[f].mapping, .cipher = ciphers[c].cipher,
		.domain = sim_domain_by_option(text),
	};
	memcpy(out->oid, arc, sizeof(arc));
	out->oid[7] = which;
	out->oid[8] = families[f].last;
	out->oid[9] = ciphers[c].last;
	if (!out->domain || out->domain->ec != families[f].ec ||
	    (out->mapping == SIM_CAM && out->cipher == SIM_3DES))
		return R_MALFORMED;
	/* table 6: P-224's p is not 3 mod 4, its square roots are others */
	if (out->mapping == SIM_IM && out->domain->id == 10)
		return R_MALFORMED;
	return R_OK;
}

enum result sim_pace_parse(struct span text, struct sim_protocol *out)
{
	return parse(text, ARC_PACE, out);
}

enum result sim_ca_parse(struct span text, struct sim_protocol *out)
{
	return parse(text, ARC_CA, out);
}

bool sim_list_next(const char **list, struct span *element)
{
	size_t n = *list ? strcspn(*list, ",") : 0;

	if (!n)
		return false;
	*element = span_of(*list, n);
	*list += n + ((*list)[n] ? 1 : 0);
	return true;
}

enum result sim_pace_list(const char *text,
			  struct sim_protocol out[SIM_PROTOCOLS_MAX],
			  size_t *count)
{
	struct span element;

	*count = 0;
	if (!text || strcmp(text, "none") == 0)
		return R_OK;
	while (sim_list_next(&text, &element)) {
		if (*count == SIM_PROTOCOLS_MAX ||
		    sim_pace_parse(element, &out[*count]) != R_OK)
			return R_MALFORMED;
		++*count;
	}
	return *text ? R_MALFORMED : R_OK;
}

size_t sim_nonce_size(const struct sim_protocol *p)
{
	return p->mapping == SIM_IM && sim_key_size(p->cipher) > 16 ? 32 : 16;
}

/* 9.4.1: an unsigned integer has no leading zeros. */
static struct span encoded(const struct sim_protocol *p,
			   const struct sim_public *k)
{
	struct span s = sim_public_span(k), zero;

	while (!p->domain->ec && s.n > 1 && !s.p[0])
		if (span_take(&s, 1, &zero) != R_OK)
			break;
	return s;
}

enum result sim_pace_token(const struct sim_protocol *p,
			   const struct sim_key *mac,
			   const struct sim_public *public,
			   uint8_t token[SIM_MAC])
{
	uint8_t inner[SIM_PUBLIC_MAX + 32], outer[SIM_PUBLIC_MAX + 64];
	struct sink in = SINK(inner), out = SINK(outer);

	tlv_put(&in, 0x06, SPAN(p->oid));
	tlv_put(&in, p->domain->ec ? 0x86 : 0x84, encoded(p, public));
	tlv_put(&out, 0x7f49, sink_span(&in));
	if (mac->cipher == SIM_3DES)
		sim_pad(mac->cipher, &out, 0);
	if (sink_done(&in) != R_OK || sink_done(&out) != R_OK)
		return R_INTERNAL;
	return sim_mac(mac, sink_span(&out), token);
}
