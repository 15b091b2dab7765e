// SPDX-License-Identifier: GPL-3.0-or-later
/* The whole cnie-face as a process: its dialogue, its verdicts on the demo
 * person, and that it dies rather than do what it must not. Needs root, for
 * it gives root up. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/scope.h"
#include "base/spawn.h"
#include "check_main.h"
#include "face/support_files.h"

#define TEST_UID 60123	/* nobody's; every file it reads is world-readable */
#define WAIT_MS  20000

struct face {
	pid_t pid;
	int control, portrait;
	char dir[64];
};

static const char *const model_files[] = {
	"models.manifest", "fr_detect.onnx", "fr_landmark.onnx",
	"fr_feature.onnx", "fr_liveness.onnx",
};

static int64_t soon(void)
{
	return mono_ms() + WAIT_MS;
}

static void copy_models(const char *dir)
{
	for (size_t i = 0; i < sizeof(model_files) / sizeof(char *); i++) {
		char from[128], to[128];

		snprintf(from, sizeof(from), MODELS "/%s", model_files[i]);
		snprintf(to, sizeof(to), "%s/%s", dir, model_files[i]);
		file_copy(from, to);
	}
}

static void place_clip(const struct face *f, const char *clip, char *to,
		       size_t cap)
{
	char from[128];

	snprintf(to, cap, "%s/clip.mjpeg", f->dir);
	if (!clip)
		return;
	snprintf(from, sizeof(from), PERSONA "/%s.mjpeg", clip);
	file_copy(from, to);
}

/* Models are in f->dir; the process is started and has its configuration. */
static void face_start(struct face *f, const char *clip, uint32_t fmr_e6,
		       uint32_t max_ms)
{
	struct msg_helper_start start = { .uid = TEST_UID, .gid = TEST_UID,
					  .now = 1 };
	struct msg_face_config config = { .fmr_e6 = fmr_e6, .max_ms = max_ms };
	int control[2], portrait[2];
	struct spawn_fd fds[2];

	ck_assert_msg(geteuid() == 0, "this test needs root");
	place_clip(f, clip, config.camera, sizeof(config.camera));
	strcpy(config.models_dir, f->dir);
	ck_assert_int_eq(chan_pair(control), R_OK);
	ck_assert_int_eq(chan_pair(portrait), R_OK);
	fds[0] = (struct spawn_fd){ control[1], FD_CONTROL };
	fds[1] = (struct spawn_fd){ portrait[1], FD_PORTRAIT };
	ck_assert_int_eq(spawn_helper(HELPER_FACE, fds, 2, &f->pid), R_OK);
	close(control[1]);
	close(portrait[1]);
	f->control = control[0];
	f->portrait = portrait[0];
	ck_assert_int_eq(chan_send(f->control, MSG_HELPER_START, &start),
			 R_OK);
	ck_assert_int_eq(chan_send(f->control, MSG_FACE_CONFIG, &config),
			 R_OK);
}

static void face_ready(struct face *f)
{
	struct msg_helper_ready ready;

	ck_assert_int_eq(chan_expect(f->control, MSG_HELPER_READY, &ready,
				     soon()), R_OK);
}

static void face_stream(struct face *f)
{
	struct msg_face_stream m = { 0 };

	ck_assert_int_eq(chan_send(f->control, MSG_FACE_STREAM, &m), R_OK);
}

static void send_portrait(struct face *f, uint8_t format, struct span image)
{
	static uint8_t buf[WIRE_PORTRAIT_MAX + 64];
	struct msg_portrait m = { format, image };

	ck_assert_int_eq(chan_send_large(f->portrait, MSG_PORTRAIT, &m,
					 SINK(buf), soon()), R_OK);
}

static void face_portrait(struct face *f, const char *name)
{
	bool jp2 = strstr(name, ".jp2");
	char path[128];
	struct span image;

	snprintf(path, sizeof(path), PERSONA "/%s", name);
	image = file_read(path);
	send_portrait(f, jp2 ? IMAGE_JP2 : IMAGE_JPEG, image);
	file_free(&image);
}

static enum face_verdict face_answer(struct face *f,
				     struct msg_face_answer *out)
{
	ck_assert_int_eq(chan_expect(f->control, MSG_FACE_ANSWER, out,
				     soon()), R_OK);
	return out->verdict;
}

static enum reason face_failure(struct face *f)
{
	struct msg_helper_fail m;

	ck_assert_int_eq(chan_expect(f->control, MSG_HELPER_FAIL, &m, soon()),
			 R_OK);
	return m.reason;
}

/* Wait for its end; returns the wait status and, if wanted, the CPU time. */
static int face_end(struct face *f, double *cpu_s, long *rss_kb)
{
	struct rusage u;
	int status = -1;

	ck_assert_int_eq(wait4(f->pid, &status, 0, &u), f->pid);
	close_fd(&f->control);
	close_fd(&f->portrait);
	if (cpu_s)
		*cpu_s = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			 (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) /
			 1e6;
	if (rss_kb)
		*rss_kb = u.ru_maxrss;
	return status;
}

static struct face face;

