// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cnie-card: carries APDUs to and from the card, nothing else. It alone talks
 * to pcscd, and so to whatever is in the reader; it knows no protocol and no
 * secret. One card, one login, exit.
 */
#include "base/channel.h"
#include "base/helper.h"
#include "base/sandbox.h"
#include "card/relay.h"
#include "card/wait.h"

#define CONFIG_WAIT_MS 5000

_Noreturn static void leave(struct pcsc *p, enum reason why)
{
	pcsc_close(p);
	if (why != REASON_NONE && why != REASON_CANCELLED)
		helper_fail(why, 0, STAGE_NONE);
	helper_exit(0);
}

int main(void)
{
	struct msg_card_config config;
	struct pcsc_reader reader = { 0 };
	struct pcsc pcsc = { 0 };
	struct helper helper;
	enum reason why;

	if (helper_begin(HELPER_CARD, &helper) != R_OK)
		helper_exit(1);
	if (chan_expect(FD_CONTROL, MSG_CARD_CONFIG, &config,
			mono_ms() + CONFIG_WAIT_MS) != R_OK)
		helper_fail(REASON_HELPER_PROTOCOL, 0, STAGE_NONE);
	why = pcsc_open(&pcsc);
	if (why != REASON_NONE)
		leave(&pcsc, why);
	if (sandbox_enter(ROLE_CARD) != R_OK)
		leave(&pcsc, REASON_INTERNAL);
	helper_ready(&helper);

	why = wait_for_card(&pcsc, FD_CONTROL, &config, &reader);
	if (why == REASON_NONE)
		why = relay_run(&pcsc, FD_CONTROL, FD_APDU, &reader);
	leave(&pcsc, why);
}
