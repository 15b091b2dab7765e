// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/key_talk.h"

#include <stdio.h>
#include <string.h>

#include "base/config_value.h"
#include "ctl/talk.h"

/* -- status ------------------------------------------------------------------- */

enum result key_status_row(struct key_status *s, const char *row)
{
	const char *tab = strchr(row, '\t');
	size_t n = tab ? (size_t)(tab - row) : 0;

	if (n == 0 || s->n == KEY_ROWS_MAX || n >= sizeof(s->at[0].item) ||
	    strlen(tab + 1) >= sizeof(s->at[0].value))
		return R_MALFORMED;
	memcpy(s->at[s->n].item, row, n);
	s->at[s->n].item[n] = '\0';
	strcpy(s->at[s->n].value, tab + 1);
	s->n++;
	return R_OK;
}

const char *key_status_get(const struct key_status *s, const char *item)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->at[i].item, item))
			return s->at[i].value;
	return "";
}

uint32_t key_status_number(const struct key_status *s, const char *item)
{
	uint32_t n = 0;

	return value_u32(key_status_get(s, item), &n) ? n : 0;
}

static bool is_day(const char *when)
{
	return when[0] >= '0' && when[0] <= '9';
}

bool key_status_backed_up(const struct key_status *s)
{
	return is_day(key_status_get(s, "backup"));
}

bool key_status_previous_backed_up(const struct key_status *s)
{
	return key_status_number(s, "previous_epoch") == 0 ||
	       is_day(key_status_get(s, "previous_backup"));
}

static enum result on_status(void *ctx, const char *text)
{
	return key_status_row(ctx, text);
}

enum result key_status_try(struct key_status *out, struct msg_admin_done *done)
{
	struct client client = { .ctx = out, .row = on_status };
	struct msg_admin_request m = { .verb = ADMIN_KEY_STATUS };

	out->n = 0;
	return client_run(&m, &client, done);
}

int key_status_ask(struct key_status *out)
{
	struct msg_admin_done done = { 0 };

	return talk_result(key_status_try(out, &done), &done);
}

/* -- the rest ----------------------------------------------------------------- */

int key_config(struct config *out, char path[PREFIX_PATH_MAX])
{
	struct config_error e = { "" };
	enum result r;

	if (prefix_path(PATH_CONFIG, path, PREFIX_PATH_MAX) != R_OK)
		return CTL_SYSTEM;
	r = config_read(path, out, &e);
	if (r == R_OK)
		return CTL_DONE;
	complain("%s", e.text);
	complain(r == R_ABSENT ? "cniectl setup --sector URN writes it" :
		 r == R_DENIED ? "chown root:root and chmod 0644 it; who "
				 "could write to it until now?" :
				 "edit the line named: cnie.conf(5)");
	return r == R_INTERNAL ? CTL_SYSTEM : CTL_REFUSED;
}

void key_step(const char *what, const char *text)
{
	printf("%-10s  %s\n", what, text);
	fflush(stdout);		/* what is done is said, whatever comes next */
}

int key_request(const struct msg_admin_request *m, const char *what,
		const char *otherwise)
{
	static const struct client client = { .info = talk_info };
	struct msg_admin_done done = { 0 };
	int code = talk_result(client_run(m, &client, &done), &done);

	if (code == CTL_DONE)
		key_step(what, done.text[0] ? done.text : otherwise);
	return code;
}

int key_make(uint32_t epoch)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_MAKE,
				       .epoch = epoch };

	return key_request(&m, "key", "it is there");
}

static enum result on_unbound(void *ctx, const char *text)
{
	uint32_t *rows = ctx;
	const char *tab = strchr(text, '\t');

	if (!tab)
		return R_MALFORMED;
	++*rows;
	printf("  %.*s  uid %s\n", (int)(tab - text), text, tab + 1);
	return R_OK;
}

int key_unbound(uint32_t *count)
{
	uint32_t rows = 0, all = 0;
	struct client client = { .ctx = &rows, .row = on_unbound };
	struct msg_admin_request m = { .verb = ADMIN_KEY_UNBOUND };
	struct msg_admin_done done = { 0 };
	int code = talk_result(client_run(&m, &client, &done), &done);

	/* it names a thousand, and counts them all */
	if (code != CTL_DONE)
		return code;
	if (!value_u32(done.text, &all) || all < rows) {
		complain("cnied does not say how many accounts are not bound");
		return CTL_SYSTEM;
	}
	if (all > rows)
		printf("  and %u more\n", all - rows);
	*count = all;
	return CTL_DONE;
}

struct taking {
	struct sink *out;
	bool whole;
};

static enum result on_bulk(void *ctx, const struct msg_bulk *m)
{
	struct taking *t = ctx;

	if (t->whole || !m->last || m->bytes.n == 0)
		return R_MALFORMED;
	t->whole = true;
	sink_put(t->out, m->bytes);
	return sink_done(t->out) == R_OK ? R_OK : R_MALFORMED;
}

enum result key_backup_get(uint32_t epoch, const uint8_t to[ELEMENT_SIZE],
			   struct sink *out, struct msg_admin_done *done)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_BACKUP,
				       .epoch = epoch };
	struct taking t = { out, false };
	struct client client = { .ctx = &t, .bulk = on_bulk };
	enum result r;

	hex_encode(span_of(to, ELEMENT_SIZE), m.text);
	r = client_run(&m, &client, done);
	if (r == R_OK && done->reason == REASON_NONE && !t.whole)
		return R_MALFORMED;
	return r;
}
