// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl csca import. The files are foreign: cnie-inspect parses copies of
 * them in its sandbox, and tells what is in them.
 *
 * MUST: what becomes an anchor has the fingerprint and the country that were
 * told (csca_list.h). MUST: the store is whole at every moment: each file is
 * written whole or not at all, anchors before CRLs, and nothing old goes
 * before what stands for it has been read back by cnie-inspect from the store.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/csca.h"
#include "ctl/csca_stage.h"
#include "ctl/ctl.h"
#include "ctl/store_files.h"
#include "ctl/talk.h"

struct import {
	char dir[PREFIX_PATH_MAX];
	struct csca_rules rules;
	struct csca_list got;		/* what the files hold */
	struct store_files had;		/* the store before */
	struct csca_list store;		/* and after, as it loads */
	bool *fresh;			/* of got: written by us */
	size_t known, written, unused, replaced;
};

static void import_free(struct import *in)
{
	csca_list_free(&in->got);
	csca_list_free(&in->store);
	store_files_free(&in->had);
	free(in->fresh);
}

static enum result path_of(const struct import *in, const struct msg_item *m,
			   char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/%s.%s", in->dir, m->sha256,
			 m->kind == ITEM_CRL ? "crl" : "cer");

	return n > 0 && n < PATH_MAX ? R_OK : R_MALFORMED;
}

/* -- asking -------------------------------------------------------------------- */

/* What these say of a card would mislead here. */
static const struct {
	enum reason why;
	const char *what;
} refusals[] = {
	{ REASON_CSCA_UNKNOWN, "the master list was signed neither by --signer's certificate nor by one that it issued" },
	{ REASON_FILE_MALFORMED, "--signer is not one certificate, or the files hold more than is read at once" },
	{ REASON_SOD_MALFORMED, "the master list is malformed" },
	{ REASON_SOD_SIGNATURE, "the master list's signature does not verify" },
	{ REASON_CERT_EXPIRED, "the master list's signer is not valid today" },
	{ REASON_WEAK_ALGORITHM, "the master list is signed with an algorithm below the accepted strength" },
};

static int ask(struct import *in, const struct stage_import *stage)
{
	struct msg_admin_request request = { .verb = ADMIN_CSCA_IMPORT };
	struct msg_admin_done done = { 0 };
	enum result r;

	snprintf(request.csca, sizeof(request.csca), "%s", stage->files);
	snprintf(request.signer, sizeof(request.signer), "%s", stage->signer);
	r = csca_list_ask(&request, in->rules.country, STDERR_FILENO,
			  &in->got, &done);
	if (r != R_OK || done.reason == REASON_NONE)
		return talk_result(r, &done);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].why != (enum reason)done.reason)
			continue;
		complain("%s: nothing is taken (%s)", refusals[i].what,
			 reason_row(done.reason)->code);
		return CTL_REFUSED;
	}
	return talk_result(r, &done);
}

static int stage_and_ask(const struct arguments *a, struct import *in)
{
	struct stage_import stage = { .count = 0 };
	int code = stage_import_new(&stage);

	for (size_t i = 0; code == CTL_DONE && i < a->count; i++)
		code = stage_import_add(&stage, a->operands[i]);
	if (code == CTL_DONE && (a->seen & OPT(OPT_SIGNER)))
		code = stage_import_signer(&stage, a->value[OPT_SIGNER]);
	if (code == CTL_DONE && stage.count == 0) {
		complain("no *.cer, *.crt, *.der, *.pem, *.crl, *.ml, *.ldif "
			 "there");
		code = CTL_USAGE;
	}
	if (code == CTL_DONE && stage.passed)
		printf("%zu files were passed over: other names, or not "
		       "readable\n", stage.passed);
	if (code == CTL_DONE)
		code = ask(in, &stage);
	stage_import_remove(&stage);
	return code;
}

/* -- writing ------------------------------------------------------------------- */

static int write_kind(struct import *in, enum item_kind kind)
{
	for (size_t i = 0; i < in->got.n; i++) {
		const struct msg_item *m = &in->got.at[i];
		char path[PATH_MAX];

		if (m->kind != kind)
			continue;
		if (store_files_have(&in->had, m->sha256)) {
			in->known++;
			continue;
		}
		if (path_of(in, m, path) != R_OK ||
		    file_replace(path, m->der, 0644) != R_OK) {
			complain("%s can't be written: is the disk full?",
				 in->dir);
			return CTL_SYSTEM;
		}
		in->fresh[i] = true;
		in->written++;
	}
	return CTL_DONE;
}

