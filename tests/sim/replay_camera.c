// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/replay_camera.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/scope.h"

#define CLIP_MAX (64 * 1024 * 1024)
#define FRAME_US (1000000 / REPLAY_FPS)

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

bool replay_camera_is(const char *path)
{
	return ends_in(path, ".mjpeg");
}

/* Where the marker ff `code` begins at or after `from`; clip.n if nowhere.
 * Inside entropy-coded data ff is always followed by 00 or d0..d7. */
static size_t find_marker(struct span clip, size_t from, uint8_t code)
{
	for (size_t i = from; i + 1 < clip.n; i++)
		if (clip.p[i] == 0xff && clip.p[i + 1] == code)
			return i;
	return clip.n;
}

/* The picture from the next SOI to its EOI. */
static enum result take_picture(struct camera *cam, struct span *out)
{
	size_t from = find_marker(cam->clip, cam->at, 0xd8);
	size_t to = find_marker(cam->clip, from, 0xd9);

	if (to == cam->clip.n)
		return R_ABSENT;
	*out = span_of(cam->clip.p + from, to + 2 - from);
	cam->at = to + 2;
	return R_OK;
}

static enum result replay_start(struct camera *cam)
{
	cam->streaming = true;
	cam->started_us = mono_us();
	return R_OK;
}

static void sleep_until(int64_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static enum result replay_next(struct camera *cam, struct frame *out)
{
	struct frame f = { .pixels = PIXELS_MJPEG };
	enum result r;

	if (!cam->streaming)
		return R_ABSENT;
	r = take_picture(cam, &f.bytes);
	if (r != R_OK) {
		cam->at = 0;
		r = take_picture(cam, &f.bytes);
	}
	if (r != R_OK)
		return r;
	f.at_us = cam->started_us + (int64_t)cam->count++ * FRAME_US;
	if (cam->paced)
		sleep_until(f.at_us);
	*out = f;
	return R_OK;
}

static void replay_stop(struct camera *cam)
{
	cam->streaming = false;
}

static void replay_close(struct camera *cam)
{
	munmap((void *)(uintptr_t)cam->clip.p, cam->clip.n);
	close_fd(&cam->fd);
}

static const struct camera_ops replay_ops = {
	replay_start, replay_next, replay_stop, replay_close,
};

enum result replay_camera_open(const char *path, struct camera *out)
{
	struct camera cam = { .ops = &replay_ops, .held = -1, .fd = -1 };
	struct span first;
	struct stat st;
	void *p;

	cam.paced = ends_in(path, ".paced.mjpeg");
	cam.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (cam.fd < 0)
		return R_ABSENT;
	if (fstat(cam.fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > CLIP_MAX) {
		close_fd(&cam.fd);
		return R_MALFORMED;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, cam.fd, 0);
	if (p == MAP_FAILED) {
		close_fd(&cam.fd);
		return R_INTERNAL;
	}
	cam.clip = span_of(p, (size_t)st.st_size);
	if (take_picture(&cam, &first) != R_OK) {
		replay_close(&cam);
		return R_MALFORMED;
	}
	cam.at = 0;
	*out = cam;
	return R_OK;
}
