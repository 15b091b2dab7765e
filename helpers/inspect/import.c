// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * MUST: nothing foreign is parsed before the sandbox. MUST: the octets of an
 * item are those of the file, and the country the profile's.
 */
#include "inspect/import.h"

#include <string.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "base/sandbox.h"
#include "inspect/csca_item.h"
#include "inspect/import_files.h"
#include "inspect/import_take.h"

#define SAY_WAIT_MS 15000	/* cnied hands it on before it reads again */

/* One request, from its configuration to what is said last. */
struct serving {
	uint64_t now;
	const char *country;
	struct csca_strength weak;
	struct csca_store *store;
	struct import_files files, signer;
	struct import_rules rules;
	struct import_found found;
	struct msg_inspect_done done;
	uint32_t step, steps;		/* of the progress */
	uint8_t packet[IMPORT_DER_MAX + 1024];
};

static void say(struct serving *s, enum wire_msg type, const void *msg)
{
	if (chan_send_large(FD_CONTROL, type, msg, SINK(s->packet),
			    mono_ms() + SAY_WAIT_MS) != R_OK)
		helper_exit(1);
}

_Noreturn static void end(struct serving *s)
{
	s->done.expiring = (uint32_t)csca_expiring(s->store, s->now);
	say(s, MSG_INSPECT_DONE, &s->done);
	helper_exit(0);
}

/* One more of the steps is done: every hundredth is told, and the last. */
static void step(struct serving *s)
{
	uint32_t every = (s->steps + IMPORT_PROGRESS_MAX - 1) /
			 IMPORT_PROGRESS_MAX;
	struct msg_progress m = { ++s->step, s->steps };

	if (s->step % every == 0 || s->step == s->steps)
		say(s, MSG_INSPECT_PROGRESS, &m);
}

static void send_cert(struct serving *s, X509 *cert, struct span der)
{
	struct msg_item m;

	if (csca_item_cert(s->store, cert, s->now, &s->weak, &m) != R_OK)
		helper_fail(REASON_INTERNAL, 0, STAGE_NONE);
	m.der = der;
	say(s, MSG_INSPECT_ITEM, &m);
	s->done.anchors++;
	step(s);
}

static void send_crl(struct serving *s, X509_CRL *crl, const X509 *signer,
		     struct span der)
{
	struct msg_item m;

	if (csca_item_crl(crl, signer, s->now, &s->weak, &m) != R_OK)
		helper_fail(REASON_INTERNAL, 0, STAGE_NONE);
	m.der = der;
	say(s, MSG_INSPECT_ITEM, &m);
	s->done.crls++;
	step(s);
}

/* -- the machine's store --------------------------------------------------- */

_Noreturn static void serve_list(struct helper *helper, struct serving *s,
				 const char *dir)
{
	static const struct span none;
	struct csca_report report;

	if (csca_load(dir, &report, &s->store) != R_OK)
		helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
	if (sandbox_enter(ROLE_INSPECT) != R_OK)
		helper_fail(REASON_INTERNAL, 0, STAGE_NONE);
	helper_ready(helper);
	s->done.bad = (uint32_t)report.bad;
	s->steps = (uint32_t)(report.anchors + report.crls);
	for (size_t i = 0; i < report.anchors; i++)
		send_cert(s, csca_anchor(s->store, i)->cert, none);
	for (size_t i = 0; i < report.crls; i++)
		send_crl(s, csca_crl(s->store, i),
			 csca_crl_signer(s->store, i), none);
	end(s);
}

/* -- foreign files --------------------------------------------------------- */

static void read_files(const char *path, struct import_files *out)
{
	switch (import_files_read(path, out)) {
	case R_OK:
		return;
	case R_MALFORMED:
		helper_fail(REASON_FILE_MALFORMED, 0, STAGE_NONE);
	case R_INTERNAL:
		helper_fail(REASON_INTERNAL, 0, STAGE_NONE);
	case R_DENIED:
	case R_ABSENT:
	case R_BUSY:
	case R_TIMEOUT:
		break;
	}
	helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
}

