/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module's arguments in the PAM configuration, and the language. */
#ifndef CNIE_PAM_OPTIONS_H
#define CNIE_PAM_OPTIONS_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *lang;	/* lang=, or NULL */
	uint32_t timeout_s;	/* timeout=: the whole authentication */
	bool debug;		/* say at LOG_DEBUG why we decline */
};

/* An argument that is unknown or wrong is logged at LOG_ERR and passed over. */
void options_read(pam_handle_t *pamh, int argc, const char **argv,
		  struct options *out);

#define LANGUAGE_MAX 32

/* For message_text: lang=, else what the PAM environment says, else what the
 * process's does, "" for none. A copy: the application may change either
 * while it talks with the person. */
void options_language(pam_handle_t *pamh, const struct options *o,
		      char out[LANGUAGE_MAX]);

#endif
