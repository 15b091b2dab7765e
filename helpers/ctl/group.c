// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl group list|put|join|leave. */
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "ctl/json.h"
#include "ctl/names.h"
#include "ctl/talk.h"

#define FIELDS 3		/* name gid members */

struct listing {
	bool as_json;
	struct json json;
	size_t n;
};

static enum result split(char *row, char *out[FIELDS])
{
	char *f[FIELDS], *p = row;

	for (size_t i = 0; i < FIELDS; i++) {
		char *tab = strchr(p, '\t');

		if ((tab == NULL) != (i == FIELDS - 1))
			return R_MALFORMED;
		f[i] = p;
		if (tab) {
			*tab = '\0';
			p = tab + 1;
		}
	}
	memcpy(out, f, sizeof(f));
	return R_OK;
}

static void begin(struct listing *l)
{
	if (l->n > 0)
		return;
	if (l->as_json) {
		json_object(&l->json, NULL);
		json_array(&l->json, "groups");
	} else {
		printf("%-32s  %-10s  %s\n", "NAME", "GID", "MEMBERS");
	}
}

static enum result on_row(void *ctx, const char *text)
{
	struct listing *l = ctx;
	char row[1025], *f[FIELDS];
	enum result r;

	snprintf(row, sizeof(row), "%s", text);
	r = split(row, f);
	if (r != R_OK)
		return r;
	begin(l);
	l->n++;
	if (!l->as_json) {
		printf("%-32s  %-10s  %s\n", f[0], f[1], f[2]);
		return R_OK;
	}
	json_object(&l->json, NULL);
	json_string(&l->json, "name", f[0]);
	json_number(&l->json, "gid", strtoul(f[1], NULL, 10));
	json_number(&l->json, "members", strtoul(f[2], NULL, 10));
	json_end(&l->json);
	return R_OK;
}

int cmd_group_list(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_GROUP_LIST };
	struct msg_admin_done done = { 0 };
	struct listing l = { .as_json = a->seen & OPT(OPT_JSON),
			     .json = json_to(stdout) };
	struct client client = { .ctx = &l, .row = on_row };
	int code = talk_result(client_run(&request, &client, &done), &done);

	if (code != CTL_DONE)
		return code;
	if (l.n == 0 && !l.as_json)
		puts("no groups yet: cniectl group put NAME --gid N");
	if (!l.as_json)
		return CTL_DONE;
	begin(&l);
	json_end(&l.json);
	json_end(&l.json);
	return CTL_DONE;
}

static int group_name(struct msg_admin_request *request, const char *name)
{
	struct msg_admin_request other = { 0 };
	int code = talk_name(&other, name);	/* of the same form */

	if (code == CTL_DONE)
		snprintf(request->text, sizeof(request->text), "%s", name);
	return code;
}

static int send(const struct msg_admin_request *request)
{
	static const struct client client = { .info = talk_info };
	struct msg_admin_done done = { 0 };

	return talk_result(client_run(request, &client, &done), &done);
}

int cmd_group_put(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_GROUP_PUT };
	const char *text = a->value[OPT_GID];
	char *end = NULL;
	unsigned long gid = text[0] >= '0' && text[0] <= '9' ?
		strtoul(text, &end, 10) : 0;
	struct names_question q = { .group = true, .name = a->operand };
	int code = talk_new_name(a->operand);

	snprintf(request.text, sizeof(request.text), "%s", a->operand);
	if (code == CTL_DONE && (!end || *end || gid > ENTRY_ID_MAX ||
				 !entry_id_ok((uint32_t)gid))) {
		complain("--gid: a number from %d to %d, but 65534 and 65535",
			 ENTRY_ID_MIN, ENTRY_ID_MAX);
		return CTL_USAGE;
	}
	request.gid = q.id = (uint32_t)gid;
	if (code == CTL_DONE)
		code = names_must_be_free(&q);
	if (code == CTL_DONE)
		code = send(&request);
	if (code == CTL_DONE)
		printf("group %s has the number %lu\n", a->operand, gid);
	return code;
}

static int member(const struct arguments *a, enum admin_verb verb,
		  const char *done)
{
	struct msg_admin_request request = { .verb = (uint8_t)verb };
	int code = group_name(&request, a->operand);

	if (code == CTL_DONE)
		code = talk_name(&request, a->value[OPT_ACCOUNT]);
	if (code == CTL_DONE)
		code = send(&request);
	if (code == CTL_DONE)
		printf("%s %s %s; sessions that run keep the groups they "
		       "began with\n", a->value[OPT_ACCOUNT], done,
		       a->operand);
	return code;
}

int cmd_group_join(const struct arguments *a)
{
	return member(a, ADMIN_GROUP_JOIN, "is a member of");
}

int cmd_group_leave(const struct arguments *a)
{
	return member(a, ADMIN_GROUP_LEAVE, "is no longer a member of");
}
