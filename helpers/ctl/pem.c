// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/pem.h"

#include <sodium/utils.h>
#include <string.h>

/* The line that begins with it, or NULL; in begins a line. */
static const uint8_t *seek(struct span in, const char *what)
{
	const uint8_t *at = in.p, *end = in.p + in.n;

	while (at < end) {
		at = memmem(at, (size_t)(end - at), what, strlen(what));
		if (!at || at == in.p || at[-1] == '\n')
			return at;
		at++;
	}
	return NULL;
}

/* The rest of the line at p, its end included; NULL where there is none. */
static const uint8_t *line_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));

	return lf ? lf + 1 : NULL;
}

enum result pem_next(struct span *text, struct span *whole, struct span *body)
{
	const uint8_t *end, *begin, *from, *to, *last;

	begin = seek(*text, "-----BEGIN ");
	if (!begin)
		return R_ABSENT;
	end = text->p + text->n;
	from = line_end(begin, end);
	if (!from)
		return R_ABSENT;
	to = seek(span_of(from, (size_t)(end - from)), "-----END ");
	if (!to)
		return R_ABSENT;
	last = line_end(to, end);
	if (!last)
		last = end;
	*whole = span_of(begin, (size_t)(last - begin));
	*body = span_of(from, (size_t)(to - from));
	*text = span_of(last, (size_t)(end - last));
	return R_OK;
}

enum result pem_fingerprint(struct span body, uint8_t *der,
			    char out[FINGERPRINT_MAX])
{
	size_t n = 0;

	if (sodium_base642bin(der, body.n, (const char *)body.p, body.n,
			      " \t\r\n", &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) || n == 0)
		return R_MALFORMED;
	fingerprint_of(span_of(der, n), out);
	return R_OK;
}
