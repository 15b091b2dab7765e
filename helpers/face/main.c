// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cnie-face: compare one portrait with the person at the camera, once. It
 * alone opens the camera and decodes images. It knows no name and no number,
 * it has no network, and after the lock-down no file; what it may say is one
 * answer of at most 64 bytes. Frames, portrait and embeddings are in locked
 * memory of this process and end with it.
 *
 * MUST: nothing streams before MSG_FACE_STREAM. MUST: the filter is there
 * before the portrait is.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/sandbox.h"
#include "base/scope.h"
#include "base/secret.h"
#include "face/analyse.h"
#include "face/camera.h"
#include "face/models.h"

#ifdef CNIE_TWIN
#include "sim/replay_camera.h"
#endif

#define CONFIG_WAIT_MS 5000

/* A decoder that is led to ask for more gets NULL; the models, a portrait of
 * the largest size and its decoder take a third of it. */
#define DATA_MAX (512ul * 1024 * 1024)

struct session {		/* PERSONAL: decision */
	struct camera cam;
	struct vision *vision;
	struct decision_rule rule;
	struct decision decision;
	int64_t interval_us;
	uint32_t give_up, max_ms;

	bool portrait_open;	/* FD_PORTRAIT may still bring one */
	bool started, streaming;
	int64_t deadline_ms;	/* of the answer, once started */
	int64_t started_us, first_frame_us;
	int64_t sample_at_us;	/* by the camera's clock */
	uint32_t sampled;
	enum face_verdict failed;	/* 0: not yet */
};

static enum result open_camera(const char *path, struct camera *out)
{
#ifdef CNIE_TWIN
	if (replay_camera_is(path))
		return replay_camera_open(path, out);
#endif
	return camera_v4l2_open(path, NULL, out);
}

/* -- before the lock-down ------------------------------------------------- */

static void lock_memory(void)
{
#ifndef __SANITIZE_ADDRESS__	/* its shadow alone is larger */
	struct rlimit data = { DATA_MAX, DATA_MAX };

	if (setrlimit(RLIMIT_DATA, &data))
		helper_fail(REASON_INTERNAL, 0, 0);
#endif
	/* freed pictures are used again instead of going back to the kernel
	 * page by page */
	mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		helper_fail(REASON_INTERNAL, 0, 0);
}

static void load_models(const struct msg_face_config *config,
			struct session *s)
{
	scoped(models_done) struct models m = { 0 };
	unsigned int line;

	if (models_read(config->models_dir, &m, &line) != R_OK ||
	    vision_new(&m.manifest, m.net, &s->vision) != R_OK ||
	    vision_warm_up(s->vision) != R_OK)
		helper_fail(REASON_NO_MODELS, 0, 0);
	s->rule = (struct decision_rule){
		.frame_floor_e4 = m.manifest.frame_floor_e4,
		.match_frames = m.manifest.match_frames,
		.live_threshold_e4 = m.manifest.live_threshold_e4,
		.live_frames = m.manifest.live_frames,
	};
	if (manifest_threshold(&m.manifest, config->fmr_e6,
			       &s->rule.threshold_e4) != R_OK)
		helper_fail(REASON_NOT_CONFIGURED, 0, 0);
	s->interval_us = (int64_t)m.manifest.live_interval_ms * 1000;
	s->give_up = m.manifest.give_up;
	s->max_ms = config->max_ms;
}

static void prepare(struct session *s)
{
	struct msg_face_config config;

	if (chan_expect(FD_CONTROL, MSG_FACE_CONFIG, &config,
			mono_ms() + CONFIG_WAIT_MS) != R_OK)
		helper_exit(1);
	if (open_camera(config.camera, &s->cam) != R_OK)
		helper_fail(REASON_NO_CAMERA, 0, 0);
	lock_memory();
	load_models(&config, s);
}

/* -- the dialogue --------------------------------------------------------- */

static void stop_camera(struct session *s)
{
	camera_stop(&s->cam);
	s->streaming = false;
}

static void on_control(struct session *s)
{
	struct msg_face_stream m;
	enum result r = chan_expect(FD_CONTROL, MSG_FACE_STREAM, &m,
				    mono_ms());

	if (r == R_ABSENT)
		helper_exit(1);		/* cnied has gone */
	if (r != R_OK || s->started)
		helper_fail(REASON_HELPER_PROTOCOL, 0, 0);
	s->started = true;
	s->started_us = mono_us();
	s->deadline_ms = mono_ms() + s->max_ms;
	if (camera_start(&s->cam) == R_OK)
		s->streaming = true;
	else
		s->failed = FACE_NO_CAMERA;
}

