/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_gen N FILE: a view of N synthetic accounts, each with three groups,
 * through the writer that cnied uses. Prints size and time. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "sim/view_people.h"

#define N_MAX (100 * 1000 * 1000)

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The writer wants the whole path: it syncs the folder. */
static int whole_path(const char *path, char *out, size_t cap)
{
	char here[PATH_MAX] = "";
	int n;

	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return -1;
	n = snprintf(out, cap, "%s%s%s", here, here[0] ? "/" : "", path);
	return n > 0 && (size_t)n < cap ? 0 : -1;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX], *end = NULL;
	long n = argc == 3 ? strtol(argv[1], &end, 10) : -1;
	struct view_source source;
	struct people people;
	struct stat st;
	double start;
	enum result r;

	if (n < 0 || n > N_MAX || *end || whole_path(argv[2], path,
						     sizeof(path))) {
		fprintf(stderr, "usage: view_gen N FILE\n");
		return 2;
	}
	start = seconds();
	source = people_source(&people, (uint32_t)n);
	r = view_write_from(&source, path);
	if (r != R_OK || stat(path, &st)) {
		fprintf(stderr, "view_gen: %s: %s\n", path, result_name(r));
		return 1;
	}
	printf("%ld accounts, %lld bytes, %.1f bytes each, %.2f s\n", n,
	       (long long)st.st_size, (double)st.st_size / (double)(n ? n : 1),
	       seconds() - start);
	return 0;
}
