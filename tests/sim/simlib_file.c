/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

const uint8_t sim_aid[7] = { 0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01 };

/* 9303-10 3.11, 4.2 and table 38: identifiers of the files of an eMRTD. */
static const struct sim_ef files[SIM_EF_COUNT] = {
	[SIM_ACCESS]   = { "cardaccess", "EF.CardAccess", 0x011c, 0x1c, SIM_MF,
			   0, 0x31 },
	[SIM_SECURITY] = { "cardsecurity", "EF.CardSecurity", 0x011d, 0x1d,
			   SIM_MF, 0, 0x30 },
	[SIM_ATR]  = { "atr",  "EF.ATR",  0x2f01, 0x01, SIM_MF,  0, 0 },
	[SIM_DIR]  = { "dir",  "EF.DIR",  0x2f00, 0x1e, SIM_MF,  0, 0x61 },
	[SIM_COM]  = { "com",  "EF.COM",  0x011e, 0x1e, SIM_LDS, 0, 0x60 },
	[SIM_DG1]  = { "dg1",  "EF.DG1",  0x0101, 0x01, SIM_LDS, 1, 0x61 },
	[SIM_DG2]  = { "dg2",  "EF.DG2",  0x0102, 0x02, SIM_LDS, 2, 0x75 },
	[SIM_DG11] = { "dg11", "EF.DG11", 0x010b, 0x0b, SIM_LDS, 11, 0x6b },
	[SIM_DG14] = { "dg14", "EF.DG14", 0x010e, 0x0e, SIM_LDS, 14, 0x6e },
	[SIM_DG15] = { "dg15", "EF.DG15", 0x010f, 0x0f, SIM_LDS, 15, 0x6f },
	[SIM_SOD]  = { "sod",  "EF.SOD",  0x011d, 0x1d, SIM_LDS, 0, 0x77 },
};

const struct sim_ef *sim_ef(enum sim_ef_id id)
{
	return &files[id];
}

enum sim_ef_id sim_ef_by_option(struct span name)
{
	for (int i = 0; i < SIM_EF_COUNT; i++)
		if (span_equal(name, span_str(files[i].option)))
			return (enum sim_ef_id)i;
	return SIM_EF_COUNT;
}

void blob_free(struct blob *b)
{
	free(b->p);
	*b = (struct blob){ 0 };
}

struct span blob_span(const struct blob *b)
{
	return span_of(b->p, b->n);
}

enum result blob_copy(struct span from, struct blob *out)
{
	uint8_t *p = malloc(from.n ? from.n : 1);

	if (!p)
		return R_INTERNAL;
	if (from.n)
		memcpy(p, from.p, from.n);
	*out = (struct blob){ p, from.n };
	return R_OK;
}

static enum result path_join(const char *dir, const char *name, char *out,
			     size_t cap)
{
	int n = dir ? snprintf(out, cap, "%s/%s", dir, name)
		    : snprintf(out, cap, "%s", name);

	return n > 0 && (size_t)n < cap ? R_OK : R_INTERNAL;
}

static enum result read_all(int fd, uint8_t *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read(fd, p + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return R_INTERNAL;
		done += (size_t)got;
	}
	return R_OK;
}

enum result sim_file_read(const char *dir, const char *name, struct blob *out)
{
	char path[4096];
	struct stat st;
	scoped(blob_free) struct blob b = { 0 };

	if (path_join(dir, name, path, sizeof(path)) != R_OK)
		return R_INTERNAL;
	scoped(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? R_ABSENT : R_INTERNAL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > (off_t)SIM_FILE_MAX)
		return R_INTERNAL;
	b.n = (size_t)st.st_size;
	b.p = malloc(b.n + 1);
	if (!b.p || read_all(fd, b.p, b.n) != R_OK)
		return R_INTERNAL;
	b.p[b.n] = 0;
	*out = b;
	b = (struct blob){ 0 };
	return R_OK;
}

enum result sim_file_write(const char *dir, const char *name, struct span data)
{
	char path[4096];
	size_t done = 0;

	if (path_join(dir, name, path, sizeof(path)) != R_OK)
		return R_INTERNAL;
	scoped(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC |
				       O_CLOEXEC, 0600);
	if (fd < 0)
		return R_INTERNAL;
	while (done < data.n) {
		ssize_t put = write(fd, data.p + done, data.n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return R_INTERNAL;
		done += (size_t)put;
	}
	return R_OK;
}
