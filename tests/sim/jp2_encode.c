// SPDX-License-Identifier: GPL-3.0-or-later
/* jp2_encode IN.ppm OUT.jp2 [BYTES]: a portrait as JPEG 2000 of about BYTES
 * bytes (15000). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/jp2_image.c"	/* its other user: tests/face/support_jp2.c */

#define SIDE_MAX 4096

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "jp2_encode: %s: %s\n", what, why);
	return 1;
}

/* P6, 8 bits, one whitespace between the numbers, as ffmpeg writes it */
static uint8_t *read_ppm(const char *path, unsigned int *width,
			 unsigned int *height)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	size_t n;

	if (!f)
		return NULL;
	if (fscanf(f, "P6 %u %u 255", width, height) == 2 && fgetc(f) != EOF &&
	    *width > 0 && *height > 0 && *width <= SIDE_MAX &&
	    *height <= SIDE_MAX) {
		n = (size_t)*width * *height * 3;
		p = malloc(n);
		if (p && fread(p, 1, n, f) != n) {
			free(p);
			p = NULL;
		}
	}
	fclose(f);
	return p;
}

int main(int argc, char **argv)
{
	struct jp2_options o = { .bytes = 15000 };
	unsigned int width, height;
	uint8_t *rgb, *jp2;
	size_t n;
	FILE *f;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return puts("usage: jp2_encode IN.ppm OUT.jp2 [BYTES]") < 0;
	if (argc == 4)
		o.bytes = strtoul(argv[3], NULL, 10);
	if (argc < 3 || argc > 4 || o.bytes < 500) {
		fputs("usage: jp2_encode IN.ppm OUT.jp2 [BYTES]\n", stderr);
		return 2;
	}
	rgb = read_ppm(argv[1], &width, &height);
	if (!rgb)
		return fail(argv[1], "not an 8-bit PPM (P6) that can be read");
	if (!jp2_encode(rgb, width, height, 3, &o, &jp2, &n))
		return fail(argv[1], "libopenjp2 refused it");
	f = fopen(argv[2], "wb");
	if (!f || fwrite(jp2, 1, n, f) != n || fclose(f))
		return fail(argv[2], strerror(errno));
	free(jp2);
	free(rgb);
	return 0;
}
