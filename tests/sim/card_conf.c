/* SPDX-License-Identifier: GPL-3.0-or-later */
/* card.conf: one name=value a line; names not known here are skipped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

static const char *const quirk_names[QUIRK_COUNT] = {
	"no-select-mf", "no-sfi", "no-cardaccess-sfi", "p1-02-only", "block-",
	"le-256-6700", "6c-le", "61-chain", "61-part", "no-can", "always-84",
	"dh-padded", "aa-b4",
};

static const char *const evil_names[EVIL_COUNT] = {
	"reflect-map", "reflect-agree", "infinity", "infinity-map",
	"off-curve", "off-curve-map", "small-subgroup", "small-subgroup-map",
	"null-key", "short-nonce", "long-nonce", "wrong-token", "extra-tlv",
	"cam-wrong-scalar", "cam-withheld", "cam-bad-padding",
	"bac-reflect", "bac-wrong-nonce", "bac-wrong-mac",
	"ca-wrong-key", "ca-keep-keys", "aa-wrong-key", "aa-replay",
	"pin-always-ok", "pin-plain",
	"skip-mac", "no-99", "sw-mismatch", "bad-padding", "stale-ssc",
	"endless-ef", "more-data", "no-data", "one-byte", "open",
};

static enum result set_text(char *out, size_t cap, const char *value)
{
	int n = snprintf(out, cap, "%s", value);

	return n >= 0 && (size_t)n < cap ? R_OK : R_MALFORMED;
}

/* Does the element begin with this name, and is then over or goes on with
 * what takes a number? */
static bool named(struct span e, const char *name, const char **rest)
{
	const size_t n = strlen(name);

	if (e.n < n || memcmp(e.p, name, n) != 0)
		return false;
	*rest = (const char *)e.p + n;
	return e.n == n || (*rest)[0] == ':' || name[n - 1] == '-';
}

/* "160:6282" of block-, ":64" of 61-chain; a comma or NUL ends it. */
static enum result quirk_numbers(struct card_memory *m, enum quirk q,
				 const char *text)
{
	char *end;

	if (q == QUIRK_BLOCK) {
		m->block = strtoul(text, &end, 10);
		m->block_sw = *end == ':'
			? (uint16_t)strtoul(end + 1, NULL, 16) : SW_EOF;
		return m->block ? R_OK : R_MALFORMED;
	}
	if (q != QUIRK_61_CHAIN && q != QUIRK_61_PART)
		return R_OK;
	m->chain = *text == ':' ? strtoul(text + 1, NULL, 10) : 128;
	return m->chain && m->chain <= 256 ? R_OK : R_MALFORMED;
}

static enum result set_quirks(struct card_memory *m, const char *list)
{
	struct span e;

	while (sim_list_next(&list, &e)) {
		const char *rest = NULL;
		unsigned int q = 0;

		while (q < QUIRK_COUNT && !named(e, quirk_names[q], &rest))
			q++;
		if (q == QUIRK_COUNT ||
		    quirk_numbers(m, (enum quirk)q, rest) != R_OK)
			return R_MALFORMED;
		m->quirks |= 1u << q;
	}
	return R_OK;
}

static enum result set_evil(struct card_memory *m, const char *list)
{
	struct span e;

	while (sim_list_next(&list, &e)) {
		unsigned int i = 0;

		while (i < EVIL_COUNT && !span_equal(e,
						     span_str(evil_names[i])))
			i++;
		if (i == EVIL_COUNT)
			return R_MALFORMED;
		m->evil |= (uint64_t)1 << i;
	}
	return R_OK;
}

/* "rsa:sha256", "ecdsa:sha256", "ecdsa:sha256:der" */
static enum result set_aa(struct card_memory *m, const char *value)
{
	const char *hash = strchr(value, ':');
	size_t n;

	if (!hash)
		return R_MALFORMED;
	hash++;
	n = strcspn(hash, ":");
	m->aa_digest = sim_digest(span_of(hash, n));
	m->aa_der = strcmp(hash + n, ":der") == 0;
	return m->aa_digest && (m->aa_der || !hash[n]) ? R_OK : R_MALFORMED;
}

