// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl account list and show. */
#include "ctl/account.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"
#include "ctl/names_entry.h"
#include "ctl/talk.h"

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

/* -- which ------------------------------------------------------------------------- */

enum result account_filter_status(const char *word,
				  enum account_filter_status *out)
{
	static const struct {
		const char *word;
		enum account_filter_status status;
	} words[] = {
		{ "active", ONLY_ACTIVE }, { "revoked", ONLY_REVOKED },
		{ "expired", ONLY_EXPIRED },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, word))
			continue;
		*out = words[i].status;
		return R_OK;
	}
	return R_MALFORMED;
}

bool account_passes(const struct account_filter *f,
		    const char *const account[ACCOUNT_FIELDS])
{
	unsigned long expiry = strtoul(account[ACCOUNT_EXPIRY], NULL, 10);
	bool expired = expiry != 0 && expiry < f->today;
	bool active = !strcmp(account[ACCOUNT_STATUS], "active");

	if (f->name && fnmatch(f->name, account[ACCOUNT_NAME], 0) != 0)
		return false;
	switch (f->status) {
	case ANY_STATUS:
		return true;
	case ONLY_ACTIVE:
		return active && !expired;
	case ONLY_REVOKED:
		return !active;
	case ONLY_EXPIRED:
		return expired;
	}
	return false;
}

/* -- as a table or JSON ------------------------------------------------------------- */

static void print_row(const struct account_list *l,
		      const char *const f[ACCOUNT_FIELDS])
{
	for (size_t c = 0; c + 1 < ACCOUNT_FIELDS; c++)
		fprintf(l->to, "%-*s  ", (int)l->width[c], f[c]);
	fprintf(l->to, "%s\n", f[ACCOUNT_FIELDS - 1]);
}

/* Those kept, under their heads; what comes after is printed at once. */
static void flush(struct account_list *l)
{
	const char *f[ACCOUNT_FIELDS];

	if (l->begun)
		return;
	l->begun = true;
	print_row(l, heads);
	for (size_t i = 0; i < l->n; i++)
		if (account_split(l->kept[i], f) == R_OK)
			print_row(l, f);
}

static void join(const char *const f[ACCOUNT_FIELDS], char out[1025])
{
	size_t n = 0;

	/* it was one row of this size */
	for (size_t c = 0; c < ACCOUNT_FIELDS && n < 1025; c++)
		n += (size_t)snprintf(out + n, 1025 - n, "%s%s", c ? "\t" : "",
				      f[c]);
}

static void keep(struct account_list *l, const char *const f[ACCOUNT_FIELDS])
{
	for (size_t c = 0; c < ACCOUNT_FIELDS; c++)
		if (strlen(f[c]) > l->width[c])
			l->width[c] = strlen(f[c]);
	join(f, l->kept[l->n++]);
	if (l->n == ACCOUNT_TABLE_KEPT)
		flush(l);
}

enum result account_list_new(bool as_json, FILE *to, struct account_list *out)
{
	struct account_list l = { .to = to, .as_json = as_json };

	for (size_t c = 0; c < ACCOUNT_FIELDS; c++)
		l.width[c] = strlen(heads[c]);
	if (!as_json) {
		l.kept = calloc(ACCOUNT_TABLE_KEPT, sizeof(*l.kept));
		if (!l.kept)
			return R_INTERNAL;
	}
	*out = l;
	return R_OK;
}

void account_list_free(struct account_list *l)
{
	free(l->kept);
	l->kept = NULL;
}

void account_object(struct json *j, const char *const f[ACCOUNT_FIELDS])
{
	char *slash;
	unsigned long current = strtoul(f[ACCOUNT_CARDS], &slash, 10);

	json_string(j, "name", f[ACCOUNT_NAME]);
	json_number(j, "uid", strtoul(f[ACCOUNT_UID], NULL, 10));
	json_number(j, "gid", strtoul(f[ACCOUNT_GID], NULL, 10));
	json_string(j, "status", f[ACCOUNT_STATUS]);
	json_bool(j, "face", !strcmp(f[ACCOUNT_FACE], "yes"));
	json_bool(j, "code", !strcmp(f[ACCOUNT_CODE], "yes"));
	if (!strcmp(f[ACCOUNT_EXPIRY], "-"))
		json_null(j, "expiry");
	else
		json_string(j, "expiry", f[ACCOUNT_EXPIRY]);
	json_string(j, "created", f[ACCOUNT_CREATED]);
	if (*slash == '/') {
		json_number(j, "cards_current", current);
		json_number(j, "cards_blocked", strtoul(slash + 1, NULL, 10));
	} else {
		json_null(j, "cards_current");
		json_null(j, "cards_blocked");
	}
	json_string(j, "home", f[ACCOUNT_HOME]);
	json_string(j, "shell", f[ACCOUNT_SHELL]);
}

/* Not before the first account: a refusal leaves nothing printed. */
static void begin_json(struct account_list *l)
{
	if (l->begun)
		return;
	l->begun = true;
	l->json = json_to(l->to);
	json_object(&l->json, NULL);
	json_array(&l->json, "accounts");
}

