// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: ctl base */
/* One line of a backup pair's file: what is taken for a half is written back
 * as it was, and no bytes are both halves. The same bytes as a row of the
 * key's status. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/key_pair.h"
#include "ctl/key_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static bool half(enum key_half which, struct span in)
{
	uint8_t bytes[ELEMENT_SIZE];
	char line[KEY_LINE_MAX];
	struct span text;

	memset(bytes, 0xa5, sizeof(bytes));
	if (key_line_get(which, in, bytes) != R_OK) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			must(bytes[i] == 0xa5);
		return false;
	}
	key_line_put(which, bytes, line);
	text = span_str(line);
	must(text.n == in.n || text.n == in.n + 1);	/* its newline */
	must(!memcmp(text.p, in.p, in.n));
	return true;
}

static void row(const uint8_t *data, size_t size)
{
	struct key_status s = { 0 };
	char text[1025];

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (key_status_row(&s, text) != R_OK) {
		must(s.n == 0);
		return;
	}
	must(s.n == 1 && strlen(s.at[0].item) < sizeof(s.at[0].item));
	must(!strncmp(text, s.at[0].item, strlen(s.at[0].item)));
	must(!strcmp(key_status_get(&s, s.at[0].item), s.at[0].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	bool public = half(KEY_PUBLIC, in);

	must(!(half(KEY_SECRET, in) && public));
	row(data, size);
	return 0;
}
