/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order in which a card is read: one table of steps (procedure.c).
 *
 * MUST: no data group is parsed before its hash, under a State signature that
 *	 verified, matched.
 * MUST: what the SOD lists decides what must be proven.
 * MUST: number and portrait stay here until cnied said to go on.
 */
#ifndef CNIE_INSPECT_PROCEDURE_H
#define CNIE_INSPECT_PROCEDURE_H

#include <regex.h>

#include "emrtd/chip_auth.h"
#include "emrtd/pace.h"
#include "inspect/files.h"
#include "inspect/link.h"
#include "inspect/passive_auth.h"
#include "lds/dg14.h"
#include "lds/dg2.h"
#include "lds/mrz.h"

typedef void stage_report(void *context, const struct msg_inspect_stage *s);

/* SECRET and PERSONAL: wipe with inspection_wipe. The caller fills the first
 * part; the rest starts as zeros. Spans in it point into its own buffers. */
struct inspection {
	const struct msg_inspect_config *profile;
	const struct csca_store *store;
	const regex_t *number_form;
	uint64_t now;
	struct msg_inspect_go go;
	struct pace_keys pace_keys;
	struct chip_auth_keys chip_keys;
	struct card_link link;
	stage_report *report;
	void *report_context;

	enum inspect_stage stage;	/* where it stopped */
	struct security_infos offered;	/* EF.CardAccess */
	const struct security_info *used;	/* of it, for PACE */
	struct passive_auth pa;
	bool has_dg14;
	struct security_infos signed_infos;	/* DG14 */
	struct mrz mrz;
	struct dg2_portrait portrait;
	struct msg_number number;
	struct msg_inspect_facts facts;

	uint8_t access_file[1024], dg14_file[4096], dg1_file[256];
	size_t access_n, dg14_n, sod_n;
	uint8_t sod_file[EF_SIZE_MAX], dg2_file[EF_SIZE_MAX];
	uint8_t packet[EF_SIZE_MAX + 64];	/* the portrait on its way */
};

void inspection_wipe(struct inspection *x);

/* Everything up to DG1: facts and number are filled. The link's SW and
 * x->stage tell where a failure was. */
must_check enum reason procedure_identify(struct inspection *x);
/* A step of it: the PACEInfos of x->signed_infos against x->offered and
 * x->used. REASON_DOWNGRADE, or the fact PACE_SIGNED is added as it holds. */
must_check enum reason procedure_downgrade(struct inspection *x);
/* DG2: the portrait is filled. Only after procedure_identify. */
must_check enum reason procedure_portrait(struct inspection *x);

#endif
