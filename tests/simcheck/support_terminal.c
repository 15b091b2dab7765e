/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal's link, its secure messaging and its reading of files. */
#include <stdlib.h>
#include <string.h>

#include "support_terminal.h"

#define COMMAND_MAX 4096

void terminal_init(struct terminal *t, transmit_fn *transmit, void *with)
{
	*t = (struct terminal){ .transmit = transmit, .with = with,
				.random = sim_random };
}

enum result terminal_to_card(void *with, struct span command,
			     struct sink *response)
{
	card_apdu(with, command, response);
	return sink_done(response);
}

/* One APDU, and GET RESPONSE as long as the card has more. */
static enum result exchange(struct terminal *t, struct span command,
			    struct reply *out)
{
	uint8_t more[5] = { 0x00, 0xc0, 0x00, 0x00, 0x00 };
	struct sink s = sink_of(out->data, sizeof(out->data));

	for (int i = 0; i < 1000; i++) {
		t->apdus++;
		if (t->transmit(t->with, command, &s) != R_OK || s.n < 2)
			return R_DENIED;
		out->n = s.n - 2;
		out->sw = (uint16_t)(s.p[s.n - 2] << 8 | s.p[s.n - 1]);
		if (out->sw >> 8 != 0x61)
			return R_OK;
		more[4] = (uint8_t)out->sw;
		command = SPAN(more);
		s.n -= 2;
	}
	return R_DENIED;
}

enum result terminal_raw(struct terminal *t, const char *hex,
			 struct reply *out)
{
	uint8_t buf[1024];
	size_t n = strlen(hex) / 2;
	struct sink s = sink_of(out->data, sizeof(out->data));

	if (n > sizeof(buf) || hex_decode(hex, buf, n) != R_OK)
		return R_INTERNAL;
	t->apdus++;
	if (t->transmit(t->with, span_of(buf, n), &s) != R_OK || s.n < 2)
		return R_DENIED;
	out->n = s.n - 2;
	out->sw = (uint16_t)(s.p[s.n - 2] << 8 | s.p[s.n - 1]);
	return R_OK;
}

/* -- secure messaging ----------------------------------------------------- */

static size_t block(const struct terminal *t)
{
	return sim_block_size(t->enc.cipher);
}

enum result terminal_keys(struct terminal *t, enum sim_cipher c,
			  struct span secret)
{
	if (sim_kdf(c, secret, 1, &t->enc) != R_OK ||
	    sim_kdf(c, secret, 2, &t->mac) != R_OK)
		return R_INTERNAL;
	memset(t->ssc, 0, sizeof(t->ssc));
	t->on = true;
	return R_OK;
}

static void count_up(struct terminal *t)
{
	for (size_t i = block(t); i-- > 0 && ++t->ssc[i] == 0;)
		;
}

static enum result cbc(const struct terminal *t, bool encrypt, struct span in,
		       uint8_t *out)
{
	uint8_t iv[SIM_BLOCK_MAX] = { 0 };

	if (t->enc.cipher != SIM_3DES &&
	    sim_cbc(&t->enc, true, NULL, SPAN(t->ssc), iv) != R_OK)
		return R_INTERNAL;
	return sim_cbc(&t->enc, encrypt, iv, in, out);
}

static enum result put_cryptogram(const struct terminal *t, bool odd,
				  struct span data, struct sink *out)
{
	uint8_t clear[COMMAND_MAX], value[COMMAND_MAX + 1] = { 1 };
	struct sink p = SINK(clear);

	sink_put(&p, data);
	sim_pad(t->enc.cipher, &p, 0);
	if (sink_done(&p) != R_OK ||
	    cbc(t, true, sink_span(&p), value + (odd ? 0 : 1)) != R_OK)
		return R_INTERNAL;
	tlv_put(out, odd ? 0x85 : 0x87, span_of(value, p.n + (odd ? 0 : 1)));
	return R_OK;
}

