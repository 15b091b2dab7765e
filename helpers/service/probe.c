// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Transactions without a card: doctor's questions to the helpers, each of
 * which is started for real, makes itself ready and goes; the check of a CSCA
 * store; the life of the sector key (keys.c).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/prefix.h"
#include "roster/view.h"
#include "service/key.h"
#include "service/service.h"

/* -- rows that need no helper --------------------------------------------------- */

static void row_profile(struct txn *t)
{
	struct msg_inspect_config p = { 0 };
	struct config_error e = { "" };
	char path[PREFIX_PATH_MAX], name[128];

	snprintf(name, sizeof(name), PATH_PROFILE_DIR "/%s.conf",
		 t->config.profile);
	if (prefix_path(name, path, sizeof(path)) != R_OK ||
	    config_read_profile(path, &p, &e) != R_OK)
		txn_row(t, "profile\tfail\t%s", e.text);
	else if (!(p.flags & PROFILE_REQUIRE_CHIP_PROOF))
		txn_row(t, "profile\twarn\t%s: require_chip_proof = no lets a copied card without chip authentication in; for a pilot only",
			t->config.profile);
	else
		txn_row(t, "profile\tok\t%s: State %s, country %s",
			t->config.profile, p.state, p.country);
}

static void row_authorisation(struct txn *t)
{
	char path[PREFIX_PATH_MAX], host[256] = "";
	struct authorisation a;
	struct config_error e = { "" };
	enum result r = prefix_path(PATH_AUTHORISATION, path, sizeof(path));

	if (r == R_OK)
		r = config_read_authorisation(path, &a, &e);
	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	if (r == R_ABSENT)
		txn_row(t, "authorisation\twarn\tnone: face matching is off, card + code serves");
	else if (r != R_OK)
		txn_row(t, "authorisation\tfail\t%s", e.text);
	else if (policy_assurance(&a, t->today, host) == ASSURANCE_NONE)
		txn_row(t, "authorisation\twarn\tnot in force today at this host: face matching is off");
	else
		txn_row(t, "authorisation\tok\t%s until %u, %s", a.reference,
			a.not_after, a.assurance == ASSURANCE_FACE ?
			"face" : "face+code");
}

/* Why it gives no name and uid, or REASON_NONE: better found here than when
 * somebody stands there with their card. Nothing is written. */
static enum reason gives_none(struct roster *r, const struct config *c)
{
	struct roster_policy policy;
	struct roster_account a;

	enrol_policy(c, &policy);
	return roster_propose(r, &policy, 0, &a);
}

static void row_roster(struct txn *t, const struct config *c)
{
	char path[PREFIX_PATH_MAX];
	struct roster_counts n = { 0 };
	struct roster *r = NULL;
	enum reason why = REASON_ROSTER, none = REASON_NONE;

	if (prefix_path(PATH_ROSTER, path, sizeof(path)) == R_OK)
		why = roster_open(path, &r);
	if (why == REASON_NONE)
		why = roster_count(r, &n);
	if (why == REASON_NONE)
		none = gives_none(r, c);
	roster_close(&r);
	if (why != REASON_NONE)
		txn_row(t, "roster\tfail\t%s: %s", path,
			reason_row(why)->text);
	else if (none != REASON_NONE)
		txn_row(t, "roster\twarn\t%u accounts, %u active, and no new one can be made: %s",
			n.accounts, n.active, reason_row(none)->text);
	else
		txn_row(t, "roster\tok\t%u accounts, %u active", n.accounts,
			n.active);
}

/* Somebody revoked may still be active in it. */
static bool overtaken(void)
{
	char path[PREFIX_PATH_MAX];
	struct roster *r = NULL;
	bool old = prefix_path(PATH_ROSTER, path, sizeof(path)) == R_OK &&
		   roster_open(path, &r) == REASON_NONE && !view_current(r);

	roster_close(&r);
	return old;
}

