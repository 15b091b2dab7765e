// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Pixels to numbers with OpenCV's dnn, imgproc and core; nothing else of
 * OpenCV is linked. MUST: no exception passes an extern "C" function. MUST:
 * every step that a login takes is taken once by vision_warm_up, because
 * nothing can be opened afterwards.
 */
#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/core/ocl.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "face/vision.h"
#include "face/liveness.h"
#include "face/similarity.h"

struct vision {
	struct net_spec spec[NET_COUNT];
	cv::dnn::Net net[NET_COUNT];
};

namespace {

const float DETECT_SCORE = 0.65f;
const float DETECT_OVERLAP = 0.4f;
const size_t DETECT_CANDIDATES = 750;	/* by score, before suppression */

const int LANDMARKS = 68;
const float SECOND_PASS = 1.15f;	/* of the landmarks' longer side */
const int CROP_MAX = 8192;

cv::Mat wrap(const struct image *im)
{
	return cv::Mat((int)im->height, (int)im->width, CV_8UC3, im->bgr);
}

/* No exception and no half-made output leaves; a throw by OpenCV on hostile
 * pixels is a refusal. */
template <typename F> enum result guarded(F body)
{
	try {
		return body();
	} catch (const std::bad_alloc &) {
		return R_INTERNAL;
	} catch (...) {
		return R_MALFORMED;
	}
}

/* One net on one picture, resized and normalised as the manifest says. */
cv::Mat input_of(const struct net_spec &spec, const cv::Mat &bgr)
{
	double mean = spec.mean_e4 / 1e4, scale = spec.scale_e4 / 1e4;
	cv::Mat pixels = bgr;

	if (spec.channels == CHANNELS_GREY && bgr.channels() == 3)
		cv::cvtColor(bgr, pixels, cv::COLOR_BGR2GRAY);
	return cv::dnn::blobFromImage(pixels, 1.0 / scale,
				      cv::Size((int)spec.width,
					       (int)spec.height),
				      cv::Scalar::all(mean),
				      spec.channels == CHANNELS_RGB, false);
}

cv::Mat run(struct vision *v, enum net id, const cv::Mat &bgr)
{
	v->net[id].setInput(input_of(v->spec[id], bgr));
	return v->net[id].forward();
}

bool all_finite(const cv::Mat &m)
{
	const float *p = m.ptr<float>();

	for (size_t i = 0; i < m.total(); i++)
		if (!std::isfinite(p[i]))
			return false;
	return true;
}

/* -- detection ------------------------------------------------------------ */

struct candidate {
	float x1, y1, x2, y2, score;
};

float overlap(const candidate &a, const candidate &b)
{
	float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
	float h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);

	if (!(w > 0) || !(h > 0))
		return 0;
	return w * h / ((a.x2 - a.x1) * (a.y2 - a.y1) +
			(b.x2 - b.x1) * (b.y2 - b.y1) - w * h);
}

std::vector<candidate> candidates(const cv::Mat &scores, const cv::Mat &boxes)
{
	std::vector<candidate> out;
	const float *s = scores.ptr<float>(), *b = boxes.ptr<float>();

	for (size_t i = 0; i < scores.total() / 2; i++, s += 2, b += 4)
		if (s[1] > DETECT_SCORE && b[2] > b[0] && b[3] > b[1])
			out.push_back({ b[0], b[1], b[2], b[3], s[1] });
	std::sort(out.begin(), out.end(),
		  [](const candidate &a, const candidate &c) {
			  return a.score > c.score;
		  });
	if (out.size() > DETECT_CANDIDATES)
		out.resize(DETECT_CANDIDATES);
	return out;
}

std::vector<candidate> suppress(const std::vector<candidate> &in)
{
	std::vector<candidate> out;

	for (const candidate &c : in) {
		bool kept = true;

		for (const candidate &o : out)
			kept = kept && overlap(c, o) <= DETECT_OVERLAP;
		if (kept)
			out.push_back(c);
	}
	return out;
}

