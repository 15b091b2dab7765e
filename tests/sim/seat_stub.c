// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/seat_stub.h"

#include <stdio.h>
#include <string.h>

#include "base/prefix.h"

/* What logind would find by the cgroup: who started the session the peer
 * runs in. su and sudo keep the caller's real uid until they are done. */
static enum result real_uid(pid_t pid, uid_t *out)
{
	char path[64], line[128];
	unsigned int uid;
	enum result r = R_ABSENT;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return R_ABSENT;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Uid: %u", &uid) == 1) {
			*out = uid;
			r = R_OK;
			break;
		}
	fclose(f);
	return r;
}

enum result seat_stub_session(const struct peer *peer, struct session *out)
{
	char path[PREFIX_PATH_MAX], line[128], active[8], remote[8], seat[16];
	uid_t me;
	unsigned int uid;
	FILE *f;

	*out = (struct session){ .exists = false };
	if (real_uid(peer->pid, &me) != R_OK ||
	    prefix_path(DIR_RUN "/seat-stub", path, sizeof(path)) != R_OK)
		return R_ABSENT;
	f = fopen(path, "re");
	if (!f)
		return R_OK;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "uid=%u active=%7s remote=%7s seat=%15s",
			   &uid, active, remote, seat) != 4 || uid != me)
			continue;
		*out = (struct session){
			.exists = true, .uid = uid,
			.active = !strcmp(active, "yes"),
			.remote = strcmp(remote, "no") != 0,
			.seated = !strcmp(seat, "seat0"),
		};
		break;
	}
	fclose(f);
	return R_OK;
}
