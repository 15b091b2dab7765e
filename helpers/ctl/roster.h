/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cniectl roster: a roster as a signed file. What its lines mean is cnied's;
 * here are the file, its signature FILE.minisig, and the way between.
 *
 * MUST: the bytes that are sent to cnied are the bytes whose signature was
 * verified. MUST: no more memory for a large file than for a small one.
 */
#ifndef CNIE_CTL_ROSTER_H
#define CNIE_CTL_ROSTER_H

#include "ctl/options.h"
#include "ctl/sign.h"

#define ROSTER_LINE_MAX 1024		/* of roster/exchange.h */
#define ROSTER_SIGNATURE ".minisig"

/* The first line: "cnie-roster 2 URN VERSION CREATED EXPIRES", or
 * "cnie-rebinds ...". */
struct roster_head {
	bool rebinds;
	char urn[129];
	char version[21], created[11], expires[11];	/* days: yyyy-mm-dd */
	uint32_t expires_day;				/* yyyymmdd */
};
/* R_ABSENT: of another format; R_MALFORMED: no roster file's. */
must_check enum result roster_head_parse(struct span line,
					 struct roster_head *out);
void roster_head_print(const struct roster_head *h, FILE *to);

/* A file whose signature is good. */
struct roster_file {
	int fd;				/* at its beginning */
	uint32_t lines;
	uint8_t hash[SIGN_HASH_SIZE];
	struct roster_head head;
	struct signature signature;
};

/*
 * Open, hash, verify. `root`: only one that nobody but root can write to.
 * Complains where it is not CTL_DONE. The caller closes fd.
 */
int roster_file_verify(const char *path, bool root,
		       const struct sign_key *key, struct roster_file *out);

/* --signer's public key, or the configured one; complains. `root`: the file
 * must be root's. */
int roster_signer(const struct arguments *a, bool root, struct sign_key *out);

/* A page for secrets (base/secret.h): a key, and its file's text. */
struct roster_secret {
	struct sign_secret secret;
	uint8_t text[SIGN_SECRET_MAX];
};
/* From a file that only its owner may read; complains. */
int roster_secret(const char *path, struct roster_secret *out);

/* "FILE.minisig"; complains where that is too long. */
int roster_signature_path(const char *path, char *out, size_t cap);

#endif
