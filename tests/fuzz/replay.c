// SPDX-License-Identifier: GPL-3.0-or-later
/* Run a fuzzer's entry point over the files and folders named: the corpus as
 * a plain test, without libFuzzer. Prints how many inputs ran. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	uint8_t *buf = malloc(INPUT_MAX), *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f || !buf) {
		fprintf(stderr, "%s: can't be read\n", path);
		exit(2);
	}
	n = fread(buf, 1, INPUT_MAX, f);
	fclose(f);
	exact = malloc(n ? n : 1);	/* so that an overrun is seen */
	if (!exact)
		exit(2);
	memcpy(exact, buf, n);
	free(buf);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 1;
}

static int run(const char *path)
{
	struct stat st;
	struct dirent *e;
	DIR *d;
	int ran = 0;

	if (stat(path, &st)) {
		fprintf(stderr, "%s: no such corpus\n", path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode))
		return run_file(path);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		char sub[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		ran += run(sub);
	}
	if (d)
		closedir(d);
	return ran;
}

int main(int argc, char **argv)
{
	int ran = 0;

	for (int i = 1; i < argc; i++)
		ran += run(argv[i]);
	printf("%d inputs\n", ran);
	return ran > 0 ? 0 : 1;
}