static enum result portrait_embedding(struct session *s, struct span packet)
{
	scoped(image_wipe) struct image im = { 0 };
	struct msg_portrait m;
	enum result r = wire_get(packet, MSG_PORTRAIT, &m);

	if (r == R_OK)
		r = image_from_portrait(m.format, m.image, &im);
	if (r == R_OK)
		r = analyse_portrait(s->vision, &im, &s->decision.portrait);
	if (r == R_OK)
		s->decision.have_portrait = true;
	return r;
}

static void on_portrait(struct session *s)
{
	uint8_t buf[WIRE_PORTRAIT_MAX + 64];	/* packet, and room */
	struct span packet = { 0 };
	enum result r = chan_recv(FD_PORTRAIT, buf, sizeof(buf), mono_ms(),
				  &packet);

	s->portrait_open = false;
	if (r == R_ABSENT)
		return;		/* no portrait comes: cnied knows why */
	if (r == R_OK)
		r = portrait_embedding(s, packet);
	secret_wipe(buf, sizeof(buf));
	if (r != R_OK)
		s->failed = FACE_PORTRAIT_BAD;
}

static void sample(struct session *s, const struct frame *f)
{
	scoped(image_wipe) struct image im = { 0 };
	struct embedding e;
	float live;
	enum result r = camera_image(f, &im);

	s->sampled++;
	if (r == R_OK)
		r = analyse_frame(s->vision, &im, &e, &live);
	if (r == R_OK) {
		decision_add_frame(&s->decision, &e, live);
		secret_wipe(&e, sizeof(e));
	}
}

static void on_camera(struct session *s)
{
	struct frame f;
	enum result r = camera_next(&s->cam, &f);

	if (r == R_BUSY)
		return;
	if (r != R_OK) {
		s->failed = FACE_NO_CAMERA;
		return;
	}
	if (s->first_frame_us == 0) {
		/* the first pictures are dark until exposure has settled */
		s->first_frame_us = mono_us();
		s->sample_at_us = f.at_us + s->interval_us;
	}
	if (f.at_us < s->sample_at_us)
		return;
	s->sample_at_us = f.at_us + s->interval_us;
	sample(s, &f);
	if (decision_has_frames(&s->decision, &s->rule))
		stop_camera(s);
	else if (s->sampled >= s->give_up)
		s->failed = FACE_NONE_SEEN;
}

static bool decided(const struct session *s)
{
	return s->started &&
	       (s->failed || (s->decision.have_portrait &&
			      decision_has_frames(&s->decision, &s->rule)));
}

static _Noreturn void answer(struct session *s)
{
	struct msg_face_answer m = { 0 };
	int64_t now = mono_us();

	stop_camera(s);
	decision_make(&s->decision, &s->rule, &m);
	if (s->failed)
		m.verdict = (uint8_t)s->failed;
	if (s->first_frame_us)
		m.first_frame_us = (uint32_t)(s->first_frame_us -
					      s->started_us);
	m.total_us = (uint32_t)(now - s->started_us);
	decision_wipe(&s->decision);
	if (chan_send(FD_CONTROL, MSG_FACE_ANSWER, &m) != R_OK)
		helper_exit(1);
	helper_exit(0);
}

/* Negative descriptors are ignored by poll. */
static int wait_for_news(const struct session *s, struct pollfd p[3])
{
	int64_t left = -1;

	p[0] = (struct pollfd){ FD_CONTROL, POLLIN, 0 };
	p[1] = (struct pollfd){ s->portrait_open ? FD_PORTRAIT : -1, POLLIN,
				0 };
	p[2] = (struct pollfd){ s->streaming ? s->cam.fd : -1, POLLIN, 0 };
	if (s->started) {
		left = s->deadline_ms - mono_ms();
		if (left <= 0)
			return 0;
	}
	return poll(p, 3, (int)left);
}

static _Noreturn void serve(struct session *s)
{
	while (!decided(s)) {
		struct pollfd p[3];
		int n = wait_for_news(s, p);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			helper_fail(REASON_INTERNAL, 0, 0);
		if (n == 0) {
			s->failed = decision_has_frames(&s->decision,
							&s->rule) ?
					    FACE_PORTRAIT_BAD : FACE_NONE_SEEN;
			break;
		}
		if (p[0].revents)
			on_control(s);
		if (p[1].revents)
			on_portrait(s);
		if (p[2].revents && !s->failed)
			on_camera(s);
	}
	answer(s);
}

int main(void)
{
	struct session s = { .portrait_open = true };
	struct helper h;

	if (helper_begin(HELPER_FACE, &h) != R_OK)
		helper_exit(1);
	prepare(&s);
	if (sandbox_enter(ROLE_FACE) != R_OK)
		helper_fail(REASON_INTERNAL, 0, 0);
	helper_ready(&h);
	serve(&s);
}
