// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "face/manifest.h"
#include "face/models.h"
#include "face/support_files.h"

#define SHIPPED "helpers/face/" MANIFEST_NAME

static struct span shipped;
static struct manifest m;
static unsigned int line;

static void setup(void)
{
	shipped = file_read(SHIPPED);
	memset(&m, 0x5a, sizeof(m));
}

static void teardown(void)
{
	file_free(&shipped);
}

START_TEST(shipped_manifest_says_what_was_measured)
{
	ck_assert_int_eq(manifest_parse(shipped, &m, &line), R_OK);
	ck_assert_str_eq(m.net[NET_FEATURE].file, "fr_feature.onnx");
	ck_assert_uint_eq(m.net[NET_FEATURE].sha256[0], 0x87);
	ck_assert_uint_eq(m.net[NET_FEATURE].mean_e4, 1275000);
	ck_assert_uint_eq(m.net[NET_DETECT].width, 320);
	ck_assert_uint_eq(m.net[NET_DETECT].height, 240);
	ck_assert_uint_eq(m.net[NET_LANDMARK].channels, CHANNELS_GREY);
	ck_assert_uint_eq(m.net[NET_LIVENESS].channels, CHANNELS_BGR);
	ck_assert_uint_eq(m.match_frames, 5);
	ck_assert_uint_eq(m.live_frames, 10);
	ck_assert_uint_eq(m.live_threshold_e4, 800);
	ck_assert_uint_eq(m.threshold_e4[FMR_1E4], 4500);
}
END_TEST

static const struct {
	uint32_t fmr_e6;
	enum result r;
	uint32_t threshold_e4;
} rates[] = {
	{ 100, R_OK, 4500 }, { 999, R_OK, 4500 }, { 1000, R_OK, 4000 },
	{ 500000, R_OK, 4000 }, { 99, R_OK, 5000 }, { 10, R_OK, 5000 },
	{ 9, R_DENIED, 0 }, { 0, R_DENIED, 0 },
};

START_TEST(threshold_of_a_rate_is_never_looser_than_asked)
{
	uint32_t out = 0;

	ck_assert_int_eq(manifest_parse(shipped, &m, &line), R_OK);
	ck_assert_int_eq(manifest_threshold(&m, rates[_i].fmr_e6, &out),
			 rates[_i].r);
	ck_assert_uint_eq(out, rates[_i].threshold_e4);
}
END_TEST

/* The shipped text with one line replaced by another ("": dropped). */
static struct span replaced(const char *from, const char *to, char *buf,
			    size_t cap)
{
	const char *text = (const char *)shipped.p;
	const char *at = memmem(text, shipped.n, from, strlen(from));
	size_t before;
	int n;

	ck_assert_msg(at, "the manifest has no line %s", from);
	before = (size_t)(at - text);
	n = snprintf(buf, cap, "%.*s%s%.*s", (int)before, text, to,
		     (int)(shipped.n - before - strlen(from)),
		     at + strlen(from));
	ck_assert_uint_lt((size_t)n, cap);
	return span_of(buf, (size_t)n);
}

