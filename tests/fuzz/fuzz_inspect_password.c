// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: inspect emrtd lds base */
/* What a person typed: the first octet is the kind that was asked for. What is
 * taken is six digits, or MRZ information that BAC and PACE can use. */
#include <stdlib.h>
#include <string.h>

#include "inspect/password.h"
#include "lds/mrz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_mrz(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<") == strlen(s);
}

static void check(const struct msg_inspect_go *go, const struct password *p)
{
	const size_t n = strnlen(p->text, sizeof(p->text));

	if (p->kind != (enum password_kind)go->kind || n == 0 ||
	    n == sizeof(p->text))
		abort();
	if (p->kind == PASSWORD_CAN &&
	    (n != 6 || strspn(p->text, "0123456789") != n))
		abort();
	/* typed fields become the key of some document */
	if (p->kind == PASSWORD_MRZ && strchr(go->password, ' ') &&
	    (n < 24 || n >= MRZ_KEY_SIZE || !is_mrz(p->text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_inspect_go go = { 0 };
	struct password p, untouched;

	/* the wire brings no NUL and nothing longer */
	if (size < 1 || size > sizeof(go.password) || memchr(data + 1, 0,
							      size - 1))
		return 0;
	go.kind = data[0];
	memcpy(go.password, data + 1, size - 1);
	memset(&p, 0xa5, sizeof(p));
	untouched = p;
	if (password_take(&go, &p) == REASON_NONE)
		check(&go, &p);
	else if (memcmp(&p, &untouched, sizeof(p)) != 0)
		abort();
	return 0;
}
