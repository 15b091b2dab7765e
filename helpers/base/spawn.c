// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/spawn.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef HELPER_DIR
#define HELPER_DIR "/usr/libexec/cnie"
#endif

#define SPAWN_PATH_MAX 512

static enum result helper_path(enum helper_kind kind, char *out, size_t cap)
{
	char dir[SPAWN_PATH_MAX] = HELPER_DIR;
	int n;

#ifdef CNIE_TWIN
	ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *slash;

	if (len <= 0)
		return R_INTERNAL;
	dir[len] = '\0';
	slash = strrchr(dir, '/');
	if (!slash)
		return R_INTERNAL;
	*slash = '\0';
#endif
	n = snprintf(out, cap, "%s/%s", dir, helper_name(kind));
	return n > 0 && (size_t)n < cap ? R_OK : R_INTERNAL;
}

#ifdef CNIE_TWIN
static const char *const passed_on[] = {
	"CNIE_ROOT",
#ifdef CNIE_MUTANTS
	"CNIE_MUTANT", "CNIE_MUTATION",
#endif
};
#define PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))
#else
#define PASSED_ON 0
#endif

struct environment {
	char text[PASSED_ON + 1][SPAWN_PATH_MAX];
	char *name[PASSED_ON + 1];	/* ends with NULL */
};

/* The helper's whole environment: nothing but in test builds. */
static enum result helper_env(struct environment *env)
{
	size_t n = 0;

#ifdef CNIE_TWIN
	for (size_t i = 0; i < PASSED_ON; i++) {
		const char *value = secure_getenv(passed_on[i]);
		int length;

		if (!value)
			continue;
		length = snprintf(env->text[n], sizeof(env->text[n]), "%s=%s",
				  passed_on[i], value);
		if (length <= 0 || (size_t)length >= sizeof(env->text[n]))
			return R_INTERNAL;
		env->name[n] = env->text[n];
		n++;
	}
#endif
	env->name[n] = NULL;
	return R_OK;
}

static enum result spawn(const char *path, const char *name, char **env,
			 posix_spawn_file_actions_t *fa,
			 posix_spawnattr_t *at, pid_t *pid)
{
	char arg0[32];
	char *argv[] = { arg0, NULL };
	sigset_t none, all;

	snprintf(arg0, sizeof(arg0), "%s", name);
	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawnattr_setsigmask(at, &none) ||
	    posix_spawnattr_setsigdefault(at, &all) ||
	    posix_spawnattr_setflags(at, POSIX_SPAWN_SETSIGMASK |
				     POSIX_SPAWN_SETSIGDEF))
		return R_INTERNAL;
	return posix_spawn(pid, path, fa, at, argv, env) ? R_INTERNAL : R_OK;
}

enum result spawn_helper(enum helper_kind kind, const struct spawn_fd *fds,
			 size_t n, pid_t *pid)
{
	char path[SPAWN_PATH_MAX];
	struct environment env;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	enum result r = helper_path(kind, path, sizeof(path));

	if (r == R_OK)
		r = helper_env(&env);
	if (r != R_OK)
		return r;
	if (posix_spawn_file_actions_init(&fa))
		return R_INTERNAL;
	if (posix_spawnattr_init(&at)) {
		posix_spawn_file_actions_destroy(&fa);
		return R_INTERNAL;
	}
	for (size_t i = 0; i < n && r == R_OK; i++)
		if (posix_spawn_file_actions_adddup2(&fa, fds[i].from,
						     fds[i].to))
			r = R_INTERNAL;
	if (r == R_OK)
		r = spawn(path, helper_name(kind), env.name, &fa, &at, pid);
	posix_spawnattr_destroy(&at);
	posix_spawn_file_actions_destroy(&fa);
	return r;
}
