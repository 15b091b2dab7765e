/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cniectl setup writes, apart from how it is asked. */
#ifndef CNIE_CTL_SETUP_H
#define CNIE_CTL_SETUP_H

#include "base/config.h"

struct setup {
	const char *urn, *profile;
	struct config_user users[HELPER_COUNT];
	uint32_t video_gid;
	uint32_t epoch, previous_epoch;
};

/* 1-128 printable characters, none that means something to an INI file. */
bool setup_urn_ok(const char *urn);
/* A file's name without its ending: [a-z0-9_-], 1-32. */
bool setup_profile_ok(const char *name);

/*
 * The epochs of the keys that are on this machine, where no cnie.conf tells
 * them any more: the last, and the one before it. 1 and 0 where there is no
 * key. A key that is there must not be lost sight of.
 */
void setup_epochs(struct setup *s);

/* The text of cnie.conf. R_INTERNAL where it does not fit. */
must_check enum result setup_config(const struct setup *s, char *out,
				    size_t cap);

#endif
