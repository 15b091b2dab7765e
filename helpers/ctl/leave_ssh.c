// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * AuthorizedKeysFile of sshd_config(5), wherever it stands there: under which
 * Match block it counts is not asked, a file that is there is named. Of what it
 * includes, Debian's folder is read.
 */
#include "ctl/leave_ssh.h"

#include <glob.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/scope.h"
#include "ctl/word.h"

#define FILES_MAX 16		/* named of one account */
#define PATH_CAP 512
#define LINE_CAP 1024		/* of sshd_config; what is longer is cut */
#define BLANKS " \t\r\n\""

struct looked {
	const struct leaver *who;
	FILE *to;
	char path[FILES_MAX][PATH_CAP];
	unsigned int paths, said;
};

static bool add(char out[PATH_CAP], size_t *n, const char *s)
{
	size_t len = strlen(s);

	if (len >= PATH_CAP - *n)
		return false;
	memcpy(out + *n, s, len + 1);
	*n += len;
	return true;
}

/* What %C is in a path of sshd_config(5), or NULL. */
static const char *token(const struct leaver *who, const char *uid, char c)
{
	switch (c) {
	case 'h':
		return who->home;
	case 'u':
		return who->name;
	case 'U':
		return uid;
	case '%':
		return "%";
	default:
		return NULL;
	}
}

/* What is not absolute is in the home. */
static bool expand(const struct leaver *who, const char *s, char out[PATH_CAP])
{
	char uid[16], one[2] = "";
	size_t n = 0;
	bool ok = *s == '/' || strncmp(s, "%h", 2) == 0 ||
		  (add(out, &n, who->home) && add(out, &n, "/"));

	snprintf(uid, sizeof(uid), "%u", who->uid);
	for (; ok && *s; s++) {
		const char *part = one;

		one[0] = *s;
		if (*s == '%')
			part = token(who, uid, *++s);
		ok = part && add(out, &n, part);
	}
	return ok;
}

/* A link is not followed: it may be the person's. */
static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* Below the home it is done as the account: a folder there may be a link to
 * one of root's. No account's name has a ~, so no other's file is made. */
static void say_file(const struct looked *l, const char *path)
{
	size_t n = strlen(l->who->home);

	fprintf(l->to, "  %-22s ", "ssh keys");
	if (!strncmp(path, l->who->home, n) && path[n] == '/')
		fprintf(l->to, "runuser -u %s -- ", l->who->name);
	fputs("mv -f ", l->to);
	word_print(path, l->to);
	fputc(' ', l->to);
	word_print(path, l->to);
	fputs("'~'revoked\n", l->to);
}

static void look_at(struct looked *l, const char *pattern)
{
	char *path = l->path[l->paths < FILES_MAX ? l->paths : 0];

	if (l->paths == FILES_MAX || !strcasecmp(pattern, "none") ||
	    !expand(l->who, pattern, path) || !is_there(path))
		return;
	for (unsigned int i = 0; i < l->paths; i++)
		if (!strcmp(l->path[i], path))
			return;
	l->paths++;
	l->said++;
	say_file(l, path);
}

/* -- sshd's configuration ------------------------------------------------------- */

static void on_line(struct looked *l, const char *file, char *line)
{
	static const char *const elsewhere[] = { "AuthorizedKeysCommand",
						 "TrustedUserCAKeys" };
	char *rest = NULL, *key = strtok_r(line, BLANKS "=", &rest);
	char *value = strtok_r(NULL, BLANKS "=", &rest);

	if (!key || !value)
		return;
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		if (strcasecmp(key, elsewhere[i]) || !strcasecmp(value, "none"))
			continue;
		fprintf(l->to, "  %-22s %s of %s: take them away there\n",
			"ssh keys elsewhere", elsewhere[i], file);
		l->said++;
	}
	if (strcasecmp(key, "AuthorizedKeysFile"))
		return;
	for (; value && *value != '#'; value = strtok_r(NULL, BLANKS, &rest))
		look_at(l, value);
}

static void read_config(struct looked *l, const char *file)
{
	char line[LINE_CAP];
	FILE *in = fopen(file, "re");

	while (in && fgets(line, sizeof(line), in))
		on_line(l, file, line);
	if (in)
		fclose(in);
}

unsigned int leave_ssh(const struct leaver *who,
		       const struct leave_paths *paths, FILE *to)
{
	static const char *const usual[] = { ".ssh/authorized_keys",
					     ".ssh/authorized_keys2" };
	scoped(globfree) glob_t g = { 0 };
	struct looked l = { .who = who, .to = to };

	for (size_t i = 0; i < 2; i++)
		look_at(&l, usual[i]);
	for (size_t i = 0; i < 2; i++)
		if (glob(paths->sshd_configs[i], i ? GLOB_APPEND : 0, NULL,
			 &g) == GLOB_NOSPACE)
			return l.said;
	for (size_t i = 0; i < g.gl_pathc; i++)
		read_config(&l, g.gl_pathv[i]);
	return l.said;
}
