/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sector base */
/*
 * What an administrator hands in, of any bytes, by the first byte: a backup
 * that was sealed here to a fixed key and then had bytes of it exchanged; any
 * backup; the file of the secret half; a PIN's file.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/scope.h"
#include "sector/backup.h"
#include "sector/token.h"

#define URN "urn:example:sector:one"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct backup_identity identity_of(uint8_t first)
{
	struct backup_identity i = { { 0 } };

	memset(i.secret, first, sizeof(i.secret));
	return i;
}

/* pairs of a place and what is XORed there */
static void exchanged(struct span in)
{
	struct backup_identity i = identity_of(7);
	struct sector_key key = { { 1 } }, back = { { 0 } };
	uint8_t sealed[BACKUP_SIZE], was[BACKUP_SIZE], public[BACKUP_KEY];
	uint8_t at, what;

	if (crypto_scalarmult_base(public, i.secret) ||
	    backup_seal(&key, URN, 1, public, sealed) != R_OK)
		abort();
	memcpy(was, sealed, sizeof(was));
	while (span_u8(&in, &at) == R_OK && span_u8(&in, &what) == R_OK)
		sealed[at % BACKUP_SIZE] ^= what;
	if (backup_open(SPAN(sealed), &i, URN, 1, &back) == R_OK) {
		if (memcmp(was, sealed, sizeof(was)) ||
		    memcmp(&back, &key, sizeof(key)))
			abort();
	} else if (!memcmp(was, sealed, sizeof(was)) ||
		   !sodium_is_zero(back.scalar, sizeof(back.scalar))) {
		abort();
	}
}

static void any_backup(struct span in)
{
	struct backup_identity i = identity_of(7);
	struct sector_key back;

	if (backup_open(in, &i, URN, 1, &back) == R_OK &&
	    !oprf_key_ok(back.scalar))
		abort();
}

static void any_identity(struct span in)
{
	struct backup_identity i;
	char again[128] = "cnie-backup-secret-1 ";

	if (backup_identity_get(in, &i) != R_OK)
		return;
	sodium_bin2base64(again + strlen(again), sizeof(again) - strlen(again),
			  i.secret, sizeof(i.secret),
			  sodium_base64_VARIANT_ORIGINAL);
	if (in.n < strlen(again) || in.n > strlen(again) + 1 ||
	    memcmp(again, in.p, strlen(again)))
		abort();
}

static void any_pin(struct span in)
{
	scoped(close_fd) int fd = memfd_create("pin", MFD_CLOEXEC);
	struct token_pin pin = { .n = 0 };

	if (fd < 0 || write(fd, in.p, in.n) != (ssize_t)in.n ||
	    lseek(fd, 0, SEEK_SET) ||
	    token_pin_read(fd, &pin) != R_OK)
		return;
	if (pin.n < 1 || pin.n > TOKEN_PIN_MAX || pin.n > in.n ||
	    in.n - pin.n > 1 || memcmp(pin.b, in.p, pin.n))
		abort();
	for (size_t i = 0; i < pin.n; i++)
		if (pin.b[i] < ' ')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const which[])(struct span) = {
		exchanged, any_backup, any_identity, any_pin,
	};
	struct span in = span_of(data, size);
	uint8_t kind;

	if (sodium_init() < 0 || size > 1024 || span_u8(&in, &kind) != R_OK)
		return 0;
	which[kind % 4](in);
	return 0;
}
