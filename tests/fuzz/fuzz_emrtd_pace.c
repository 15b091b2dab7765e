// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/* The card's answers in PACE: the first byte is the step, the rest the answer
 * (the state before it is that of 9303-11 appendix G.1). */
#include <stdlib.h>
#include <string.h>

#include "emrtd/pace.h"

#define STEPS 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const answers[STEPS - 1] = {
	"9000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000",
	"7C438241" "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651F"
	"BA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54"
	"9000",
	"7C438441" "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC6"
	"5DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"
	"9000",
};

static void before(struct pace *p, const struct pace_keys *keys, int step)
{
	static const uint8_t oid[] = { 4, 0, 0x7f, 0, 7, 2, 2, 4, 2, 2 };

	if (pace_start(p, protocol_by_oid(SPAN(oid)), curve_by_parameter(13),
		       PASSWORD_CAN, span_str("123456"), keys) != R_OK)
		abort();
	for (int i = 0; i < step; i++) {
		uint8_t answer[128];
		size_t n = strlen(answers[i]) / 2;

		if (hex_decode(answers[i], answer, n) != R_OK ||
		    pace_response(p, span_of(answer, n)) != R_OK)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pace state[STEPS];
	static struct pace_keys keys;
	static int ready;
	struct session_keys session;
	struct pace p;
	enum result r;

	if (!ready) {
		if (pace_prepare(&keys) != R_OK)
			abort();
		for (int i = 0; i < STEPS; i++)
			before(&state[i], &keys, i);
		ready = 1;
	}
	if (size < 1)
		return 0;
	p = state[data[0] % STEPS];
	r = pace_response(&p, span_of(data + 1, size - 1));
	if (r != R_OK && p.step != PACE_FAILED)
		abort();
	/* nobody guesses the token */
	if (pace_session(&p, &session) == R_OK)
		abort();
	return 0;
}
