// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/setup.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/config_value.h"
#include "base/prefix.h"
#include "base/scope.h"

SCOPE_FREE(DIR *, closedir);

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

/* sector-N.key, or sector-N.cred; 0 where it is neither. */
static uint32_t epoch_of(const char *name)
{
	static const char head[] = "sector-";
	char number[16];
	const char *dot;
	uint32_t epoch = 0;
	size_t n;

	if (strncmp(name, head, sizeof(head) - 1))
		return 0;
	name += sizeof(head) - 1;
	dot = strchr(name, '.');
	n = dot ? (size_t)(dot - name) : 0;
	if (n == 0 || n >= sizeof(number) ||
	    (strcmp(dot, ".key") && strcmp(dot, ".cred")))
		return 0;
	memcpy(number, name, n);
	number[n] = '\0';
	return value_u32(number, &epoch) ? epoch : 0;
}

void setup_epochs(struct setup *s)
{
	char path[PREFIX_PATH_MAX];
	scoped(scope_closedir) DIR *d = NULL;
	const struct dirent *e;

	s->epoch = s->previous_epoch = 0;
	if (prefix_path(PATH_KEY_DIR, path, sizeof(path)) == R_OK)
		d = opendir(path);
	while (d && (e = readdir(d))) {
		uint32_t epoch = epoch_of(e->d_name);

		if (epoch > s->epoch) {
			s->previous_epoch = s->epoch;
			s->epoch = epoch;
		} else if (epoch > s->previous_epoch && epoch < s->epoch) {
			s->previous_epoch = epoch;
		}
	}
	if (s->epoch == 0)
		s->epoch = 1;
}

enum result setup_config(const struct setup *s, char *out, size_t cap)
{
	char previous[40] = "";
	int n;

	if (s->previous_epoch)
		snprintf(previous, sizeof(previous), "previous_epoch = %u\n",
			 s->previous_epoch);
	n = snprintf(out, cap,
		"# Written by cniectl setup. Every key: cnie.conf(5).\n"
		"\n"
		"[sector]\n"
		"# The sector's name is part of every account's tag: another "
		"name, and no\n"
		"# account is found any more.\n"
		"urn = %s\n"
		"epoch = %u\n"
		"%s"
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
		s->urn, s->epoch, previous,
		s->users[HELPER_CARD].uid, s->users[HELPER_CARD].gid,
		s->users[HELPER_INSPECT].uid, s->users[HELPER_INSPECT].gid,
		s->users[HELPER_FACE].uid, s->users[HELPER_FACE].gid,
		s->users[HELPER_SECTOR].uid, s->users[HELPER_SECTOR].gid,
		s->video_gid, s->profile);

	return n > 0 && (size_t)n < cap ? R_OK : R_INTERNAL;
}
