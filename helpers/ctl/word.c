// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/word.h"

#include <string.h>

void word_print(const char *s, FILE *to)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-";

	if (s[strspn(s, plain)] == '\0') {
		fputs(s, to);
		return;
	}
	fputc('\'', to);
	for (; *s; s++)
		if (*s == '\'')
			fputs("'\\''", to);
		else
			fputc(*s, to);
	fputc('\'', to);
}
