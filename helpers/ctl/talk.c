// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
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
	{ REASON_SERVICE, "[login] greeters, lockers and services in /etc/cnie/cnie.conf are the allow-list" },
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
	{ REASON_NAME_TAKEN, "choose another name; cniectl enrol without --existing has one allocated" },
	{ REASON_RANGE_FULL, "widen uid_min and uid_max in /etc/cnie/cnie.conf" },
	{ REASON_OUT_OF_RANGE, "root and system accounts are never bound; an account has 64 groups at most" },
	{ REASON_NO_ACCOUNT, "cniectl account list shows the names" },
	{ REASON_NAME_SERVICE, "a source of /etc/nsswitch.conf (sssd, winbind, ldap) is down: start it, or take it off the passwd and group lines; then try again" },
	{ REASON_BOUND, "that card's person has another account, or this account is another person's: cniectl account show" },
	{ REASON_NO_GROUP, "cniectl group list shows the names; group put makes one" },
	{ REASON_SECTOR_GROUP, "choose another name and number: each enrolment puts that group as it is configured" },
	{ REASON_ROSTER_BUSY, "wait until the import has ended" },
	{ REASON_ROSTER_FORMAT, "the file is of another version, or was made by something else: export it again" },
	{ REASON_ROSTER_SIGNATURE, "get the file and its .minisig again; is [roster] signer the key of who exported it?" },
	{ REASON_ROSTER_OLD, "import the newest export; an older one would bring back what was changed since" },
	{ REASON_ROSTER_EXPIRED, "export it again: cniectl roster export --days; is this machine's clock right?" },
	{ REASON_ROSTER_SECTOR, "[sector] urn in cnie.conf and the roster's must be the same" },
	{ REASON_ROSTER_CONFLICT, "an account of this machine, or a name that it once had, stands in its way: compare that line with cniectl account list here; rename it, there or here, or merge this machine's rebinds there first. Where nothing helps: cniectl(8), roster import, on beginning anew" },
	{ REASON_ROSTER_MISSING, "if they are gone on purpose: cniectl roster import --revoke-missing" },
	{ REASON_ROSTER_MARKS, "put back from before an import: cniectl roster import FILE, with that file or a newer one. Else roster.db, or its marks, are another machine's, or damaged: cnied(8), roster.db.marks" },
	{ REASON_ROSTER_CLOCK, "set the clock (timedatectl), then import it again; is the signer's clock right?" },
	{ REASON_WRONG_PASS, "five wrong tries end the code of the day: cniectl account pass ACCOUNT --until HH:MM draws another" },
	{ REASON_PASS_TIME, "--until names a time of today; is this machine's clock right?" },
	{ REASON_NO_CAMERA, "is the camera plugged in, and [face] camera in cnie.conf right?" },
	{ REASON_NO_AUTHORISATION, "the face needs /etc/cnie/authorisation.conf (see cnie.conf(5)); enrol with --code meanwhile" },
	{ REASON_NO_MODELS, "fetch the models: /usr/share/cnie/fetch_models.sh /usr/share/cnie/models" },
	{ REASON_NO_KEY, "there is none: cniectl key init. It is lost: cniectl key restore FILE --identity SECRET" },
	{ REASON_TOKEN, "is the token there, and [token] module, label, pin_file in /etc/cnie/cnie.conf right?" },
	{ REASON_TOKEN_KEY, "remove that key from the token, then cniectl key init" },
	{ REASON_TOKENISER, "does the service listen on [tokeniser] socket in /etc/cnie/cnie.conf?" },
	{ REASON_TOKENISER_PROOF, "[tokeniser] public_key is another one than the service's of this epoch, or somebody else answers there" },
	{ REASON_KEY_CUSTODY, "a token's key is kept as its maker provides for, a tokeniser's by those who run it; a new key is a rotation: cniectl key rotate" },
	{ REASON_KEY_BACKUP, "the backup's epoch is the configured one, its sector this one, and SECRET the half of the pair that it was made for" },
	{ REASON_KEY_EXISTS, "nothing is to be restored: cniectl key status" },
	{ REASON_EPOCH_LIVE, "cniectl key rotate first" },
	{ REASON_EPOCH_NEEDED, "a lost key: cniectl key restore FILE --identity SECRET. No backup either: cniectl key rotate, and each person comes with their card: cniectl account rebind" },
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

const char *talk_language(void)
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
	message_text((enum msg)m->msg, talk_language(), m->arg, NULL, text,
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
	message_text((enum msg)m->msg, talk_language(), NULL, NULL, text,
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

/* What cnied adds: a detail of the reason ("...: line 7"), or what to do. */
static void complain_reason(const struct msg_admin_done *done)
{
	const struct reason_row *row = reason_row(done->reason);
	bool detail = !strncmp(done->text, row->text, strlen(row->text));
	const char *what = done->text[0] && !detail ? done->text : NULL;

	for (size_t i = 0; !what && i < sizeof(advice) / sizeof(advice[0]);
	     i++)
		if (advice[i].why == row->id)
			what = advice[i].what;
	complain("%s (%s)", detail ? done->text : row->text, row->code);
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

int talk_new_name(const char *name)
{
	if (entry_name_ok(span_str(name)))
		return CTL_DONE;
	complain("%s: a name is 1 to %d of the characters A-Z a-z 0-9 _ . -; "
		 "it begins with a letter or _, and does not end with a dot",
		 name, ENTRY_NAME_MAX);
	return CTL_USAGE;
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
