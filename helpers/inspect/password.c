// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/password.h"

#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "lds/mrz.h"

#define CAN_DIGITS 6

void password_wipe(struct password *p)
{
	secret_wipe(p, sizeof(*p));
}

/* As the MRZ writes it. */
static void capitals(char *s)
{
	for (; *s; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

/* Cut the first word off *s; NULL where nothing is left. */
static char *word(char **s)
{
	char *w = *s;
	char *end = w ? strchr(w, ' ') : NULL;

	if (end)
		*end++ = '\0';
	*s = end;
	return w;
}

/* "NUMBER YYMMDD YYMMDD" */
static enum reason from_fields(struct password *p)
{
	scoped(password_wipe) struct password fields = *p;
	char *rest = fields.text;
	char *number = word(&rest), *birth = word(&rest), *expiry = word(&rest);

	refuse_if(!birth || !expiry || rest, REASON_WRONG_CAN);
	capitals(number);
	refuse_if(mrz_key_of(number, birth, expiry, p->text,
			     sizeof(p->text)) != R_OK, REASON_WRONG_CAN);
	return REASON_NONE;
}

enum reason password_take(const struct msg_inspect_go *go,
			  struct password *out)
{
	scoped(password_wipe) struct password p = {
		.kind = (enum password_kind)go->kind,
	};
	size_t n = strnlen(go->password, sizeof(go->password));
	enum reason why = REASON_NONE;

	refuse_if(n == 0 || n >= sizeof(p.text), REASON_HELPER_PROTOCOL);
	memcpy(p.text, go->password, n);
	switch (p.kind) {
	case PASSWORD_CAN:
		refuse_if(n != CAN_DIGITS || strspn(p.text, "0123456789") != n,
			  REASON_HELPER_PROTOCOL);
		break;
	case PASSWORD_MRZ:
		if (memchr(p.text, ' ', n))
			why = from_fields(&p);
		break;
	default:
		return REASON_HELPER_PROTOCOL;
	}
	if (why == REASON_NONE)
		*out = p;
	return why;
}
