/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: face base */
/* Whatever manifest is accepted still decides within the limits, and names
 * files without a directory. */
#include <stdlib.h>
#include <string.h>

#include "face/decision.h"
#include "face/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest m;
	unsigned int line;
	uint32_t threshold;

	if (manifest_parse(span_of(data, size), &m, &line) != R_OK)
		return 0;
	if (manifest_threshold(&m, 100, &threshold) != R_OK ||
	    threshold < 3500 || threshold > 9000 || m.match_frames < 5 ||
	    m.live_frames < 10 || m.live_frames > DECISION_FRAMES_MAX ||
	    m.live_threshold_e4 < 400 || m.frame_floor_e4 < 1000)
		abort();
	for (int i = 0; i < NET_COUNT; i++)
		if (strchr(m.net[i].file, '/') || m.net[i].scale_e4 == 0)
			abort();
	return 0;
}
