// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <string.h>

#include "check_main.h"
#include "face/decision.h"

static const struct decision_rule rule = {
	.threshold_e4 = 4500, .frame_floor_e4 = 2000, .match_frames = 5,
	.live_threshold_e4 = 800, .live_frames = 10,
};

/* An embedding whose cosine with `portrait` is c. */
static struct embedding at_cosine(float c)
{
	struct embedding e = { { c, sqrtf(fmaxf(0, 1 - c * c)) } };

	return e;
}

static const struct embedding portrait = { { 1 } };

struct run {
	const char *why;
	size_t frames;
	float score, live;
	float last_score, last_live;	/* of the last frame */
	bool no_portrait;
	enum face_verdict verdict;
};

static const struct run runs[] = {
	{ "good", 10, .9f, .9f, .9f, .9f, false, FACE_MATCH },
	{ "just above", 10, .4501f, .0801f, .4501f, .0801f, false, FACE_MATCH },
	{ "score just below", 10, .4499f, .9f, .4499f, .9f, false,
	  FACE_NO_MATCH },
	{ "live just below", 10, .9f, .0799f, .9f, .0799f, false,
	  FACE_ATTACK },
	{ "wrong face and attack", 10, .1f, .01f, .1f, .01f, false,
	  FACE_NO_MATCH },
	{ "opposite", 10, -1, 1, -1, 1, false, FACE_NO_MATCH },
	{ "no frame", 0, 0, 0, 0, 0, false, FACE_NONE_SEEN },
	{ "nine frames", 9, .9f, .9f, .9f, .9f, false, FACE_NONE_SEEN },
	{ "more frames", 20, .9f, .9f, .9f, .9f, false, FACE_MATCH },
	{ "no portrait", 10, .9f, .9f, .9f, .9f, true, FACE_PORTRAIT_BAD },
	{ "nothing at all", 0, 0, 0, 0, 0, true, FACE_PORTRAIT_BAD },
	/* one face for the likeness, another for the life */
	{ "one frame of somebody else", 10, .9f, .9f, .1f, .9f, false,
	  FACE_NO_MATCH },
	{ "one frame just above the floor", 10, .9f, .9f, .21f, .9f, false,
	  FACE_MATCH },
	{ "live accomplice in one frame", 10, .9f, 0, .05f, 1, false,
	  FACE_NO_MATCH },
	/* numbers that are none */
	{ "NaN score", 10, .9f, .9f, NAN, .9f, false, FACE_NO_MATCH },
	{ "infinite score", 10, .9f, .9f, INFINITY, .9f, false,
	  FACE_NO_MATCH },
	{ "score above 1", 10, .9f, .9f, 5, .9f, false, FACE_NO_MATCH },
	{ "NaN live", 10, .9f, .9f, .9f, NAN, false, FACE_NO_MATCH },
	{ "infinite live", 10, .9f, 0, .9f, INFINITY, false, FACE_NO_MATCH },
	{ "negative live", 10, .9f, .9f, .9f, -1, false, FACE_NO_MATCH },
	{ "live above 1", 10, .9f, 0, .9f, 10, false, FACE_NO_MATCH },
};

static void fill(struct decision *d, const struct run *r)
{
	memset(d, 0, sizeof(*d));
	for (size_t i = 0; i < r->frames; i++) {
		bool last = i + 1 == r->frames;
		struct embedding e = at_cosine(last ? r->last_score :
						      r->score);

		decision_add_frame(d, &e, last ? r->last_live : r->live);
	}
	if (!r->no_portrait)
		decision_set_portrait(d, &portrait);
}

START_TEST(verdict_follows_the_table)
{
	const struct run *r = &runs[_i];
	struct msg_face_answer m = { .first_frame_us = 7, .total_us = 8 };
	struct decision d;

	fill(&d, r);
	decision_make(&d, &rule, &m);
	ck_assert_msg(m.verdict == r->verdict, "%s: verdict %u", r->why,
		      m.verdict);
	ck_assert_uint_eq(m.frames, r->frames);
	ck_assert_uint_eq(m.threshold, 14500);
	ck_assert_uint_eq(m.live_threshold, 800);
	ck_assert_uint_eq(m.first_frame_us, 7);
	ck_assert_uint_eq(m.total_us, 8);
}
END_TEST

