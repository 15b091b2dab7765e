// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl my-data: a person shows their card and is told what is held about
 * them. As any user; cnied's gates are a login's.
 */
#include "ctl/my_data.h"

#include <string.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/json.h"
#include "ctl/talk.h"

struct telling {
	bool as_json, begun;
	struct json json;
	struct my_words words;
};

static void tell_json(struct telling *t, const char *key, const char *value)
{
	if (!t->begun) {
		json_object(&t->json, NULL);
		json_array(&t->json, "held");
	}
	/* a key may come twice */
	json_object(&t->json, NULL);
	json_string(&t->json, "key", key);
	json_string(&t->json, "value", value);
	json_end(&t->json);
}

static enum result on_row(void *ctx, const char *text)
{
	struct telling *t = ctx;
	char row[sizeof(((struct msg_admin_row *)0)->text)], *tab;

	snprintf(row, sizeof(row), "%s", text);
	tab = strchr(row, '\t');
	if (!tab || tab == row)
		return R_MALFORMED;
	*tab = '\0';
	if (t->as_json)
		tell_json(t, row, tab + 1);
	else if (my_words_row(&t->words, row, tab + 1) != R_OK)
		return R_INTERNAL;
	t->begun = true;
	return R_OK;
}

static enum result end(struct telling *t)
{
	if (!t->as_json)
		return my_words_end(&t->words);
	json_end(&t->json);
	json_array(&t->json, "not_held");
	for (size_t i = 0; my_not_held[i]; i++)
		json_string(&t->json, NULL, my_not_held[i]);
	json_end(&t->json);
	json_end(&t->json);
	return R_OK;
}

static void telling_free(struct telling *t)
{
	my_words_free(&t->words);
}

static int result_of(enum result r, const struct msg_admin_done *done)
{
	if (r == R_ABSENT) {
		complain("cnied does not answer on " PATH_LOGIN_SOCK "; tell "
			 "your administrator");
		return CTL_NO_SERVICE;
	}
	if (r == R_DENIED) {
		complain(PATH_LOGIN_SOCK " is not held by root: tell your "
			 "administrator");
		return CTL_NO_SERVICE;
	}
	return talk_result(r, done);
}

int cmd_my_data(const struct arguments *a)
{
	scoped(telling_free) struct telling t = {
		.as_json = a->seen & OPT(OPT_JSON), .json = json_to(stdout),
		.words = my_words_to(stdout, my_language(talk_language())),
	};
	const struct client client = {
		.ctx = &t, .row = on_row, .info = talk_info, .ask = talk_ask,
	};
	struct msg_admin_done done = { 0 };
	enum result r = client_my_data(&client, &done);

	if (r == R_OK && done.reason == REASON_NONE && !t.begun)
		r = R_MALFORMED;
	if (r == R_OK && done.reason == REASON_NONE)
		r = end(&t);
	return result_of(r, &done);
}
