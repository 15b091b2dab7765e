/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EF.DG11, 9303-10 4.7.11: of the additional personal details the personal
 * number (5F10) alone. It is read only where the profile says that the
 * national number stands there; everything else in it (address, profession,
 * ...) is stepped over. PERSONAL.
 */
#ifndef CNIE_LDS_DG11_H
#define CNIE_LDS_DG11_H

#include "base/bytes.h"

/* *number points into the file; printable ASCII, 1 to 99 characters as 9303-10
 * allows. R_ABSENT: the group has none. R_MALFORMED: anything else. */
must_check enum result dg11_parse(struct span file, struct span *number);

#endif
