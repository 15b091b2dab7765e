/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The four users that the helpers run as. */
#ifndef CNIE_CTL_USERS_H
#define CNIE_CTL_USERS_H

#include "base/config.h"

/*
 * "card=U:G,inspect=U:G,face=U:G,sector=U:G": all four, numeric, none 0, the
 * uids distinct. R_MALFORMED else.
 */
must_check enum result users_parse(const char *list,
				   struct config_user out[HELPER_COUNT]);

/*
 * The ids of cnie-card, cnie-inspect, cnie-face and cnie-sector on this
 * machine; those missing are made (systemd-sysusers, else useradd).
 * R_ABSENT: they can't be made; *missing names the first. *made counts.
 */
must_check enum result users_resolve(struct config_user out[HELPER_COUNT],
				     unsigned int *made,
				     const char **missing);

/* Group video's id, 0 where there is none. */
uint32_t users_video_gid(void);

#endif
