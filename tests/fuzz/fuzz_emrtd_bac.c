// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/*
 * The card's answers in BAC. The first octet: 0 to GET CHALLENGE; 1 to
 * EXTERNAL AUTHENTICATE; 2 the same, but the rest is a cryptogram to which the
 * right MAC is added, or 3, one that is encrypted here too, so that what comes
 * behind them is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "emrtd/bac.h"

#define CRYPTOGRAM 32
#define TOKEN	   (CRYPTOGRAM + MAC_SIZE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHALLENGE, ANSWER, WITH_MAC, ENCRYPTED, MODES };

static const uint8_t rnd_ic[BAC_CHALLENGE] = "rnd.icc";

static void must(enum result r)
{
	if (r != R_OK)
		abort();
}

static void begin(struct bac *b, bool answered)
{
	static const struct bac_random ours = { "rnd.ifd", "k.ifd, 16 octet" };
	static const char mrz[] = "AB12345670900101930010113";
	uint8_t buf[300];
	struct sink apdu = SINK(buf);

	must(bac_start(b, span_str(mrz), &ours));
	must(bac_command(b, &apdu));
	if (!answered)
		return;
	memcpy(buf, rnd_ic, sizeof(rnd_ic));
	memcpy(buf + sizeof(rnd_ic), "\x90\x00", 2);
	must(bac_response(b, span_of(buf, sizeof(rnd_ic) + 2)));
	apdu.n = 0;
	must(bac_command(b, &apdu));
}

/* E || M || 9000, and what is left over behind it. */
static enum result sealed(struct bac *b, struct span in, bool encrypt)
{
	uint8_t apdu[TOKEN + 2 + 64];
	struct sink out = SINK(apdu);
	struct span e;

	if (span_take(&in, CRYPTOGRAM, &e) != R_OK || in.n > 64)
		return R_MALFORMED;
	sink_put(&out, e);
	if (encrypt)
		must(cipher_cbc(CIPHER_3DES, b->base.enc, NULL, true, e,
				apdu));
	must(cipher_mac_padded(CIPHER_3DES, b->base.mac,
			       span_of(apdu, CRYPTOGRAM), span_of(NULL, 0),
			       apdu + CRYPTOGRAM));
	out.n = TOKEN;
	sink_put(&out, in);
	sink_u16(&out, SW_OK);
	return bac_response(b, sink_span(&out));
}

/* What a genuine card says first: both challenges. */
static bool genuine(const struct bac *b, struct span plain)
{
	return plain.n == CRYPTOGRAM &&
	       memcmp(plain.p, rnd_ic, BAC_CHALLENGE) == 0 &&
	       memcmp(plain.p + BAC_CHALLENGE, b->ours.rnd_ifd,
		      BAC_CHALLENGE) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_keys keys;
	struct span in;
	struct bac b;
	unsigned int mode;
	bool good = false;
	enum result r;

	if (size < 1)
		return 0;
	mode = data[0] % MODES;
	in = span_of(data + 1, size - 1);
	begin(&b, mode != CHALLENGE);
	if (mode >= WITH_MAC) {
		if (in.n < CRYPTOGRAM || in.n > CRYPTOGRAM + 64)
			return 0;
		good = mode == ENCRYPTED && genuine(&b, in);
		r = sealed(&b, in, mode == ENCRYPTED);
	} else {
		r = bac_response(&b, in);
	}
	if (mode == CHALLENGE && (r == R_OK) != (b.step == BAC_AUTHENTICATE))
		abort();
	if (mode != CHALLENGE && ((r == R_OK) != good || bac_done(&b) != good))
		abort();
	if ((bac_session(&b, &keys) == R_OK) != good ||
	    (r != R_OK && b.step != BAC_FAILED))
		abort();
	return 0;
}
