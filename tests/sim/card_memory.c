/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

void card_memory_free(struct card_memory *m)
{
	for (int i = 0; i < SIM_EF_COUNT; i++)
		blob_free(&m->files[i]);
	*m = (struct card_memory){ .ca_keyid = -1 };
}

static enum result set_text(char *out, size_t cap, const char *value)
{
	int n = snprintf(out, cap, "%s", value);

	return n >= 0 && (size_t)n < cap ? R_OK : R_MALFORMED;
}

/* A line "name=value" of card.conf; names not known here are skipped. */
static enum result set_value(struct card_memory *m, const char *name,
			     const char *value)
{
	if (strcmp(name, "can") == 0)
		return set_text(m->can, sizeof(m->can), value);
	if (strcmp(name, "mrz") == 0)
		return set_text(m->mrz, sizeof(m->mrz), value);
	if (strcmp(name, "pace") == 0)
		return set_text(m->pace, sizeof(m->pace), value);
	if (strcmp(name, "extended") == 0) {
		m->extended = *value == '1';
	} else if (!*value) {
		return R_OK;
	} else if (strcmp(name, "ca_curve") == 0) {
		m->ca_curve = sim_curve_by_option(value);
		return m->ca_curve ? R_OK : R_MALFORMED;
	} else if (strcmp(name, "ca_keyid") == 0) {
		m->ca_keyid = atoi(value);
	} else if (strcmp(name, "ca_key") == 0) {
		return hex_decode(value, m->ca_key, sizeof(m->ca_key));
	}
	return R_OK;
}

static enum result load_conf(const char *dir, struct card_memory *m)
{
	scoped(blob_free) struct blob text = { 0 };
	char *line, *rest, *save = NULL;
	enum result r = sim_file_read(dir, "card.conf", &text);

	if (r != R_OK)
		return r;
	line = strtok_r((char *)text.p, "\n", &save);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		rest = strchr(line, '=');
		if (!rest)
			return R_MALFORMED;
		*rest++ = 0;
		r = set_value(m, line, rest);
		if (r != R_OK)
			return r;
	}
	return R_OK;
}

enum result card_memory_load(const char *dir, struct card_memory *out)
{
	scoped(card_memory_free) struct card_memory m = { .ca_keyid = -1 };
	enum result r = load_conf(dir, &m);

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
