// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/csca.h"

#include <string.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/lock.h"

enum result csca_rules_get(struct csca_rules *out, struct config_error *error)
{
	char path[PREFIX_PATH_MAX], name[PREFIX_PATH_MAX];
	struct msg_inspect_config p = { 0 };
	struct config c;
	enum result r = prefix_path(PATH_CONFIG, path, sizeof(path));

	if (r == R_OK)
		r = config_read(path, &c, error);
	if (r != R_OK)
		return r;
	snprintf(name, sizeof(name), PATH_PROFILE_DIR "/%s.conf", c.profile);
	r = prefix_path(name, path, sizeof(path));
	if (r == R_OK)
		r = config_read_profile(path, &p, error);
	if (r != R_OK)
		return r;
	*out = (struct csca_rules){
		.require_crl = p.flags & PROFILE_REQUIRE_CRL,
		.grace_days = p.crl_grace_days,
	};
	memcpy(out->country, p.country, sizeof(out->country));
	return R_OK;
}

int csca_rules_read(struct csca_rules *out)
{
	struct config_error e = { "the configuration can't be read" };
	enum result r = csca_rules_get(out, &e);

	if (r == R_OK)
		return CTL_DONE;
	complain("%s", e.text);
	complain("the profile says of which country's certificates this is; "
		 "cniectl setup writes what is missing");
	return CTL_REFUSED;
}

enum result csca_store_ask(struct csca_list *out, struct msg_admin_done *done)
{
	const struct msg_admin_request request = { .verb = ADMIN_CSCA_LIST };

	return csca_list_ask(&request, NULL, STDERR_FILENO, out, done);
}

enum result csca_findings(const struct csca_rules *rules, time_t now,
			  struct findings *f, struct msg_admin_done *done)
{
	scoped(csca_list_free) struct csca_list list = { 0 };
	enum result r = csca_store_ask(&list, done);

	if (r != R_OK)
		return r;
	if (done->reason == REASON_NONE)
		csca_judge(&list, rules, csca_today(now), f);
	else
		finding(f, FINDING_FAIL, "csca-store",
			"journalctl -u cnied; is there a directory " PATH_CSCA_DIR "?",
			"the store can't be loaded: %s (%s)",
			reason_row(done->reason)->text,
			reason_row(done->reason)->code);
	done->reason = REASON_NONE;
	return R_OK;
}

int csca_store_open(char dir[PREFIX_PATH_MAX], int *lock)
{
	return folder_lock(PATH_CSCA_DIR, dir, lock);
}