/* A command as ISO 7816-4 5.2 has it: with Le in the format of Lc. */
static void put_command(const struct terminal *t, const uint8_t head[4],
			struct span data, size_t le, struct sink *out)
{
	const bool wide = t->extended || data.n > 255 || le > 256;

	sink_put(out, span_of(head, 4));
	if (wide && (data.n || le))
		sink_u8(out, 0);
	if (data.n && wide)
		sink_u16(out, (uint16_t)data.n);
	else if (data.n)
		sink_u8(out, (uint8_t)data.n);
	sink_put(out, data);
	if (le && wide)
		sink_u16(out, (uint16_t)le);
	else if (le)
		sink_u8(out, (uint8_t)le);
}

static enum result command_mac(const struct terminal *t,
			       const uint8_t header[4], struct span objects,
			       uint8_t mac[SIM_MAC])
{
	uint8_t input[COMMAND_MAX + 64];
	struct sink m = SINK(input);

	sink_put(&m, span_of(t->ssc, block(t)));
	sink_put(&m, span_of(header, 4));
	sim_pad(t->mac.cipher, &m, 0);
	if (objects.n) {
		sink_put(&m, objects);
		sim_pad(t->mac.cipher, &m, 0);
	}
	return sink_done(&m) == R_OK ? sim_mac(&t->mac, sink_span(&m), mac)
				     : R_INTERNAL;
}

static enum result protect(struct terminal *t, const uint8_t head[4],
			   struct span data, size_t le, struct sink *out)
{
	const uint8_t header[4] = { head[0] | 0x0c, head[1], head[2],
				    head[3] };
	const uint8_t le_bytes[2] = { (uint8_t)(le >> 8), (uint8_t)le };
	const bool wide = le > 256;
	uint8_t objects[COMMAND_MAX], mac[SIM_MAC];
	struct sink o = SINK(objects);

	count_up(t);
	if (data.n && put_cryptogram(t, head[1] & 1, data, &o) != R_OK)
		return R_INTERNAL;
	if (le)
		tlv_put(&o, 0x97, wide ? SPAN(le_bytes)
				       : span_of(le_bytes + 1, 1));
	if (command_mac(t, header, sink_span(&o), mac) != R_OK)
		return R_INTERNAL;
	mac[7] ^= t->spoil_mac ? 1 : 0;
	t->spoil_mac = false;
	tlv_put(&o, 0x8e, SPAN(mac));
	put_command(t, header, sink_span(&o), t->extended ? 65536 : 256, out);
	return sink_done(out);
}

static enum result check_mac(const struct terminal *t, struct span covered,
			     struct span mac)
{
	uint8_t own[SIM_MAC];
	struct sink m = { malloc(covered.n + 64), 0, covered.n + 64, false };
	enum result r;

	sink_put(&m, span_of(t->ssc, block(t)));
	sink_put(&m, covered);
	sim_pad(t->mac.cipher, &m, 0);
	r = sim_mac(&t->mac, sink_span(&m), own);
	free(m.p);
	if (r != R_OK)
		return r;
	return span_equal_ct(SPAN(own), mac) ? R_OK : R_DENIED;
}

static enum result unprotect(struct terminal *t, bool odd, struct reply *io)
{
	struct span all = span_of(io->data, io->n), v, clear, body;
	uint8_t sw[2] = { (uint8_t)(io->sw >> 8), (uint8_t)io->sw };
	enum result r;

	count_up(t);
	if (all.n < 14 || tlv_find(all, 0x8e, &v) != R_OK ||
	    check_mac(t, span_of(all.p, all.n - 10), v) != R_OK ||
	    tlv_find(all, 0x99, &v) != R_OK || !span_equal(v, SPAN(sw)))
		return R_DENIED;
	io->n = 0;
	r = tlv_find(all, odd ? 0x85 : 0x87, &v);
	if (r == R_ABSENT)
		return R_OK;
	if (r != R_OK || (!odd && span_take(&v, 1, &body) != R_OK) || !v.n ||
	    v.n % block(t))
		return R_DENIED;
	uint8_t *plain = malloc(v.n);
	if (!plain || cbc(t, false, v, plain) != R_OK) {
		free(plain);
		return R_INTERNAL;
	}
	clear = span_of(plain, v.n);
	r = sim_unpad(t->enc.cipher, &clear);
	if (r == R_OK) {
		memcpy(io->data, clear.p, clear.n);
		io->n = clear.n;
	}
	free(plain);
	return r;
}

