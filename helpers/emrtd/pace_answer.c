// SPDX-License-Identifier: GPL-3.0-or-later
#include "emrtd/pace_answer.h"

#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "emrtd/data_object.h"
#include "emrtd/pace_map.h"
#include "lds/tlv.h"

#define TAG_PUBLIC_KEY 0x7f49
#define TAG_NUMBER     0x84	/* 9.4.3 */
#define TAG_POINT      0x86	/* 9.4.4 */

/* The nonce must not be easier to guess than a block of AES: with 3DES, whose
 * block is 8 octets, two. */
#define NONCE_MIN 16

enum result dynamic_data(struct span in, uint8_t tag, struct span *value)
{
	struct span inside;
	enum result r = tlv_only(in, TAG_DYNAMIC, &inside);

	return r == R_OK ? tlv_only(inside, tag, value) : r;
}

/* 4.4.3.3: any number of whole blocks, with IM the one size that its function
 * is made for. */
static bool nonce_fits(const struct pace *p, size_t n)
{
	enum info_cipher c = p->protocol->cipher;

	if (p->protocol->mapping == MAP_IM)
		return n == pace_prf_block(c);
	return n >= NONCE_MIN && n <= sizeof(p->nonce) &&
	       n % cipher_block_size(c) == 0;
}

/* 4.4.3.3: s = the nonce decrypted with K_pi, CBC with a zero IV. */
enum result pace_take_nonce(struct pace *p, struct span data)
{
	struct span z;
	enum result r = dynamic_data(data, TAG_NONCE, &z);

	if (r != R_OK)
		return r;
	refuse_if(!nonce_fits(p, z.n), R_MALFORMED);
	p->nonce_n = z.n;
	return cipher_cbc(p->protocol->cipher, p->k_pi, NULL, false, z,
			  p->nonce);
}

/* 4.4.3.3.1, for CAM too. The card's mapping key stays for CAM's check. */
static enum result map_generic(struct pace *p, struct span sent,
			       uint8_t mapped[DOMAIN_PUBLIC_MAX])
{
	struct span peer = domain_public_span(p->domain, p->peer_map);
	enum result r = domain_public_pad(p->domain, sent, p->peer_map);

	if (r != R_OK)
		return r;
	refuse_if(span_equal(peer, domain_public_span(p->domain,
						      p->map.public)),
		  R_MALFORMED);
	return domain_map_generic(p->domain, span_of(p->nonce, p->nonce_n),
				  p->map.secret, peer, mapped);
}

/* 4.4.3.3.2; 4.4.5.2.2: the card's data object is empty. */
static enum result map_integrated(struct pace *p, struct span sent,
				  uint8_t mapped[DOMAIN_PUBLIC_MAX])
{
	uint8_t prf[PACE_PRF_MAX];
	struct sink x = SINK(prf);
	enum result r;

	refuse_if(sent.n != 0, R_MALFORMED);
	r = pace_prf(p->protocol->cipher, span_of(p->nonce, p->nonce_n), p->t,
		     domain_field_bits(p->domain), &x);
	if (r == R_OK)
		r = domain_map_integrated(p->domain, sink_span(&x), mapped);
	secret_wipe(prf, sizeof(prf));
	return r;
}

/* Our agreement key on the mapped generator. A number with a leading zero
 * could be written in two ways: another one then. */
static enum result agreement_key(struct pace *p, struct span generator)
{
	enum result r;

	for (;;) {
		r = domain_multiply(p->domain, p->agree.secret, generator,
				    p->agree.public);
		if (r != R_OK || domain_public_plain(p->domain,
						     p->agree.public))
			return r;
		r = domain_scalar(p->domain, p->agree.secret);
		if (r != R_OK)
			return r;
	}
}

enum result pace_take_map(struct pace *p, struct span data)
{
	uint8_t mapped[DOMAIN_PUBLIC_MAX];
	struct span sent;
	enum result r = dynamic_data(data, TAG_MAP_IC, &sent);

	if (r == R_OK)
		r = p->protocol->mapping == MAP_IM ?
			    map_integrated(p, sent, mapped) :
			    map_generic(p, sent, mapped);
	if (r == R_OK)
		r = agreement_key(p, domain_public_span(p->domain, mapped));
	secret_wipe(mapped, sizeof(mapped));
	return r;
}

/* 4.4.1: the card's key is another than ours; 9.7.4: the session keys. */
enum result pace_take_key(struct pace *p, struct span data)
{
	uint8_t shared[DOMAIN_SHARED_MAX];
	struct span sent, peer = domain_public_span(p->domain, p->peer);
	enum result r = dynamic_data(data, TAG_KEY_IC, &sent);

	if (r == R_OK)
		r = domain_public_pad(p->domain, sent, p->peer);
	if (r != R_OK)
		return r;
	refuse_if(span_equal(peer, domain_public_span(p->domain,
						      p->agree.public)),
		  R_MALFORMED);
	memcpy(p->peer_sent, sent.p, sent.n);
	p->peer_sent_n = sent.n;
	r = domain_agree(p->domain, p->agree.secret, peer, shared);
	if (r == R_OK)
		r = kdf_session(p->protocol->cipher,
				span_of(shared, p->domain->shared),
				&p->session);
	secret_wipe(shared, sizeof(shared));
	return r;
}

