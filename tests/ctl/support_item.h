/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates and CRLs that are none: nothing in cniectl looks into one. */
#ifndef CNIE_TESTS_CTL_SUPPORT_ITEM_H
#define CNIE_TESTS_CTL_SUPPORT_ITEM_H

#include "base/wire.h"

/* DER's first bytes and the name: valid as long as the program runs. */
struct span item_der(const char *name);
const char *item_sha256(const char *name);	/* of it; static, a few */
/* An anchor of Utopia, valid from 2020-01-01 to 2040-01-01. */
struct msg_item item_anchor(const char *name);
/* A CRL of Utopia, this update 2026-11-01, next 2027-02-01. */
struct msg_item item_crl(const char *name);
/* The same without its bytes, as it comes in a list. */
struct msg_item item_listed(struct msg_item m);

#endif
