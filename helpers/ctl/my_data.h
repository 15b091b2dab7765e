/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is held about a person, in plain words. The rows are cnied's
 * ("key<TAB>value"); a key that no sentence is known for is shown as it is:
 * nothing is left out.
 */
#ifndef CNIE_CTL_MY_DATA_H
#define CNIE_CTL_MY_DATA_H

#include <stdbool.h>
#include <stdio.h>

#include "base/result.h"

enum my_language { MY_ENGLISH, MY_FRENCH, MY_LANGUAGES };
/* "fr_MA.UTF-8"; NULL and what is not known: English. */
enum my_language my_language(const char *locale);

#define MY_PART_NONE (-1)
struct my_words {
	FILE *to;
	enum my_language language;
	int part;		/* the one under whose head we are */
	bool logs, complaint;	/* cnied said how long, and where to */
};
struct my_words my_words_to(FILE *to, enum my_language language);
void my_words_row(struct my_words *w, const char *key, const char *value);
/* What is not held; how long logs are kept and where to complain, where no
 * row said so. */
void my_words_end(struct my_words *w);

/* Those of what is not held, for JSON; ends with NULL. */
extern const char *const my_not_held[];

#endif
