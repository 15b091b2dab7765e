/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The store's own modes (INSPECT_CSCA_LIST, INSPECT_CSCA_IMPORT): an item each
 * on the control channel. What is imported is foreign: its files are read
 * whole and the sandbox entered before a byte of them is parsed. Single
 * certificates and CRLs in DER or PEM, directories of them, and CMS master
 * lists (9303-12 9: CscaMasterList; in the ICAO PKD's LDIF, and as the BSI and
 * other States publish them) of up to CSCA_MAX certificates of the country.
 *
 * Where a signer is named, a list that is not the signer's is refused, with the
 * reason where no other list was good; and a certificate that stands in no good
 * list is not taken unless the signer vouches for it.
 */
#ifndef CNIE_INSPECT_IMPORT_H
#define CNIE_INSPECT_IMPORT_H

#include "base/helper.h"

/* MSG_INSPECT_PROGRESS at most, whatever the number of items. */
#define IMPORT_PROGRESS_MAX 100

/* Serve one request from config on: enters the sandbox, says READY, sends
 * MSG_INSPECT_ITEM and MSG_INSPECT_PROGRESS, then MSG_INSPECT_DONE, and exits;
 * or MSG_HELPER_FAIL. */
_Noreturn void import_serve(struct helper *helper,
			    const struct msg_inspect_config *config);

#endif
