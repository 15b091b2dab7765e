/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: roster base */
/*
 * Marks of any lines beside a database: they are applied, cut off or refused;
 * what was applied once is even the next time, and makes no account active.
 * A line that begins as a mark gets its checksum here, so that it is read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "roster/marks.h"
#include "roster/roster.h"

#define MARKS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], path[96], marks[104], kept[96];

static void remove_files(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".marks" };
	char name[128];

	for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffix[i]);
		unlink(name);
	}
}

static void clean_up(void)
{
	remove_files();
	unlink(kept);
	rmdir(folder);
}

static void copy(const char *from, const char *to)
{
	scoped(close_fd) int in = open(from, O_RDONLY);
	scoped(close_fd) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC,
					0600);
	char buf[8192];
	ssize_t n;

	if (in < 0 || out < 0)
		abort();
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			abort();
}

/* A database of two accounts, one of them revoked, kept as a copy. */
static void begin(void)
{
	static const struct roster_policy policy = {
		.name_prefix = "u", .uid_min = 70000, .uid_max = 70010,
		.gid = 65536, .home_dir = "/home", .shell = "/bin/sh",
	};
	struct roster_new in = { .card = { .epoch = 1, .expiry = 20300101 },
				 .now = 1 };
	struct roster_account a;
	struct roster *r = NULL;

	if (folder[0])
		return;
	strcpy(folder, "/dev/shm/fuzz_marks.XXXXXX");
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/roster.db", folder);
	snprintf(marks, sizeof(marks), "%s.marks", path);
	snprintf(kept, sizeof(kept), "%s/kept.db", folder);
	atexit(clean_up);
	if (roster_open(path, &r) != REASON_NONE)
		abort();
	for (int p = 0; p < 2; p++) {
		memset(in.card.tag, 0x11 + p, TAG_SIZE);
		memset(in.card.card_tag, 0x21 + p, TAG_SIZE);
		if (roster_enrol(r, &policy, &in, &a) != REASON_NONE)
			abort();
	}
	if (roster_revoke(r, a.name) != REASON_NONE)
		abort();
	roster_close(&r);
	copy(path, kept);
}

static void put_line(struct sink *out, struct span line)
{
	struct marks m;
	char text[MARKS_LINE_MAX];

	if (line.n > 2 && (line.p[0] == '=' || line.p[0] == '+') &&
	    span_to_str(span_of(line.p + 2, line.n - 2), text,
			sizeof(text)) == R_OK) {
		marks_init(&m);
		if (line.p[0] == '+')	/* any line before it */
			marks_add(&m, "out 70000");
		size_t skip = m.out.n;

		marks_add(&m, "%s", text);
		if (sink_done(&m.out) == R_OK) {
			sink_put(out, span_of(m.bytes + skip,
					      m.out.n - skip));
			return;
		}
	}
	sink_put(out, line);
	sink_u8(out, '\n');
}

static void write_marks(const uint8_t *data, size_t size)
{
	static uint8_t buf[4 * MARKS_MAX];
	scoped(close_fd) int fd = open(marks, O_WRONLY | O_APPEND);
	struct sink out = SINK(buf);

	for (size_t at = 0, n; at < size; at += n + 1) {
		const uint8_t *end = memchr(data + at, '\n', size - at);

		n = end ? (size_t)(end - data) - at : size - at;
		put_line(&out, span_of(data + at, n));
	}
	if (out.overflow)
		return;
	if (fd < 0 || write(fd, out.p, out.n) != (ssize_t)out.n)
		abort();
}

static enum reason open_once(void)
{
	struct roster_counts n;
	struct roster *r = NULL;
	enum reason why = roster_open(path, &r);

	if (why == REASON_NONE && (roster_count(r, &n) != REASON_NONE ||
				   n.accounts != 2 || n.active > 1))
		abort();
	roster_close(&r);
	return why;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stat before, after;
	enum reason why;

	if (size > MARKS_MAX)
		return 0;
	begin();
	copy(kept, path);
	unlink(marks);
	if (open_once() != REASON_NONE)	/* written anew */
		abort();
	write_marks(data, size);
	why = open_once();
	if (why != REASON_NONE && why != REASON_ROSTER_MARKS)
		abort();
	if (stat(marks, &before) || open_once() != why ||
	    stat(marks, &after) || before.st_size != after.st_size)
		abort();
	return 0;
}
