/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The State of Utopia: its keys, made once before the cases fork, a store
 * that trusts its CSCA, a good document, and one call to judge a document
 * that differs in what the case is about.
 */
#ifndef CNIE_TESTS_SUPPORT_STATE_H
#define CNIE_TESTS_SUPPORT_STATE_H

#include <check.h>

#include "inspect/passive_auth.h"
#include "support_pki.h"

extern EVP_PKEY *ca_key, *dsc_key, *rsa_key, *rsa_ca_key, *rsa_weak, *bp_key,
	*bp_explicit, *bp_ca_explicit, *small_key;
extern X509 *ca, *dsc;		/* serial numbers 100 and 7 */

/* A case's own. */
extern struct csca_store *store;
extern struct pa_rules rules;	/* PKI_NOW, "UT", 90 days, nothing weak */
extern struct passive_auth pa;
extern uint8_t sod_file[PKI_SOD_MAX];
extern uint8_t lds_room[2048];
extern struct span lds;		/* LDSSecurityObject over dgs[] */

extern const struct pki_dg dgs[3];	/* 1, 2, 14 */

TCase *state_case(const char *name);

void trust(X509 *cert);
enum csca_bad try_crl(X509_CRL *crl);	/* frees it */

/* passive_auth_sod() by the rules into pa, which must be untouched where it is
 * refused. */
enum reason judge(struct span sod);
/* ... of a document with what `s` leaves out taken from the good one. */
enum reason judge_spec(struct pki_sod s);
/* ... signed by a signer made as `c` says. */
enum reason judge_signer(struct pki_cert c, struct pki_sod s);

#endif
