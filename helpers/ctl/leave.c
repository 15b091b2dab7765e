// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/leave.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"

SCOPE_FREE(DIR *, closedir);

const struct leave_paths leave_system_paths = {
	.proc = "/proc", .logind_users = "/run/systemd/users",
	.linger = "/var/lib/systemd/linger",
	.crontabs = { "/var/spool/cron/crontabs", "/var/spool/cron" },
	.at_jobs = { "/var/spool/cron/atjobs", "/var/spool/at" },
};

/* -- looking ------------------------------------------------------------------- */

static bool path_of(char out[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX;
}

/* A name in a person's home may be a link of theirs: it is not followed. */
static bool is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* "Uid:\treal\teffective\tsaved\tfile": any of them. */
static bool runs_as(const char *status, uint32_t uid)
{
	const char *p = strstr(status, "\nUid:");

	if (!p)
		return false;
	p += strlen("\nUid:");
	for (int i = 0; i < 4; i++) {
		char *end;

		if (strtoul(p, &end, 10) == uid && end != p)
			return true;
		p = end;
	}
	return false;
}

static bool process_runs_as(const char *proc, const char *pid, uint32_t uid)
{
	char path[PATH_MAX], status[2048];
	FILE *in;
	int n = snprintf(path, sizeof(path), "%s/%s/status", proc, pid);

	if (n <= 0 || (size_t)n >= sizeof(path))
		return false;
	in = fopen(path, "re");
	if (!in)
		return false;	/* it has ended */
	status[fread(status, 1, sizeof(status) - 1, in)] = '\0';
	fclose(in);
	return runs_as(status, uid);
}

static unsigned int processes(const char *proc, uint32_t uid)
{
	scoped(scope_closedir) DIR *d = opendir(proc);
	const struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
		     process_runs_as(proc, e->d_name, uid);
	return n;
}

/* Plain files of the account's in a folder. */
static unsigned int files_of(const char *dir, uint32_t uid)
{
	scoped(scope_closedir) DIR *d = opendir(dir);
	const struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d))) {
		struct stat st;

		n += fstatat(dirfd(d), e->d_name, &st,
			     AT_SYMLINK_NOFOLLOW) == 0 &&
		     S_ISREG(st.st_mode) && st.st_uid == uid;
	}
	return n;
}

static unsigned int timers(const char *dir)
{
	scoped(scope_closedir) DIR *d = opendir(dir);
	const struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		n += len > 6 && !strcmp(e->d_name + len - 6, ".timer");
	}
	return n;
}

/* -- saying -------------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
say(FILE *to, const char *what, const char *format, ...)
{
	va_list ap;

	fprintf(to, "  %-22s ", what);
	va_start(ap, format);
	vfprintf(to, format, ap);
	va_end(ap);
	fputc('\n', to);
}

static unsigned int say_running(const struct leaver *w,
				const struct leave_paths *p, FILE *to)
{
	char path[PATH_MAX], uid[16], what[32];
	unsigned int n = processes(p->proc, w->uid), said = 0;

	snprintf(uid, sizeof(uid), "%u", w->uid);
	if (path_of(path, p->logind_users, uid) && is_file(path)) {
		say(to, "a login session", "loginctl terminate-user %s",
		    w->name);
		said++;
	}
	if (path_of(path, p->linger, w->name) && is_file(path)) {
		say(to, "services that linger", "loginctl disable-linger %s",
		    w->name);
		said++;
	}
	if (n > 0) {
		snprintf(what, sizeof(what), "%u process%s", n,
			 n == 1 ? "" : "es");
		say(to, what, "pkill -KILL -U %u", w->uid);
		said++;
	}
	return said;
}

static unsigned int say_keys(const struct leaver *w, FILE *to)
{
	static const char *const names[] = {
		".ssh/authorized_keys", ".ssh/authorized_keys2",
	};
	char path[PATH_MAX];
	unsigned int said = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!path_of(path, w->home, names[i]) || !is_file(path))
			continue;
		say(to, "ssh keys", "move %s away", path);
		said++;
	}
	return said;
}

static unsigned int say_later(const struct leaver *w,
			      const struct leave_paths *p, FILE *to)
{
	char path[PATH_MAX], what[32];
	unsigned int said = 0, n = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!path_of(path, p->crontabs[i], w->name) || !is_file(path))
			continue;
		say(to, "cron jobs", "crontab -u %s -r (%s)", w->name, path);
		said++;
	}
	for (size_t i = 0; i < 2; i++)
		n += files_of(p->at_jobs[i], w->uid);
	if (n > 0) {
		snprintf(what, sizeof(what), "%u at job%s", n,
			 n == 1 ? "" : "s");
		say(to, what, "atq, then atrm");
		said++;
	}
	if (path_of(path, w->home, ".config/systemd/user") &&
	    timers(path) > 0) {
		say(to, "timers of its own",
		    "%s: they run while a session does, or lingering", path);
		said++;
	}
	return said;
}

unsigned int leave_print(const struct leaver *who,
			 const struct leave_paths *paths, FILE *to)
{
	unsigned int said = say_running(who, paths, to);

	said += say_keys(who, to);
	said += say_later(who, paths, to);
	return said;
}
