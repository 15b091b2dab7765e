// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/throttle.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"

#define FREE_TRIES 2
#define SEAT_DELAY_MAX 30
#define ACCOUNT_DELAY_MAX 300
#define STATE_MAX 96

struct state {
	unsigned int failures, faces;
	long long not_before;	/* CLOCK_BOOTTIME, seconds */
};

static long long now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

static enum result state_path(uint32_t uid, char *out, size_t cap)
{
	char path[64];

	snprintf(path, sizeof(path), PATH_THROTTLE_DIR "/%u", uid);
	return prefix_path(path, out, cap);
}

static long long delay_max(uint32_t uid)
{
	return uid == THROTTLE_SEAT ? SEAT_DELAY_MAX : ACCOUNT_DELAY_MAX;
}

static enum result load(uint32_t uid, struct state *out)
{
	char path[PREFIX_PATH_MAX], text[STATE_MAX + 1];
	struct sink in = sink_of(text, STATE_MAX);
	struct state s = { 0 };
	enum result r = state_path(uid, path, sizeof(path));

	if (r == R_OK)
		r = file_read(path, FILE_PRIVATE, &in);
	if (r == R_ABSENT) {
		*out = (struct state){ 0 };
		return R_OK;
	}
	if (r != R_OK && r != R_MALFORMED)
		return r;
	text[in.n] = '\0';
	if (r == R_MALFORMED ||
	    sscanf(text, "1 %u %u %lld", &s.failures, &s.faces,
		   &s.not_before) != 3)
		s = (struct state){ .failures = 1 };
	if (s.not_before > now_s() + delay_max(uid))
		s.not_before = now_s() + delay_max(uid);
	*out = s;
	return R_OK;
}

static enum result store(uint32_t uid, const struct state *s)
{
	char path[PREFIX_PATH_MAX], text[STATE_MAX];
	enum result r = prefix_path(PATH_THROTTLE_DIR, path, sizeof(path));

	if (r == R_OK)
		r = file_mkdir(path, 0700);
	if (r == R_OK)
		r = state_path(uid, path, sizeof(path));
	if (r != R_OK)
		return r;
	snprintf(text, sizeof(text), "1 %u %u %lld\n", s->failures, s->faces,
		 s->not_before);
	return file_replace(path, span_str(text), 0600);
}

enum result throttle_delay(uint32_t uid, uint32_t *seconds)
{
	struct state s;
	enum result r = load(uid, &s);
	long long left;

	if (r != R_OK)
		return r;
	left = s.not_before - now_s();
	*seconds = left > 0 ? (uint32_t)left : 0;
	return R_OK;
}

enum result throttle_faces(uint32_t uid, bool *locked)
{
	struct state s;
	enum result r = load(uid, &s);

	if (r == R_OK)
		*locked = s.faces >= THROTTLE_FACES;
	return r;
}

enum result throttle_noted(uint32_t uid, uint32_t *failures, uint32_t *faces)
{
	struct state s;
	enum result r = load(uid, &s);

	if (r != R_OK)
		return r;
	*failures = s.failures;
	*faces = s.faces;
	return R_OK;
}

enum result throttle_failed(uint32_t uid, bool face)
{
	struct state s;
	enum result r = load(uid, &s);
	long long delay = 0;

	if (r != R_OK)
		return r;
	if (s.failures < 1000)
		s.failures++;
	if (face && s.faces < 1000)
		s.faces++;
	if (s.failures > FREE_TRIES) {
		unsigned int shift = s.failures - FREE_TRIES - 1;

		delay = shift < 16 ? 1LL << shift : ACCOUNT_DELAY_MAX;
		if (delay > delay_max(uid))
			delay = delay_max(uid);
	}
	s.not_before = now_s() + delay;
	return store(uid, &s);
}

enum result throttle_cleared(uint32_t uid)
{
	char path[PREFIX_PATH_MAX];
	enum result r = state_path(uid, path, sizeof(path));

	if (r == R_OK && access(path, F_OK) == 0 && unlink(path))
		r = R_INTERNAL;
	return r;
}
