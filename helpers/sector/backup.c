/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/backup.h"

#include <sodium.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

#define MAGIC "CNIE-KEY-BACKUP"
#define VERSION 1
#define HEAD (15 + 1 + KEY_URN_HASH + 4)
#define FORM (15 + 1)		/* magic, version */
#define IDENTITY "cnie-backup-secret-1 "
#define BASE64 44		/* characters of 32 bytes */

_Static_assert(BACKUP_SEAL == crypto_box_SEALBYTES, "libsodium's");
_Static_assert(BACKUP_KEY == crypto_box_SECRETKEYBYTES, "libsodium's");

void backup_identity_wipe(struct backup_identity *i)
{
	secret_wipe(i, sizeof(*i));
}

struct base64 { char text[BASE64 + 1]; };	/* SECRET */

static void base64_wipe(struct base64 *b)
{
	secret_wipe(b, sizeof(*b));
}

/* Is it what 32 bytes are written as? libsodium's decoder takes some bytes
 * above 7f for letters. */
static bool only_form(const struct backup_identity *i, struct span text)
{
	scoped(base64_wipe) struct base64 again = { { 0 } };

	sodium_bin2base64(again.text, sizeof(again.text), i->secret,
			  sizeof(i->secret), sodium_base64_VARIANT_ORIGINAL);
	return span_equal_ct(span_str(again.text), text);
}

enum result backup_identity_get(struct span text, struct backup_identity *out)
{
	scoped(backup_identity_wipe) struct backup_identity got = { { 0 } };
	struct span head = { 0 }, key = { 0 };
	size_t n = 0;

	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	refuse_if(span_take(&text, strlen(IDENTITY), &head) != R_OK ||
		  !span_equal(head, span_str(IDENTITY)) ||
		  span_take(&text, BASE64, &key) != R_OK ||
		  span_end(&text) != R_OK, R_MALFORMED);
	refuse_if(sodium_base642bin(got.secret, BACKUP_KEY,
				    (const char *)key.p, key.n, NULL, &n, NULL,
				    sodium_base64_VARIANT_ORIGINAL) ||
		  n != BACKUP_KEY || !only_form(&got, key), R_MALFORMED);
	*out = got;
	return R_OK;
}

static void put_head(const char *urn, uint32_t epoch, struct sink *out)
{
	uint8_t urn_hash[KEY_URN_HASH];

	key_urn_hash(urn, urn_hash);
	sink_put(out, span_str(MAGIC));
	sink_u8(out, VERSION);
	sink_put(out, SPAN(urn_hash));
	sink_u32(out, epoch);
}

enum result backup_seal(const struct sector_key *key, const char *urn,
			uint32_t epoch, const uint8_t recipient[BACKUP_KEY],
			uint8_t out[BACKUP_SIZE])
{
	scoped(key_file_wipe) struct key_file f = { { 0 } };
	uint8_t made[BACKUP_SIZE];
	struct sink s = SINK(made);
	enum result r = key_put(key, urn, epoch, &f);

	if (r != R_OK)
		return r;
	put_head(urn, epoch, &s);
	if (sink_done(&s) != R_OK || s.n != HEAD)
		return R_INTERNAL;
	refuse_if(crypto_box_seal(made + HEAD, f.b, sizeof(f.b), recipient),
		  R_DENIED);
	memcpy(out, made, sizeof(made));
	return R_OK;
}

enum result backup_open(struct span in, const struct backup_identity *identity,
			const char *urn, uint32_t epoch,
			struct sector_key *out)
{
	scoped(key_file_wipe) struct key_file f = { { 0 } };
	uint8_t head[HEAD], public[BACKUP_KEY];
	struct sink want = SINK(head);

	put_head(urn, epoch, &want);
	if (sink_done(&want) != R_OK || want.n != HEAD ||
	    crypto_scalarmult_base(public, identity->secret))
		return R_INTERNAL;
	refuse_if(in.n != BACKUP_SIZE || memcmp(in.p, head, FORM),
		  R_MALFORMED);
	refuse_if(memcmp(in.p, head, HEAD), R_DENIED);
	refuse_if(crypto_box_seal_open(f.b, in.p + HEAD, in.n - HEAD, public,
				       identity->secret), R_DENIED);
	/* the head is anybody's word: what counts is inside the seal */
	refuse_if(key_get(SPAN(f.b), urn, epoch, out) != R_OK, R_DENIED);
	return R_OK;
}
