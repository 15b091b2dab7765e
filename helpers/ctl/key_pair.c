// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl key pair: runs as anybody, on a machine that need not know pam_cnie
 * otherwise.
 *
 * MUST: the secret half is never shown, and is in a locked page alone.
 */
#include "ctl/key_pair.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "ctl/ctl.h"
#include "ctl/newfile.h"

#define BASE64_SIZE 45		/* of 32 bytes, with its NUL */
#define VARIANT sodium_base64_VARIANT_ORIGINAL
#define PATH_FILE_MAX 512

static const char *const heads[] = {
	[KEY_PUBLIC] = "cnie-backup-public-1 ",
	[KEY_SECRET] = "cnie-backup-secret-1 ",
};

void key_line_put(enum key_half half, const uint8_t bytes[ELEMENT_SIZE],
		  char text[KEY_LINE_MAX])
{
	size_t n = strlen(heads[half]);

	memcpy(text, heads[half], n);
	sodium_bin2base64(text + n, BASE64_SIZE, bytes, ELEMENT_SIZE, VARIANT);
	strcat(text, "\n");
}

/* sodium's decoder passes over bytes above 127: what it makes of a text is the
 * text's only where it is made of it again. */
static bool decode(const char *text, uint8_t out[ELEMENT_SIZE])
{
	char again[BASE64_SIZE];
	size_t n = 0;
	bool good;

	if (sodium_base642bin(out, ELEMENT_SIZE, text, BASE64_SIZE - 1, NULL,
			      &n, NULL, VARIANT) || n != ELEMENT_SIZE)
		return false;
	sodium_bin2base64(again, sizeof(again), out, ELEMENT_SIZE, VARIANT);
	good = sodium_memcmp(again, text, BASE64_SIZE - 1) == 0;
	secret_wipe(again, sizeof(again));
	return good;
}

static bool begins(struct span text, const char *head)
{
	size_t n = strlen(head);

	return text.n >= n && !memcmp(text.p, head, n);
}

enum result key_line_get(enum key_half half, struct span text,
			 uint8_t bytes[ELEMENT_SIZE])
{
	size_t n = strlen(heads[half]);
	enum key_half other = half == KEY_PUBLIC ? KEY_SECRET : KEY_PUBLIC;
	uint8_t made[ELEMENT_SIZE];
	enum result r = R_MALFORMED;

	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	refuse_if(begins(text, heads[other]), R_DENIED);
	if (begins(text, heads[half]) && text.n == n + BASE64_SIZE - 1 &&
	    decode((const char *)text.p + n, made) &&
	    !sodium_is_zero(made, sizeof(made))) {
		memcpy(bytes, made, ELEMENT_SIZE);
		r = R_OK;
	}
	secret_wipe(made, sizeof(made));
	return r;
}

enum result key_public_read(const char *path, uint8_t bytes[ELEMENT_SIZE])
{
	char text[KEY_LINE_MAX];
	struct sink in = SINK(text);
	enum result r = file_read(path, FILE_ANY, &in);

	if (r == R_OK)
		r = key_line_get(KEY_PUBLIC, sink_span(&in), bytes);
	/* it may have been the other one */
	secret_wipe(text, sizeof(text));
	return r;
}

/* -- making a pair --------------------------------------------------------------- */

struct pair {			/* SECRET: in a secret page */
	uint8_t secret[ELEMENT_SIZE];
	char line[KEY_LINE_MAX];
};

static int broken(const char *path, enum result r)
{
	complain("%s: %s", path, r == R_BUSY ?
		 "is there already, and is kept" : strerror(errno));
	return r == R_BUSY ? CTL_REFUSED : CTL_SYSTEM;
}

/* The secret half is there from a run that was interrupted: it is kept. */
static int take_secret(const char *path, struct pair *p)
{
	struct sink in = SINK(p->line);
	enum result r = file_read(path, FILE_ANY, &in);

	if (r == R_OK)
		r = key_line_get(KEY_SECRET, sink_span(&in), p->secret);
	if (r == R_OK)
		return CTL_DONE;
	complain("%s is there already and is no secret half of a pair; it is "
		 "kept", path);
	return CTL_REFUSED;
}

static int make_secret(const char *path, struct pair *p)
{
	enum result r;

	randombytes_buf(p->secret, sizeof(p->secret));
	key_line_put(KEY_SECRET, p->secret, p->line);
	r = newfile_write(path, span_str(p->line), 0600, false);
	return r == R_OK ? CTL_DONE : broken(path, r);
}

static int make_public(const char *path, const struct pair *p)
{
	uint8_t public[ELEMENT_SIZE];
	char line[KEY_LINE_MAX];
	enum result r;

	if (crypto_scalarmult_base(public, p->secret))
		return CTL_SYSTEM;
	key_line_put(KEY_PUBLIC, public, line);
	r = newfile_write(path, span_str(line), 0644, false);
	return r == R_OK ? CTL_DONE : broken(path, r);
}

static int make_pair(const char *path, const char *public, struct pair *p)
{
	int code;

	/* both are there: this is no run to finish */
	if (access(public, F_OK) == 0)
		return broken(public, R_BUSY);
	code = access(path, F_OK) == 0 ? take_secret(path, p) :
					 make_secret(path, p);
	return code == CTL_DONE ? make_public(public, p) : code;
}

int cmd_key_pair(const struct arguments *a)
{
	scoped(secret_page_free) void *page = NULL;
	char public[PATH_FILE_MAX];
	int n = snprintf(public, sizeof(public), "%s.pub", a->operand);
	int code;

	if (n <= 0 || (size_t)n >= sizeof(public)) {
		complain("%s: this name is too long", a->operand);
		return CTL_USAGE;
	}
	if (sodium_init() < 0 || secret_page_new(&page) != R_OK) {
		complain("system error: memory can't be locked");
		return CTL_SYSTEM;
	}
	code = make_pair(a->operand, public, page);
	if (code != CTL_DONE)
		return code;
	printf("%s: the secret half. Keep it away from every machine with a "
	       "network, and twice:\nwho has it and a backup has the sector's "
	       "key; without it no backup opens.\n%s: the public half, for "
	       "cniectl setup and cniectl key backup\n", a->operand, public);
	return CTL_DONE;
}
