// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: ctl base */
/* A store of one file of any bytes. What is found has a place and a
 * fingerprint; a block lies in its text; and where one is removed, the others
 * are there as before. The same bytes as a row with a count. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/pem.h"
#include "ctl/store_files.h"

#define SIZE_MAX_HERE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/cnie-fuzz-XXXXXX";
static char path[64];

static void must(bool good)
{
	if (!good)
		abort();
}

static void remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void make_dir(void)
{
	if (path[0])
		return;
	must(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/f.pem", dir);
	atexit(remove_dir);
}

static void write_file(const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void blocks(struct span text)
{
	const uint8_t *at = text.p, *end = text.p + text.n;
	uint8_t der[SIZE_MAX_HERE];
	char sha256[FINGERPRINT_MAX];
	struct span whole, body;

	while (pem_next(&text, &whole, &body) == R_OK) {
		must(whole.p >= at && body.p > whole.p &&
		     body.p + body.n < whole.p + whole.n &&
		     whole.p + whole.n == text.p && text.p + text.n == end);
		at = text.p;
		if (pem_fingerprint(body, der, sha256) == R_OK)
			must(fingerprint_ok(sha256));
	}
}

static void removal(const struct store_files *before, size_t which)
{
	struct store_files after = { 0 };

	must(store_files_remove(dir, &before->at[which]) == R_OK);
	must(store_files_read(dir, &after) == R_OK);
	must(after.n == before->n - 1);
	for (size_t i = 0; i < after.n; i++)
		must(!strcmp(after.at[i].sha256,
			     before->at[i + (i >= which)].sha256));
	store_files_free(&after);
}

static void row(const uint8_t *data, size_t size)
{
	struct csca_list l = { 0 };
	char text[SIZE_MAX_HERE + 1];

	memcpy(text, data, size);
	text[size] = '\0';
	if (csca_list_count(&l, text) != R_OK)
		must(l.bad == 0 && l.other_country == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store_files s = { 0 };

	if (size > SIZE_MAX_HERE)
		return 0;
	row(data, size);
	blocks(span_of(data, size));
	if (size % 4)		/* a file takes a thousand times as long */
		return 0;
	make_dir();
	write_file(data, size);
	must(store_files_read(dir, &s) == R_OK);
	for (size_t i = 0; i < s.n; i++)
		must(fingerprint_ok(s.at[i].sha256) &&
		     s.at[i].part < s.at[i].parts &&
		     !strcmp(s.at[i].file, "f.pem"));
	/* it waits for the disk: not every time */
	if (s.n > 0 && size % 8 == 0)
		removal(&s, data[0] % s.n);
	store_files_free(&s);
	return 0;
}
