// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/csca_stage.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/scope.h"
#include "ctl/ctl.h"

SCOPE_FREE(DIR *, closedir);

/* Besides those of a store. */
static const char *const list_endings[] = { ".ml", ".mls", ".ldif", ".cms",
					    ".p7b", ".p7c" };

static const char *ending(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!dot || name[0] == '.')
		return NULL;
	if (stage_is_store_file(name))
		return dot;
	for (size_t i = 0; i < sizeof(list_endings) / sizeof(list_endings[0]);
	     i++)
		if (!strcasecmp(dot, list_endings[i]))
			return dot;
	return NULL;
}

static enum result join(const char *dir, const char *name,
			char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX ? R_OK : R_MALFORMED;
}

int stage_import_new(struct stage_import *out)
{
	int n;

	if (stage_new(out->root, sizeof(out->root)) != R_OK) {
		out->root[0] = '\0';
		complain("a directory below /run/cnie can't be made: is cnied "
			 "installed, is this root?");
		return CTL_SYSTEM;
	}
	n = snprintf(out->files, sizeof(out->files), "%s/csca", out->root);
	if (n < 0 || (size_t)n >= sizeof(out->files) ||
	    file_mkdir(out->files, 0755) != R_OK) {
		complain("%s: a directory can't be made there", out->root);
		return CTL_SYSTEM;
	}
	return CTL_DONE;
}

/* Its ending is kept, in small letters: some formats are told by it. */
static enum result copy(struct stage_import *s, const char *from,
			const char *dot)
{
	char name[32], to[PATH_MAX];
	struct stat st;
	size_t n = (size_t)snprintf(name, sizeof(name), "%04zu", s->count);
	enum result r;

	for (; dot && *dot && n < sizeof(name) - 1; dot++)
		name[n++] = *dot >= 'A' && *dot <= 'Z' ?
				    (char)(*dot - 'A' + 'a') : *dot;
	name[n] = '\0';
	r = join(s->files, name, to);
	if (r == R_OK)
		r = stage_file(from, to, STAGE_IMPORT_MAX);
	if (r != R_OK)
		return r;
	if (stat(to, &st))
		return R_INTERNAL;
	s->bytes += (size_t)st.st_size;
	s->count++;
	return R_OK;
}

/* As much as cnie-inspect reads at once? */
static bool fits(const struct stage_import *s)
{
	if (s->count <= STAGE_IMPORT_FILES && s->bytes <= STAGE_IMPORT_TOTAL)
		return true;
	complain("more than %d files or %d bytes at once: import them in "
		 "parts", STAGE_IMPORT_FILES, STAGE_IMPORT_TOTAL);
	return false;
}

static int add_directory(struct stage_import *s, const char *path)
{
	scoped(scope_closedir) DIR *d = opendir(path);
	const struct dirent *e;

	if (!d) {
		complain("%s: this directory can't be read", path);
		return CTL_USAGE;
	}
	while ((e = readdir(d))) {
		char from[PATH_MAX];

		if (e->d_name[0] == '.')
			continue;
		if (!ending(e->d_name) ||
		    join(path, e->d_name, from) != R_OK ||
		    copy(s, from, ending(e->d_name)) != R_OK)
			s->passed++;
		if (!fits(s))
			return CTL_USAGE;
	}
	return CTL_DONE;
}

int stage_import_add(struct stage_import *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	enum result r;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_directory(s, path);
	r = copy(s, path, ending(slash ? slash + 1 : path));
	if (r == R_OK)
		return fits(s) ? CTL_DONE : CTL_USAGE;
	if (r == R_MALFORMED)
		complain("%s: larger than %d bytes", path, STAGE_IMPORT_MAX);
	else
		complain("%s: this file can't be read", path);
	return CTL_USAGE;
}

int stage_import_signer(struct stage_import *s, const char *path)
{
	int n = snprintf(s->signer, sizeof(s->signer), "%s/signer", s->root);

	if (n > 0 && (size_t)n < sizeof(s->signer) &&
	    stage_file(path, s->signer, STAGE_FILE_MAX) == R_OK)
		return CTL_DONE;
	complain("--signer: %s: this file can't be read", path);
	return CTL_USAGE;
}

void stage_import_remove(struct stage_import *s)
{
	if (!s->root[0])
		return;
	stage_remove(s->files);
	stage_remove(s->root);
}