static void setup(void)
{
	temp_dir(face.dir);
	copy_models(face.dir);
}

static void teardown(void)
{
	temp_remove(face.dir);
}

static const struct {
	const char *portrait, *clip;
	enum face_verdict verdict;
} logins[] = {
	{ "portrait.jp2", "holder", FACE_MATCH },
	{ "portrait.jpg", "holder", FACE_MATCH },
	{ "impostor.jp2", "impostor", FACE_MATCH },
	{ "portrait.jp2", "impostor", FACE_NO_MATCH },
	{ "impostor.jpg", "holder", FACE_NO_MATCH },
	{ "portrait.jp2", "swap", FACE_NO_MATCH },
	{ "portrait.jp2", "screen", FACE_ATTACK },
	{ "portrait.jp2", "noface", FACE_NONE_SEEN },
	{ "portrait.jp2", "two", FACE_NONE_SEEN },
	{ "empty.jpg", "holder", FACE_PORTRAIT_BAD },
};

START_TEST(verdicts_on_the_demo_person)
{
	struct msg_face_answer m;
	double cpu;
	long rss;

	face_start(&face, logins[_i].clip, 100, 10000);
	face_ready(&face);
	face_stream(&face);
	face_portrait(&face, logins[_i].portrait);
	face_answer(&face, &m);
	ck_assert_int_eq(face_end(&face, &cpu, &rss), 0);
	printf("%-12s %-8s verdict %u score %.3f live %.3f frames %u "
	       "cpu %.2f s rss %ld MB\n", logins[_i].portrait, logins[_i].clip,
	       m.verdict, (double)(m.score - 10000) / 1e4, (double)m.live / 1e4,
	       m.frames, cpu, rss / 1024);
	ck_assert_int_eq(m.verdict, logins[_i].verdict);
	ck_assert_uint_eq(m.threshold, 14500);
	ck_assert_uint_eq(m.live_threshold, 800);
	if (m.verdict == FACE_MATCH) {
		ck_assert_uint_eq(m.frames, 10);
		ck_assert_uint_ge(m.score, m.threshold);
		ck_assert_uint_ge(m.live, m.live_threshold);
	}
}
END_TEST

START_TEST(portrait_may_come_before_the_stream)
{
	struct msg_face_answer m;

	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	face_portrait(&face, "portrait.jp2");
	ck_assert_int_eq(chan_wait(face.control, mono_ms() + 300), R_TIMEOUT);
	face_stream(&face);
	ck_assert_int_eq(face_answer(&face, &m), FACE_MATCH);
	ck_assert_int_eq(face_end(&face, NULL, NULL), 0);
}
END_TEST

START_TEST(no_answer_before_the_portrait)
{
	struct msg_face_answer m;

	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	face_stream(&face);
	ck_assert_int_eq(chan_wait(face.control, mono_ms() + 600), R_TIMEOUT);
	face_portrait(&face, "portrait.jp2");
	ck_assert_int_eq(face_answer(&face, &m), FACE_MATCH);
	ck_assert_int_eq(face_end(&face, NULL, NULL), 0);
}
END_TEST

START_TEST(deadline_without_portrait_is_a_refusal)
{
	struct msg_face_answer m;

	face_start(&face, "holder", 100, 3000);
	face_ready(&face);
	face_stream(&face);
	ck_assert_int_eq(face_answer(&face, &m), FACE_PORTRAIT_BAD);
	ck_assert_int_eq(face_end(&face, NULL, NULL), 0);
}
END_TEST

START_TEST(stricter_rate_has_a_higher_threshold)
{
	struct msg_face_answer m;

	face_start(&face, "holder", 10, 10000);
	face_ready(&face);
	face_stream(&face);
	face_portrait(&face, "portrait.jp2");
	ck_assert_int_eq(face_answer(&face, &m), FACE_MATCH);
	ck_assert_uint_eq(m.threshold, 15000);
	ck_assert_int_eq(face_end(&face, NULL, NULL), 0);
}
END_TEST

START_TEST(closed_control_channel_ends_it)
{
	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	if (_i == 1)
		face_stream(&face);
	close_fd(&face.control);
	ck_assert_int_eq(WEXITSTATUS(face_end(&face, NULL, NULL)), 1);
}
END_TEST

START_TEST(unexpected_message_ends_it)
{
	struct msg_helper_ready wrong = { 0 };

	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	ck_assert_int_eq(chan_send(face.control, MSG_HELPER_READY, &wrong),
			 R_OK);
	ck_assert_int_eq(face_failure(&face), REASON_HELPER_PROTOCOL);
	ck_assert_int_eq(WEXITSTATUS(face_end(&face, NULL, NULL)), 1);
}
END_TEST

START_TEST(second_stream_is_refused)
{
	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	face_stream(&face);
	face_stream(&face);
	ck_assert_int_eq(face_failure(&face), REASON_HELPER_PROTOCOL);
	face_end(&face, NULL, NULL);
}
END_TEST

/* Truncated, then noise under a good header, then another format's bytes:
 * a refusal, never a death under the filter. */
