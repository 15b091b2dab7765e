// SPDX-License-Identifier: GPL-3.0-or-later
/* cniectl csca list and csca check. */
#include <stdlib.h>
#include <time.h>

#include "base/scope.h"
#include "ctl/csca.h"
#include "ctl/talk.h"

int cmd_csca_list(const struct arguments *a)
{
	scoped(csca_list_free) struct csca_list list = { 0 };
	struct msg_admin_done done = { 0 };
	int code = talk_result(csca_store_ask(&list, &done), &done);

	if (code != CTL_DONE)
		return code;
	if (a->seen & OPT(OPT_JSON))
		csca_list_json(&list, stdout);
	else
		csca_list_text(&list, stdout);
	return CTL_DONE;
}

static void findings_free(struct findings **f)
{
	free(*f);
}

/* Without the lines that say that all is well. */
static void keep_bad(struct findings *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->at[i].state != FINDING_OK)
			f->at[kept++] = f->at[i];
	f->n = kept;
}

static void show(const struct arguments *a, struct findings *f)
{
	if (a->seen & OPT(OPT_QUIET))
		keep_bad(f);
	if (a->seen & OPT(OPT_JSON))
		findings_json(f, stdout);
	else if (!(a->seen & OPT(OPT_QUIET)))
		findings_text(f, stdout);
	else
		findings_lines(f, getenv("JOURNAL_STREAM") != NULL, stdout);
}

int cmd_csca_check(const struct arguments *a)
{
	scoped(findings_free) struct findings *f = calloc(1, sizeof(*f));
	struct csca_rules rules;
	struct msg_admin_done done = { 0 };
	time_t now = time(NULL);
	int code = csca_rules_read(&rules);
	enum finding_state worst;

	if (code != CTL_DONE)
		return code;
	if (!f) {
		complain("no memory");
		return CTL_SYSTEM;
	}
	code = talk_result(csca_findings(&rules, now, f, &done), &done);
	if (code != CTL_DONE)
		return code;
	doctor_clock(f, now);
	worst = findings_worst(f);
	show(a, f);
	return worst == FINDING_FAIL ? CTL_REFUSED :
	       worst == FINDING_WARN ? CTL_WARNED : CTL_DONE;
}
