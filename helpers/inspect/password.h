/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the person typed, as PACE and BAC take it. */
#ifndef CNIE_INSPECT_PASSWORD_H
#define CNIE_INSPECT_PASSWORD_H

#include "base/reason.h"
#include "base/wire.h"

/* SECRET: wipe. */
struct password {
	enum password_kind kind;
	char text[ANSWER_MAX];	/* six digits, or the MRZ information of
				 * 9303-11 4.3.2 */
};
void password_wipe(struct password *p);

/*
 * REASON_HELPER_PROTOCOL: a kind or form that cnied never asks for.
 * REASON_WRONG_CAN: "NUMBER YYMMDD YYMMDD" that no document has; the card is
 * spared the try.
 */
must_check enum reason password_take(const struct msg_inspect_go *go,
				     struct password *out);

#endif