/* Is there anybody who should be in it? */
static bool enrolled(void)
{
	char path[PREFIX_PATH_MAX];
	struct roster_counts n = { 0 };
	struct roster *r = NULL;
	bool any = prefix_path(PATH_ROSTER, path, sizeof(path)) == R_OK &&
		   roster_open(path, &r) == REASON_NONE &&
		   roster_count(r, &n) == REASON_NONE && n.accounts > 0;

	roster_close(&r);
	return any;
}

static void row_view(struct txn *t)
{
	char path[PREFIX_PATH_MAX];
	struct view_map map = { 0 };
	enum result r = prefix_path(PATH_VIEW, path, sizeof(path));

	if (r == R_OK)
		r = view_map_file(path, &map);
	view_unmap(&map);
	if (r == R_ABSENT && enrolled())
		txn_row(t, "view\tfail\t%s: not there, and no account resolves; systemctl restart cnied writes it anew",
			path);
	else if (r == R_ABSENT)
		txn_row(t, "view\twarn\tnot written yet: enrol somebody first");
	else if (r == R_MALFORMED)
		txn_row(t, "view\tfail\t%s: damaged, or of another version; systemctl restart cnied writes it anew",
			path);
	else if (r != R_OK)
		txn_row(t, "view\tfail\t%s: must be a regular file of root, not writable by group or others",
			path);
	else if (overtaken())
		txn_row(t, "view\tfail\t%s: not what the roster says (was the disk full? was [nss] enumerate changed?); systemctl restart cnied writes it anew",
			path);
	else
		txn_row(t, "view\tok\t%s", path);
}

static void row_epoch(struct txn *t, const struct config *c)
{
	struct roster *r;
	uint32_t unbound = 0, newest = 0;
	enum reason why;

	r = txn_roster(t);
	if (!r)
		return;
	why = roster_unbound_count(r, c->epoch, &unbound);
	if (why == REASON_NONE)
		why = roster_epoch_newest(r, &newest);
	roster_close(&r);
	if (why != REASON_NONE)
		txn_row(t, "epoch\tfail\t%s", reason_row(why)->text);
	else if (newest > c->epoch)
		txn_row(t, "epoch\twarn\t%u here, while the roster has %u: others have rotated, and whom they enrol or bind by the newer key alone is not known here; cniectl key rotate, or where more than one was missed, epoch in cnie.conf",
			c->epoch, newest);
	else if (c->previous_epoch)
		txn_row(t, "epoch\tok\t%u and %u are live; %u accounts have not logged in under the newer: cniectl key retire ends the older%s",
			c->previous_epoch, c->epoch, unbound,
			c->provider == PROVIDER_PKCS11 ? " (--keep-key on all but the last of the machines that share the token)" : "");
}

static void row_backup(struct txn *t, const struct config *c)
{
	uint32_t day = key_backup_day(c->epoch);

	if (c->provider != PROVIDER_LOCAL)
		return;
	if (day)
		txn_row(t, "backup\tok\tof the key, made %u", day);
	else
		txn_row(t, "backup\twarn\tthe key was never saved: with this disk every account's card is lost; cniectl key backup");
}

/*
 * Without a cnie.conf: accounts whose key is not among the files here. It is a
 * token's or a service's, and a file written anew would not name it; so cniectl
 * setup asks for this row ("epoch N: ...").
 */
static void row_no_key(struct txn *t)
{
	char path[PREFIX_PATH_MAX];
	struct roster *r;
	uint32_t newest = 0;
	enum reason why;

	if (prefix_path(PATH_ROSTER, path, sizeof(path)) != R_OK ||
	    access(path, F_OK))
		return;		/* nobody is enrolled here */
	r = txn_roster(t);
	if (!r)
		return;
	why = roster_epoch_newest(r, &newest);
	roster_close(&r);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else if (newest && !key_here(newest))
		txn_row(t, "no-key\tfail\tepoch %u: accounts are known by its key, of which no file is here: a token or a service has it, or it is lost",
			newest);
}

