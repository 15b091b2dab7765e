/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CNIE_PAM_CODE_H
#define CNIE_PAM_CODE_H

#include "base/result.h"

/* What PAM hears of a result during authentication: the only such map. */
int pam_code(enum result r);

#endif
