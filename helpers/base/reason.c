// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/reason.h"

#include <stddef.h>

static const struct reason_row rows[] = {
#define X(name, number, code, result, msg, text) \
	{ REASON_##name, code, result, msg, text },
	REASONS(X)
#undef X
};

const struct reason_row *reason_row(unsigned int r)
{
	const struct reason_row *internal = &rows[0];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].id == (enum reason)r)
			return &rows[i];
		if (rows[i].id == REASON_INTERNAL)
			internal = &rows[i];
	}
	return internal;
}
