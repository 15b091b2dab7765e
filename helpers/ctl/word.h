/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For commands that are printed to be pasted. */
#ifndef CNIE_CTL_WORD_H
#define CNIE_CTL_WORD_H

#include <stdio.h>

/* As one word of a shell, whatever is in it. */
void word_print(const char *s, FILE *to);

#endif
