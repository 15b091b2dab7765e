// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl roster export. The lines are written as cnied says them and hashed
 * on the way; what is signed is what was written.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"
#include "base/secret.h"
#include "ctl/newfile.h"
#include "ctl/progress.h"
#include "ctl/roster.h"
#include "ctl/talk.h"

#define DAYS 30
#define DAYS_MAX 366
#define DAY_S (24 * 3600)

struct export {
	struct newfile file;
	struct sign_hash hash;
	struct progress bar;
	struct roster_head head;
	bool begun, last, full;
	uint32_t lines;
};

static void export_drop(struct export *e)
{
	newfile_drop(&e->file);
}

static enum result first(struct export *e, struct span bytes)
{
	size_t n = 0;

	while (n < bytes.n && bytes.p[n] != '\n')
		n++;
	e->begun = true;
	return roster_head_parse(span_of(bytes.p, n), &e->head);
}

static enum result on_bulk(void *ctx, const struct msg_bulk *m)
{
	struct export *e = ctx;
	enum result r = e->last ? R_MALFORMED : R_OK;

	if (r == R_OK && !e->begun)
		r = first(e, m->bytes);
	if (r != R_OK)
		return r;
	e->last = m->last != 0;
	sign_hash_add(&e->hash, m->bytes);
	for (size_t i = 0; i < m->bytes.n; i++)
		e->lines += m->bytes.p[i] == '\n';
	r = newfile_put(&e->file, m->bytes);
	e->full = r != R_OK;
	return r;
}

static enum result on_progress(void *ctx, const struct msg_progress *m)
{
	struct export *e = ctx;

	progress_step(&e->bar, m->done, m->total);
	return R_OK;
}

/* The last day on which it may be imported. */
static int days(const struct arguments *a, uint64_t *out)
{
	const char *s = a->seen & OPT(OPT_DAYS) ? a->value[OPT_DAYS] : NULL;
	long n = DAYS;
	char *end = NULL, text[16];
	time_t then;
	struct tm tm;

	if (s)
		n = s[0] >= '0' && s[0] <= '9' ? strtol(s, &end, 10) : 0;
	if ((end && *end) || n < 1 || n > DAYS_MAX) {
		complain("--days: 1 to %d", DAYS_MAX);
		return CTL_USAGE;
	}
	then = time(NULL) + n * DAY_S;
	if (!gmtime_r(&then, &tm) ||
	    strftime(text, sizeof(text), "%Y%m%d", &tm) != 8) {
		complain("the clock says no date");
		return CTL_SYSTEM;
	}
	*out = strtoul(text, NULL, 10);
	return CTL_DONE;
}

static int begin(const char *path, struct export *e)
{
	if (newfile_open(path, 0600, &e->file) != R_OK) {
		complain("%s can't be written: %s", path, strerror(errno));
		return CTL_REFUSED;
	}
	sign_hash_begin(&e->hash);
	return CTL_DONE;
}

static int fetch(const struct arguments *a, struct export *e)
{
	struct msg_admin_request request = {
		.verb = a->seen & OPT(OPT_REBINDS) ? ADMIN_REBINDS_EXPORT :
						      ADMIN_ROSTER_EXPORT,
	};
	struct client client = { .ctx = e, .bulk = on_bulk,
				 .progress = on_progress };
	struct msg_admin_done done = { 0 };
	int code = days(a, &request.number);
	enum result r;

	if (code != CTL_DONE)
		return code;
	e->bar = progress_on(STDERR_FILENO);
	r = client_run(&request, &client, &done);
	progress_end(&e->bar);
	if (e->full) {
		complain("%s can't be written: is the disk full?",
			 a->operand);
		return CTL_SYSTEM;
	}
	/* a file that was cut must not look whole */
	if (r == R_OK && done.reason == REASON_NONE && !e->last)
		r = R_MALFORMED;
	return talk_result(r, &done);
}

/* As minisign words it. */
static void comment_of(const char *path, char out[SIGN_COMMENT_MAX])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = (size_t)snprintf(out, SIGN_COMMENT_MAX,
				    "timestamp:%lld\tfile:", (long long)time(NULL));

	for (size_t i = 0; name[i] && i < NAME_MAX; i++)
		out[n++] = name[i] > 0x20 && name[i] < 0x7f ? name[i] : '?';
	strcpy(out + n, "\thashed");
}

static enum result sign(struct export *e, const char *at,
			const struct sign_secret *secret)
{
	scoped(newfile_drop) struct newfile file = { .fd = -1 };
	uint8_t text[SIGN_FILE_MAX], hash[SIGN_HASH_SIZE];
	struct sink out = SINK(text);
	char comment[SIGN_COMMENT_MAX];
	enum result r;

	sign_hash_end(&e->hash, hash);
	comment_of(e->file.path, comment);
	r = signature_make(secret, hash, comment, &out);
	if (r == R_OK)
		r = newfile_open(at, 0644, &file);
	if (r == R_OK)
		r = newfile_put(&file, sink_span(&out));
	/* an older signature never stands beside a newer file */
	if (r == R_OK && newfile_remove(at) == R_INTERNAL)
		r = R_INTERNAL;
	if (r == R_OK)
		r = newfile_commit(&e->file, true);
	return r == R_OK ? newfile_commit(&file, true) : r;
}

static void tell(const struct export *e)
{
	roster_head_print(&e->head, stdout);
	printf("%u lines in %s, signed in %s%s\n", e->lines, e->file.path,
	       e->file.path, ROSTER_SIGNATURE);
	if (e->head.rebinds)
		puts("On the signer's machine: cniectl roster import "
		     "--rebinds FILE --signer THIS-MACHINE.pub");
	else
		puts("It holds every account's tags and code hash: carry it "
		     "as you would the roster.");
}

int cmd_roster_export(const struct arguments *a)
{
	scoped(export_drop) struct export e = { .file.fd = -1 };
	scoped(secret_page_free) void *page = NULL;
	char at[PATH_MAX];
	int code = roster_signature_path(a->operand, at, sizeof(at));

	if (code == CTL_DONE && secret_page_new(&page) != R_OK) {
		complain("memory can't be locked");
		return CTL_SYSTEM;
	}
	if (code == CTL_DONE)
		code = roster_secret(a->value[OPT_SIGN], page);
	if (code == CTL_DONE)
		code = begin(a->operand, &e);
	if (code == CTL_DONE)
		code = fetch(a, &e);
	if (code != CTL_DONE)
		return code;
	if (sign(&e, at, &((struct roster_secret *)page)->secret) != R_OK) {
		complain("%s can't be written or signed", a->operand);
		return CTL_SYSTEM;
	}
	tell(&e);
	return CTL_DONE;
}
