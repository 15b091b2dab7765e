/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cniectl: what its subcommands share. It is a client of admin.sock and a
 * writer of /etc/cnie; it opens no database and no key.
 */
#ifndef CNIE_CTL_CTL_H
#define CNIE_CTL_CTL_H

#include "ctl/options.h"

#define CNIE_VERSION "0.1.0"

enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1,	/* refused, or a check failed */
	CTL_USAGE = 2,
	CTL_NO_SERVICE = 3,	/* cnied can't be reached */
	CTL_NOT_ROOT = 4,
	CTL_SYSTEM = 5,		/* a file, memory, or a version that differs */
	CTL_WARNED = 6,		/* csca check: nothing failed, but something
				 * is about to */
};

extern const struct command ctl_commands[];	/* ends with a NULL name */

/* One subcommand each; they answer an enum ctl_exit. */
int cmd_setup(const struct arguments *a);
int cmd_enrol(const struct arguments *a);
int cmd_account_list(const struct arguments *a);
int cmd_account_show(const struct arguments *a);
int cmd_account_code(const struct arguments *a);
int cmd_account_revoke(const struct arguments *a);
int cmd_account_restore(const struct arguments *a);
int cmd_account_rename(const struct arguments *a);
int cmd_account_move(const struct arguments *a);
int cmd_account_pass(const struct arguments *a);
int cmd_account_rebind(const struct arguments *a);
int cmd_group_list(const struct arguments *a);
int cmd_group_put(const struct arguments *a);
int cmd_group_join(const struct arguments *a);
int cmd_group_leave(const struct arguments *a);
int cmd_roster_key(const struct arguments *a);
int cmd_roster_export(const struct arguments *a);
int cmd_roster_import(const struct arguments *a);
int cmd_roster_verify(const struct arguments *a);
int cmd_my_data(const struct arguments *a);
int cmd_card_inspect(const struct arguments *a);
int cmd_card_block(const struct arguments *a);
int cmd_csca_import(const struct arguments *a);
int cmd_csca_list(const struct arguments *a);
int cmd_csca_remove(const struct arguments *a);
int cmd_csca_check(const struct arguments *a);
int cmd_key_pair(const struct arguments *a);
int cmd_key_init(const struct arguments *a);
int cmd_key_status(const struct arguments *a);
int cmd_key_rotate(const struct arguments *a);
int cmd_key_retire(const struct arguments *a);
int cmd_key_backup(const struct arguments *a);
int cmd_key_restore(const struct arguments *a);
int cmd_doctor(const struct arguments *a);

/* "cniectl: ..." on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
