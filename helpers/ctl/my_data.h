/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is held about a person, in plain words. The rows are cnied's
 * ("key<TAB>value", several values with a tab between them); a key that no
 * sentence is known for is shown as it is: nothing is left out. They come in
 * any order, and are printed by part at the end: each head stands once.
 */
#ifndef CNIE_CTL_MY_DATA_H
#define CNIE_CTL_MY_DATA_H

#include <stdbool.h>
#include <stdio.h>

#include "base/result.h"

enum my_language { MY_ENGLISH, MY_FRENCH, MY_LANGUAGES };
/* "fr_MA.UTF-8"; NULL and what is not known: English. */
enum my_language my_language(const char *locale);

#define MY_PARTS 7
struct my_words {
	FILE *to;
	enum my_language language;
	struct {
		FILE *to;	/* into text; NULL: nothing yet */
		char *text;
		size_t n;
	} part[MY_PARTS];
	bool logs, complaint;	/* cnied said how long, and where to */
};
struct my_words my_words_to(FILE *to, enum my_language language);
void my_words_free(struct my_words *w);
/* R_INTERNAL: no memory. */
must_check enum result my_words_row(struct my_words *w, const char *key,
				    const char *value);
/* Prints them, then what is not held; how long logs are kept and where to
 * complain, where no row said so. */
must_check enum result my_words_end(struct my_words *w);

/* Those of what is not held, for JSON; ends with NULL. */
extern const char *const my_not_held[];

#endif
