// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/setup_anew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/refuse.h"
#include "ctl/key_talk.h"
#include "ctl/talk.h"

#define KEPT_MAX 99

struct no_key {
	uint32_t epoch;
	char text[256];
};

/* "no-key<TAB>fail<TAB>epoch N: ..."; the other rows are doctor's. */
static enum result on_row(void *ctx, const char *text)
{
	static const char head[] = "no-key\tfail\t", epoch[] = "epoch ";
	struct no_key *n = ctx;
	unsigned long number;
	const char *say = text + strlen(head);

	if (strncmp(text, head, strlen(head)))
		return R_OK;
	if (strncmp(say, epoch, strlen(epoch)))
		return R_MALFORMED;
	number = strtoul(say + strlen(epoch), NULL, 10);
	if (number == 0 || number > UINT32_MAX)
		return R_MALFORMED;
	n->epoch = (uint32_t)number;
	snprintf(n->text, sizeof(n->text), "%s", say);
	return R_OK;
}

int setup_no_key(const char *wrong, uint32_t *epoch)
{
	struct msg_admin_request m = { .verb = ADMIN_STATUS };
	struct no_key no = { 0 };
	struct client client = { .ctx = &no, .row = on_row };
	struct msg_admin_done done = { 0 };
	char path[PREFIX_PATH_MAX];
	int code;

	*epoch = 0;
	if (prefix_path(PATH_ROSTER, path, sizeof(path)) != R_OK)
		return CTL_SYSTEM;
	if (access(path, F_OK))
		return CTL_DONE;
	code = talk_result(client_run(&m, &client, &done), &done);
	if (code != CTL_DONE)
		return code;
	if (wrong && refused(no.epoch != 0)) {
		complain("%s", wrong);
		complain("%s", no.text);
		complain("a file written anew would lose sight of that key, and "
			 "nobody would be found: correct the line named "
			 "instead, cnie.conf(5)");
		return CTL_REFUSED;
	}
	*epoch = no.epoch;
	return CTL_DONE;
}

int setup_keep_old(const char *path)
{
	char kept[PREFIX_PATH_MAX + 8], text[PREFIX_PATH_MAX + 64];

	for (unsigned int i = 1; i <= KEPT_MAX; i++) {
		snprintf(kept, sizeof(kept), "%s.%u", path, i);
		if (link(path, kept) == 0) {
			snprintf(text, sizeof(text), "the old one is kept as %s",
				 kept);
			key_step("config", text);
			return CTL_DONE;
		}
		if (errno != EEXIST)
			break;
	}
	complain("%s: the old file can't be kept under another name: %s", path,
		 strerror(errno));
	return CTL_SYSTEM;
}
