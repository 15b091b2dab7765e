/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one map from results to what glibc understands, and the caller's buffer.
 * Private to this module.
 */
#ifndef CNIE_NSS_REPLY_H
#define CNIE_NSS_REPLY_H

#include <grp.h>
#include <nss.h>
#include <pwd.h>

#include "roster/viewfmt.h"

/* errno becomes `saved` again; *errnop, often errno itself, is set after it
 * and only where the status is not SUCCESS. */
enum nss_status reply_status(enum nss_status status, int error, int saved,
			     int *errnop);

/* Why there is no view to look into; where the system refused, by the errno
 * that it left. */
enum nss_status reply_no_view(enum result r, int saved, int *errnop);

/* What a look-up in the view came to. R_BUSY: the buffer is too small. */
enum nss_status reply_result(enum result r, int saved, int *errnop);

/* Everything in the n bytes at buf, or R_BUSY and *out untouched. */
must_check enum result reply_passwd(const struct view_account *a,
				    struct passwd *out, char *buf, size_t n);
must_check enum result reply_group(const struct view *v,
				   const struct view_group *g,
				   struct group *out, char *buf, size_t n);

#endif
