// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl enrol: the person is here, with their card. The conversation is a
 * login's, with every gate of one; the account is made at its end.
 */
#include <stdio.h>
#include <string.h>

#include "base/refuse.h"
#include "ctl/names.h"
#include "ctl/names_entry.h"
#include "ctl/talk.h"

static int no_entry(const char *name, enum result r)
{
	if (r == R_ABSENT)
		complain("%s: no such account on this machine (getent passwd %s)",
			 name, name);
	else if (r == R_MALFORMED)
		complain("%s: its home or shell is too long a path", name);
	else
		complain("%s: a source of /etc/nsswitch.conf does not answer "
			 "(getent passwd %s)", name, name);
	return CTL_REFUSED;
}

/* An existing account as this machine's name service knows it now. */
static int existing(const char *name, struct msg_admin_request *out)
{
	struct names_entry e;
	enum result r;
	int code = talk_name(out, name);

	if (code != CTL_DONE)
		return code;
	r = names_entry_get(name, &e);
	if (r != R_OK)
		return no_entry(name, r);
	if (refused(e.uid == 0)) {
		complain("%s is root: root is never bound to a card", name);
		return CTL_REFUSED;
	}
	/* pam_cnie would refuse it, too */
	if (refused(strcmp(e.owner, name) != 0)) {
		complain("%s: its uid %u is known by the name \"%s\" (getent "
			 "passwd %u): by one card there would be two accounts' "
			 "files", name, e.uid, e.owner, e.uid);
		return CTL_REFUSED;
	}
	out->uid = e.uid;
	out->gid = e.gid;
	strcpy(out->home, e.home);	/* of one size */
	strcpy(out->shell, e.shell);
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
