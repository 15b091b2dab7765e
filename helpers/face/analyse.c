// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/analyse.h"

#include "base/scope.h"

static enum result embed_largest(struct vision *v, const struct image *im,
				 struct embedding *out)
{
	struct face_box found[FACES_MAX], box;
	size_t n = 0;
	enum result r = vision_detect(v, im, found, &n);

	if (r == R_OK)
		r = decision_largest(found, n, &box);
	return r == R_OK ? vision_embed(v, im, &box, out) : r;
}

enum result analyse_portrait(struct vision *v, const struct image *im,
			     struct embedding *out)
{
	scoped(image_wipe) struct image padded = { 0 };
	enum result r = embed_largest(v, im, out);

	if (r != R_ABSENT)
		return r;
	r = vision_pad(im, &padded);
	return r == R_OK ? embed_largest(v, &padded, out) : r;
}

enum result analyse_frame(struct vision *v, const struct image *im,
			  struct embedding *out, float *live)
{
	struct face_box found[FACES_MAX], box;
	size_t n = 0;
	float score;
	enum result r = vision_detect(v, im, found, &n);

	if (r == R_OK)
		r = decision_only(found, n, &box);
	if (r == R_OK)
		r = vision_live(v, im, &box, &score);
	if (r == R_OK)
		r = vision_embed(v, im, &box, out);
	if (r == R_OK)
		*live = score;
	return r;
}