START_TEST(shown_scores_are_never_rounded_up_to_a_pass)
{
	struct run r = { "", 10, .44999f, .07999f, .44999f, .07999f, false,
			 FACE_NO_MATCH };
	struct msg_face_answer m = { 0 };
	struct decision d;

	fill(&d, &r);
	decision_make(&d, &rule, &m);
	ck_assert_uint_lt(m.score, m.threshold);
	ck_assert_uint_lt(m.live, m.live_threshold);
}
END_TEST

START_TEST(frames_beyond_the_most_are_not_kept)
{
	struct run r = { "", 200, .9f, .9f, .1f, 0, false, FACE_MATCH };
	struct msg_face_answer m = { 0 };
	struct decision d;

	fill(&d, &r);
	ck_assert_uint_eq(d.frames, DECISION_FRAMES_MAX);
	decision_make(&d, &rule, &m);
	ck_assert_uint_eq(m.verdict, FACE_MATCH);
}
END_TEST

START_TEST(wiped_decision_holds_nothing)
{
	static const struct decision empty;
	struct decision d;

	fill(&d, &runs[0]);
	decision_wipe(&d);
	ck_assert_mem_eq(&d, &empty, sizeof(d));
}
END_TEST

static const struct {
	const char *why;
	size_t n;
	float side[3];
	enum result largest, only;
	float used;
} picks[] = {
	{ "nobody", 0, { 0 }, R_ABSENT, R_ABSENT, 0 },
	{ "one", 1, { 200 }, R_OK, R_OK, 200 },
	{ "too small", 1, { 63 }, R_ABSENT, R_ABSENT, 0 },
	{ "just large enough", 1, { 64 }, R_OK, R_OK, 64 },
	{ "a small box beside", 2, { 200, 100 }, R_OK, R_OK, 200 },
	{ "order does not count", 3, { 90, 200, 40 }, R_OK, R_OK, 200 },
	{ "two persons", 2, { 200, 101 }, R_OK, R_DENIED, 200 },
	{ "twins", 2, { 150, 150 }, R_OK, R_DENIED, 150 },
	{ "third is large", 3, { 200, 20, 180 }, R_OK, R_DENIED, 200 },
	{ "no number", 1, { NAN }, R_ABSENT, R_ABSENT, 0 },
	{ "no number beside", 2, { 200, NAN }, R_OK, R_DENIED, 200 },
};

START_TEST(one_face_and_no_rival)
{
	struct face_box box[3], out = { 0 };

	for (size_t i = 0; i < 3; i++)
		box[i] = (struct face_box){ 50, 50, picks[_i].side[i], 1 };
	ck_assert_msg(decision_largest(box, picks[_i].n, &out) ==
		      picks[_i].largest, "%s", picks[_i].why);
	ck_assert(out.side == picks[_i].used);
	out.side = 0;
	ck_assert_msg(decision_only(box, picks[_i].n, &out) == picks[_i].only,
		      "%s", picks[_i].why);
	ck_assert(out.side == (picks[_i].only == R_OK ? picks[_i].used : 0));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("decision");
	TCase *t = tcase_create("decision");

	tcase_add_loop_test(t, verdict_follows_the_table, 0,
			    sizeof(runs) / sizeof(runs[0]));
	tcase_add_test(t, shown_scores_are_never_rounded_up_to_a_pass);
	tcase_add_test(t, frames_beyond_the_most_are_not_kept);
	tcase_add_test(t, wiped_decision_holds_nothing);
	tcase_add_loop_test(t, one_face_and_no_rival, 0,
			    sizeof(picks) / sizeof(picks[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
