/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cniectl csca: what its subcommands share, apart from how it is asked. */
#ifndef CNIE_CTL_CSCA_H
#define CNIE_CTL_CSCA_H

#include <stdio.h>
#include <time.h>

#include "base/prefix.h"
#include "ctl/csca_list.h"
#include "ctl/doctor.h"

/* -- in words ---------------------------------------------------------------- */

const char *csca_kind(const struct msg_item *m);
/* "valid", "expired, not withdrawn", ...; never NULL. */
const char *csca_state(const struct msg_item *m);
/* "2026-11-24"; "-" for none. */
void csca_day(uint32_t yyyymmdd, char out[16]);
/* "2 anchors, 1 CRL" of this country, or (NULL) of all. */
void csca_counts(const struct csca_list *l, const char *country, char *out,
		 size_t cap);

/* One item, over three lines. */
void csca_item_text(const struct msg_item *m, FILE *to);
void csca_list_text(const struct csca_list *l, FILE *to);
void csca_list_json(const struct csca_list *l, FILE *to);

/* -- the profile's wishes and the judgement ------------------------------------ */

struct csca_rules {
	char country[3];
	bool require_crl;
	uint16_t grace_days;
};

/* From the configured profile. Not R_OK comes with error->text. */
must_check enum result csca_rules_get(struct csca_rules *out,
				      struct config_error *error);
/* The same; complains. An enum ctl_exit. */
int csca_rules_read(struct csca_rules *out);

/* The store on this day (yyyymmdd): at least one finding. */
void csca_judge(const struct csca_list *l, const struct csca_rules *rules,
		uint32_t today, struct findings *f);
uint32_t csca_today(time_t now);
/* Both are CRLs of one issuer, and the newer one may stand for this one. */
bool csca_supersedes(const struct msg_item *newer, const struct msg_item *m);

/* -- the store ----------------------------------------------------------------- */

/* Every item of the configured store, as cnie-inspect reads it now. As
 * csca_list_ask. */
must_check enum result csca_store_ask(struct csca_list *out,
				      struct msg_admin_done *done);
/* The same, judged: a store that can't be loaded is a finding. */
must_check enum result csca_findings(const struct csca_rules *rules,
				     time_t now, struct findings *f,
				     struct msg_admin_done *done);
/* Its directory, locked against another cniectl until *lock is closed;
 * complains. An enum ctl_exit. */
int csca_store_open(char dir[PREFIX_PATH_MAX], int *lock);

#endif
