/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What this version speaks of the protocols that lds/dg14.h can name: one
 * table of kind, key agreement, mapping and cipher. What has no row is not
 * used, whatever the card offers.
 */
#ifndef CNIE_EMRTD_SUITE_H
#define CNIE_EMRTD_SUITE_H

#include "lds/dg14.h"

#define SUITE_OID_MAX 16	/* content bytes; id-PACE and id-CA have 10 */

bool suite_accepted(const struct protocol *p);	/* NULL: false */

#endif