/* Whether the store, read by a cnie-inspect that saw none of the other
 * bytes, holds it as what it was said to be. */
static bool read_as_told(const struct import *in, const struct msg_item *m)
{
	const struct msg_item *is = csca_list_find(&in->store, m->sha256);

	refuse_if(!is, false);
	refuse_if(is->kind != m->kind, false);
	refuse_if(strcmp(is->country, m->country) != 0, false);
	return true;
}

/* What we wrote goes again: all of it, or what the store does not use. */
static void take_back(struct import *in, bool all)
{
	for (size_t i = 0; i < in->got.n; i++) {
		const struct msg_item *m = &in->got.at[i];
		char path[PATH_MAX];

		if (!in->fresh[i] ||
		    (!all && read_as_told(in, m)) ||
		    path_of(in, m, path) != R_OK || unlink(path))
			continue;
		in->fresh[i] = false;
		in->written--;
		in->unused++;
	}
}

static int read_back(struct import *in)
{
	struct msg_admin_done done = { 0 };
	enum result r = csca_store_ask(&in->store, &done);

	if (r == R_OK && done.reason == REASON_NONE) {
		take_back(in, false);
		return CTL_DONE;
	}
	take_back(in, true);
	complain("the store could not be read back: what was written is gone "
		 "again");
	return talk_result(r, &done);
}

/* A newer CRL has come and was read back, signed by an anchor: files of older
 * ones of its issuer go. */
static int replace_old(struct import *in)
{
	struct csca_list *l = &in->store;
	size_t i = 0;

	while (i < l->n) {
		size_t places = 0, k = 0;

		while (k < l->n && !csca_supersedes(&l->at[k], &l->at[i]))
			k++;
		if (k == l->n) {
			i++;
			continue;
		}
		if (store_files_drop(in->dir, l->at[i].sha256, &places) !=
		    R_OK) {
			complain("%s: an older CRL can't be removed", in->dir);
			return CTL_SYSTEM;
		}
		csca_list_drop(l, i);
		in->replaced++;
	}
	return CTL_DONE;
}

static int take_in(struct import *in)
{
	int code;

	store_files_sweep(in->dir);
	if (store_files_read(in->dir, &in->had) != R_OK) {
		complain("%s can't be read", in->dir);
		return CTL_SYSTEM;
	}
	in->fresh = calloc(in->got.n + 1, sizeof(*in->fresh));
	if (!in->fresh) {
		complain("no memory");
		return CTL_SYSTEM;
	}
	/* a CRL without its signer would be no use to a store cut here */
	code = write_kind(in, ITEM_ANCHOR);
	if (code == CTL_DONE)
		code = write_kind(in, ITEM_CRL);
	if (code != CTL_DONE) {
		take_back(in, true);
		return code;
	}
	code = read_back(in);
	return code == CTL_DONE ? replace_old(in) : code;
}

/* -- telling ------------------------------------------------------------------- */

static void tell(const struct import *in, bool signer)
{
	char counts[64];

	for (size_t i = 0; i < in->got.n; i++)
		if (in->fresh[i])
			csca_item_text(&in->got.at[i], stdout);
	printf("%s%zu new, %zu known, %u of other countries than %s, "
	       "%zu unusable\n", in->written ? "\n" : "", in->written,
	       in->known, in->got.other_country, in->rules.country,
	       in->got.bad + in->unused);
	if (in->unused)
		printf("%zu of the unusable were taken back: the store does "
		       "not use them, such as a CRL that no anchor signed\n",
		       in->unused);
	if (in->replaced)
		printf("%zu older CRLs were removed\n", in->replaced);
	csca_counts(&in->store, NULL, counts, sizeof(counts));
	printf("the store now: %s\n", counts);
	if (in->written && !signer)
		puts("Compare the fingerprints with what the State publishes: "
		     "whoever signs with one of these is believed.");
}

int cmd_csca_import(const struct arguments *a)
{
	scoped(import_free) struct import in = { 0 };
	scoped(close_fd) int lock = -1;
	int code = csca_rules_read(&in.rules);

	if (code == CTL_DONE)
		code = csca_store_open(in.dir, &lock);
	if (code == CTL_DONE)
		code = stage_and_ask(a, &in);
	if (code == CTL_DONE && in.got.n == 0) {
		complain("nothing of %s in it: %u of other countries, %u "
			 "unusable", in.rules.country, in.got.other_country,
			 in.got.bad);
		return CTL_REFUSED;
	}
	if (code == CTL_DONE)
		code = take_in(&in);
	if (code == CTL_DONE)
		tell(&in, a->seen & OPT(OPT_SIGNER));
	return code;
}
