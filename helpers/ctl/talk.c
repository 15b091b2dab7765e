// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "base/secret.h"
#include "ctl/mrz_key.h"
#include "ctl/term.h"

#define SENTENCE_MAX 600
#define MRZ_TEXT_MAX 96		/* the zone is 90 at most */

static const struct {
	enum reason why;
	const char *what;
} advice[] = {
	{ REASON_NOT_SEATED, "run this in a session at the machine's own screen and keyboard" },
	{ REASON_REMOTE, "the person, the card and the camera are at the machine: run this there, not over ssh" },
	{ REASON_SEAT_BUSY, "a login is going on; wait until it has ended" },
	{ REASON_NOT_CONFIGURED, "cniectl doctor names the file and line; cniectl setup writes what is missing" },
	{ REASON_NO_PCSCD, "systemctl enable --now pcscd.socket" },
	{ REASON_NO_READER, "plug a reader in; virtual readers are refused by packaged programs" },
	{ REASON_READER_EXCLUSIVE, "end the program that holds the reader" },
	{ REASON_TOO_MANY_CLIENTS, "try again in a moment" },
	{ REASON_NO_CARD, "put the card in (or lay it down) when asked to; one that lies there already must be taken out first" },
	{ REASON_WRONG_CAN, "the CAN is the six digits printed on the card's front" },
	{ REASON_CSCA_UNKNOWN, "the issuing State's CSCA certificate belongs in /etc/cnie/csca: cniectl csca import FILE" },
	{ REASON_CRL_STALE, "cniectl csca import FILE, with the newest CRL that the State publishes; cniectl csca check" },
	{ REASON_WRONG_PIN, "the chip counts the tries" },
	{ REASON_PIN_LAST_TRY, "the last try is used only where the PIN is typed a second time, as asked" },
	{ REASON_PIN_SUSPENDED, "the CAN, the six digits printed on the card's front, lets it go on" },
	{ REASON_CLOCK, "set the clock (timedatectl), then try again" },
	{ REASON_ALREADY_ENROLLED, "this person has an account: cniectl account list" },
	{ REASON_NAME_TAKEN, "choose another account, or none: a name is allocated then" },
	{ REASON_RANGE_FULL, "widen uid_min and uid_max in /etc/cnie/cnie.conf" },
	{ REASON_OUT_OF_RANGE, "name, ids, home or shell of this account can't be served; root and system accounts are never bound" },
	{ REASON_NO_ACCOUNT, "cniectl account list shows the names" },
	{ REASON_NO_CAMERA, "is the camera plugged in, and [face] camera in cnie.conf right?" },
	{ REASON_NO_AUTHORISATION, "the face needs /etc/cnie/authorisation.conf (see cnie.conf(5)); enrol with --code meanwhile" },
	{ REASON_NO_MODELS, "fetch the models: /usr/share/cnie/fetch_models.sh /usr/share/cnie/models" },
	{ REASON_NO_KEY, "cniectl setup makes the key where there is none; a key of another sector or epoch does not serve here" },
	{ REASON_WEAK_CODE, "six characters at least, and no row such as 123456" },
};