static const struct {
	const char *from, *to;
} bad[] = {
	/* missing, twice, unknown */
	{ "\nfmr_1e-4 = 0.45", "" },
	{ "\nfmr_1e-4 = 0.45", "\nfmr_1e-4 = 0.45\nfmr_1e-4 = 0.45" },
	{ "\nfmr_1e-4 = 0.45", "\nfmr_1e-4 = 0.45\nfmr_1e-6 = 0.6" },
	{ "[attack]", "[atack]" }, { "[attack]", "[attack" },
	{ "[attack]", "[]" }, { "version = 1\n", "version = 2\n" },
	/* weakened */
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = 0.04" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = 0.39" },
	{ "fmr_1e-3 = 0.40", "fmr_1e-3 = 0.0" },
	{ "frame_floor = 0.20", "frame_floor = 0" },
	{ "frame_floor = 0.20", "frame_floor = 0.41" },
	{ "frames = 5", "frames = 4" }, { "frames = 5", "frames = 11" },
	{ "frames = 10", "frames = 9" }, { "frames = 10", "frames = 51" },
	{ "threshold = 0.08", "threshold = 0.03" },
	{ "give_up = 60", "give_up = 9" },
	{ "interval_ms = 200", "interval_ms = 1001" },
	/* not numbers */
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = 0,45" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = 0.45x" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = -0.45" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = .45" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = 0.45001" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 = 4294967296.45" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 =" },
	{ "fmr_1e-4 = 0.45", "fmr_1e-4 0.45" },
	/* files, hashes, inputs */
	{ "file = fr_detect.onnx", "file = ../fr_detect.onnx" },
	{ "file = fr_detect.onnx", "file = .." },
	{ "file = fr_detect.onnx", "file = a/b" },
	{ "sha256 = 6c02", "sha256 = 6c0" },
	{ "sha256 = 6c02", "sha256 = 6c02a" },
	{ "sha256 = 6c02", "sha256 = xc02" },
	{ "input = 320x240", "input = 320" },
	{ "input = 320x240", "input = 320x240x3" },
	{ "input = 320x240", "input = 999999999x240" },
	{ "channels = grey", "channels = gray" },
	{ "scale = 1\n", "scale = 0\n" },
	{ "mean = 127\n", "mean = 256\n" },
	{ "[match]", "[match]\n\x01" }, { "[match]", "[match]\r" },
};

START_TEST(altered_manifest_is_refused_and_output_untouched)
{
	char buf[MANIFEST_MAX];
	struct manifest before = m;
	struct span s = replaced(bad[_i].from, bad[_i].to, buf, sizeof(buf));

	ck_assert_int_eq(manifest_parse(s, &m, &line), R_MALFORMED);
	ck_assert_mem_eq(&m, &before, sizeof(m));
}
END_TEST

START_TEST(refused_line_is_named)
{
	char buf[MANIFEST_MAX];
	struct span s = replaced("[manifest]", "[other]", buf, sizeof(buf));
	unsigned int want = 1;

	for (const uint8_t *p = s.p; memcmp(p, "[other]", 7); p++)
		want += *p == '\n';
	ck_assert_int_eq(manifest_parse(s, &m, &line), R_MALFORMED);
	ck_assert_uint_eq(line, want);
}
END_TEST

START_TEST(truncation_at_every_length_is_refused)
{
	for (size_t n = 0; n < shipped.n; n++) {
		struct span s = span_of(shipped.p, n);

		ck_assert_int_eq(manifest_parse(s, &m, &line), R_MALFORMED);
	}
}
END_TEST

START_TEST(oversized_manifest_is_refused)
{
	static char buf[MANIFEST_MAX + 1];

	memset(buf, '\n', sizeof(buf));
	memcpy(buf, shipped.p, shipped.n);
	ck_assert_int_eq(manifest_parse(span_of(buf, MANIFEST_MAX), &m, &line),
			 R_OK);
	ck_assert_int_eq(manifest_parse(span_of(buf, sizeof(buf)), &m, &line),
			 R_MALFORMED);
}
END_TEST

START_TEST(models_are_the_ones_the_manifest_names)
{
	struct models models = { 0 };

	ck_assert_int_eq(models_read(MODELS, &models, &line), R_OK);
	for (int i = 0; i < NET_COUNT; i++)
		ck_assert_uint_gt(models.net[i].n, 1000000);
	models_done(&models);
}
END_TEST

START_TEST(missing_directory_is_absent)
{
	struct models models = { 0 };

	ck_assert_int_eq(models_read("/nonexistent", &models, &line),
			 R_ABSENT);
	models_done(&models);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, shipped_manifest_says_what_was_measured);
	tcase_add_loop_test(t, threshold_of_a_rate_is_never_looser_than_asked,
			    0, sizeof(rates) / sizeof(rates[0]));
	tcase_add_loop_test(t,
			    altered_manifest_is_refused_and_output_untouched,
			    0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, refused_line_is_named);
	tcase_add_test(t, truncation_at_every_length_is_refused);
	tcase_add_test(t, oversized_manifest_is_refused);
	tcase_add_test(t, models_are_the_ones_the_manifest_names);
	tcase_add_test(t, missing_directory_is_absent);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
