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
#include "ctl/leave_ssh.h"

#define IDS_MAX 16		/* told in one line */

SCOPE_FREE(DIR *, closedir);

const struct leave_paths leave_system_paths = {
	.proc = "/proc", .logind_users = "/run/systemd/users",
	.linger = "/var/lib/systemd/linger",
	.crontabs = { "/var/spool/cron/crontabs", "/var/spool/cron" },
	.at_jobs = { "/var/spool/cron/atjobs", "/var/spool/at" },
	.sshd_configs = { "/etc/ssh/sshd_config",
			  "/etc/ssh/sshd_config.d/*.conf" },
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

/* Which of its processes: `pkill -U` knows those that began as the account,
 * not those that can become it, by a set-user-id program of it. */
enum runs { RUNS_NOT, RUNS_REAL, RUNS_OTHERWISE };

struct ids {		/* numbers of processes or of at jobs */
	unsigned long id[IDS_MAX];
	unsigned int n, more;
};

static void ids_add(struct ids *to, unsigned long id)
{
	for (unsigned int i = 0; i < to->n; i++)
		if (to->id[i] == id)
			return;
	if (to->n < IDS_MAX)
		to->id[to->n++] = id;
	else
		to->more++;
}

/* "Uid:\treal\teffective\tsaved\tfile". */
static enum runs runs_as(const char *status, uint32_t uid)
{
	const char *p = strstr(status, "\nUid:");

	if (!p || strstr(status, "\nState:\tZ"))
		return RUNS_NOT;	/* it has ended, and waits to be counted */
	p += strlen("\nUid:");
	for (int i = 0; i < 4; i++) {
		char *end;

		if (strtoul(p, &end, 10) == uid && end != p)
			return i == 0 ? RUNS_REAL : RUNS_OTHERWISE;
		p = end;
	}
	return RUNS_NOT;
}

static enum runs process_runs_as(const char *proc, const char *pid,
				 uint32_t uid)
{
	char path[PATH_MAX], status[2048];
	FILE *in;
	int n = snprintf(path, sizeof(path), "%s/%s/status", proc, pid);

	if (n <= 0 || (size_t)n >= sizeof(path))
		return RUNS_NOT;
	in = fopen(path, "re");
	if (!in)
		return RUNS_NOT;	/* it has ended */
	status[fread(status, 1, sizeof(status) - 1, in)] = '\0';
	fclose(in);
	return runs_as(status, uid);
}

/* How many began as the account; the numbers of the others. */
static unsigned int processes(const char *proc, uint32_t uid,
			      struct ids *others)
{
	scoped(scope_closedir) DIR *d = opendir(proc);
	const struct dirent *e;
	unsigned int n = 0;

	while (d && (e = readdir(d))) {
		enum runs runs = e->d_name[0] >= '1' && e->d_name[0] <= '9' ?
			process_runs_as(proc, e->d_name, uid) : RUNS_NOT;

		n += runs == RUNS_REAL;
		if (runs == RUNS_OTHERWISE)
			ids_add(others, strtoul(e->d_name, NULL, 10));
	}
	return n;
}

/* The number in an at job's name: the queue (= while it runs), five hex digits
 * of number, eight of time; 0 where it is no such name. */
static unsigned long job_number(const char *name)
{
	char digits[6] = "";

	if (strlen(name) != 14 ||
	    strspn(name + 1, "0123456789abcdef") != 13)
		return 0;
	memcpy(digits, name + 1, 5);
	return strtoul(digits, NULL, 16);
}

/* Plain files of the account's in a folder. */
static void jobs_of(const char *dir, uint32_t uid, struct ids *jobs)
{
	scoped(scope_closedir) DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		unsigned long number = job_number(e->d_name);
		struct stat st;

		if (number && fstatat(dirfd(d), e->d_name, &st,
				      AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_uid == uid)
			ids_add(jobs, number);
	}
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

static unsigned int say_ids(const char *one, const char *many,
			    const char *command, const struct ids *ids,
			    FILE *to)
{
	char what[32];

	if (ids->n == 0)
		return 0;
	snprintf(what, sizeof(what), "%u %s", ids->n + ids->more,
		 ids->n == 1 ? one : many);
	fprintf(to, "  %-22s %s", what, command);
	for (unsigned int i = 0; i < ids->n; i++)
		fprintf(to, " %lu", ids->id[i]);
	fputs(ids->more ? "   # and again: revoke tells the others\n" : "\n",
	      to);
	return 1;
}

static unsigned int say_processes(const struct leaver *w, const char *proc,
				  FILE *to)
{
	struct ids others = { .n = 0 };
	unsigned int n = processes(proc, w->uid, &others);
	char what[32];

	snprintf(what, sizeof(what), "%u process%s", n, n == 1 ? "" : "es");
	if (n > 0)
		say(to, what, "pkill -KILL -U %u", w->uid);
	return (n > 0) + say_ids("that can become it", "that can become it",
				 "kill -KILL", &others, to);
}

static unsigned int say_running(const struct leaver *w,
				const struct leave_paths *p, FILE *to)
{
	char path[PATH_MAX], uid[16];
	unsigned int said = 0;

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
	return said + say_processes(w, p->proc, to);
}

static unsigned int say_later(const struct leaver *w,
			      const struct leave_paths *p, FILE *to)
{
	char path[PATH_MAX];
	struct ids jobs = { .n = 0 };
	unsigned int said = 0;
	bool cron = false;

	for (size_t i = 0; i < 2; i++) {
		cron = cron || (path_of(path, p->crontabs[i], w->name) &&
				is_file(path));
		jobs_of(p->at_jobs[i], w->uid, &jobs);
	}
	if (cron) {
		say(to, "cron jobs", "crontab -u %s -r", w->name);
		said++;
	}
	said += say_ids("at job", "at jobs", "atrm", &jobs, to);
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

	said += leave_ssh(who, paths, to);
	said += say_later(who, paths, to);
	return said;
}
