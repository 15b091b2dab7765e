// SPDX-License-Identifier: GPL-3.0-or-later
/* doctor's look at the system around us: NSS, PAM, PC/SC, core dumps. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/scope.h"
#include "ctl/doctor.h"
#include "ctl/names.h"

SCOPE_FREE(DIR *, closedir);

#define TEXT_MAX (256 * 1024)	/* /proc/net/tcp of a busy machine, cut */
#define VPCD_PORT 35963

const struct doctor_paths doctor_system_paths = {
	.nsswitch = "/etc/nsswitch.conf",
	.nscd = "/run/nscd/socket", .nscd_conf = "/etc/nscd.conf",
	.pam_dir = "/etc/pam.d",
	.reader_dir = "/etc/reader.conf.d", .tcp = "/proc/net/tcp",
	.tcp6 = "/proc/net/tcp6",
	.core_pattern = "/proc/sys/kernel/core_pattern",
	.suid_dumpable = "/proc/sys/fs/suid_dumpable",
};

static void text_free(char **text)
{
	free(*text);
}

/* The file as a string, or NULL. The caller frees. Symbolic links are
 * followed: many distributions' nsswitch.conf is one. */
static char *slurp(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(TEXT_MAX + 1) : NULL;

	if (text)
		text[fread(text, 1, TEXT_MAX, in)] = '\0';
	if (in)
		fclose(in);
	return text;
}

void doctor_nsswitch(struct findings *f, const struct doctor_paths *p)
{
	static const char *const databases[] = { "passwd", "group" };
	static const char fix[] =
		"add `cnie` after `files` to the passwd and group lines of /etc/nsswitch.conf";
	scoped(text_free) char *text = slurp(p->nsswitch);

	if (!text) {
		finding(f, FINDING_FAIL, "nsswitch", fix, "%s can't be read",
			p->nsswitch);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		switch (nsswitch_place(text, databases[i], "cnie")) {
		case NSS_AFTER_FILES:
			finding(f, FINDING_OK, "nsswitch", NULL,
				"%s asks cnie, after files", databases[i]);
			break;
		case NSS_FIRST:
			finding(f, FINDING_WARN, "nsswitch", fix,
				"%s asks cnie before files: local accounts should win",
				databases[i]);
			break;
		case NSS_MISSING:
			finding(f, FINDING_FAIL, "nsswitch", fix,
				"%s does not ask cnie: no account resolves",
				databases[i]);
			break;
		}
	}
	if (!nsswitch_groups_reach(text, "cnie"))
		finding(f, FINDING_WARN, "nsswitch",
			"take the initgroups line out of /etc/nsswitch.conf, or make it as `initgroups: files [SUCCESS=continue] cnie`",
			"the initgroups line ends before cnie: who is in a group of /etc/group has none of the roster's");
}

/* nscd watches the files of glibc, and not ours. */
void doctor_nscd(struct findings *f, const struct doctor_paths *p)
{
	scoped(text_free) char *text = slurp(p->nscd_conf);

	if (access(p->nscd, F_OK) || !text ||
	    !(nscd_caches(text, "passwd") || nscd_caches(text, "group")))
		return;
	finding(f, FINDING_WARN, "nscd",
		"`enable-cache passwd no` and `enable-cache group no` in /etc/nscd.conf, or after each change `nscd -i passwd` and `nscd -i group`",
		"nscd remembers accounts for minutes and groups for an hour: what is new, moved or renamed is not seen before");
}

/* Before an account or group is made every other source is asked, and none
 * may be silent: better found here than at the first enrolment. */
void doctor_names(struct findings *f)
{
	bool good = true;

	for (int group = 0; group < 2; group++) {
		const struct names_question q = {
			.group = group, .name = "cnie-doctor-asks",
			.id = NAMES_NO_ID,
		};
		struct msg_verdict v;

		names_ask(&q, &v);
		if (v.verdict != VERDICT_SILENT)
			continue;
		good = false;
		finding(f, FINDING_WARN, "names",
			"start what serves it (sssd, winbind, nslcd), or take it off the line in /etc/nsswitch.conf",
			"%s: %.32s does not answer: nobody can be enrolled",
			group ? "group" : "passwd", v.source);
	}
	if (good)
		finding(f, FINDING_OK, "names", NULL,
			"every other source of names answers");
}

