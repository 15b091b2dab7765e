/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ask the person at the terminal for one line. Where standard input is a
 * terminal the question goes to /dev/tty, unechoed where it is a secret;
 * else the next line of standard input is taken and nothing is asked.
 */
#ifndef CNIE_CTL_TERM_H
#define CNIE_CTL_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"

/*
 * SECRET: out, wiped unless R_OK. `watch` is a descriptor that may end the
 * waiting, or -1.
 * R_ABSENT: end of input, or an empty line. R_BUSY: `watch` became readable.
 * R_MALFORMED: longer than cap - 1, or with control characters; the line was
 * swallowed. The terminal is put back also where a signal ends the program.
 */
must_check enum result term_ask(const char *prompt, bool echo, int watch,
				char *out, size_t cap);

#endif
