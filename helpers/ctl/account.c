// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl account list|show|code|revoke|restore, and card block. */
#include "ctl/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "ctl/json.h"
#include "ctl/talk.h"

enum { NAME, UID, GID, STATUS, FACE, CODE, EXPIRY, CREATED, CARDS, HOME,
       SHELL };

static const char *const heads[ACCOUNT_FIELDS] = {
	"NAME", "UID", "GID", "STATUS", "FACE", "CODE", "EXPIRY", "CREATED",
	"CARDS", "HOME", "SHELL",
};

enum result account_split(char *row, const char *out[ACCOUNT_FIELDS])
{
	const char *f[ACCOUNT_FIELDS];
	char *p = row;

	for (size_t i = 0; i < ACCOUNT_FIELDS; i++) {
		char *tab = strchr(p, '\t');

		if ((tab == NULL) != (i == ACCOUNT_FIELDS - 1))
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

static void cell(const char *text, size_t width, bool last, FILE *to)
{
	if (last)
		fprintf(to, "%s\n", text);
	else
		fprintf(to, "%-*s", (int)width + 2, text);
}

void account_table(const char *(*rows)[ACCOUNT_FIELDS], size_t n, FILE *to)
{
	size_t width[ACCOUNT_FIELDS];

	for (size_t c = 0; c < ACCOUNT_FIELDS; c++) {
		width[c] = strlen(heads[c]);
		for (size_t i = 0; i < n; i++)
			if (strlen(rows[i][c]) > width[c])
				width[c] = strlen(rows[i][c]);
		cell(heads[c], width[c], c == ACCOUNT_FIELDS - 1, to);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < ACCOUNT_FIELDS; c++)
			cell(rows[i][c], width[c], c == ACCOUNT_FIELDS - 1,
			     to);
}

static void account_object(struct json *j, const char *const *f)
{
	char *slash;
	unsigned long current = strtoul(f[CARDS], &slash, 10);

	json_object(j, NULL);
	json_string(j, "name", f[NAME]);
	json_number(j, "uid", strtoul(f[UID], NULL, 10));
	json_number(j, "gid", strtoul(f[GID], NULL, 10));
	json_string(j, "status", f[STATUS]);
	json_bool(j, "face", !strcmp(f[FACE], "yes"));
	json_bool(j, "code", !strcmp(f[CODE], "yes"));
	if (!strcmp(f[EXPIRY], "-"))
		json_null(j, "expiry");
	else
		json_string(j, "expiry", f[EXPIRY]);
	json_string(j, "created", f[CREATED]);
	if (*slash == '/') {
		json_number(j, "cards_current", current);
		json_number(j, "cards_blocked", strtoul(slash + 1, NULL, 10));
	} else {
		json_null(j, "cards_current");
		json_null(j, "cards_blocked");
	}
	json_string(j, "home", f[HOME]);
	json_string(j, "shell", f[SHELL]);
	json_end(j);
}

void account_json(const char *(*rows)[ACCOUNT_FIELDS], size_t n, FILE *to)
{
	struct json j = json_to(to);

	json_object(&j, NULL);
	json_array(&j, "accounts");
	for (size_t i = 0; i < n; i++)
		account_object(&j, rows[i]);
	json_end(&j);
	json_end(&j);
}

/* Rows are kept until the last one: a column is as wide as its widest. */
struct list {
	char **row;
	size_t n, cap;
};

static void list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->row[i]);
	free(l->row);
}

static enum result on_row(void *ctx, const char *text)
{
	struct list *l = ctx;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		char **more = reallocarray(l->row, cap, sizeof(*more));

		if (!more)
			return R_INTERNAL;
		l->row = more;
		l->cap = cap;
	}
	l->row[l->n] = strdup(text);
	if (!l->row[l->n])
		return R_INTERNAL;
	l->n++;
	return R_OK;
}

static void show_one(const char *const *f)
{
	for (size_t c = 0; c < ACCOUNT_FIELDS; c++)
		printf("%-8s  %s\n", heads[c], f[c]);
}

static enum result show(const struct list *l, bool one, bool as_json)
{
	const char *(*rows)[ACCOUNT_FIELDS] = calloc(l->n + 1, sizeof(*rows));
	enum result r = rows ? R_OK : R_INTERNAL;

	for (size_t i = 0; r == R_OK && i < l->n; i++)
		r = account_split(l->row[i], rows[i]);
	if (r == R_OK && one && l->n != 1)
		r = R_MALFORMED;
	if (r != R_OK)
		;
	else if (as_json)
		account_json(rows, l->n, stdout);
	else if (one)
		show_one(rows[0]);
	else if (l->n == 0)
		puts("no accounts yet: cniectl enrol");
	else
		account_table(rows, l->n, stdout);
	free(rows);
	return r;
}

static int ask_rows(enum admin_verb verb, const struct arguments *a)
{
	struct msg_admin_request request = { .verb = (uint8_t)verb };
	struct msg_admin_done done = { 0 };
	scoped(list_free) struct list l = { 0 };
	struct client client = { .ctx = &l, .row = on_row };
	int code = CTL_DONE;

	if (a->operand)
		code = talk_name(&request, a->operand);
	if (code == CTL_DONE)
		code = talk_result(client_run(&request, &client, &done),
				   &done);
	if (code == CTL_DONE)
		code = talk_result(show(&l, a->operand != NULL,
					a->seen & OPT(OPT_JSON)), &done);
	return code;
}

int cmd_account_list(const struct arguments *a)
{
	return ask_rows(ADMIN_ACCOUNT_LIST, a);
}

int cmd_account_show(const struct arguments *a)
{
	return ask_rows(ADMIN_ACCOUNT_SHOW, a);
}

static const struct client quiet = { .info = talk_info };

int cmd_account_code(const struct arguments *a)
{
	static const struct client client = {
		.info = talk_info, .ask = talk_ask,
	};
	int code = talk_account(ADMIN_ACCOUNT_CODE, a->operand, &client);

	if (code == CTL_DONE)
		printf("the code of %s is set\n", a->operand);
	return code;
}

int cmd_account_revoke(const struct arguments *a)
{
	int code = talk_account(ADMIN_ACCOUNT_REVOKE, a->operand, &quiet);

	if (code != CTL_DONE)
		return code;
	printf("revoked: %s\n"
	       "The card and PAM's account phase refuse it from now on; its "
	       "files keep their owner.\nWhat goes on without either:\n"
	       "  sessions that run      loginctl terminate-user %s\n"
	       "  ssh keys               UsePAM yes in sshd_config, and "
	       "pam_cnie.so in sshd's account lines\n"
	       "  cron and at jobs       crontab -l -u %s; pam_cnie.so in "
	       "cron's account lines\n"
	       "  processes that linger  loginctl disable-linger %s\n"
	       "Undo: cniectl account restore %s\n",
	       a->operand, a->operand, a->operand, a->operand, a->operand);
	return code;
}

int cmd_account_restore(const struct arguments *a)
{
	int code = talk_account(ADMIN_ACCOUNT_RESTORE, a->operand, &quiet);

	if (code == CTL_DONE)
		printf("restored: %s may log in again\n", a->operand);
	return code;
}

int cmd_card_block(const struct arguments *a)
{
	int code = talk_account(ADMIN_CARD_BLOCK, a->operand, &quiet);

	if (code == CTL_DONE)
		printf("the current card of %s is blocked; a newer card of "
		       "the same person becomes the current one when it is "
		       "used\n", a->operand);
	return code;
}