/* Append a word to a list of them, as far as it fits. */
static void list_add(char *list, size_t cap, const char *word)
{
	size_t n = strlen(list);

	snprintf(list + n, cap - n, "%s%s", n ? " " : "", word);
}

struct pam_found {
	char auth[300], account[300], must[300];
	unsigned int all;
};

static void pam_look(const char *dir, struct pam_found *out)
{
	scoped(scope_closedir) DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[PATH_MAX];
		scoped(text_free) char *text = NULL;
		unsigned int use;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		text = slurp(path);
		use = text ? pam_uses(text, "pam_cnie.so") : 0;
		out->all |= use;
		if (use & PAM_USE_AUTH)
			list_add(out->auth, sizeof(out->auth), e->d_name);
		if (use & PAM_USE_ACCOUNT)
			list_add(out->account, sizeof(out->account),
				 e->d_name);
		if (use & PAM_USE_MUST)
			list_add(out->must, sizeof(out->must), e->d_name);
	}
}

void doctor_pam(struct findings *f, const struct doctor_paths *p)
{
	struct pam_found found = { .all = 0 };

	pam_look(p->pam_dir, &found);
	if (!(found.all & PAM_USE_AUTH)) {
		finding(f, FINDING_FAIL, "pam",
			"pam-auth-update --enable cnie, or lines of your own as in README.md",
			"no service in %s asks pam_cnie.so", p->pam_dir);
		return;
	}
	finding(f, FINDING_OK, "pam", NULL, "auth: %s", found.auth);
	if (found.all & PAM_USE_ACCOUNT)
		finding(f, FINDING_OK, "pam", NULL, "account: %s",
			found.account);
	else
		finding(f, FINDING_FAIL, "pam",
			"pam-auth-update --enable cnie, or an account line in each service",
			"no account line: a revoked account still enters by ssh key and cron");
	if (found.all & PAM_USE_MUST)
		finding(f, FINDING_WARN, "pam",
			"`auth sufficient pam_cnie.so` instead, so that the next module is asked",
			"%s: required or requisite: without a card, a reader or cnied nobody enters, root included",
			found.must);
}

void doctor_virtual_reader(struct findings *f, const struct doctor_paths *p)
{
	static const char fix[] =
		"apt-get purge vsmartcard-vpcd && rm -f /etc/reader.conf.d/vpcd && systemctl restart pcscd";
	scoped(scope_closedir) DIR *d = opendir(p->reader_dir);
	scoped(text_free) char *tcp = slurp(p->tcp);
	scoped(text_free) char *tcp6 = slurp(p->tcp6);
	const struct dirent *e;
	bool found = false;

	while (d && (e = readdir(d))) {
		char path[PATH_MAX];
		scoped(text_free) char *text = NULL;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", p->reader_dir,
			 e->d_name);
		text = slurp(path);
		if (!text || !reader_is_virtual(text))
			continue;
		found = true;
		finding(f, FINDING_FAIL, "virtual-reader", fix,
			"%s gives pcscd a reader whose cards come over the network",
			path);
	}
	if ((tcp && tcp_listens(tcp, VPCD_PORT)) ||
	    (tcp6 && tcp_listens(tcp6, VPCD_PORT))) {
		found = true;
		finding(f, FINDING_FAIL, "virtual-reader", fix,
			"port %d listens: anybody who reaches it can insert a card",
			VPCD_PORT);
	}
	if (!found)
		finding(f, FINDING_OK, "virtual-reader", NULL,
			"no virtual reader");
}

void doctor_core(struct findings *f, const struct doctor_paths *p)
{
	scoped(text_free) char *pattern = slurp(p->core_pattern);
	scoped(text_free) char *suid = slurp(p->suid_dumpable);

	if (pattern)
		pattern[strcspn(pattern, "\n")] = '\0';
	if (suid && suid[0] == '1')
		finding(f, FINDING_WARN, "core", "sysctl fs.suid_dumpable=0",
			"fs.suid_dumpable = 1: processes stay dumpable after a change of user");
	else
		finding(f, FINDING_OK, "core", NULL,
			"our processes leave no core dump (core_pattern: %.80s)",
			pattern ? pattern : "unknown");
}
