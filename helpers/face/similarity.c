// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/similarity.h"

#include <math.h>

static const double aligned[FIVE_POINTS][2] = {
	{ 38.2946, 51.6963 }, { 73.5318, 51.5014 }, { 56.0252, 71.7366 },
	{ 41.5493, 92.3655 }, { 70.7299, 92.2041 },
};

#define NORM_MIN  25.0	/* squared pixels: all in one place is no face */
#define SCALE_MIN 0.01
#define SCALE_MAX 20.0

enum result similarity_fit(const float from[FIVE_POINTS][2],
			   struct similarity *out)
{
	double mx = 0, my = 0, ux = 0, uy = 0, dot = 0, cross = 0, norm = 0;
	struct similarity s;

	for (int i = 0; i < FIVE_POINTS; i++) {
		mx += (double)from[i][0] / FIVE_POINTS;
		my += (double)from[i][1] / FIVE_POINTS;
		ux += aligned[i][0] / FIVE_POINTS;
		uy += aligned[i][1] / FIVE_POINTS;
	}
	for (int i = 0; i < FIVE_POINTS; i++) {
		double x = (double)from[i][0] - mx, u = aligned[i][0] - ux;
		double y = (double)from[i][1] - my, v = aligned[i][1] - uy;

		dot += x * u + y * v;
		cross += x * v - y * u;
		norm += x * x + y * y;
	}
	if (!(norm > NORM_MIN))
		return R_ABSENT;
	s.a = dot / norm;
	s.b = cross / norm;
	s.tx = ux - s.a * mx + s.b * my;
	s.ty = uy - s.b * mx - s.a * my;
	s.scale = hypot(s.a, s.b);
	if (!(s.scale > SCALE_MIN) || !(s.scale < SCALE_MAX) ||
	    !isfinite(s.tx) || !isfinite(s.ty))
		return R_ABSENT;
	*out = s;
	return R_OK;
}
