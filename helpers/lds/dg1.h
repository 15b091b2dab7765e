/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EF.DG1, 9303-10 4.7.1: 61 { 5F1F MRZ }. Results as mrz_parse(). PERSONAL. */
#ifndef CNIE_LDS_DG1_H
#define CNIE_LDS_DG1_H

#include "lds/mrz.h"

must_check enum result dg1_parse(struct span file, struct mrz *out);

#endif
