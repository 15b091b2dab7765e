// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * psn KEYFILE URN EPOCH REGEX [tags] <"STATE NUMBER DOCUMENT EXPIRY": the
 * pseudonym that cnie-sector makes of a synthetic person (with `tags` its two
 * tags, a line each), in hexadecimal, so that a test can search for it. It
 * exists in no installed program.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sector/tags.h"

struct tap {
	struct provider real;
	struct psn psn;
};

static struct tap tap;

static enum reason evaluate(void *ctx, struct span x, struct psn *out)
{
	enum reason why = tap.real.evaluate(tap.real.ctx, x, out);

	(void)ctx;
	tap.psn = *out;
	return why;
}

int main(int argc, char **argv)
{
	struct tags_source p = { .provider = { "tap", evaluate, NULL } };
	struct tags_work work = { 0 };
	struct msg_sector_tags tags;
	struct msg_number in = { 0 };
	struct sector_key key;
	struct canon canon = { 0 };
	char hex[2 * PSN_MAX + 1];
	int fd;

	bool only_tags = argc == 6 && !strcmp(argv[5], "tags");

	if ((argc != 5 && !only_tags) || sodium_init() < 0 ||
	    scanf("%3s %40s %40s %8s", in.state, in.number, in.document,
		  in.expiry) != 4) {
		fprintf(stderr, "usage: psn KEYFILE URN EPOCH REGEX [tags]\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || key_read(fd, argv[2], (uint32_t)atoi(argv[3]), &key) !=
	    R_OK || canon_init(&canon, argv[4]) != R_OK) {
		fprintf(stderr, "psn: key or expression can't be used\n");
		return 1;
	}
	tap.real = provider_local(&key);
	if (tags_make(&canon, &p, NULL, argv[2], &in, &work, &tags) !=
	    REASON_NONE) {
		fprintf(stderr, "psn: refused\n");
		return 1;
	}
	hex_encode(only_tags ? span_of(tags.tag, TAG_SIZE) :
			       span_of(tap.psn.b, tap.psn.n), hex);
	puts(hex);
	if (only_tags) {
		hex_encode(span_of(tags.card_tag, TAG_SIZE), hex);
		puts(hex);
	}
	canon_done(&canon);
	close(fd);
	return 0;
}
