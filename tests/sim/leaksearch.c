// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * leaksearch [--derive] --markers-fd FD [--pid PID]... [--dir DIR]...
 *	Markers come one a line, in hexadecimal. --derive looks for their
 *	other forms too: UTF-16, hexadecimal, base64, packed decimal. Exit
 *	status 0: nothing found, 1: found, 2: not everything was searched.
 * leaksearch --self-test
 *	Controls: markers in every form are planted in a process and in
 *	files and must all be found; where there are none, none.
 */
#include "sim/leaksearch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "usage: leaksearch [--derive] --markers-fd FD [--pid PID]... " \
	      "[--dir DIR]...\n       leaksearch --self-test\n"

static int read_markers(struct search *s, int fd, bool derive)
{
	char line[2 * MARKER_MAX + 2];
	FILE *f = fdopen(fd, "r");
	unsigned int number = 0;

	while (f && fgets(line, sizeof(line), f)) {
		size_t n = strcspn(line, "\n");
		uint8_t bytes[MARKER_MAX];
		unsigned int left_out = 0;

		line[n] = '\0';
		number++;
		if (n % 2 || hex_decode(line, bytes, n / 2) != R_OK ||
		    search_add(s, span_of(bytes, n / 2), derive,
			       &left_out) != R_OK) {
			fprintf(stderr, "marker %u: %u to %u bytes, in "
				"hexadecimal\n", number, PATTERN_MIN,
				MARKER_MAX);
			return 2;
		}
		if (left_out)
			printf("marker %u: %u forms are too short to search "
			       "for\n", number, left_out);
	}
	if (number == 0)
		fprintf(stderr, "no markers\n");
	return number ? 0 : 2;
}

static int one_place(struct search *s, const char *option, const char *value)
{
	enum result r;
	char *end;
	long pid;

	if (!strcmp(option, "--pid")) {
		pid = strtol(value, &end, 10);
		if (*end || pid < 1)
			return -1;
		r = search_process(s, (int)pid);
	} else if (!strcmp(option, "--dir")) {
		r = search_folder(s, value);
	} else {
		return -1;
	}
	if (r != R_OK)
		fprintf(stderr, "%s %s: not searched to its end (%s)\n",
			option + 2, value, result_name(r));
	return r != R_OK ? 2 : 0;
}

static int search_all(struct search *s, char **argv, int n)
{
	int status = 0;

	for (int i = 0; i < n; i += 2) {
		int r;

		if (!strcmp(argv[i], "--markers-fd"))
			continue;
		r = one_place(s, argv[i], argv[i + 1]);
		if (r < 0) {
			fputs(USAGE, stderr);
			return 2;
		}
		status |= r;
	}
	if (s->processes + s->files == 0) {
		fprintf(stderr, "nothing was searched\n");
		status = 2;
	}
	printf("searched %llu bytes in %u processes and %u files: "
	       "%llu found\n", (unsigned long long)s->scanned, s->processes,
	       s->files, (unsigned long long)s->found);
	return status ? status : s->found ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct search s;
	bool derive = argc > 1 && !strcmp(argv[1], "--derive");
	char **rest = argv + 1 + derive;
	int n = argc - 1 - derive, fd = -1, status = 2;

	if (argc == 2 && !strcmp(argv[1], "--self-test"))
		return leaksearch_self_test();
	if (argc == 2 && !strcmp(argv[1], "--hold"))
		return leaksearch_hold();
	for (int i = 0; n % 2 == 0 && i < n; i += 2)
		if (!strcmp(rest[i], "--markers-fd"))
			fd = atoi(rest[i + 1]);
	if (n % 2 || fd < 0) {
		fputs(USAGE, stderr);
		return 2;
	}
	if (search_new(&s) != R_OK)
		return 2;
	if (read_markers(&s, fd, derive) == 0)
		status = search_all(&s, rest, n);
	search_free(&s);
	return status;
}
