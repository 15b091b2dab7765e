// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * pam_cnie: login with the national identity card. This file is the edge to
 * PAM: six entry points, and the one place where results become PAM codes.
 *
 * MUST: PAM_SUCCESS from authenticate only after a grant whose name and uid
 * this process's own name service confirms. MUST: PAM_IGNORE only for "not
 * our account". MUST: PAM_USER is never changed once set, PAM_AUTHTOK never
 * written. The host's errno is what it was.
 */
#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "account.h"
#include "base/secret.h"
#include "login.h"
#include "options.h"
#include "pam_code.h"
#include "roster/viewfmt.h"
#include "talk.h"

#define EXPORT __attribute__((visibility("default")))
#define TEXT_MAX 512		/* PAM_MAX_MSG_SIZE of Linux-PAM */
#define DATA "cnie_authenticated"

/* An attacker at the keyboard tries no faster; an absent card costs nothing.
 * The host delays, by its own means (pam_fail_delay(3)). */
#define FAIL_DELAY_US 2000000

/* What a service that is started takes to write a view anew, and more. */
#define MEND_STEP_MS 50
#define MEND_STEPS 60

int pam_code(enum result r)
{
	switch (r) {
	case R_OK:
		return PAM_SUCCESS;
	case R_DENIED:
	case R_MALFORMED:
		return PAM_AUTH_ERR;
	case R_ABSENT:
	case R_TIMEOUT:
		return PAM_AUTHINFO_UNAVAIL;
	case R_BUSY:
		return PAM_MAXTRIES;
	case R_INTERNAL:
		return PAM_SYSTEM_ERR;
	}
	return PAM_SYSTEM_ERR;
}

/* -- items and data --- */

static const char *text_item(pam_handle_t *pamh, int type)
{
	const void *value = NULL;

	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS || !value)
		return "";
	return value;
}

static void data_free(pam_handle_t *pamh, void *data, int status)
{
	/* nothing but memory: the same for a forked copy (PAM_DATA_SILENT)
	 * and a replaced one (PAM_DATA_REPLACE) */
	(void)pamh;
	(void)status;
	if (data)
		secret_wipe(data, strlen(data));
	free(data);
}

/* Remember whom we let in; NULL nobody. */
static enum result remember(pam_handle_t *pamh, const char *name)
{
	char *copy = name ? strdup(name) : NULL;

	if (name && !copy)
		return R_INTERNAL;
	if (pam_set_data(pamh, DATA, copy, data_free) == PAM_SUCCESS)
		return R_OK;
	data_free(pamh, copy, 0);
	return R_INTERNAL;
}

static bool we_let_in(pam_handle_t *pamh, const char *user)
{
	const void *data = NULL;

	return pam_get_data(pamh, DATA, &data) == PAM_SUCCESS && data &&
	       strcmp(data, user) == 0;
}

static bool remote(pam_handle_t *pamh)
{
	const char *host = text_item(pamh, PAM_RHOST);

	return *host && strcmp(host, "localhost") != 0;
}

/* -- telling --- */

static void debug(pam_handle_t *pamh, const struct options *o, const char *why)
{
	if (o->debug)
		pam_syslog(pamh, LOG_AUTHPRIV | LOG_DEBUG, "declined: %s", why);
}

static void damaged(pam_handle_t *pamh)
{
	pam_syslog(pamh, LOG_AUTHPRIV | LOG_ERR,
		   "the accounts view is damaged, not root's, or kept from this "
		   "program (AppArmor): run cniectl doctor");
}

/* A view that is damaged, or of another version after an upgrade, would refuse
 * the local administrators too: the service gets a moment to mend it. */
static enum result find(pam_handle_t *pamh, const char *user,
			struct account *out)
{
	const struct timespec a_moment = { 0, MEND_STEP_MS * 1000000L };
	enum result r = account_find(user, out);

	if (r != R_INTERNAL || account_is_root(user))
		return r;
	if (login_wake())
		for (int i = 0; r != R_OK && i < MEND_STEPS; i++) {
			nanosleep(&a_moment, NULL);
			r = account_find(user, out);
		}
	if (r == R_INTERNAL)
		damaged(pamh);
	return r;
}

/* The sentence for the person, the reason for the log; no identity in either. */
static void tell(pam_handle_t *pamh, const struct options *o, int flags,
		 const struct login_end *end)
{
	char text[TEXT_MAX], seconds[12], lang[LANGUAGE_MAX];

	if (end->log)
		pam_syslog(pamh, LOG_AUTHPRIV | LOG_NOTICE, "refused%s%s: %s",
			   *end->code ? " " : "", end->code, end->log);
	if (end->msg == MSG_NONE || flags & PAM_SILENT)
		return;
	snprintf(seconds, sizeof(seconds), "%u", end->delay_s);
	options_language(pamh, o, lang);
	message_text(end->msg, lang, seconds, end->code, text, sizeof(text));
	if (talk_say(pamh, true, text) != R_OK)
		debug(pamh, o, "the application did not show the refusal");
}

/* -- authenticate --- */

static bool differs(const char *user, const char *granted)
{
	return *user && strcmp(user, granted) != 0;
}

/* A grant is cnied's word; name and uid must be what everybody else here
 * knows them by (DESIGN section 2). PAM_USER is read again: the application
 * had the word in between. */
