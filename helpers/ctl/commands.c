// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/ctl.h"

const struct command ctl_commands[] = {
	{ NULL, "setup",
	  OPT(OPT_SECTOR) | OPT(OPT_PROFILE_NAME) | OPT(OPT_CSCA) |
		OPT(OPT_IDS) | OPT(OPT_FORCE), OPT(OPT_SECTOR),
	  NULL, true, cmd_setup,
	  "write the configuration, take the CSCA in, make the sector key" },
	{ NULL, "enrol",
	  OPT(OPT_EXISTING) | OPT(OPT_FACE) | OPT(OPT_CODE), 0,
	  NULL, true, cmd_enrol,
	  "give the person who is here, with their card, an account" },
	{ "account", "list", OPT(OPT_JSON), 0, NULL, true, cmd_account_list,
	  "every account of this sector" },
	{ "account", "show", OPT(OPT_JSON), 0, "ACCOUNT", true,
	  cmd_account_show, "one account" },
	{ "account", "code", 0, 0, "ACCOUNT", true, cmd_account_code,
	  "set the account's code; the person types it, twice" },
	{ "account", "revoke", 0, 0, "ACCOUNT", true, cmd_account_revoke,
	  "refuse this account from now on" },
	{ "account", "restore", 0, 0, "ACCOUNT", true, cmd_account_restore,
	  "admit a revoked account again" },
	{ "card", "inspect",
	  OPT(OPT_JSON) | OPT(OPT_READER) | OPT(OPT_CSCA) |
		OPT(OPT_PROFILE_FILE) | OPT(OPT_MRZ), 0,
	  NULL, true, cmd_card_inspect,
	  "read a card and say what it proves; no personal data" },
	{ "card", "block", 0, 0, "ACCOUNT", true, cmd_card_block,
	  "block the account's current card (lost, stolen)" },
	{ NULL, "doctor", OPT(OPT_JSON), 0, NULL, false, cmd_doctor,
	  "check this machine and say what to do" },
	{ 0 },
};