enum result terminal_send(struct terminal *t, const uint8_t head[4],
			  struct span data, size_t le, struct reply *out)
{
	uint8_t buf[COMMAND_MAX + 16];
	struct sink s = SINK(buf);
	bool was_on = t->on;
	enum result r = R_OK;

	if (was_on)
		r = protect(t, head, data, le, &s);
	else
		put_command(t, head, data, le, &s);
	if (r != R_OK || sink_done(&s) != R_OK)
		return R_INTERNAL;
	r = exchange(t, sink_span(&s), out);
	return r == R_OK && was_on ? unprotect(t, head[1] & 1, out) : r;
}

enum result terminal_hex(struct terminal *t, const char *hex,
			 struct reply *out)
{
	uint8_t buf[300];
	size_t n = strlen(hex) / 2, le = 0;
	struct span data = { 0 };

	if (n < 4 || n > sizeof(buf) || hex_decode(hex, buf, n) != R_OK)
		return R_INTERNAL;
	if (n == 5) {
		le = buf[4] ? buf[4] : 256;
	} else if (n > 5) {
		data = span_of(buf + 5, buf[4]);
		if (n > 5u + buf[4])
			le = buf[n - 1] ? buf[n - 1] : 256;
	}
	return terminal_send(t, buf, data, le, out);
}

uint16_t terminal_sw(struct terminal *t, const char *hex)
{
	struct reply reply;

	return terminal_hex(t, hex, &reply) == R_OK ? reply.sw : 0;
}

/* -- files ---------------------------------------------------------------- */

/* What the file has at an offset that fifteen bits may not hold. */
static enum result read_part(struct terminal *t, uint8_t sfi, size_t at,
			     size_t step, struct reply *out)
{
	uint8_t head[4] = { 0x00, 0xb0, (uint8_t)(at >> 8), (uint8_t)at };
	const uint8_t odd[4] = { 0x00, 0xb1, 0x00, sfi };
	const uint8_t offset[] = { 0x54, 3, (uint8_t)(at >> 16),
				   (uint8_t)(at >> 8), (uint8_t)at };
	struct span in, v;
	uint32_t tag;
	enum result r;

	if (!at)
		head[2] = 0x80 | sfi;
	if (at <= 0x7fff)
		return terminal_send(t, head, (struct span){ 0 }, step, out);
	r = terminal_send(t, odd, SPAN(offset), step, out);
	if (r != R_OK || (out->sw != SW_OK && out->sw != SW_EOF))
		return r;
	in = span_of(out->data, out->n);
	if (tlv_get(&in, &tag, &v) != R_OK || tag != 0x53 || in.n)
		return R_MALFORMED;
	memmove(out->data, v.p, v.n);
	out->n = v.n;
	return R_OK;
}

enum result terminal_read(struct terminal *t, uint8_t sfi, size_t step,
			  struct blob *out)
{
	const size_t cap = SIM_FILE_MAX;
	scoped(blob_free) struct blob b = { malloc(cap), 0 };

	while (b.p) {
		struct reply reply;

		if (read_part(t, sfi, b.n, step, &reply) != R_OK)
			return R_DENIED;
		if (reply.sw == SW_OFFSET && b.n)
			break;
		if ((reply.sw != SW_OK && reply.sw != SW_EOF) ||
		    b.n + reply.n > cap || !reply.n)
			return R_DENIED;
		memcpy(b.p + b.n, reply.data, reply.n);
		b.n += reply.n;
		if (reply.sw == SW_EOF)
			break;
	}
	*out = b;
	b = (struct blob){ 0 };
	return out->p ? R_OK : R_INTERNAL;
}
