// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl csca remove: what a CSCA certificate signed is refused afterwards.
 * Files are named by the SHA-256 of their bytes, which is computed here; what
 * cnie-inspect says of them is shown, and decides nothing.
 */
#include <string.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/csca.h"
#include "ctl/store_files.h"
#include "ctl/talk.h"
#include "ctl/term.h"

#define PREFIX_DIGITS 16

/* "AB:CD:..." and "abcd..." alike; false where it is no fingerprint's
 * beginning. */
static bool normal_form(const char *text, char out[FINGERPRINT_MAX])
{
	size_t n = 0;

	for (; *text; text++) {
		char c = *text >= 'A' && *text <= 'F' ?
				 (char)(*text - 'A' + 'a') : *text;

		if (c == ':')
			continue;
		if (!strchr("0123456789abcdef", c) ||
		    n == FINGERPRINT_MAX - 1)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n >= PREFIX_DIGITS;
}

/* The one that begins so; complains. */
static int find(const char *dir, const char *digits,
		char sha256[FINGERPRINT_MAX])
{
	scoped(store_files_free) struct store_files files = { 0 };
	const char *found = NULL;

	if (store_files_read(dir, &files) != R_OK) {
		complain("%s can't be read", dir);
		return CTL_SYSTEM;
	}
	switch (store_files_match(&files, digits, &found)) {
	case R_OK:
		memcpy(sha256, found, FINGERPRINT_MAX);
		return CTL_DONE;
	case R_DENIED:
		complain("%s: several begin so; give more digits, cniectl "
			 "csca list shows all", digits);
		return CTL_REFUSED;
	case R_ABSENT:
	case R_BUSY:
	case R_INTERNAL:
	case R_MALFORMED:
	case R_TIMEOUT:
		break;
	}
	complain("%s: none in " PATH_CSCA_DIR " has this fingerprint; cniectl "
		 "csca list shows them", digits);
	return CTL_REFUSED;
}

static void describe(const struct csca_list *l, const char *sha256)
{
	const struct msg_item *m = csca_list_find(l, sha256);
	size_t left = 0;

	if (!m) {
		printf("%s\n        not used by cnie-inspect\n", sha256);
		return;
	}
	csca_item_text(m, stdout);
	for (size_t i = 0; i < l->n; i++)
		left += l->at[i].kind == ITEM_ANCHOR && &l->at[i] != m &&
			!strcmp(l->at[i].country, m->country);
	if (m->kind == ITEM_ANCHOR && left == 0) {
		fflush(stdout);
		complain("warning: it is the last anchor of %s: without it "
			 "every card of that State is refused", m->country);
	}
}

/* CTL_DONE: yes. */
static int agreed(const struct arguments *a)
{
	char answer[8] = "";

	if (a->seen & OPT(OPT_YES))
		return CTL_DONE;
	if (!isatty(STDIN_FILENO)) {
		complain("nobody can be asked here: nothing is removed without "
			 "--yes");
		return CTL_REFUSED;
	}
	fflush(stdout);
	if (term_ask("Remove it? [y/N] ", true, -1, answer, sizeof(answer)) ==
		    R_OK &&
	    (answer[0] == 'y' || answer[0] == 'Y'))
		return CTL_DONE;
	complain("nothing was removed");
	return CTL_REFUSED;
}

static int take_out(const char *dir, const char *sha256)
{
	size_t places = 0;

	if (store_files_drop(dir, sha256, &places) != R_OK) {
		complain("%.16s can't be taken out of %s", sha256, dir);
		return CTL_SYSTEM;
	}
	printf("removed %.16s, from %zu file%s\n", sha256, places,
	       places == 1 ? "" : "s");
	return CTL_DONE;
}

/* What is left, as cnie-inspect reads it. It is done, whoever can be asked. */
static void tell_rest(void)
{
	scoped(csca_list_free) struct csca_list left = { 0 };
	struct msg_admin_done done = { 0 };
	char counts[64];

	if (csca_store_ask(&left, &done) != R_OK) {
		complain("cnied can't be asked what is left: cniectl csca "
			 "check");
		return;
	}
	csca_counts(&left, NULL, counts, sizeof(counts));
	printf("the store now: %s\n", counts);
	if (done.reason != REASON_NONE)
		complain("it can't be loaded: every card is refused (%s)",
			 reason_row(done.reason)->code);
	if (left.bad)
		printf("%u files are not used, such as a CRL that no anchor "
		       "here signed: cniectl csca check\n", left.bad);
}

int cmd_csca_remove(const struct arguments *a)
{
	scoped(csca_list_free) struct csca_list list = { 0 };
	scoped(close_fd) int lock = -1;
	char dir[PREFIX_PATH_MAX], digits[FINGERPRINT_MAX];
	char sha256[FINGERPRINT_MAX];
	struct msg_admin_done done = { 0 };
	int code;

	if (!normal_form(a->operand, digits)) {
		complain("%s: a SHA-256 fingerprint, %d to 64 hexadecimal "
			 "digits", a->operand, PREFIX_DIGITS);
		return CTL_USAGE;
	}
	code = csca_store_open(dir, &lock);
	if (code == CTL_DONE)
		code = find(dir, digits, sha256);
	if (code != CTL_DONE)
		return code;
	/* one that can't be asked must not keep a bad anchor in */
	if (csca_store_ask(&list, &done) != R_OK)
		complain("cnied can't be asked what this is");
	describe(&list, sha256);
	code = agreed(a);
	if (code == CTL_DONE)
		code = take_out(dir, sha256);
	if (code == CTL_DONE)
		tell_rest();
	return code;
}
