// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl enrol: the person is here, with their card. The conversation is a
 * login's, with every gate of one; the account is made at its end.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "ctl/names.h"
#include "ctl/talk.h"

static bool copy(char *out, size_t cap, const char *s)
{
	size_t n = strlen(s);

	if (n >= cap)
		return false;
	memcpy(out, s, n + 1);
	return true;
}

/* An existing account as this machine's name service knows it now. */
static int existing(const char *name, struct msg_admin_request *out)
{
	const struct passwd *pw;
	int code = talk_name(out, name);

	if (code != CTL_DONE)
		return code;
	errno = 0;
	pw = getpwnam(name);
	if (!pw) {
		complain("%s: no such account on this machine (getent passwd %s)",
			 name, name);
		return CTL_REFUSED;
	}
	if (pw->pw_uid == 0) {
		complain("%s is root: root is never bound to a card", name);
		return CTL_REFUSED;
	}
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	if (!copy(out->home, sizeof(out->home), pw->pw_dir) ||
	    !copy(out->shell, sizeof(out->shell), pw->pw_shell)) {
		complain("%s: its home or shell is too long a path", name);
		return CTL_REFUSED;
	}
	return CTL_DONE;
}

int cmd_enrol(const struct arguments *a)
{
	static const struct client client = {
		.info = talk_info, .ask = talk_ask,
		.candidate = names_candidate,
	};
	struct msg_admin_request request = { .verb = ADMIN_ENROL };
	struct msg_admin_done done = { 0 };
	int code = CTL_DONE;

	if (a->seen & OPT(OPT_FACE))
		request.flags |= ADMIN_FACE;
	if (a->seen & OPT(OPT_CODE))
		request.flags |= ADMIN_CODE;
	if (!request.flags) {
		complain("--face, --code or both: a card alone logs nobody in");
		return CTL_USAGE;
	}
	if (a->seen & OPT(OPT_EXISTING))
		code = existing(a->value[OPT_EXISTING], &request);
	if (code == CTL_DONE)
		code = talk_result(client_run(&request, &client, &done),
				   &done);
	if (code == CTL_DONE)
		printf("enrolled: %s\n", done.text);
	return code;
}