static enum result set_historical(struct card_memory *m, const char *value)
{
	m->historicals = strlen(value) / 2;
	if (m->historicals > sizeof(m->historical) || strlen(value) % 2)
		return R_MALFORMED;
	return hex_decode(value, m->historical, m->historicals);
}

/* Keys, whose size depends on another line: that may come later. */
struct keys {
	const char *ca, *cam;
};

static enum result set_number(struct card_memory *m, const char *name,
			      const char *value)
{
	const unsigned long n = strtoul(value, NULL, 10);

	if (strcmp(name, "bac") == 0)
		m->bac = n == 1;
	else if (strcmp(name, "extended") == 0)
		m->extended = n == 1;
	else if (strcmp(name, "ca_keyid") == 0)
		m->ca_keyid = (int)n;
	else if (strcmp(name, "max_command") == 0)
		m->max_command = n;
	else if (strcmp(name, "max_response") == 0)
		m->max_response = n;
	else if (strcmp(name, "pin_tries") == 0)
		m->pin_tries = n < 16 ? (unsigned int)n : 15;
	else if (strcmp(name, "pin_reference") == 0)
		return hex_decode(value, &m->pin_reference, 1);
	return R_OK;
}

static enum result set_value(struct card_memory *m, struct keys *keys,
			     const char *name, const char *value)
{
	if (!*value)
		return R_OK;
	if (strcmp(name, "can") == 0)
		return set_text(m->can, sizeof(m->can), value);
	if (strcmp(name, "mrz") == 0)
		return set_text(m->mrz, sizeof(m->mrz), value);
	if (strcmp(name, "pin") == 0)
		return set_text(m->pin, sizeof(m->pin), value);
	if (strcmp(name, "pace") == 0)
		return sim_pace_list(value, m->pace, &m->paces);
	if (strcmp(name, "ca") == 0)
		return sim_ca_parse(span_str(value), &m->ca);
	if (strcmp(name, "aa") == 0)
		return set_aa(m, value);
	if (strcmp(name, "historical") == 0)
		return set_historical(m, value);
	if (strcmp(name, "quirks") == 0)
		return set_quirks(m, value);
	if (strcmp(name, "evil") == 0)
		return set_evil(m, value);
	if (strcmp(name, "ca_key") == 0) {
		keys->ca = value;
	} else if (strcmp(name, "cam_key") == 0) {
		keys->cam = value;
	} else if (strcmp(name, "cam") == 0) {
		m->cam = sim_domain_by_option(span_str(value));
		return m->cam && m->cam->ec ? R_OK : R_MALFORMED;
	} else {
		return set_number(m, name, value);
	}
	return R_OK;
}

static enum result set_keys(struct card_memory *m, const struct keys *keys)
{
	enum result r = R_OK;

	if (m->ca.domain)
		r = keys->ca ? hex_decode(keys->ca, m->ca_key,
					  m->ca.domain->scalar) : R_MALFORMED;
	if (r == R_OK && m->cam)
		r = keys->cam ? hex_decode(keys->cam, m->cam_key,
					   m->cam->scalar) : R_MALFORMED;
	return r;
}

enum result card_memory_parse(char *text, struct card_memory *out)
{
	struct card_memory m = { .ca_keyid = -1, .pin_reference = 0x81,
				 .pin_tries = 3 };
	struct keys keys = { 0 };
	char *line, *value, *save = NULL;
	enum result r = R_OK;

	line = strtok_r(text, "\n", &save);
	for (; r == R_OK && line; line = strtok_r(NULL, "\n", &save)) {
		value = strchr(line, '=');
		if (!value)
			return R_MALFORMED;
		*value++ = 0;
		r = set_value(&m, &keys, line, value);
		if (r != R_OK)
			fprintf(stderr, "card.conf: %s=%s\n", line, value);
	}
	if (r == R_OK)
		r = set_keys(&m, &keys);
	m.pin_left = m.pin_tries;
	if (r == R_OK)
		*out = m;
	return r;
}