static void rows_at_once(struct txn *t)
{
	struct config c;
	struct config_error e = { "" };
	char path[PREFIX_PATH_MAX];
	enum result r = prefix_path(PATH_CONFIG, path, sizeof(path));

	if (r == R_OK)
		r = config_read(path, &c, &e);
	if (r != R_OK) {
		txn_row(t, "config\tfail\t%s", e.text);
		row_no_key(t);
		txn_done(t, "configure first");
		return;
	}
	txn_row(t, "config\tok\tsector %s, epoch %u, uids %u-%u", c.urn,
		c.epoch, c.uid_min, c.uid_max);
	row_profile(t);
	row_authorisation(t);
	row_roster(t, &c);
	row_view(t);
	row_epoch(t, &c);
	row_backup(t, &c);
}

/* -- rows of a started helper ------------------------------------------------------ */

static enum result ask_csca(struct txn *t)
{
	return staff_inspect(t, INSPECT_CSCA);
}

static enum result ask_key(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = {
		.mode = SECTOR_PROBE, .epoch = t->config.epoch,
		.old_epoch = t->config.previous_epoch,
	};
	enum result r = key_fds(&t->config, &fds);

	return r == R_OK ? staff_sector_with(t, &m, &fds) : r;
}

static enum result ask_reader(struct txn *t)
{
	return staff_card(t, false, 0);
}

enum { PROBE_CSCA, PROBE_KEY, PROBE_READER, PROBE_FACE, PROBE_STATUS_END,
       PROBE_CSCA_DIR, PROBE_COUNT };

static const struct {
	const char *item;
	enum helper_kind kind;
	enum result (*ask)(struct txn *t);
	const char *good, *absent;
} probes[PROBE_COUNT] = {
	[PROBE_CSCA] = { "csca", HELPER_INSPECT, ask_csca, "",
		"no CSCA store" },
	[PROBE_KEY] = { "key", HELPER_SECTOR, ask_key, "",
		"no sector key: cniectl key restore brings a backup back; cniectl setup makes a first one" },
	[PROBE_READER] = { "reader", HELPER_CARD, ask_reader, "", "" },
	[PROBE_FACE] = { "face", HELPER_FACE, staff_face,
		"camera and models are ready", "" },
	[PROBE_CSCA_DIR] = { "csca", HELPER_INSPECT, ask_csca, "", "" },
};

static void probe_next(struct txn *t, int probe);

static void probe_row(struct txn *t, const char *state, const char *text)
{
	crew_end_all(&t->crew, &t->service->morgue);
	if (t->probe >= PROBE_STATUS_END) {
		txn_refuse(t, REASON_NOT_CONFIGURED);
		return;
	}
	txn_row(t, "%s\t%s\t%s", probes[t->probe].item, state, text);
	if (t->state != ST_END)
		probe_next(t, t->probe + 1);
}

/* Why a helper was not even started. */
static void probe_unstarted(struct txn *t, enum result r)
{
	char text[257];

	if (t->probe == PROBE_KEY && key_refusal(&t->config, text, sizeof(text)))
		probe_row(t, "fail", text);
	else
		probe_row(t, "fail", r == R_ABSENT && probes[t->probe].absent[0] ?
			  probes[t->probe].absent : "the helper can't be started");
}

static void probe_next(struct txn *t, int probe)
{
	enum result r;

	if (probe == PROBE_STATUS_END) {
		txn_done(t, "");
		return;
	}
	t->probe = probe;
	txn_to(t, ST_PROBE);
	r = probes[probe].ask(t);
	if (r != R_OK)
		probe_unstarted(t, r);
}

void probe_start(struct txn *t)
{
	if (key_verb(t->request.verb)) {
		if (t->config.urn[0])
			key_start(t);
		else
			txn_refuse(t, REASON_NOT_CONFIGURED);
		return;
	}
	switch (t->request.verb) {
	case ADMIN_STATUS:
		rows_at_once(t);
		if (t->state != ST_END)
			probe_next(t, PROBE_CSCA);
		break;
	case ADMIN_CSCA_CHECK:
		probe_next(t, PROBE_CSCA_DIR);
		break;
	case ADMIN_CSCA_LIST:
	case ADMIN_CSCA_IMPORT:
		csca_start(t);
		break;
	default:
		txn_refuse(t, REASON_PROTOCOL);
	}
}

