/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order in which a card is read: one table of steps (procedure.c).
 *
 * MUST: no data group is parsed before its hash, under a State signature that
 *	 verified, matched.
 * MUST: what the SOD lists decides what must be proven.
 * MUST: number and portrait stay here until cnied said to go on.
 * MUST: a password is tried once.
 */
#ifndef CNIE_INSPECT_PROCEDURE_H
#define CNIE_INSPECT_PROCEDURE_H

#include <regex.h>

#include "emrtd/bac.h"
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
	struct bac_random bac_random;
	struct card_link link;
	uint32_t reader_max;		/* MSG_APDU_LINK's */
	struct atr_caps caps;
	stage_report *report;
	void *report_context;

	enum inspect_stage stage;	/* where it stopped */
	bool has_access_file;
	struct security_infos offered;	/* EF.CardAccess */
	const struct security_info *used;	/* of it; NULL: BAC */
	struct pace_cam cam;
	bool has_card_security;		/* verified: */
	enum reason card_security_why;
	struct passive_auth card_security_pa;
	struct security_infos card_security;
	enum reason sod_why;
	struct passive_auth pa;
	bool has_dg14;			/* verified: */
	struct security_infos dg14;
	enum chip_proof proof_due;
	struct mrz mrz;
	struct dg2_portrait portrait;
	struct msg_number number;
	struct msg_inspect_facts facts;

	size_t access_n, card_security_n, sod_n, dg14_n;
	uint8_t access_file[ACCESS_FILE_MAX];
	uint8_t card_security_file[SIGNED_FILE_MAX];
	uint8_t card_security_content[CARD_SECURITY_CONTENT_MAX];
	uint8_t sod_file[SIGNED_FILE_MAX];
	uint8_t dg14_file[DG14_FILE_MAX], dg15_file[DG15_FILE_MAX];
	uint8_t dg1_file[DG1_FILE_MAX], dg11_file[DG11_FILE_MAX];
	uint8_t dg2_file[EF_SIZE_MAX];
	uint8_t packet[EF_SIZE_MAX + 64];	/* the portrait on its way */
};

void inspection_wipe(struct inspection *x);

/* Everything up to DG1 or DG11: facts and number are filled. The link's SW and
 * x->stage tell where a failure was. */
must_check enum reason procedure_identify(struct inspection *x);
/* A step of it: the PACEInfos of the verified signed copies against x->offered
 * and x->used. REASON_DOWNGRADE, or the fact PACE_SIGNED is added as it
 * holds. */
must_check enum reason procedure_downgrade(struct inspection *x);
/* DG2: the portrait is filled. Only after procedure_identify. */
must_check enum reason procedure_portrait(struct inspection *x);

#endif
