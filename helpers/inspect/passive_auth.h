/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passive authentication, ICAO 9303-11 5.1: what the State signed. Step two
 * of two: csca_load() before the sandbox, then this, which needs memory and
 * getrandom only.
 *
 *	passive_auth_sod(EF.SOD, store, &rules, &pa)	signature, chain
 *	passive_auth_check_dg(&pa, 14, EF.DG14)		one hash each, before
 *							the file is parsed
 *	passive_auth_admits(&pa, "ID")			after DG1 was parsed
 *
 * What is refused stands in passive_auth.c, rule by rule. The countries are
 * reported and not refused here: that is policy.
 */
#ifndef CNIE_INSPECT_PASSIVE_AUTH_H
#define CNIE_INSPECT_PASSIVE_AUTH_H

#include "base/bytes.h"
#include "base/reason.h"
#include "inspect/csca.h"
#include "lds/sod.h"

#define SOD_FILE_MAX (32 * 1024)   /* EF.SOD, EF.CardSecurity; real: 1-4 KB */
#define DOCUMENT_TYPES_MAX 16	   /* of documentTypeList */
#define CARD_SECURITY_CONTENT_MAX (8 * 1024)

/* A plain value: nothing to free, no pointers into the file. */
struct passive_auth {
	bool chain;			/* true in every one returned */
	char signature[33];		/* "ecdsa-sha256", "rsa-pss-sha384" */
	char digest[17];		/* of the data groups: "sha256" */
	enum sod_digest digest_id;
	uint8_t lds_version;		/* of the LDSSecurityObject */
	uint32_t data_groups;		/* bit n: DGn is listed, n 1..16 */
	uint8_t hash[SOD_DG_MAX + 1][SOD_HASH_MAX];
	char dsc_country[3];		/* "" where none is well formed */
	char csca_country[3];
	bool dsc_country_ok;		/* equal to the country asked for */
	bool csca_country_ok;
	uint64_t dsc_not_before;	/* seconds since 1970 */
	uint64_t dsc_not_after;
	bool csca_expired;		/* used all the same: the signer was
					 * issued in its time */
	enum crl_state crl;		/* csca.h */
	char anchor[65];		/* SHA-256 of the CSCA, hexadecimal */
	char anchor_name[129];		/* its subject */
	bool has_types;			/* documentTypeList is there */
	uint8_t types_count;
	char types[DOCUMENT_TYPES_MAX][3];
};

/* What the profile and the day ask of a chain. */
struct pa_rules {
	uint64_t now;			/* seconds since 1970 */
	const char *country;		/* two capital letters */
	uint32_t crl_grace_s;		/* a CRL is current until nextUpdate and
					 * as long more */
	struct csca_strength weak;	/* accepted below the default */
};

/*
 * REASON_NONE and *out filled, or why not: SOD_MALFORMED, SOD_SIGNATURE,
 * CSCA_UNKNOWN, CERT_EXPIRED, CERT_REVOKED, WEAK_ALGORITHM, INTERNAL (memory);
 * *out is untouched then.
 */
must_check enum reason passive_auth_sod(struct span file,
					const struct csca_store *store,
					const struct pa_rules *rules,
					struct passive_auth *out);

/*
 * EF.CardSecurity (TR-03110-3 A.1.2.5): the same rules over a bare ContentInfo
 * whose content is SecurityInfos, which are appended to *content (room for
 * CARD_SECURITY_CONTENT_MAX) to be parsed by the caller. No hashes in *out.
 */
must_check enum reason passive_auth_card_security(struct span file,
					const struct csca_store *store,
					const struct pa_rules *rules,
					struct passive_auth *out,
					struct sink *content);

/*
 * UNVERIFIED: the data groups that an EF.SOD seems to list (bit n: DGn), so
 * that the next file can be asked for while the signature is checked. 0 where
 * it is not even readable. No decision may rest on it.
 */
uint32_t passive_auth_glance(struct span file);

/* REASON_NONE where `file` has the hash signed for DG number `dg`; else
 * REASON_DG_HASH, also where the SOD does not list that group. The comparison
 * is constant-time. */
must_check enum reason passive_auth_check_dg(const struct passive_auth *pa,
					     unsigned int dg,
					     struct span file);

/* Whether the signer may sign documents of this code ("ID", fillers removed):
 * true where it has no documentTypeList (9303-12 7.1.1.6). */
bool passive_auth_admits(const struct passive_auth *pa,
			 const char *document_code);

#endif
