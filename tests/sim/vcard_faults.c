/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vcard.h"

/* argument: 0 none, 'd' a card's directory, 's' a status word, 'm' ms */
static const struct {
	const char *name;
	enum fault_kind kind;
	bool stays;
	char argument;
} kinds[] = {
	{ "remove-at",    FAULT_REMOVE,       false, 0 },
	{ "remove-after", FAULT_REMOVE_AFTER, false, 0 },
	{ "swap-at",      FAULT_SWAP,         false, 'd' },
	{ "slip-at",      FAULT_SLIP,         false, 'd' },
	{ "silent-at",    FAULT_SILENT,       true,  0 },
	{ "mac-at",       FAULT_MAC,          false, 0 },
	{ "plain-at",     FAULT_PLAIN,        false, 0 },
	{ "sw-at",        FAULT_SW,           false, 's' },
	{ "sw-from",      FAULT_SW,           true,  's' },
	{ "loop61-at",    FAULT_LOOP61,       true,  0 },
	{ "loop6c-at",    FAULT_LOOP6C,       true,  0 },
	{ "short-at",     FAULT_SHORT,        false, 0 },
	{ "replay-at",    FAULT_REPLAY,       false, 0 },
	{ "trickle-at",   FAULT_TRICKLE,      true,  'm' },
};

static enum result parse(const char *line, struct fault *f)
{
	char name[32], argument[PATH_MAX] = "", *end;
	unsigned int at;

	if (sscanf(line, "%31s %u %4095[^\n]", name, &at, argument) < 2 || !at)
		return R_ABSENT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		*f = (struct fault){ .kind = kinds[i].kind, .at = at,
				     .stays = kinds[i].stays };
		if ((kinds[i].argument != 0) != (argument[0] != 0))
			return R_MALFORMED;
		if (kinds[i].argument == 's') {
			f->sw = (uint16_t)strtoul(argument, &end, 16);
			return *end ? R_MALFORMED : R_OK;
		}
		if (kinds[i].argument == 'm') {
			f->ms = (unsigned int)strtoul(argument, &end, 10);
			return *end ? R_MALFORMED : R_OK;
		}
		memcpy(f->dir, argument, sizeof(f->dir));
		return R_OK;
	}
	return R_ABSENT;
}

enum result fault_add(struct vcard *v, const char *line)
{
	struct fault f;
	enum result r = parse(line, &f);

	if (r != R_OK)
		return r;
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		if (v->faults[i].kind != FAULT_NONE)
			continue;
		v->faults[i] = f;
		return R_OK;
	}
	return R_BUSY;
}

enum fault_kind fault_take(struct vcard *v, struct fault *out)
{
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		struct fault *f = &v->faults[i];

		if (f->kind == FAULT_NONE ||
		    (f->stays ? v->apdus < f->at : v->apdus != f->at))
			continue;
		*out = *f;
		if (!f->stays)
			f->kind = FAULT_NONE;
		return out->kind;
	}
	return FAULT_NONE;
}
