/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EF.DG15, 9303-10 4.7.15: 6F { SubjectPublicKeyInfo }, the Active
 * Authentication key. *spki is the whole SubjectPublicKeyInfo, in the file. */
#ifndef CNIE_LDS_DG15_H
#define CNIE_LDS_DG15_H

#include "base/bytes.h"

must_check enum result dg15_parse(struct span file, struct span *spki);

#endif