START_TEST(damaged_portrait_is_refused_alive)
{
	struct span good = file_read(PERSONA "/portrait.jp2");
	struct msg_face_answer m;
	uint8_t copy[WIRE_PORTRAIT_MAX];
	size_t n = good.n < sizeof(copy) ? good.n : sizeof(copy);

	memcpy(copy, good.p, n);
	if (_i == 0)
		n /= 2;
	if (_i == 1)
		for (size_t i = 300; i < n; i++)
			copy[i] = (uint8_t)(i * 7919 >> 3);
	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	face_stream(&face);
	send_portrait(&face, _i == 2 ? IMAGE_JPEG : _i == 3 ? 9 : IMAGE_JP2,
		      span_of(copy, n));
	ck_assert_int_eq(face_answer(&face, &m), FACE_PORTRAIT_BAD);
	ck_assert_int_eq(face_end(&face, NULL, NULL), 0);
	file_free(&good);
}
END_TEST

/* Good pictures without a face: the second try on a padded canvas, enlarged
 * or not, must live under the filter too. */
START_TEST(portrait_without_a_face_is_refused_alive)
{
	static uint8_t grey[320 * 320];
	int side = _i ? 320 : 80;
	tjhandle t = tjInitCompress();
	unsigned char *p = NULL;
	unsigned long n = 0;
	struct msg_face_answer m;

	for (size_t i = 0; i < sizeof(grey); i++)
		grey[i] = (uint8_t)(i / 16);
	ck_assert_int_eq(tjCompress2(t, grey, side, 0, side, TJPF_GRAY, &p, &n,
				     TJSAMP_GRAY, 90, 0), 0);
	tjDestroy(t);
	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	face_stream(&face);
	send_portrait(&face, IMAGE_JPEG, span_of(p, n));
	ck_assert_int_eq(face_answer(&face, &m), FACE_PORTRAIT_BAD);
	ck_assert_int_eq(face_end(&face, NULL, NULL), 0);
	tjFree(p);
}
END_TEST

START_TEST(portrait_channel_garbage_is_refused)
{
	struct msg_face_answer m;

	face_start(&face, "holder", 100, 10000);
	face_ready(&face);
	face_stream(&face);
	ck_assert_int_eq(write(face.portrait, "garbage", 7), 7);
	ck_assert_int_eq(face_answer(&face, &m), FACE_PORTRAIT_BAD);
	face_end(&face, NULL, NULL);
}
END_TEST

START_TEST(missing_camera_is_said_before_ready)
{
	face_start(&face, NULL, 100, 10000);
	ck_assert_int_eq(face_failure(&face), REASON_NO_CAMERA);
	ck_assert_int_eq(WEXITSTATUS(face_end(&face, NULL, NULL)), 1);
}
END_TEST

START_TEST(altered_model_is_refused)
{
	char path[128];
	struct span s;
	uint8_t *p;

	snprintf(path, sizeof(path), "%s/%s", face.dir, model_files[_i]);
	s = file_read(path);
	p = (uint8_t *)(uintptr_t)s.p;
	p[s.n / 2] ^= 1;
	/* a letter of a comment in the manifest is nobody's concern */
	file_write(path, _i == 0 ? span_of(s.p, s.n - 1) : s);
	file_free(&s);
	face_start(&face, "holder", 100, 10000);
	ck_assert_int_eq(face_failure(&face), REASON_NO_MODELS);
	face_end(&face, NULL, NULL);
}
END_TEST

START_TEST(missing_model_is_refused)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", face.dir, model_files[_i]);
	ck_assert_int_eq(unlink(path), 0);
	face_start(&face, "holder", 100, 10000);
	ck_assert_int_eq(face_failure(&face), REASON_NO_MODELS);
	face_end(&face, NULL, NULL);
}
END_TEST

START_TEST(rate_below_every_measured_one_is_refused)
{
	face_start(&face, "holder", 1, 10000);
	ck_assert_int_eq(face_failure(&face), REASON_NOT_CONFIGURED);
	face_end(&face, NULL, NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cnie-face");
	TCase *t = tcase_create("process");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, verdicts_on_the_demo_person, 0,
			    sizeof(logins) / sizeof(logins[0]));
	tcase_add_test(t, portrait_may_come_before_the_stream);
	tcase_add_test(t, no_answer_before_the_portrait);
	tcase_add_test(t, deadline_without_portrait_is_a_refusal);
	tcase_add_test(t, stricter_rate_has_a_higher_threshold);
	tcase_add_loop_test(t, closed_control_channel_ends_it, 0, 2);
	tcase_add_test(t, unexpected_message_ends_it);
	tcase_add_test(t, second_stream_is_refused);
	tcase_add_loop_test(t, damaged_portrait_is_refused_alive, 0, 4);
	tcase_add_loop_test(t, portrait_without_a_face_is_refused_alive, 0, 2);
	tcase_add_test(t, portrait_channel_garbage_is_refused);
	tcase_add_test(t, missing_camera_is_said_before_ready);
	tcase_add_loop_test(t, altered_model_is_refused, 0, 5);
	tcase_add_loop_test(t, missing_model_is_refused, 0, 5);
	tcase_add_test(t, rate_below_every_measured_one_is_refused);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
