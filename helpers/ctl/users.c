// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/users.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SYSUSERS_FILE "cnie.conf"	/* in sysusers.d, see packaging/ */

/* By enum helper_kind, as in [users]. */
static const char *const keys[HELPER_COUNT] = {
	[HELPER_CARD] = "card", [HELPER_INSPECT] = "inspect",
	[HELPER_FACE] = "face", [HELPER_SECTOR] = "sector",
};

static bool take_id(const char **at, uint32_t *out)
{
	unsigned long long v = 0;
	size_t n = 0;

	for (; **at >= '0' && **at <= '9' && n < 10; n++, (*at)++)
		v = v * 10 + (unsigned long long)(**at - '0');
	/* (uid_t)-1 means "no change" to setresuid */
	if (n == 0 || v == 0 || v >= UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static int take_key(const char **at)
{
	for (int k = 0; k < HELPER_COUNT; k++) {
		size_t n = strlen(keys[k]);

		if (!strncmp(*at, keys[k], n) && (*at)[n] == '=') {
			*at += n + 1;
			return k;
		}
	}
	return -1;
}

enum result users_parse(const char *list, struct config_user out[HELPER_COUNT])
{
	struct config_user u[HELPER_COUNT] = { 0 };

	for (int i = 0; i < HELPER_COUNT; i++) {
		int k;

		if (i > 0 && *list++ != ',')
			return R_MALFORMED;
		k = take_key(&list);
		if (k < 0 || u[k].uid != 0 || !take_id(&list, &u[k].uid) ||
		    *list++ != ':' || !take_id(&list, &u[k].gid))
			return R_MALFORMED;
		for (int o = 0; o < HELPER_COUNT; o++)
			if (o != k && u[o].uid == u[k].uid)
				return R_MALFORMED;
	}
	if (*list)
		return R_MALFORMED;
	memcpy(out, u, sizeof(u));
	return R_OK;
}

/* Run a system program; R_OK where it exits with 0, R_ABSENT where it is not
 * installed. */
static enum result run(const char *const *argv)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *env[] = { path, NULL };
	char *args[16];
	size_t n = 0;
	pid_t pid;
	int status;

	for (; argv[n] && n < 15; n++)
		args[n] = (char *)argv[n];	/* posix_spawn's prototype */
	args[n] = NULL;
	if (posix_spawnp(&pid, args[0], NULL, NULL, args, env))
		return R_ABSENT;
	while (waitpid(pid, &status, 0) < 0)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return R_ABSENT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? R_OK : R_DENIED;
}

static bool resolve_one(const char *name, struct config_user *out)
{
	const struct passwd *pw = getpwnam(name);

	if (!pw || pw->pw_uid == 0 || pw->pw_gid == 0)
		return false;
	*out = (struct config_user){ pw->pw_uid, pw->pw_gid };
	return true;
}

static enum result make_one(const char *name)
{
	const char *const argv[] = {
		"useradd", "--system", "--user-group", "--no-create-home",
		"--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin",
		"--comment", "pam_cnie helper", name, NULL,
	};

	return run(argv);
}

enum result users_resolve(struct config_user out[HELPER_COUNT],
			  unsigned int *made, const char **missing)
{
	static const char *const sysusers[] = {
		"systemd-sysusers", SYSUSERS_FILE, NULL,
	};
	struct config_user u[HELPER_COUNT];
	unsigned int n = 0;
	bool tried = false;

	for (int i = 0; i < HELPER_COUNT; i++) {
		const char *name = helper_name((enum helper_kind)i);

		if (resolve_one(name, &u[i]))
			continue;
		/* sysusers, once; where it does not serve: useradd */
		if ((tried || run(sysusers) != R_OK ||
		     !resolve_one(name, &u[i])) &&
		    (make_one(name) != R_OK || !resolve_one(name, &u[i]))) {
			*missing = name;
			return R_ABSENT;
		}
		tried = true;
		n++;
	}
	memcpy(out, u, sizeof(u));
	*made = n;
	return R_OK;
}

uint32_t users_video_gid(void)
{
	const struct group *gr = getgrnam("video");

	return gr ? gr->gr_gid : 0;
}
