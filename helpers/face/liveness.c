// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/liveness.h"

#include <math.h>

#define LIVE_SCALE 2.7f

/* Shift [from, from + length] into [0, limit]; length is at most limit. */
static float shifted(float from, float length, float limit)
{
	if (from < 0)
		return 0;
	return from + length > limit ? limit - length : from;
}

enum result liveness_crop(uint32_t width, uint32_t height,
			  const struct face_box *box, struct live_crop *out)
{
	float w = (float)width - 1, h = (float)height - 1;
	float side = LIVE_SCALE * box->side;
	float x, y;

	if (!isfinite(box->x) || !isfinite(box->y) || !isfinite(box->side) ||
	    !(box->side >= 1) || width < 2 || height < 2 ||
	    box->x < 0 || box->y < 0 || box->x > w || box->y > h)
		return R_ABSENT;
	side = fminf(side, fminf(w, h));
	x = shifted(box->x - side / 2, side, w);
	y = shifted(box->y - side / 2, side, h);
	out->x = (uint32_t)x;
	out->y = (uint32_t)y;
	out->width = (uint32_t)side;
	out->height = (uint32_t)side;
	return R_OK;
}

enum result liveness_score(const float logits[3], float *out)
{
	float top = fmaxf(logits[0], fmaxf(logits[1], logits[2]));
	float sum = 0, live;

	for (int i = 0; i < 3; i++) {
		if (!isfinite(logits[i]))
			return R_MALFORMED;
		sum += expf(logits[i] - top);
	}
	live = expf(logits[0] - top) / sum;
	if (!isfinite(live))
		return R_MALFORMED;
	*out = live;
	return R_OK;
}
