// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/pin.h"

#include <string.h>

#include "base/refuse.h"

/* ISO/IEC 7816-4 7.5.6 and table 6: 63Cx, x tries are left */
#define SW_TRIES      0x63c0
#define SW_TRIES_MASK 0xfff0
#define PIN_MAX	      16

static enum reason verify(struct card_link *l, uint8_t reference,
			  struct span pin, uint16_t *sw)
{
	const struct command c = { CLA_PLAIN, INS_VERIFY, 0, reference, pin,
				   0 };
	struct response a;
	enum reason why = link_send(l, &c, &a);

	if (why == REASON_NONE)
		*sw = a.sw;
	return why;
}

/* What the chip says of its tries: VERIFY without data does not use one. */
static enum reason tries(struct card_link *l, uint8_t reference,
			 unsigned int *left)
{
	uint16_t sw = 0;
	enum reason why = verify(l, reference, span_of(NULL, 0), &sw);

	if (why != REASON_NONE)
		return why;
	refuse_if(sw == SW_BLOCKED, REASON_PIN_BLOCKED);
	/* 9000 too: a PIN that needs no verifying proves no knowledge */
	refuse_if((sw & SW_TRIES_MASK) != SW_TRIES, REASON_PIN_UNATTESTED);
	*left = sw & 0xf;
	return REASON_NONE;
}

/* TR-03110-2 2.5.1: zero is blocked, one is suspended. */
static enum reason may_try(unsigned int left, const struct msg_inspect_go *go)
{
	refuse_if(left == 0, REASON_PIN_BLOCKED);
	if (left > 1)
		return REASON_NONE;
	refuse_if(go->kind != PASSWORD_CAN, REASON_PIN_SUSPENDED);
	refuse_if(!go->pin_last, REASON_PIN_LAST_TRY);
	return REASON_NONE;
}

enum reason pin_verify(struct card_link *l, uint8_t reference,
		       enum chip_proof proof, const struct msg_inspect_go *go)
{
	size_t n = strnlen(go->pin, sizeof(go->pin));
	unsigned int left = 0;
	uint16_t sw = 0;
	enum reason why;

	refuse_if(proof != PROOF_CA && proof != PROOF_CAM,
		  REASON_PIN_UNATTESTED);
	refuse_if(n == 0 || n > PIN_MAX || strspn(go->pin, "0123456789") != n,
		  REASON_HELPER_PROTOCOL);
	why = tries(l, reference, &left);
	if (why == REASON_NONE)
		why = may_try(left, go);
	if (why == REASON_NONE)
		why = verify(l, reference, span_of(go->pin, n), &sw);
	if (why != REASON_NONE)
		return why;
	refuse_if(sw == SW_BLOCKED, REASON_PIN_BLOCKED);
	refuse_if(sw != SW_OK, REASON_WRONG_PIN);
	return REASON_NONE;
}