void on_probe_ready(struct txn *t, enum source from, const void *msg)
{
	enum helper_kind kind = probes[t->probe].kind;

	if (csca_verb(t->request.verb))
		return;
	if (key_verb(t->request.verb)) {
		on_key_ready(t, from, msg);
		return;
	}
	if ((enum helper_kind)from != kind) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	if (kind == HELPER_CARD || kind == HELPER_INSPECT)
		return;		/* its CARD_STATE or DONE says more */
	if (t->probe == PROBE_KEY) {
		const char *text = key_custody_text(&t->config,
						    t->config.epoch);

		probe_row(t, strncmp(text, "demonstration", 13) ? "ok" :
			  "warn", text);
		return;
	}
	probe_row(t, "ok", probes[t->probe].good);
}

void on_probe_card(struct txn *t, enum source from, const void *msg)
{
	const struct msg_card_state *m = msg;
	char text[200];

	(void)from;
	if (m->event != CARD_PRESENT)
		return;
	snprintf(text, sizeof(text), "%s, a card is in it", m->reader);
	probe_row(t, "ok", text);
}

void on_probe_done(struct txn *t, enum source from, const void *msg)
{
	const struct msg_inspect_done *m = msg;
	char text[160];

	if (csca_verb(t->request.verb)) {
		on_csca_done(t, from, msg);
		return;
	}
	snprintf(text, sizeof(text), "%u anchors, %u CRLs", m->anchors,
		 m->crls);
	if (t->probe == PROBE_CSCA_DIR && m->anchors > 0) {
		snprintf(text, sizeof(text), "%u anchors", m->anchors);
		txn_done(t, text);
		return;
	}
	if (m->bad)	/* a CRL that does not load revokes nobody */
		snprintf(text, sizeof(text),
			 "%u anchors, %u CRLs, and %u files that can't be used: not readable by all, no certificate, or a CRL that no anchor signed",
			 m->anchors, m->crls, m->bad);
	probe_row(t, !m->anchors ? "fail" : m->bad ? "warn" : "ok",
		  m->anchors ? text :
		  "no CSCA certificate: every card is refused");
}

void on_probe_fail(struct txn *t, enum source from, const void *msg)
{
	const struct msg_helper_fail *m = msg;
	const struct reason_row *why = reason_row(m->reason);

	if (csca_verb(t->request.verb)) {
		on_csca_fail(t, from, msg);
		return;
	}
	if (key_verb(t->request.verb)) {
		on_key_fail(t, from, msg);
		return;
	}
	if (t->probe == PROBE_READER && m->reason == REASON_NO_CARD)
		probe_row(t, "ok", "a reader is there, no card in it");
	else if (t->probe == PROBE_FACE && t->assurance == ASSURANCE_NONE)
		probe_row(t, "warn", why->text);
	else if (t->probe == PROBE_KEY)
		probe_row(t, "fail", key_fail_text(m));
	else
		probe_row(t, "fail", why->text);
}

void on_probe_gone(struct txn *t, enum source from, const void *msg)
{
	(void)from;
	(void)msg;
	if (csca_verb(t->request.verb) || key_verb(t->request.verb))
		txn_refuse(t, REASON_HELPER_DIED);
	else
		probe_row(t, "fail", "the helper died before it was ready");
}

void probe_expired(struct txn *t)
{
	static const struct msg_helper_fail silent = {
		.reason = REASON_TOKEN, .sw = TOKEN_FAULT_SILENT,
	};

	if (txn_token_silent(t) && key_verb(t->request.verb))
		on_key_fail(t, FROM_SECTOR, &silent);
	else if (txn_token_silent(t))
		probe_row(t, "fail", key_fail_text(&silent));
	else if (csca_verb(t->request.verb) || key_verb(t->request.verb))
		txn_refuse(t, REASON_HELPER_TIMEOUT);
	else
		probe_row(t, "fail", "the helper did not answer in time");
}
