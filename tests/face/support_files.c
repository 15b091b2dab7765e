// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/support_files.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (16 * 1024 * 1024)

struct span file_read(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf = malloc(FILE_MAX);
	size_t n;

	ck_assert_msg(f && buf, "%s can't be read: run make data", path);
	n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	ck_assert_msg(n > 0 && n < FILE_MAX, "%s: size", path);
	buf = realloc(buf, n);	/* exact, so that an overrun is seen */
	ck_assert_ptr_nonnull(buf);
	return span_of(buf, n);
}

void file_free(struct span *s)
{
	free((void *)(uintptr_t)s->p);
	*s = (struct span){ 0 };
}

void file_write(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

void file_copy(const char *from, const char *to)
{
	struct span s = file_read(from);

	file_write(to, s);
	file_free(&s);
}

void temp_dir(char out[64])
{
	strcpy(out, "/tmp/cnie-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(out));
	ck_assert_int_eq(chmod(out, 0755), 0);
}

void temp_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d)))
		if (snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) > 0)
			unlink(path);
	if (d)
		closedir(d);
	rmdir(dir);
}
