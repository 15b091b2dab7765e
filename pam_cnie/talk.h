/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application's conversation: one message a call (pam_conv(3)). */
#ifndef CNIE_PAM_TALK_H
#define CNIE_PAM_TALK_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "base/wire.h"

/* True where the application gave a conversation function at all. */
bool talk_possible(pam_handle_t *pamh);

/* Show a line. R_ABSENT: the application could not. */
must_check enum result talk_say(pam_handle_t *pamh, bool error,
				const char *text);

/*
 * Ask; *answer is SECRET, the caller wipes it. Empty, cancelled, too long, or
 * no conversation: declined is 1 and there is no text. The application's own
 * copy is wiped and freed.
 */
void talk_ask(pam_handle_t *pamh, bool echo, const char *text,
	      struct msg_login_answer *answer);

#endif
