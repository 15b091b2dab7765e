// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl card inspect: any card, in any reader, enrolled or not. */
#include "ctl/inspect.h"

#include <string.h>

#include "base/config.h"
#include "ctl/stage.h"
#include "ctl/talk.h"

static enum result on_stage(void *ctx, const struct msg_inspect_stage *m)
{
	struct inspection *in = ctx;

	if (in->stages == STAGE_COUNT || m->stage >= STAGE_COUNT)
		return R_MALFORMED;
	in->stage[in->stages++] = *m;
	return R_OK;
}

static enum result on_facts(void *ctx, const struct msg_inspect_facts *m)
{
	struct inspection *in = ctx;

	if (in->have_facts)
		return R_MALFORMED;
	in->facts = *m;
	in->have_facts = true;
	return R_OK;
}

static int put(char *out, size_t cap, const char *value, const char *what)
{
	if (strlen(value) >= cap) {
		complain("%s: longer than %zu characters", what, cap - 1);
		return CTL_USAGE;
	}
	strcpy(out, value);
	return CTL_DONE;
}

static int bring_store(const char *from, const char *stage,
		       struct msg_admin_request *out)
{
	size_t copied = 0, passed = 0;
	int n = snprintf(out->csca, sizeof(out->csca), "%s/csca", stage);

	if (n < 0 || (size_t)n >= sizeof(out->csca) ||
	    stage_store(from, out->csca, &copied, &passed) != R_OK) {
		complain("%s: this directory can't be read", from);
		return CTL_USAGE;
	}
	if (copied == 0) {
		complain("%s: no *.cer, *.crt, *.der, *.pem or *.crl there",
			 from);
		return CTL_USAGE;
	}
	return CTL_DONE;
}

/* The profile keeps its file's name: it is the profile's name. */
static int bring_profile(const char *from, const char *stage,
			 struct msg_admin_request *out)
{
	const char *slash = strrchr(from, '/');
	struct msg_inspect_config unused = { 0 };
	struct config_error error = { "" };
	const char *colon;
	int n = snprintf(out->profile, sizeof(out->profile), "%s/%s", stage,
			 slash ? slash + 1 : from);

	if (n < 0 || (size_t)n >= sizeof(out->profile) ||
	    stage_file(from, out->profile, STAGE_FILE_MAX) != R_OK) {
		complain("%s: this file can't be read", from);
		return CTL_USAGE;
	}
	if (config_read_profile(out->profile, &unused, &error) == R_OK)
		return CTL_DONE;
	/* the copy's path means nothing to anybody */
	colon = strncmp(error.text, out->profile, (size_t)n) ?
			error.text : error.text + n;
	complain("%s%s", from, colon);
	return CTL_REFUSED;
}

static int prepare(const struct arguments *a, const char *stage,
		   struct msg_admin_request *out)
{
	int code = CTL_DONE;

	if (a->seen & OPT(OPT_MRZ))
		out->flags |= ADMIN_PASSWORD_MRZ;
	if (a->seen & OPT(OPT_READER))
		code = put(out->reader, sizeof(out->reader),
			   a->value[OPT_READER], "--reader");
	if (code == CTL_DONE && (a->seen & OPT(OPT_CSCA)))
		code = bring_store(a->value[OPT_CSCA], stage, out);
	if (code == CTL_DONE && (a->seen & OPT(OPT_PROFILE_FILE)))
		code = bring_profile(a->value[OPT_PROFILE_FILE], stage, out);
	return code;
}

static int inspect(const struct arguments *a,
		   const struct msg_admin_request *request)
{
	struct inspection in = { 0 };
	struct client client = {
		.ctx = &in, .stage = on_stage, .facts = on_facts,
		.info = talk_info, .ask = talk_ask,
	};
	enum result r = client_run(request, &client, &in.done);

	if (r != R_OK)
		return talk_result(r, &in.done);
	if (a->seen & OPT(OPT_JSON))
		inspection_json(&in, stdout);
	else
		inspection_text(&in, stdout);
	return talk_result(r, &in.done);
}

int cmd_card_inspect(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_INSPECT };
	char stage[STAGE_PATH_MAX] = "";
	bool bring = a->seen & (OPT(OPT_CSCA) | OPT(OPT_PROFILE_FILE));
	int code;

	if (bring && stage_new(stage, sizeof(stage)) != R_OK) {
		complain("a directory below /run/cnie can't be made: is cnied "
			 "installed, is this root?");
		return CTL_SYSTEM;
	}
	code = prepare(a, stage, &request);
	if (code == CTL_DONE)
		code = inspect(a, &request);
	if (bring) {
		if (request.csca[0])
			stage_remove(request.csca);
		stage_remove(stage);
	}
	return code;
}
