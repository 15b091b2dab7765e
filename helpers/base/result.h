/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one result type inside the project. PAM, NSS, errno, PC/SC and OpenSSL
 * codes stop at the file that meets them. Outputs are untouched unless R_OK.
 * When unsure a function answers R_DENIED: what is not proven good is refused.
 */
#ifndef CNIE_BASE_RESULT_H
#define CNIE_BASE_RESULT_H

/*
 * access(2) calls its mode for reading R_OK too, as a macro of value 4, from
 * both headers. They come first here, so that no later #include can turn a
 * `return R_OK` into R_BUSY. access() itself is not used in this project.
 */
#include <fcntl.h>
#include <unistd.h>
#undef R_OK

enum result {
	R_OK = 0,
	R_DENIED,	/* understood, and refused */
	R_MALFORMED,	/* not what the standard or our format says */
	R_ABSENT,	/* the thing asked for is not there */
	R_BUSY,		/* somebody else holds it, or too many tries */
	R_TIMEOUT,	/* a deadline passed */
	R_INTERNAL,	/* our own mistake, or the system's (memory, disk) */
};

#define must_check __attribute__((warn_unused_result))

/* The name of r as in this enum, for logs and tests. */
const char *result_name(enum result r);

#endif