/* The first octets are parsed here. */
static void find(struct serving *s)
{
	enum reason why = REASON_NONE;

	if (s->signer.n > 0 &&
	    import_signer(s->signer.file[0], &s->rules.signer) != R_OK)
		helper_fail(REASON_FILE_MALFORMED, 0, STAGE_NONE);
	for (size_t i = 0; i < s->files.n && why == REASON_NONE; i++)
		why = import_find(s->files.file[i], &s->rules, &s->found);
	if (refused(s->rules.signer && s->found.lists == 0 &&
		    s->found.refused != REASON_NONE))
		why = s->found.refused;
	if (why != REASON_NONE)
		helper_fail(why, 0, STAGE_NONE);
	import_found_sort(&s->found);
	s->steps = (uint32_t)s->found.n;
	s->done.bad = (uint32_t)(s->files.bad + s->found.bad);
}

static void not_taken(struct serving *s, enum import_verdict verdict)
{
	if (verdict == IMPORT_OTHER_COUNTRY)
		s->done.other_country++;
	else
		s->done.bad++;
	step(s);
}

/*
 * All into the store first: whether a certificate is a link, another says. The
 * octets that were taken are moved to the front of found.at[]; their order is
 * by their hash, which is the store's too.
 */
static void take_certs(struct serving *s, size_t certs)
{
	struct import_object *at = s->found.at;
	size_t taken = 0;

	for (size_t i = 0; i < certs; i++) {
		enum import_verdict v = import_take_cert(s->store, &at[i],
							 s->country,
							 &s->rules);

		if (v == IMPORT_TAKEN)
			at[taken++] = at[i];
		else
			not_taken(s, v);
	}
	for (size_t i = 0; i < taken; i++)
		send_cert(s, csca_anchor(s->store, i)->cert, at[i].der);
}

static void take_crl(struct serving *s, const struct import_object *o)
{
	X509_CRL *crl;
	X509 *signer;
	enum import_verdict v = import_take_crl(s->store, o, s->country, &crl,
						&signer);

	if (v != IMPORT_TAKEN) {
		not_taken(s, v);
		return;
	}
	if (s->done.crls < CSCA_CRL_MAX)
		send_crl(s, crl, signer, o->der);
	else
		not_taken(s, IMPORT_BAD);
	X509_CRL_free(crl);
}

_Noreturn static void serve_import(struct helper *helper, struct serving *s,
				   const struct msg_inspect_config *config)
{
	size_t certs = 0;

	/* "" is the country of a certificate that names none */
	if (refused(!s->country[0]))
		helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
	read_files(config->csca_dir, &s->files);
	if (config->signer[0]) {
		read_files(config->signer, &s->signer);
		if (refused(s->signer.n != 1))
			helper_fail(REASON_FILE_MALFORMED, 0, STAGE_NONE);
	}
	if (csca_new(&s->store) != R_OK ||
	    sandbox_enter(ROLE_INSPECT) != R_OK)
		helper_fail(REASON_INTERNAL, 0, STAGE_NONE);
	helper_ready(helper);
	find(s);
	while (certs < s->found.n && s->found.at[certs].kind == IMPORT_CERT)
		certs++;
	take_certs(s, certs);
	for (size_t i = certs; i < s->found.n; i++)
		take_crl(s, &s->found.at[i]);
	end(s);
}

void import_serve(struct helper *helper,
		  const struct msg_inspect_config *config)
{
	static struct serving s;	/* zeroed; this process is one */

	s.now = helper->now;
	s.country = config->country;
	s.weak = (struct csca_strength){
		.sha1 = config->flags & PROFILE_ACCEPT_SHA1,
		.small_keys = config->flags & PROFILE_ACCEPT_SMALL_KEYS,
	};
	s.rules = (struct import_rules){ .now = helper->now, .weak = s.weak };
	if (config->mode == INSPECT_CSCA_LIST)
		serve_list(helper, &s, config->csca_dir);
	serve_import(helper, &s, config);
}
