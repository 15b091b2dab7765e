/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/provider_tokeniser.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

#define MAGIC "CNTK"
#define VERSION 1
#define SUITE 1

struct blinding { uint8_t scalar[OPRF_SCALAR]; };	/* SECRET */

static void blinding_wipe(struct blinding *b)
{
	secret_wipe(b, sizeof(*b));
}

/* -- the packets ----------------------------------------------------- */

enum result tokeniser_request_put(struct sink *out, uint32_t epoch,
				  const uint8_t blinded[OPRF_ELEMENT])
{
	sink_put(out, span_str(MAGIC));
	sink_u8(out, VERSION);
	sink_u8(out, SUITE);
	sink_u32(out, epoch);
	sink_put(out, span_of(blinded, OPRF_ELEMENT));
	return sink_done(out);
}

static enum result get_head(struct span *in, uint8_t *status)
{
	struct span magic = { 0 };
	uint8_t version = 0;
	enum result r = span_take(in, strlen(MAGIC), &magic);

	if (r == R_OK)
		r = span_u8(in, &version);
	if (r == R_OK)
		r = span_u8(in, status);
	if (r != R_OK)
		return r;
	refuse_if(!span_equal(magic, span_str(MAGIC)) || version != VERSION ||
		  *status >= TOKENISER_STATUS_COUNT, R_MALFORMED);
	return R_OK;
}

enum result tokeniser_answer_get(struct span in, struct tokeniser_answer *out)
{
	struct tokeniser_answer a = { 0 };
	struct span evaluated = { 0 }, proof = { 0 };
	enum result r = get_head(&in, &a.status);

	if (r == R_OK && a.status == TOKENISER_OK) {
		r = span_take(&in, OPRF_ELEMENT, &evaluated);
		if (r == R_OK)
			r = span_take(&in, OPRF_PROOF, &proof);
	}
	if (r != R_OK)
		return r;
	refuse_if(span_end(&in) != R_OK, R_MALFORMED);
	if (a.status == TOKENISER_OK) {
		memcpy(a.evaluated, evaluated.p, OPRF_ELEMENT);
		memcpy(a.proof, proof.p, OPRF_PROOF);
	}
	*out = a;
	return R_OK;
}

/* -- the exchange ---------------------------------------------------- */

static enum result say(int fd, struct span packet)
{
	ssize_t n;

	do {
		n = write(fd, packet.p, packet.n);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)packet.n ? R_OK : R_ABSENT;
}

static enum tokeniser_fault fault_heard(enum result r)
{
	switch (r) {
	case R_OK:
		return TOKENISER_FAULT_NONE;
	case R_TIMEOUT:
		return TOKENISER_FAULT_SILENT;
	case R_MALFORMED:
		return TOKENISER_FAULT_WORDS;
	case R_ABSENT:
	case R_DENIED:
	case R_BUSY:
	case R_INTERNAL:
		break;
	}
	return TOKENISER_FAULT_GONE;
}

static enum tokeniser_fault fault_said(uint8_t status)
{
	return status == TOKENISER_UNKNOWN_EPOCH ? TOKENISER_FAULT_EPOCH :
	       status == TOKENISER_QUOTA ? TOKENISER_FAULT_QUOTA :
					   TOKENISER_FAULT_REFUSED;
}

static enum reason ask(struct tokeniser *t,
		       const uint8_t blinded[OPRF_ELEMENT],
		       struct tokeniser_answer *out)
{
	enum result r;
	uint8_t request[TOKENISER_REQUEST], answer[TOKENISER_ANSWER + 1];
	struct sink s = SINK(request);
	struct span got = { 0 };

	if (tokeniser_request_put(&s, t->epoch, blinded) != R_OK)
		return REASON_INTERNAL;
	r = say(t->fd, sink_span(&s));
	if (r == R_OK)
		r = chan_recv(t->fd, answer, sizeof(answer),
			      mono_ms() + t->wait_ms, &got);
	if (r == R_OK)
		r = tokeniser_answer_get(got, out);
	t->fault = fault_heard(r);
	if (r != R_OK)
		return REASON_TOKENISER;
	if (!refused(out->status != TOKENISER_OK))
		return REASON_NONE;
	t->fault = fault_said(out->status);
	return REASON_TOKENISER;
}

static enum reason tokeniser_evaluate(void *ctx, struct span x,
				      struct psn *out)
{
	struct tokeniser *t = ctx;
	scoped(blinding_wipe) struct blinding blind = { { 0 } };
	uint8_t blinded[1][OPRF_ELEMENT], evaluated[1][OPRF_ELEMENT];
	struct tokeniser_answer a = { 0 };
	enum reason why;

	oprf_random(blind.scalar);
	if (oprf_blind(OPRF_VERIFIABLE, x, blind.scalar, blinded[0]) != R_OK)
		return REASON_INTERNAL;
	why = ask(t, blinded[0], &a);
	if (why != REASON_NONE)
		return why;
	memcpy(evaluated[0], a.evaluated, OPRF_ELEMENT);
	/* RFC 9497 3.3.2: without this the service could mark a person by a
	 * key of their own */
	refuse_if(oprf_verify(t->public_key,
			      (const uint8_t (*)[OPRF_ELEMENT])blinded,
			      (const uint8_t (*)[OPRF_ELEMENT])evaluated, 1,
			      a.proof) != R_OK, REASON_TOKENISER_PROOF);
	if (oprf_finalize(x, blind.scalar, evaluated[0], out->b) != R_OK)
		return REASON_TOKENISER_PROOF;
	out->n = OPRF_OUTPUT;
	return REASON_NONE;
}

struct provider provider_tokeniser(struct tokeniser *t)
{
	return (struct provider){ "tokeniser", tokeniser_evaluate, t };
}
