// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Other people's configuration files, read the way their owners read them:
 * nsswitch.conf(5), pam.conf(5), reader.conf(5), proc(5).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/doctor.h"

#define LINE_MAX_BYTES 1024

/*
 * The next line without its comment and outer blanks, with lines that a
 * backslash joins; false at the end. What does not fit is cut.
 */
static bool next_line(const char **at, bool joins, char out[LINE_MAX_BYTES])
{
	const char *p = *at;
	size_t n = 0;
	bool comment = false;

	if (!*p)
		return false;
	for (; *p && *p != '\n'; p++) {
		if (joins && p[0] == '\\' && p[1] == '\n') {
			p++;
			if (!comment && n + 1 < LINE_MAX_BYTES)
				out[n++] = ' ';
			continue;
		}
		comment = comment || *p == '#';
		if (!comment && n + 1 < LINE_MAX_BYTES)
			out[n++] = *p;
	}
	*at = *p ? p + 1 : p;
	while (n > 0 && isspace((unsigned char)out[n - 1]))
		n--;
	out[n] = '\0';
	return true;
}

/* The next word, cut off in place; NULL at the end. "[...]" is one word. */
static char *word(char **at)
{
	char *p = *at + strspn(*at, " \t"), *end;

	if (!*p)
		return NULL;
	end = *p == '[' && strchr(p, ']') ? strchr(p, ']') + 1 :
					    p + strcspn(p, " \t");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return p;
}

/* What the line of a database holds, in `line`; NULL where it has none. glibc
 * reads the first only. */
static char *sources(const char *text, const char *database,
		     char line[LINE_MAX_BYTES])
{
	size_t n = strlen(database);

	while (next_line(&text, false, line)) {
		char *p = line + strspn(line, " \t");

		if (strncmp(p, database, n))
			continue;
		p += n + strspn(p + n, " \t");
		if (*p == ':')
			return p + 1;
	}
	return NULL;
}

enum nss_place nsswitch_place(const char *text, const char *database,
			      const char *service)
{
	char line[LINE_MAX_BYTES];
	char *p = sources(text, database, line), *w;
	bool files = false;

	while (p && (w = word(&p))) {
		if (!strcmp(w, service))
			return files ? NSS_AFTER_FILES : NSS_FIRST;
		files = files || !strcmp(w, "files") || !strcmp(w, "compat");
	}
	return NSS_MISSING;
}

bool nsswitch_groups_reach(const char *text, const char *service)
{
	char line[LINE_MAX_BYTES];
	char *p = sources(text, "initgroups", line), *w;
	bool ends = false;	/* with the source read last, where it answers */

	if (!p)
		return true;
	while ((w = word(&p))) {
		if (*w == '[') {
			ends = ends && !strcasestr(w, "SUCCESS=continue") &&
			       !strcasestr(w, "SUCCESS=merge");
			continue;
		}
		if (ends || !strcmp(w, service))
			return !ends;
		ends = true;
	}
	return false;
}

static unsigned int pam_type(const char *w)
{
	static const struct { const char *name; unsigned int use; } types[] = {
		{ "auth", PAM_USE_AUTH }, { "account", PAM_USE_ACCOUNT },
		{ "session", PAM_USE_SESSION },
		{ "password", PAM_USE_PASSWORD },
	};

	if (*w == '-')
		w++;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcasecmp(w, types[i].name))
			return types[i].use;
	return 0;
}

unsigned int pam_uses(const char *text, const char *module)
{
	char line[LINE_MAX_BYTES];
	unsigned int all = 0;

	while (next_line(&text, true, line)) {
		char *p = line, *type = word(&p), *control = word(&p);
		char *path = word(&p), *slash = path ? strrchr(path, '/') : NULL;
		unsigned int use;

		if (!path || strcmp(slash ? slash + 1 : path, module))
			continue;
		use = pam_type(type);
		all |= use;
		if (use == PAM_USE_AUTH && (!strcasecmp(control, "required") ||
					    !strcasecmp(control, "requisite")))
			all |= PAM_USE_MUST;
	}
	return all;
}

bool reader_is_virtual(const char *text)
{
	char line[LINE_MAX_BYTES];

	while (next_line(&text, false, line))
		if (strcasestr(line, "vpcd") || strcasestr(line, "vsmartcard"))
			return true;
	return false;
}

/* enable-cache DATABASE yes; the last line of them counts. */
bool nscd_caches(const char *text, const char *database)
{
	char line[LINE_MAX_BYTES];
	bool cached = false;

	while (next_line(&text, false, line)) {
		char *p = line, *key = word(&p), *name, *value;

		if (key && !strcmp(key, "enable-cache") && (name = word(&p)) &&
		    !strcmp(name, database) && (value = word(&p)))
			cached = !strcmp(value, "yes");
	}
	return cached;
}

/* sl local_address rem_address st ...; state 0A is LISTEN. */
bool tcp_listens(const char *text, uint16_t port)
{
	char line[LINE_MAX_BYTES];

	while (next_line(&text, false, line)) {
		char *p = line, *local, *state, *colon;

		if (!word(&p) || !(local = word(&p)) || !word(&p) ||
		    !(state = word(&p)))
			continue;
		colon = strrchr(local, ':');
		if (colon && !strcmp(state, "0A") &&
		    strtoul(colon + 1, NULL, 16) == port)
			return true;
	}
	return false;
}
