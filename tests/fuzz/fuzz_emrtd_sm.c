// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: emrtd lds base */
/*
 * Secure messaging responses. The first octet's bits: 1 the rest gets a valid
 * MAC and status word, so that what lies behind the MAC is reached too; 2 and
 * 4 the cipher (AES-128, AES-192, AES-256, 3DES); 8 the command had an odd
 * instruction; 16 the rest is blocks of plaintext, which are encrypted here
 * into one object, so that the padding is the input's.
 */
#include <stdlib.h>
#include <string.h>

#include "emrtd/data_object.h"
#include "emrtd/sm.h"

#define INPUT_MAX  900
#define APDU_MAX 1024
#define PLAIN_MAX  300

enum { SEALED = 1, CIPHER = 6, ODD = 8, PLAIN = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(enum result r)
{
	if (r != R_OK)
		abort();
}

static struct span counter(const struct sm *sm)
{
	return span_of(sm->ssc, cipher_block_size(sm->keys.cipher));
}

/* As the card counts: one ahead of our last command. */
static struct sm cards(const struct sm *terminals)
{
	struct sm sm = *terminals;

	sm.ssc[counter(&sm).n - 1]++;
	return sm;
}

/* DO'87' or DO'85' with these blocks, and DO'99'. */
static void encrypt(const struct sm *sm, struct span plain, struct sink *out)
{
	const enum info_cipher c = sm->keys.cipher;
	static const uint8_t ok[] = { 0x90, 0x00 };
	uint8_t sealed[1 + INPUT_MAX] = { 1 }, iv[CIPHER_BLOCK_MAX];

	plain.n -= plain.n % counter(sm).n;
	if (plain.n) {
		if (c != CIPHER_3DES)
			must(cipher_block(c, sm->keys.enc, counter(sm), iv));
		must(cipher_cbc(c, sm->keys.enc,
				c == CIPHER_3DES ? NULL : iv, true, plain,
				sealed + 1));
		put_object(out, sm->odd ? 0x85 : 0x87,
			   span_of(sealed + sm->odd, plain.n + !sm->odd));
	}
	put_object(out, 0x99, SPAN(ok));
}

static void seal(const struct sm *sm, struct sink *out)
{
	uint8_t mac[MAC_SIZE];

	must(cipher_mac_padded(sm->keys.cipher, sm->keys.mac, counter(sm),
			       sink_span(out), mac));
	put_object(out, 0x8e, SPAN(mac));
	sink_u16(out, SW_OK);
	must(sink_done(out));
}

/* Whether encrypt() made an object that must open: nothing, or what ends with
 * 80 and zeros in its last block and has room. */
static bool well_padded(enum info_cipher c, struct span plain)
{
	const size_t block = cipher_block_size(c);
	size_t n, whole;

	plain.n -= plain.n % block;
	whole = n = plain.n;
	while (n > 0 && whole - n < block && plain.p[n - 1] == 0)
		n--;
	return whole == 0 || (whole <= PLAIN_MAX && whole - n < block &&
			      plain.p[n - 1] == 0x80);
}

static void answer(const struct sm *terminals, uint8_t how, struct span in,
		   struct sink *out)
{
	const struct sm sm = cards(terminals);

	if (how & PLAIN)
		encrypt(&sm, in, out);
	else
		sink_put(out, in);
	if (how & (SEALED | PLAIN))
		seal(&sm, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum info_cipher ciphers[] = {
		CIPHER_AES128, CIPHER_AES192, CIPHER_AES256, CIPHER_3DES
	};
	struct session_keys keys = { .enc = { 1, 2, 3 }, .mac = { 4, 5, 6 } };
	uint8_t buf[APDU_MAX], room[PLAIN_MAX];
	struct sink plain = SINK(room), apdu = SINK(buf);
	struct response r = { { 0 }, 0 };
	enum result got;
	struct sm sm;

	if (size < 1 || size > INPUT_MAX)
		return 0;
	keys.cipher = ciphers[(data[0] & CIPHER) / 2];
	sm_start(&sm, &keys);
	sm.odd = data[0] & ODD;
	answer(&sm, data[0], span_of(data + 1, size - 1), &apdu);
	got = sm_unwrap(&sm, sink_span(&apdu), &plain, &r);
	/* a success has the plaintext inside the buffer; a failure no keys */
	if (got == R_OK && (r.data.p < room ||
			    r.data.p + r.data.n > room + sizeof(room)))
		abort();
	if ((got == R_OK) != sm.live)
		abort();
	if (data[0] & PLAIN &&
	    (got == R_OK) != well_padded(keys.cipher,
					 span_of(data + 1, size - 1)))
		abort();
	return 0;
}
