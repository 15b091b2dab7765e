/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Run a program of the system, by its place in /usr/bin, with an environment
 * of PATH alone. A test root has programs of its own.
 */
#ifndef CNIE_CTL_PROGRAM_H
#define CNIE_CTL_PROGRAM_H

#include <stdbool.h>

#include "base/result.h"

#define PROGRAM_WORDS 12

/*
 * argv[0] is its name; the list ends with NULL. out: a descriptor for what it
 * prints, -1 nowhere; what it complains of goes where our own complaints go,
 * or nowhere where `quiet`. R_OK: its exit status was 0. R_DENIED: another.
 * R_ABSENT: it is not installed.
 */
must_check enum result program_run(const char *const *argv, int out,
				   bool quiet);

/* The same of two at once, what the first prints being the second's input. */
must_check enum result program_pipe(const char *const *from,
				    const char *const *to);

#endif