void complain(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("cniectl: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* As a program that did call setlocale would choose. */
static const char *language(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return v;
	}
	return NULL;
}

enum result talk_info(void *ctx, const struct msg_login_info *m)
{
	char text[SENTENCE_MAX];

	(void)ctx;
	if (m->msg == MSG_NONE || m->msg >= MSG_COUNT)
		return R_MALFORMED;
	message_text((enum msg)m->msg, language(), m->arg, NULL, text,
		     sizeof(text));
	fprintf(stderr, "%s\n", text);
	return R_OK;
}

static void text_wipe(char (*text)[MRZ_TEXT_MAX])
{
	secret_wipe(*text, sizeof(*text));
}

/* The zone's lines, or one line with what it is made of. */
static enum result read_mrz(const char *prompt, bool echo, int watch,
			    char *text, size_t cap)
{
	size_t n, more;
	enum result r = term_ask(prompt, echo, watch, text, cap);

	if (r != R_OK)
		return r;
	n = strlen(text);
	for (more = mrz_lines_after(n); more > 0; more--) {
		r = term_ask("next line: ", echo, watch, text + n, cap - n);
		if (r != R_OK)
			return r;
		n += strlen(text + n);
	}
	return R_OK;
}

/* An answer has no room for the zone: its key is sent. */
static enum result ask_mrz(const char *prompt, bool echo, int watch,
			   char *out, size_t cap)
{
	scoped(text_wipe) char text[MRZ_TEXT_MAX] = "";
	enum result r = read_mrz(prompt, echo, watch, text, sizeof(text));

	if (r == R_OK)
		r = mrz_key(text, out, cap);
	if (r == R_MALFORMED)
		complain("this is no MRZ, or one of its check digits is wrong");
	return r;
}

static enum result ask_line(const char *prompt, bool echo, int watch,
			    char *out, size_t cap)
{
	enum result r = term_ask(prompt, echo, watch, out, cap);

	if (r == R_MALFORMED)
		complain("that line is too long or holds control characters");
	return r;
}

enum result talk_ask(void *ctx, int watch, const struct msg_login_ask *m,
		     struct msg_login_answer *out)
{
	char text[SENTENCE_MAX];
	enum result r;

	(void)ctx;
	if (m->msg == MSG_NONE || m->msg >= MSG_COUNT)
		return R_MALFORMED;
	message_text((enum msg)m->msg, language(), NULL, NULL, text,
		     sizeof(text) - 2);
	strcat(text, " ");
	if (m->msg == MSG_ASK_MRZ)
		r = ask_mrz(text, m->echo != 0, watch, out->text,
			    sizeof(out->text));
	else
		r = ask_line(text, m->echo != 0, watch, out->text,
			     sizeof(out->text));
	if (r == R_BUSY || r == R_INTERNAL)
		return r;
	out->declined = r != R_OK;
	return R_OK;
}

static void complain_reason(const struct msg_admin_done *done)
{
	const struct reason_row *row = reason_row(done->reason);
	const char *what = done->text[0] && strcmp(done->text, row->text) ?
				   done->text : NULL;

	for (size_t i = 0; !what && i < sizeof(advice) / sizeof(advice[0]);
	     i++)
		if (advice[i].why == row->id)
			what = advice[i].what;
	complain("%s (%s)", row->text, row->code);
	if (what)
		complain("%s", what);
}

int talk_result(enum result r, const struct msg_admin_done *done)
{
	switch (r) {
	case R_OK:
		if (done->reason == REASON_NONE)
			return CTL_DONE;
		complain_reason(done);
		return CTL_REFUSED;
	case R_ABSENT:
		complain("cnied does not answer on " PATH_ADMIN_SOCK);
		complain("start it: systemctl enable --now cnie-login.socket "
			 "cnie-admin.socket; what it says: journalctl -u cnied");
		return CTL_NO_SERVICE;
	case R_DENIED:
		complain(PATH_ADMIN_SOCK ": not allowed, or not held by root");
		complain("run as root; another program may have taken the "
			 "socket: ss -xlp");
		return CTL_NO_SERVICE;
	case R_TIMEOUT:
	case R_BUSY:
		complain("cnied was silent for too long: journalctl -u cnied");
		return CTL_NO_SERVICE;
	case R_MALFORMED:
		complain("cnied said something this cniectl does not know; "
			 "are both of one version? systemctl restart cnied");
		return CTL_SYSTEM;
	case R_INTERNAL:
		break;
	}
	complain("system error: memory can't be locked, or the terminal "
		 "does not answer");
	return CTL_SYSTEM;
}

int talk_name(struct msg_admin_request *request, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= sizeof(request->account) || name[0] == '-' ||
	    strpbrk(name, " \t\n/:\\\"'")) {
		complain("%s: this can't be an account's name", name);
		return CTL_USAGE;
	}
	memcpy(request->account, name, n + 1);
	return CTL_DONE;
}

int talk_account(enum admin_verb verb, const char *account,
		 const struct client *client)
{
	struct msg_admin_request request = { .verb = (uint8_t)verb };
	struct msg_admin_done done = { 0 };
	int code = talk_name(&request, account);

	if (code != CTL_DONE)
		return code;
	return talk_result(client_run(&request, client, &done), &done);
}