enum result account_list_add(struct account_list *l,
			     const char *const f[ACCOUNT_FIELDS])
{
	l->count++;
	if (l->as_json) {
		begin_json(l);
		json_object(&l->json, NULL);
		account_object(&l->json, f);
		json_end(&l->json);
	} else if (l->begun) {
		print_row(l, f);
	} else {
		keep(l, f);
	}
	/* a reader that has gone is no reason to go on */
	return ferror(l->to) ? R_INTERNAL : R_OK;
}

void account_list_end(struct account_list *l)
{
	if (l->as_json) {
		begin_json(l);
		json_end(&l->json);
		json_end(&l->json);
	} else if (l->count > 0) {
		flush(l);
	}
}

/* -- the subcommands -------------------------------------------------------------------- */

struct listing {
	struct account_filter filter;
	struct account_list list;
};

static void listing_free(struct listing *l)
{
	account_list_free(&l->list);
}

static enum result on_list_row(void *ctx, const char *text)
{
	struct listing *l = ctx;
	char row[1025];
	const char *f[ACCOUNT_FIELDS];
	enum result r;

	snprintf(row, sizeof(row), "%s", text);
	r = account_split(row, f);
	if (r != R_OK || !account_passes(&l->filter, f))
		return r;
	return account_list_add(&l->list, f);
}

static int filter_of(const struct arguments *a, struct account_filter *out)
{
	char text[16] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(text, sizeof(text), "%Y%m%d", &tm);
	out->today = (uint32_t)strtoul(text, NULL, 10);
	out->name = a->seen & OPT(OPT_NAME) ? a->value[OPT_NAME] : NULL;
	if (!(a->seen & OPT(OPT_STATUS)) ||
	    account_filter_status(a->value[OPT_STATUS], &out->status) == R_OK)
		return CTL_DONE;
	complain("--status: active, revoked or expired");
	return CTL_USAGE;
}

int cmd_account_list(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_ACCOUNT_LIST };
	struct msg_admin_done done = { 0 };
	scoped(listing_free) struct listing l = { 0 };
	struct client client = { .ctx = &l, .row = on_list_row };
	bool all = !(a->seen & (OPT(OPT_NAME) | OPT(OPT_STATUS)));
	int code = filter_of(a, &l.filter);
	enum result r;

	if (code != CTL_DONE)
		return code;
	/* cnied leaves out what does not match where it fits the message */
	if (l.filter.name && strlen(l.filter.name) < sizeof(request.account))
		snprintf(request.account, sizeof(request.account), "%s",
			 l.filter.name);
	if (account_list_new(a->seen & OPT(OPT_JSON), stdout, &l.list) != R_OK)
		return talk_result(R_INTERNAL, &done);
	r = client_run(&request, &client, &done);
	if (ferror(stdout))
		return CTL_SYSTEM;	/* main tells it */
	code = talk_result(r, &done);
	if (code != CTL_DONE)
		return code;
	account_list_end(&l.list);
	if (l.list.count == 0 && !l.list.as_json)
		puts(all ? "no accounts yet: cniectl enrol" :
			   "no account is so");
	return CTL_DONE;
}

static enum result on_show_row(void *ctx, const char *text)
{
	struct account_row *row = ctx;

	if (row->text[0])
		return R_MALFORMED;	/* two of one name */
	snprintf(row->text, sizeof(row->text), "%s", text);
	return account_split(row->text, row->f);
}

int account_ask(const char *name, struct account_row *out)
{
	struct msg_admin_done done = { 0 };
	struct client client = { .ctx = out, .row = on_show_row };
	int code;

	out->text[0] = '\0';
	code = talk_account(ADMIN_ACCOUNT_SHOW, name, &client);
	if (code == CTL_DONE && !out->text[0])
		code = talk_result(R_MALFORMED, &done);
	return code;
}

/* What pam_cnie would refuse a good card for. */
static void tell_mismatch(const struct account_row *row)
{
	const char *name = row->f[ACCOUNT_NAME], *uid = row->f[ACCOUNT_UID];
	struct names_entry e;

	fflush(stdout);
	if (names_entry_get(name, &e) != R_OK)
		return;		/* on a fleet's server it need not be known */
	if (e.uid != strtoul(uid, NULL, 10))
		complain("on this machine %s is uid %u, another account: the "
			 "card of uid %s is refused (%s)", name, e.uid, uid,
			 reason_row(REASON_UID_MISMATCH)->code);
	else if (e.owner[0] && strcmp(e.owner, name))
		complain("on this machine uid %s is %s: the card is refused "
			 "(%s). Where that is the same person, renamed: cniectl "
			 "account rename %s --to %s", uid, e.owner,
			 reason_row(REASON_UID_MISMATCH)->code, name, e.owner);
}

int cmd_account_show(const struct arguments *a)
{
	struct account_row row;
	struct json j = json_to(stdout);
	int code = account_ask(a->operand, &row);

	if (code != CTL_DONE)
		return code;
	if (a->seen & OPT(OPT_JSON)) {
		json_object(&j, NULL);
		json_array(&j, "accounts");
		json_object(&j, NULL);
		account_object(&j, row.f);
		while (j.depth > 0)
			json_end(&j);
	} else {
		for (size_t c = 0; c < ACCOUNT_FIELDS; c++)
			printf("%-8s  %s\n", heads[c], row.f[c]);
	}
	tell_mismatch(&row);
	return CTL_DONE;
}