/* MAC(KS_MAC, 7F49 { 06 oid, 86 point or 84 number }). The Retail MAC pads
 * (9.8.6.2), CMAC does it itself. */
enum result pace_token(const struct pace *p, struct span key,
		       uint8_t out[MAC_SIZE])
{
	const enum info_cipher c = p->protocol->cipher;
	uint8_t inside[DOMAIN_PUBLIC_MAX + SUITE_OID_MAX + 8];
	uint8_t data[sizeof(inside) + 16];
	struct sink i = SINK(inside), d = SINK(data);
	enum result r;

	put_object(&i, 0x06, p->protocol->oid);
	put_object(&i, p->domain->agreement == AGREE_DH ? TAG_NUMBER :
							   TAG_POINT, key);
	put_object(&d, TAG_PUBLIC_KEY, sink_span(&i));
	if (c == CIPHER_3DES)
		cipher_pad(c, &d, 0);
	r = sink_done(&i);
	if (r == R_OK)
		r = sink_done(&d);
	return r == R_OK ? cipher_mac(c, p->session.mac, sink_span(&d),
				      span_of(NULL, 0), out) : r;
}

/* 4.4.3.5.3: 80 and zeros, up to one whole block and no further. */
static enum result unpad(struct span padded, size_t want, struct span *out)
{
	size_t n = padded.n;

	while (n > 0 && padded.p[n - 1] == 0)
		n--;
	refuse_if(n == 0 || padded.p[n - 1] != 0x80, R_MALFORMED);
	/* 4.4.5.6: as many octets as the order of the group */
	refuse_if(n - 1 != want, R_MALFORMED);
	*out = span_of(padded.p, want);
	return R_OK;
}

/* 4.4.3.5.4: CBC, the IV is -1 encrypted, all with KS_Enc. */
static enum result take_chip_auth(struct pace *p, struct span sealed)
{
	const enum info_cipher c = p->protocol->cipher;
	const size_t block = cipher_block_size(c), n = p->domain->secret;
	uint8_t iv[CIPHER_BLOCK_MAX], ones[CIPHER_BLOCK_MAX];
	uint8_t plain[DOMAIN_SECRET_MAX + CIPHER_BLOCK_MAX];
	struct span scalar;
	enum result r;

	refuse_if(sealed.n != (n / block + 1) * block, R_MALFORMED);
	memset(ones, 0xff, sizeof(ones));
	r = cipher_block(c, p->session.enc, span_of(ones, block), iv);
	if (r == R_OK)
		r = cipher_cbc(c, p->session.enc, iv, false, sealed, plain);
	if (r == R_OK)
		r = unpad(span_of(plain, sealed.n), n, &scalar);
	if (r == R_OK) {
		p->cam.domain = p->domain;
		memcpy(p->cam.map, p->peer_map, sizeof(p->cam.map));
		memcpy(p->cam.scalar, scalar.p, scalar.n);
	}
	secret_wipe(plain, sizeof(plain));
	return r;
}

/* An object that may be there, in its place; p is NULL where it is not. */
static enum result maybe(struct span *in, uint8_t tag, struct span *value)
{
	enum result r;

	*value = span_of(NULL, 0);
	r = tlv_optional(in, tag, value);
	return r == R_ABSENT ? R_OK : r;
}

/* Table 4. The authority references are for terminal authentication, which we
 * do not speak: stepped over. */
enum result pace_take_token(struct pace *p, struct span data)
{
	const bool cam = p->protocol->mapping == MAP_CAM;
	uint8_t want[MAC_SIZE];
	struct span in, t, skip, sealed;
	enum result r = tlv_only(data, TAG_DYNAMIC, &in);

	if (r == R_OK)
		r = tlv_expect(&in, TAG_TOKEN_IC, &t);
	if (r == R_OK)
		r = maybe(&in, TAG_CAR, &skip);
	if (r == R_OK && skip.p)
		r = maybe(&in, TAG_CAR_BEFORE, &skip);
	if (r == R_OK)
		r = maybe(&in, TAG_CHIP_AUTH, &sealed);
	if (r == R_OK)
		r = span_end(&in);
	if (r == R_OK)
		r = pace_token(p, domain_public_span(p->domain,
						     p->agree.public), want);
	if (r != R_OK)
		return r;
	refuse_if(!span_equal_ct(SPAN(want), t), R_DENIED);
	refuse_if((sealed.p != NULL) != cam, R_MALFORMED);
	return cam ? take_chip_auth(p, sealed) : R_OK;
}

enum result pace_cam_check(const struct pace_cam *cam,
			   const struct chip_key *key)
{
	uint8_t product[DOMAIN_PUBLIC_MAX];
	enum result r;

	refuse_if(!cam->domain || cam->domain != key->domain, R_DENIED);
	r = domain_multiply(cam->domain, cam->scalar,
			    domain_public_span(key->domain, key->public),
			    product);
	if (r == R_INTERNAL)
		return r;
	refuse_if(r != R_OK ||
		  !span_equal(domain_public_span(cam->domain, product),
			      domain_public_span(cam->domain, cam->map)),
		  R_DENIED);
	return R_OK;
}
