// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl doctor: what this machine still needs, from what we can see
 * ourselves and from what cnied and its helpers say when they are started.
 */
#include "ctl/csca.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/key_talk.h"
#include "ctl/talk.h"

static enum result on_row(void *ctx, const char *text)
{
	return finding_row(ctx, text);
}

/* False where cnied could not be asked for its rows. */
static bool ask_service(struct findings *f)
{
	struct msg_admin_request request = { .verb = ADMIN_STATUS };
	struct client client = { .ctx = f, .row = on_row };
	struct msg_admin_done done = { 0 };
	size_t before = f->n;

	switch (client_run(&request, &client, &done)) {
	case R_OK:
		if (done.reason == REASON_NONE)
			finding(f, FINDING_OK, "service", NULL,
				"cnied answers, as root");
		else
			finding(f, FINDING_FAIL, "service",
				"journalctl -u cnied", "cnied refuses: %s",
				reason_row(done.reason)->text);
		return f->n > before + 1;
	case R_ABSENT:
		finding(f, FINDING_FAIL, "service",
			"systemctl enable --now cnie-login.socket cnie-admin.socket",
			"nobody listens on " PATH_ADMIN_SOCK
			", or cnied went away: journalctl -u cnied");
		break;
	case R_DENIED:
		finding(f, FINDING_FAIL, "service",
			"stop what listens there: ss -xlp",
			PATH_ADMIN_SOCK ": its other end is not root, or we may not connect");
		break;
	case R_MALFORMED:
		finding(f, FINDING_FAIL, "service", "systemctl restart cnied",
			"cnied is of another version");
		break;
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		finding(f, FINDING_FAIL, "service", "journalctl -u cnied",
			"cnied does not answer");
		break;
	}
	return false;
}

/* Beyond the rows that cnied has of its own. */
static void key_checks(struct findings *f)
{
	struct key_status s = { 0 };
	struct msg_admin_done done = { 0 };

	if (key_status_try(&s, &done) == R_OK && done.reason == REASON_NONE)
		doctor_key_status(f, &s);
}

/* As cniectl csca check judges it; where it can't be asked, the rows above
 * have said why. */
static void csca_checks(struct findings *f)
{
	struct config_error e = { "" };
	struct csca_rules rules;
	struct msg_admin_done done = { 0 };

	if (csca_rules_get(&rules, &e) == R_OK &&
	    csca_findings(&rules, time(NULL), f, &done) != R_OK)
		finding(f, FINDING_FAIL, "csca-store", "journalctl -u cnied",
			"cnied went away when it was asked for the store");
}

static void own_checks(struct findings *f)
{
	char path[PREFIX_PATH_MAX];
	struct config_error e;
	struct config c;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) == R_OK &&
	    config_read(path, &c, &e) == R_OK) {
		doctor_users(f, &c);
		doctor_signer(f, &c);
		if (geteuid() == 0)	/* others don't see the keys' folder */
			doctor_key(f, &c);
	}
	doctor_view_file(f);
	doctor_attack_limits(f);
	doctor_nsswitch(f, &doctor_system_paths);
	doctor_nscd(f, &doctor_system_paths);
	doctor_names(f);
	doctor_pam(f, &doctor_system_paths);
	doctor_virtual_reader(f, &doctor_system_paths);
	doctor_clock(f, time(NULL));
	doctor_core(f, &doctor_system_paths);
}

static void findings_free(struct findings **f)
{
	free(*f);
}

int cmd_doctor(const struct arguments *a)
{
	scoped(findings_free) struct findings *f = calloc(1, sizeof(*f));

	if (!f) {
		complain("no memory");
		return CTL_SYSTEM;
	}
	if (geteuid() != 0)
		finding(f, FINDING_WARN, "root", "sudo cniectl doctor",
			"not root: cnied and its helpers were not asked");
	if (geteuid() == 0 && ask_service(f)) {
		csca_checks(f);
		key_checks(f);
	} else {
		doctor_files(f);
	}
	own_checks(f);
	if (a->seen & OPT(OPT_JSON))
		findings_json(f, stdout);
	else
		findings_text(f, stdout);
	return findings_worst(f) == FINDING_FAIL ? CTL_REFUSED : CTL_DONE;
}