/* Boxes come as parts of the image; a face is a square of the box's height. */
std::vector<face_box> squares(const std::vector<candidate> &in,
			      const cv::Size &size)
{
	std::vector<face_box> out;

	for (const candidate &c : in)
		out.push_back({ (c.x1 + c.x2) / 2 * (float)size.width,
				(c.y1 + c.y2) / 2 * (float)size.height,
				(c.y2 - c.y1) * (float)size.height, c.score });
	std::sort(out.begin(), out.end(),
		  [](const face_box &a, const face_box &b) {
			  return a.side > b.side;
		  });
	if (out.size() > FACES_MAX)
		out.resize(FACES_MAX);
	return out;
}

std::vector<face_box> detect(struct vision *v, const cv::Mat &bgr)
{
	static const std::vector<cv::String> names = { "scores", "boxes" };
	std::vector<cv::Mat> out;
	cv::dnn::Net &net = v->net[NET_DETECT];

	net.setInput(input_of(v->spec[NET_DETECT], bgr));
	net.forward(out, names);
	if (out.size() != 2 || out[0].total() / 2 != out[1].total() / 4 ||
	    !all_finite(out[0]) || !all_finite(out[1]))
		throw cv::Exception();
	return squares(suppress(candidates(out[0], out[1])), bgr.size());
}

/* -- landmarks ------------------------------------------------------------ */

struct square {
	int x, y, side;
};

square square_at(float cx, float cy, float side)
{
	if (!(std::fabs(cx) < CROP_MAX) || !(std::fabs(cy) < CROP_MAX) ||
	    !(std::fabs(side) < CROP_MAX))
		return { 0, 0, 0 };	/* nowhere; nor is what is no number */
	return { (int)std::lround(cx - side / 2),
		 (int)std::lround(cy - side / 2), (int)std::lround(side) };
}

/* The square, repeating the image's border where it leaves it. Empty where
 * it does not touch the image. */
cv::Mat crop(const cv::Mat &im, const square &s)
{
	cv::Rect want(s.x, s.y, s.side, s.side);
	cv::Rect have = want & cv::Rect(0, 0, im.cols, im.rows);
	cv::Mat out;

	if (s.side < 8 || have.empty())
		return out;
	cv::copyMakeBorder(im(have), out, have.y - want.y,
			   want.br().y - have.br().y, have.x - want.x,
			   want.br().x - have.br().x, cv::BORDER_REPLICATE);
	return out;
}

typedef std::vector<cv::Point2f> points;

/* 68 points in pixels of im; none where there is no face shape. */
points landmarks_in(struct vision *v, const cv::Mat &im, const square &s)
{
	const struct net_spec &spec = v->spec[NET_LANDMARK];
	cv::Size size((int)spec.width, (int)spec.height);
	cv::Mat face = crop(im, s), small, out;
	points p;

	if (face.empty())
		return p;
	cv::resize(face, small, size, 0, 0,
		   s.side > size.width ? cv::INTER_AREA : cv::INTER_LINEAR);
	out = run(v, NET_LANDMARK, small);
	if (out.total() != 2 * LANDMARKS || !all_finite(out))
		return p;
	for (int i = 0; i < LANDMARKS; i++) {
		const float *xy = out.ptr<float>() + 2 * i;

		p.emplace_back((float)s.x + xy[0] * (float)s.side,
			       (float)s.y + xy[1] * (float)s.side);
	}
	return p;
}

points landmarks(struct vision *v, const cv::Mat &im,
		 const struct face_box *box)
{
	points p = landmarks_in(v, im, square_at(box->x, box->y, box->side));
	float x1 = 1e9f, y1 = 1e9f, x2 = -1e9f, y2 = -1e9f;

	if (p.empty())
		return p;
	for (const cv::Point2f &q : p) {
		x1 = std::min(x1, q.x);
		x2 = std::max(x2, q.x);
		y1 = std::min(y1, q.y);
		y2 = std::max(y2, q.y);
	}
	return landmarks_in(v, im,
			    square_at((x1 + x2) / 2, (y1 + y2) / 2,
				      SECOND_PASS * std::max(x2 - x1,
							     y2 - y1)));
}

/* -- alignment and embedding ---------------------------------------------- */

