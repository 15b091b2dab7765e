// SPDX-License-Identifier: GPL-3.0-or-later
#include "talk.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static const struct pam_conv *conversation(pam_handle_t *pamh)
{
	const void *item = NULL;
	const struct pam_conv *conv;

	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || !item)
		return NULL;
	conv = item;
	return conv->conv ? conv : NULL;
}

bool talk_possible(pam_handle_t *pamh)
{
	return conversation(pamh) != NULL;
}

/* One message; *reply is malloc'd by the application, or NULL. */
static enum result talk(pam_handle_t *pamh, int style, const char *text,
			char **reply)
{
	const struct pam_conv *conv = conversation(pamh);
	struct pam_message message = { style, text };
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;
	int code;

	*reply = NULL;
	if (!conv)
		return R_ABSENT;
	code = conv->conv(1, &messages, &response, conv->appdata_ptr);
	if (response) {
		*reply = response->resp;
		free(response);
	}
	return code == PAM_SUCCESS ? R_OK : R_ABSENT;
}

static void forget(char *reply)
{
	if (reply)
		secret_wipe(reply, strlen(reply));
	free(reply);
}

enum result talk_say(pam_handle_t *pamh, bool error, const char *text)
{
	char *reply;
	enum result r = talk(pamh, error ? PAM_ERROR_MSG : PAM_TEXT_INFO,
			     text, &reply);

	forget(reply);
	return r;
}

void talk_ask(pam_handle_t *pamh, bool echo, const char *text,
	      struct msg_login_answer *answer)
{
	char *reply;
	enum result r = talk(pamh, echo ? PAM_PROMPT_ECHO_ON :
				   PAM_PROMPT_ECHO_OFF, text, &reply);
	size_t n = reply ? strlen(reply) : 0;

	secret_wipe(answer, sizeof(*answer));
	answer->declined = r != R_OK || n == 0 || n >= sizeof(answer->text);
	if (!answer->declined)
		memcpy(answer->text, reply, n + 1);
	forget(reply);
}
