// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/setup.h"

#include <stdio.h>
#include <string.h>

#include "base/wire.h"

bool setup_urn_ok(const char *urn)
{
	size_t n = strlen(urn);

	if (n < 1 || n > 128)
		return false;
	for (size_t i = 0; i < n; i++)
		if (urn[i] <= ' ' || urn[i] > '~' || strchr(";#=[]\"'", urn[i]))
			return false;
	return true;
}

bool setup_profile_ok(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

enum result setup_config(const struct setup *s, char *out, size_t cap)
{
	int n = snprintf(out, cap,
		"# Written by cniectl setup. Every key: cnie.conf(5).\n"
		"\n"
		"[sector]\n"
		"# The sector's name is part of every account's tag: another "
		"name, and no\n"
		"# account is found any more.\n"
		"urn = %s\n"
		"epoch = 1\n"
		"\n"
		"[users]\n"
		"card = %u:%u\n"
		"inspect = %u:%u\n"
		"face = %u:%u\n"
		"sector = %u:%u\n"
		"video_gid = %u\n"
		"\n"
		"[login]\n"
		"profile = %s\n",
		s->urn,
		s->users[HELPER_CARD].uid, s->users[HELPER_CARD].gid,
		s->users[HELPER_INSPECT].uid, s->users[HELPER_INSPECT].gid,
		s->users[HELPER_FACE].uid, s->users[HELPER_FACE].gid,
		s->users[HELPER_SECTOR].uid, s->users[HELPER_SECTOR].gid,
		s->video_gid, s->profile);

	return n > 0 && (size_t)n < cap ? R_OK : R_INTERNAL;
}