cv::Point2f mean_of(const points &p, std::initializer_list<int> at)
{
	cv::Point2f sum(0, 0);

	for (int i : at)
		sum += p[(size_t)i];
	return sum / (float)at.size();
}

/* Empty where the points are no face. */
cv::Mat align(const cv::Mat &im, const points &p, const struct net_spec &spec)
{
	const cv::Point2f at[FIVE_POINTS] = {
		mean_of(p, { 37, 38, 40, 41 }), mean_of(p, { 43, 44, 46, 47 }),
		p[30], mean_of(p, { 48, 60 }), mean_of(p, { 54, 64 }),
	};
	float five[FIVE_POINTS][2];
	struct similarity t;
	cv::Mat small = im, out;
	double shrink = 1;

	for (int i = 0; i < FIVE_POINTS; i++) {
		five[i][0] = at[i].x;
		five[i][1] = at[i].y;
	}
	if (similarity_fit(five, &t) != R_OK)
		return out;
	if (t.scale < 0.5) {	/* else the linear filter would skip pixels */
		shrink = 1.5 * t.scale;
		cv::resize(im, small, cv::Size(), shrink, shrink,
			   cv::INTER_AREA);
	}
	cv::Matx23d m(t.a / shrink, -t.b / shrink, t.tx,
		      t.b / shrink, t.a / shrink, t.ty);
	cv::warpAffine(small, out, m,
		       cv::Size((int)spec.width, (int)spec.height));
	return out;
}

enum result to_embedding(const cv::Mat &m, struct embedding *out)
{
	const float *p = m.ptr<float>();
	double norm = 0;

	if (m.total() != EMBEDDING_SIZE || !all_finite(m))
		return R_MALFORMED;
	for (int i = 0; i < EMBEDDING_SIZE; i++)
		norm += (double)p[i] * p[i];
	norm = std::sqrt(norm);
	if (!(norm > 1e-6))
		return R_MALFORMED;
	for (int i = 0; i < EMBEDDING_SIZE; i++)
		out->v[i] = (float)(p[i] / norm);
	return R_OK;
}

enum result live(struct vision *v, const cv::Mat &im,
		 const struct face_box *box, float *out)
{
	struct live_crop c;
	cv::Mat m;

	if (liveness_crop((uint32_t)im.cols, (uint32_t)im.rows, box, &c) !=
	    R_OK)
		return R_ABSENT;
	m = run(v, NET_LIVENESS,
		im(cv::Rect((int)c.x, (int)c.y, (int)c.width, (int)c.height)));
	if (m.total() != 3)
		return R_MALFORMED;
	return liveness_score(m.ptr<float>(), out);
}

/* OpenCV would write its errors to descriptor 2, which the filter answers
 * with death; the exception that follows says enough. */
int quiet(int, const char *, const char *, const char *, int, void *)
{
	return 0;
}

cv::Mat noise(int width, int height)
{
	cv::Mat m(height, width, CV_8UC3);
	cv::RNG rng(1);

	rng.fill(m, cv::RNG::UNIFORM, 0, 256);
	return m;
}

/* A face's five points around the middle, so that align is walked through. */
points invented_face(const cv::Size &size, float side)
{
	cv::Point2f middle((float)size.width / 2, (float)size.height / 2);
	points p(LANDMARKS, middle);

	for (int i : { 37, 38, 40, 41, 48, 60 })
		p[(size_t)i].x -= side / 4;
	for (int i : { 43, 44, 46, 47, 54, 64 })
		p[(size_t)i].x += side / 4;
	for (int i : { 48, 60, 54, 64 })
		p[(size_t)i].y += side / 2;
	return p;
}

/* Noise has no face: the steps after detection get invented places. */
enum result warm_up(struct vision *v)
{
	const struct net_spec &feature = v->spec[NET_FEATURE];
	cv::Mat m = noise(640, 480), aligned;
	struct face_box box = { 320, 240, 300, 1 };
	struct embedding e;
	float score;