static struct login_end confirm(pam_handle_t *pamh, const char *asked,
				const struct login_end *granted)
{
	const struct msg_login_grant *g = &granted->grant;
	const char *user = text_item(pamh, PAM_USER);
	enum result r;

	if (!view_name_ok(span_str(g->name)) || differs(asked, g->name) ||
	    differs(user, g->name))
		return login_refused(REASON_INTERNAL);
	r = account_is(g->name, g->uid);
	if (r == R_ABSENT)
		return login_refused(REASON_NOT_CONFIGURED);
	if (r == R_DENIED)
		return login_refused(REASON_UID_MISMATCH);
	if (r != R_OK || remember(pamh, g->name) != R_OK)
		return login_refused(REASON_INTERNAL);
	if (!*user && pam_set_item(pamh, PAM_USER, g->name) != PAM_SUCCESS)
		return login_refused(REASON_INTERNAL);
	return *granted;
}

static int by_card(pam_handle_t *pamh, const struct options *o, int flags)
{
	char user[NAME_MAX_LEN];
	struct login_end end;

	if (span_to_str(span_str(text_item(pamh, PAM_USER)), user,
			sizeof(user)) != R_OK)
		return PAM_USER_UNKNOWN;
	login_run(pamh, o, user, &end);
	if (end.result == R_OK)
		end = confirm(pamh, user, &end);
	if (end.result == R_OK)
		return PAM_SUCCESS;
	/* in silence a refusal is told and an absence is not: the next module
	 * asks then */
	tell(pamh, o, end.result == R_ABSENT ? flags : 0, &end);
	if (end.msg == MSG_NONE)
		debug(pamh, o, "the login service is not there");
	if (pam_code(end.result) == PAM_AUTH_ERR ||
	    pam_code(end.result) == PAM_MAXTRIES)
		(void)pam_fail_delay(pamh, FAIL_DELAY_US);
	return pam_code(end.result);
}

static int authenticate(pam_handle_t *pamh, const struct options *o, int flags)
{
	const char *user = text_item(pamh, PAM_USER);
	struct account a;

	if (remember(pamh, NULL) != R_OK)
		return PAM_SYSTEM_ERR;
	if (*user) {
		enum result r = find(pamh, user, &a);

		if (r != R_OK) {
			debug(pamh, o, "no view of accounts");
			return pam_code(r);
		}
		if (a.standing == ACCOUNT_NOT_OURS || account_is_root(user)) {
			debug(pamh, o, "not our account");
			return PAM_USER_UNKNOWN;
		}
	}
	/* sudo sets PAM_SILENT always and means chatter: the questions and
	 * the notice are the login itself */
	if (remote(pamh) || (flags & PAM_SILENT && !*user) ||
	    !talk_possible(pamh)) {
		debug(pamh, o, "remote, silent, or no conversation");
		return PAM_AUTHINFO_UNAVAIL;
	}
	return by_card(pamh, o, flags);
}

EXPORT int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
			       const char **argv)
{
	int saved = errno, code;
	struct options o;

	options_read(pamh, argc, argv, &o);
	code = authenticate(pamh, &o, flags);
	errno = saved;
	return code;
}

/* -- account --- */

static int refuse_account(pam_handle_t *pamh, const struct options *o,
			  int flags, enum reason reason, int code)
{
	struct login_end end = login_refused(reason);

	tell(pamh, o, flags, &end);
	return code;
}

static int account(pam_handle_t *pamh, const struct options *o, int flags)
{
	const char *user = text_item(pamh, PAM_USER);
	struct account a;
	enum result r;

	if (!*user)
		return PAM_USER_UNKNOWN;
	r = find(pamh, user, &a);
	if ((r != R_OK || a.standing != ACCOUNT_NOT_OURS) &&
	    account_is_root(user))
		return PAM_IGNORE;
	if (r != R_OK)
		return pam_code(r);
	switch (a.standing) {
	case ACCOUNT_NOT_OURS:
		return PAM_IGNORE;
	case ACCOUNT_ACTIVE:
		return PAM_SUCCESS;
	case ACCOUNT_REVOKED:
		return refuse_account(pamh, o, flags, REASON_REVOKED,
				      PAM_PERM_DENIED);
	case ACCOUNT_EXPIRED:
		return refuse_account(pamh, o, flags, REASON_ACCOUNT_EXPIRED,
				      PAM_ACCT_EXPIRED);
	}
	return PAM_SYSTEM_ERR;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc,
			    const char **argv)
{
	int saved = errno, code;
	struct options o;

	options_read(pamh, argc, argv, &o);
	code = account(pamh, &o, flags);
	errno = saved;
	return code;
}

/* -- credentials, session, password: nothing to do --- */

/* An error here would lock somebody out for nothing (pam_sm_setcred(3)). */
static int ours_or_ignore(pam_handle_t *pamh)
{
	const char *user = text_item(pamh, PAM_USER);
	int saved = errno, code = PAM_SUCCESS;
	struct account a;

	if (!*user)
		return PAM_IGNORE;
	if (!we_let_in(pamh, user) &&
	    ((account_find(user, &a) == R_OK &&
	      a.standing == ACCOUNT_NOT_OURS) || account_is_root(user)))
		code = PAM_IGNORE;
	errno = saved;
	return code;
}

EXPORT int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
			  const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return ours_or_ignore(pamh);
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
			       const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return ours_or_ignore(pamh);
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return ours_or_ignore(pamh);
}

/* A card's holder has no password of ours; the keyring of one who changes
 * theirs elsewhere is left alone. */
EXPORT int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc,
			    const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_IGNORE;
}
