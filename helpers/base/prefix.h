/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file system places of the project. Test builds (CNIE_TWIN) put the
 * directory named by CNIE_ROOT in front of each, read by secure_getenv only;
 * packaged builds know no such variable.
 */
#ifndef CNIE_BASE_PREFIX_H
#define CNIE_BASE_PREFIX_H

#include <stddef.h>

#include "base/result.h"

#define DIR_ETC   "/etc/cnie"
#define DIR_RUN   "/run/cnie"
#define DIR_STATE "/var/lib/cnie"
#define DIR_SHARE "/usr/share/cnie"

#define PATH_LOGIN_SOCK    DIR_RUN "/login.sock"
#define PATH_ADMIN_SOCK    DIR_RUN "/admin.sock"
#define PATH_THROTTLE_DIR  DIR_RUN "/throttle"
#define PATH_CONFIG        DIR_ETC "/cnie.conf"
#define PATH_AUTHORISATION DIR_ETC "/authorisation.conf"
#define PATH_PROFILE_DIR   DIR_ETC "/profile.d"
#define PATH_CSCA_DIR      DIR_ETC "/csca"
#define PATH_ROSTER        DIR_STATE "/roster.db"	/* and roster.db.marks */
#define PATH_VIEW          DIR_STATE "/accounts.view"
#define PATH_KEY_DIR       DIR_STATE "/key"
#define PATH_MODELS_DIR    DIR_SHARE "/models"

#define PREFIX_PATH_MAX 256

/* `path` (absolute) as this build sees it. R_MALFORMED where it is too long
 * or the prefix is not absolute. */
must_check enum result prefix_path(const char *path, char *out, size_t cap);

#endif
