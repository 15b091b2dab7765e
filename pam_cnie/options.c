// SPDX-License-Identifier: GPL-3.0-or-later
#include "options.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* cnied ends a login after 60 s; we leave it time to say so */
#define TIMEOUT_DEFAULT_S 65
#define TIMEOUT_MAX_S 600

/* 1..TIMEOUT_MAX_S, digits only; 0 for anything else. */
static uint32_t seconds(const char *s)
{
	uint32_t v = 0;

	if (!*s)
		return 0;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return 0;
		v = v * 10 + (uint32_t)(*s - '0');
		if (v > TIMEOUT_MAX_S)
			return 0;
	}
	return v;
}

/* The value of "name=value", or NULL where arg is something else. */
static const char *value_of(const char *arg, const char *name)
{
	size_t n = strlen(name);

	return strncmp(arg, name, n) == 0 && arg[n] == '=' ? arg + n + 1 : NULL;
}

static bool read_one(const char *arg, struct options *o)
{
	const char *v;

	if (strcmp(arg, "debug") == 0) {
		o->debug = true;
		return true;
	}
	v = value_of(arg, "lang");
	if (v && *v) {
		o->lang = v;
		return true;
	}
	v = value_of(arg, "timeout");
	if (v && seconds(v)) {
		o->timeout_s = seconds(v);
		return true;
	}
	return false;
}

void options_read(pam_handle_t *pamh, int argc, const char **argv,
		  struct options *out)
{
	*out = (struct options){ .timeout_s = TIMEOUT_DEFAULT_S };
	for (int i = 0; i < argc; i++)
		if (!read_one(argv[i], out))
			pam_syslog(pamh, LOG_AUTHPRIV | LOG_ERR,
				   "ignored argument: %s", argv[i]);
}

static const char *filled(const char *v)
{
	return v && *v ? v : NULL;
}

void options_language(pam_handle_t *pamh, const struct options *o,
		      char out[LANGUAGE_MAX])
{
	/* the order of setlocale(3), which a module must not call */
	static const char *const names[] = { "LANGUAGE", "LC_ALL",
					     "LC_MESSAGES", "LANG" };
	const char *v = o->lang;
	size_t n;

	for (size_t i = 0; !v && i < sizeof(names) / sizeof(names[0]); i++)
		v = filled(pam_getenv(pamh, names[i]));
	for (size_t i = 0; !v && i < sizeof(names) / sizeof(names[0]); i++)
		v = filled(secure_getenv(names[i]));
	n = v ? strnlen(v, LANGUAGE_MAX - 1) : 0;
	if (n)
		memcpy(out, v, n);
	out[n] = '\0';
}
