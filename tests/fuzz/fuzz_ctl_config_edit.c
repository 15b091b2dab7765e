// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: ctl base */
/* Any text as cnie.conf: an edit changes one line of it, and a file that is
 * read is, edited, read as before but for the key that was set. (The reader
 * wants a regular file of root; as another user it answers R_DENIED.) */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/config_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_HERE 8192

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

static void write_file(const uint8_t *data, size_t size)
{
	int fd;

	if (!path[0]) {
		must(mkdtemp(dir) != NULL);
		snprintf(path, sizeof(path), "%s/cnie.conf", dir);
		atexit(remove_dir);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* What stands before and behind the change is what stood there. */
static void one_line(struct span in, struct span out, const char *value)
{
	size_t front = 0, back = 0, least = in.n < out.n ? in.n : out.n;

	while (front < least && in.p[front] == out.p[front])
		front++;
	while (back < least - front &&
	       in.p[in.n - 1 - back] == out.p[out.n - 1 - back])
		back++;
	must(!memchr(in.p + front, '\n', in.n - back - front) || !value);
	must(out.n - back - front <= 64);
}

static void as_text(struct span in, const char *value)
{
	static uint8_t room[SIZE_MAX_HERE + 128];
	struct config_edit e = { "sector", "epoch", value };
	struct sink out = SINK(room);

	if (config_edit_text(in, &e, &out) == R_OK)
		one_line(in, sink_span(&out), value);
}

static bool same(const struct config *a, const struct config *b)
{
	return !strcmp(a->urn, b->urn) && a->provider == b->provider &&
	       a->uid_min == b->uid_min && a->uid_max == b->uid_max &&
	       a->video_gid == b->video_gid &&
	       !memcmp(a->users, b->users, sizeof(a->users)) &&
	       !strcmp(a->home_dir, b->home_dir) &&
	       !strcmp(a->services, b->services) &&
	       !strcmp(a->reader, b->reader) &&
	       !strcmp(a->camera, b->camera) && a->fmr_e6 == b->fmr_e6;
}

/* An epoch that is there, so that no line grows too long by a key. */
static void as_file(struct span in)
{
	struct config before, after;
	struct config_error e = { "" };
	struct config_edit edits[] = { { "sector", "epoch", "4294967295" },
				       { "sector", "previous_epoch", "1" } };

	write_file(in.p, in.n);
	if (config_read(path, &before, &e) != R_OK)
		return;
	if (config_edit_file(path, edits, 2, &e) != R_OK) {
		/* a tokeniser's other key is needed, or a line is full */
		must(config_read(path, &after, &e) == R_OK);
		must(same(&before, &after) && before.epoch == after.epoch);
		return;
	}
	must(config_read(path, &after, &e) == R_OK);
	must(same(&before, &after));
	must(after.epoch == UINT32_MAX && after.previous_epoch == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);

	if (size > SIZE_MAX_HERE)
		return 0;
	as_text(in, "17");
	as_text(in, NULL);
	as_file(in);
	return 0;
}
