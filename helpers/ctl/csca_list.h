/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trust anchors and CRLs as cnie-inspect tells them, through cnied. It parsed
 * foreign bytes to say this, so what is imported is believed no further than
 * it can be checked here: a fingerprint is that of the bytes beside it, and
 * the country is the one that was asked for.
 */
#ifndef CNIE_CTL_CSCA_LIST_H
#define CNIE_CTL_CSCA_LIST_H

#include "base/wire.h"
#include "ctl/progress.h"

#define CSCA_ITEMS_MAX 2500	/* 2000 anchors and 500 CRLs (inspect/csca.h) */
#define FINGERPRINT_MAX 65	/* SHA-256, hexadecimal, and NUL */

struct csca_list {
	struct msg_item *at;	/* each der is the list's */
	size_t n, room;
	uint32_t bad, other_country; /* not used, not taken */
};

void csca_list_free(struct csca_list *l);

/* 64 digits of lower-case hexadecimal: it becomes a file's name. */
bool fingerprint_ok(const char *sha256);
void fingerprint_of(struct span der, char out[FINGERPRINT_MAX]);

/*
 * One more item. country NULL: of a list, without bytes; else of an import
 * for that country, with them. R_DENIED: it is not what it says to be, or not
 * of that country; R_MALFORMED: not such an item, or one too many. Twice the
 * same is once.
 */
must_check enum result csca_list_add(struct csca_list *l,
				     const struct msg_item *m,
				     const char *country);
/* "bad<TAB>3": a count; names that are not ours are passed over. */
must_check enum result csca_list_count(struct csca_list *l, const char *row);

/* Forget the i-th; those after it move up. */
void csca_list_drop(struct csca_list *l, size_t i);
/* NULL where there is none of this fingerprint. */
const struct msg_item *csca_list_find(const struct csca_list *l,
				      const char *sha256);

/* Ask cnied; as client_run, *out is filled with R_OK and done's REASON_NONE
 * only. csca_list_free(out) in any case. The progress is shown on `bar`. */
must_check enum result csca_list_ask(const struct msg_admin_request *request,
				     const char *country, int bar,
				     struct csca_list *out,
				     struct msg_admin_done *done);

#endif
