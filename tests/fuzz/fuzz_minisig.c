// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: ctl base */
/* Any bytes as a signature, a public key and a secret key. What is taken says
 * the same again when it is written, and nothing of it is beyond its text. */
#include <stdlib.h>
#include <string.h>

#include "ctl/roster.h"
#include "ctl/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void as_key(struct span in)
{
	uint8_t text[SIGN_FILE_MAX], line[SIGN_FILE_MAX];
	struct sink out = SINK(text);
	struct sign_key key, again;
	size_t n;

	if (sign_key_parse(in, &key) != R_OK)
		return;
	sign_key_write(&key, &out);
	must(sink_done(&out) == R_OK);
	must(sign_key_parse(sink_span(&out), &again) == R_OK);
	must(!memcmp(&key, &again, sizeof(key)));
	/* canonical base64: the last line is the one that came */
	for (n = out.n - 1; n > 0 && text[n - 1] != '\n';)
		n--;
	must(in.n >= out.n - n && !memcmp(in.p + in.n - (out.n - n), text + n,
					  out.n - n));
	memcpy(line, text + n, out.n - n);
	line[out.n - n - 1] = '\0';
	must(sign_key_text((const char *)line, &again) == R_OK);
}

static void as_secret(struct span in)
{
	uint8_t text[SIGN_SECRET_MAX];
	struct sink out = SINK(text);
	struct sign_secret secret;

	if (sign_secret_parse(in, &secret) != R_OK)
		return;
	sign_secret_write(&secret, &out);
	must(span_equal(sink_span(&out), in));
}

static void as_signature(struct span in)
{
	static const uint8_t hash[SIGN_HASH_SIZE];
	struct sign_key key = { { 0 }, { 0 } };
	struct signature s;

	if (signature_parse(in, &s) != R_OK)
		return;
	must(strlen(s.comment) < sizeof(s.comment));
	must(in.n > 2 * SIGN_SIZE + strlen(s.comment));
	memcpy(key.id, s.id, sizeof(key.id));
	must(signature_check(&s, &key, hash) == R_DENIED);
}

static void as_head(struct span in)
{
	struct roster_head h;

	if (roster_head_parse(in, &h) != R_OK)
		return;
	must(strlen(h.urn) < sizeof(h.urn) && strlen(h.created) == 10 &&
	     strlen(h.expires) == 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);

	as_key(in);
	as_secret(in);
	as_signature(in);
	as_head(in);
	return 0;
}
