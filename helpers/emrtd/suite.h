/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What we speak of the protocols that lds/dg14.h can name, and which we would
 * rather speak: one table. What has no row is not used, whatever the card
 * offers.
 */
#ifndef CNIE_EMRTD_SUITE_H
#define CNIE_EMRTD_SUITE_H

#include "emrtd/domain.h"

#define SUITE_OID_MAX 16	/* content bytes; id-PACE and id-CA have 10 */

/* The lower the better; 0 where it is not spoken (NULL too). PACE: CAM before
 * GM and IM, AES before 3DES, then the longer key... by the table. */
unsigned int suite_rank(const struct protocol *p);
/* The same of domain parameters: larger fields first among the strong, the
 * weak ones last; 0 where `weak_ok` does not admit them. */
unsigned int suite_domain_rank(const struct domain *d, bool small_curves_ok,
			       bool dh_group_0_ok);

#endif