	detect(v, m);
	if (landmarks(v, m, &box).size() != LANDMARKS ||
	    live(v, m, &box, &score) != R_OK)
		return R_MALFORMED;
	/* both ways of aligning: a small face, then a large one */
	if (align(m, invented_face(m.size(), 80), feature).empty())
		return R_MALFORMED;
	aligned = align(m, invented_face(m.size(), 300), feature);
	if (aligned.empty())
		return R_MALFORMED;
	return to_embedding(run(v, NET_FEATURE, aligned), &e);
}

} // namespace

extern "C" enum result vision_new(const struct manifest *m,
				  const struct span nets[NET_COUNT],
				  struct vision **out)
{
	struct vision *v = nullptr;
	enum result r = guarded([&] {
		cv::setNumThreads(1);
		cv::redirectError(quiet);
		cv::utils::logging::setLogLevel(
			cv::utils::logging::LOG_LEVEL_SILENT);
		cv::ocl::setUseOpenCL(false);
		v = new struct vision;
		for (int i = 0; i < NET_COUNT; i++) {
			v->spec[i] = m->net[i];
			v->net[i] = cv::dnn::readNetFromONNX(
				(const char *)nets[i].p, nets[i].n);
			if (v->net[i].empty())
				return R_MALFORMED;
			v->net[i].setPreferableBackend(
				cv::dnn::DNN_BACKEND_OPENCV);
			v->net[i].setPreferableTarget(
				cv::dnn::DNN_TARGET_CPU);
		}
		return R_OK;
	});

	if (r != R_OK) {
		delete v;
		return r;
	}
	*out = v;
	return R_OK;
}

extern "C" void vision_free(struct vision **v)
{
	delete *v;
	*v = nullptr;
}

/* what a portrait without a face is given on its second try */
static enum result pad_once()
{
	struct image small = {}, padded = {};
	enum result r = image_new(64, 64, &small);

	if (r == R_OK) {
		wrap(&small).setTo(cv::Scalar::all(128));
		r = vision_pad(&small, &padded);
	}
	image_wipe(&padded);
	image_wipe(&small);
	return r;
}

extern "C" enum result vision_warm_up(struct vision *v)
{
	enum result r = guarded([&] { return warm_up(v); });

	return r == R_OK ? pad_once() : r;
}

extern "C" enum result vision_detect(struct vision *v, const struct image *im,
				     struct face_box out[FACES_MAX],
				     size_t *n)
{
	return guarded([&] {
		std::vector<face_box> faces = detect(v, wrap(im));

		std::copy(faces.begin(), faces.end(), out);
		*n = faces.size();
		return R_OK;
	});
}

extern "C" enum result vision_embed(struct vision *v, const struct image *im,
				    const struct face_box *box,
				    struct embedding *out)
{
	return guarded([&] {
		cv::Mat m = wrap(im);
		points p = landmarks(v, m, box);

		if (p.size() != LANDMARKS)
			return R_ABSENT;
		m = align(m, p, v->spec[NET_FEATURE]);
		if (m.empty())
			return R_ABSENT;
		return to_embedding(run(v, NET_FEATURE, m), out);
	});
}

extern "C" enum result vision_live(struct vision *v, const struct image *im,
				   const struct face_box *box, float *out)
{
	return guarded([&] { return live(v, wrap(im), box, out); });
}

extern "C" enum result vision_pad(const struct image *im, struct image *out)
{
	return guarded([&] {
		cv::Mat from = wrap(im), big;
		double scale = std::max(1.0, 240.0 / from.rows);
		struct image canvas = {};
		int w, h;
		enum result r;

		cv::resize(from, big, cv::Size(), scale, scale,
			   scale > 1 ? cv::INTER_CUBIC : cv::INTER_AREA);
		h = std::max(big.rows, big.cols * 3 / 4) * 4 / 3;
		w = h * 4 / 3;
		r = image_new((uint32_t)w, (uint32_t)h, &canvas);
		if (r != R_OK)
			return r;
		cv::Mat to = wrap(&canvas);
		to.setTo(cv::mean(big));
		big.copyTo(to(cv::Rect((w - big.cols) / 2, (h - big.rows) / 2,
				       big.cols, big.rows)));
		*out = canvas;
		return R_OK;
	});
}
