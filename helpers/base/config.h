/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The three configuration files, read with inih by cnied (and by cniectl to
 * check them); they reach helpers and module only as messages. An unknown
 * section or key, a bad value or an overlong line is an error that names file
 * and line: nothing is guessed, and logins then fall through.
 */
#ifndef CNIE_BASE_CONFIG_H
#define CNIE_BASE_CONFIG_H

#include "base/helper.h"

struct config_user { uint32_t uid, gid; };

struct config {
	/* [sector] */
	char urn[129];
	uint32_t epoch;
	uint32_t previous_epoch;	/* still live; 0 none */
	uint32_t epoch_ends;		/* yyyymmdd, 0 not said: what was
					 * remembered of a tokeniser is good so long */
	uint32_t provider;		/* enum sector_provider */
	char name_prefix[9];
	uint32_t uid_min, uid_max;
	char group[33];
	uint32_t group_gid;
	char home_dir[129];
	char shell[129];
	/* [users] */
	struct config_user users[HELPER_COUNT]; /* enum helper_kind */
	uint32_t video_gid;
	uint32_t token_gid;	/* cnie-sector: who may use the token; 0 none */
	/* [login] */
	char profile[33];
	char greeters[513], lockers[513], services[513]; /* space-separated */
	char pass_services[513];	/* "": greeters and lockers */
	uint32_t card_wait_s, login_s, helper_s;
	/* [reader] */
	char reader[129], ignore[257];
	/* [face] */
	char camera[257], models_dir[257];
	uint32_t fmr_e6;
	/* [token] */
	char token_module[129], token_label[33], token_pin_file[129];
	uint32_t token_cache;		/* 1: it holds the machine's key */
	/* [tokeniser] */
	char tokeniser[108];		/* path of its socket */
	uint8_t public_key[ELEMENT_SIZE], previous_public_key[ELEMENT_SIZE];
	/* [nss] */
	uint32_t enumerate;
	/* [roster] */
	char signer[129];		/* the public key, as minisign(1) writes it */
};

enum assurance { ASSURANCE_NONE, ASSURANCE_FACE_CODE, ASSURANCE_FACE };

struct authorisation {
	char controller[129], purpose[129], reference[65], contact[129];
	uint32_t not_before, not_after;		/* yyyymmdd, UTC, inclusive */
	char sites[513];			/* host names, or "*" */
	enum assurance assurance;
	char report[257];
};

struct config_error {
	char text[400];		/* "FILE:LINE: what is wrong"; "FILE: what" of what
				 * stands in no one line */
};

/* Defaults first, then the file. R_ABSENT: no such file. R_MALFORMED and
 * R_DENIED (not root's, or writable by others) come with error->text. */
must_check enum result config_read(const char *path, struct config *out,
				   struct config_error *error);
/* A profile: fills the card's fields; mode, csca_dir stay as they were. */
must_check enum result config_read_profile(const char *path,
					   struct msg_inspect_config *out,
					   struct config_error *error);
must_check enum result config_read_authorisation(const char *path,
						 struct authorisation *out,
						 struct config_error *error);

/* Is the word in this space-separated list? */
bool config_list_has(const char *list, const char *word);

#endif
