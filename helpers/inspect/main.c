// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cnie-inspect: the inspection system. It alone speaks the card's protocols,
 * checks the State's signature and the chip's proof, and sees number and
 * portrait on their way; it owns no descriptor but its channels. It reports
 * facts and hands number and portrait over only after cnied said to go on.
 */
#include <string.h>
#include <sys/mman.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/refuse.h"
#include "base/sandbox.h"
#include "base/scope.h"
#include "base/secret.h"
#include "inspect/apdus.h"
#include "inspect/document.h"
#include "inspect/import.h"
#include "inspect/procedure.h"

#define CONFIG_WAIT_MS   5000
#define PORTRAIT_WAIT_MS 5000

static struct apdus apdus = { FD_APDU, FD_CONTROL };

static void report(void *context, const struct msg_inspect_stage *s)
{
	(void)context;
	if (chan_send(FD_CONTROL, MSG_INSPECT_STAGE, s) != R_OK)
		helper_exit(1);
}

_Noreturn static void fail(struct inspection *x, enum reason why)
{
	uint16_t sw = x->link.sw;
	uint8_t stage = (uint8_t)x->stage;

	inspection_wipe(x);
	helper_fail(why, sw, stage);
}

_Noreturn static void done(struct inspection *x,
			   const struct csca_report *store,
			   size_t expiring)
{
	struct msg_inspect_done m = {
		.apdus = x->link.total.apdus, .sent = x->link.total.sent,
		.received = x->link.total.received,
		.anchors = (uint32_t)store->anchors,
		.crls = (uint32_t)store->crls, .bad = (uint32_t)store->bad,
		.expiring = (uint32_t)expiring,
	};
	enum result r = chan_send(FD_CONTROL, MSG_INSPECT_DONE, &m);

	inspection_wipe(x);
	helper_exit(r == R_OK ? 0 : 1);
}

static void send_number(struct inspection *x)
{
	/* cnied judged these facts; a number that is none, or of another
	 * State, leaves here under no circumstances */
	if (refused(!(x->facts.flags & FACT_STATE)))
		fail(x, REASON_FOREIGN_STATE);
	if (refused(!(x->facts.flags & FACT_NUMBER_FORM)))
		fail(x, REASON_NUMBER_FORM);
	if (chan_send(FD_NUMBER, MSG_NUMBER, &x->number) != R_OK)
		fail(x, REASON_HELPER_DIED);
	secret_wipe(&x->number, sizeof(x->number));
}

static void send_portrait(struct inspection *x)
{
	struct msg_portrait m = { (uint8_t)x->portrait.format,
				  x->portrait.image };

	if (chan_send_large(FD_PORTRAIT, MSG_PORTRAIT, &m, SINK(x->packet),
			    mono_ms() + PORTRAIT_WAIT_MS) != R_OK)
		fail(x, REASON_HELPER_DIED);
	secret_wipe(x->dg2_file, sizeof(x->dg2_file));
}

static enum proceed wait_proceed(void)
{
	struct msg_inspect_proceed m;

	if (refused(chan_expect(FD_CONTROL, MSG_INSPECT_PROCEED, &m, -1) !=
		    R_OK))
		helper_exit(1);
	return (enum proceed)m.what;
}

static void hand_portrait(struct inspection *x, bool login)
{
	enum reason why = procedure_portrait(x);

	if (why != REASON_NONE)
		fail(x, why);
	if (login)
		send_portrait(x);
}

/* FACTS, then what cnied says: the number, and then the portrait or not. */
static void serve(struct inspection *x)
{
	bool login = x->profile->mode == INSPECT_LOGIN;
	enum reason why = apdus_link(&apdus, &x->reader_max, &x->caps);
	enum proceed what;

	if (why == REASON_NONE)
		why = procedure_identify(x);
	if (why != REASON_NONE)
		fail(x, why);
	if (chan_send(FD_CONTROL, MSG_INSPECT_FACTS, &x->facts) != R_OK)
		helper_exit(1);
	what = wait_proceed();
	if (login && what == PROCEED_NUMBER) {
		send_number(x);
		what = wait_proceed();
	}
	switch (what) {
	case PROCEED_PORTRAIT:
		hand_portrait(x, login);
		return;
	case PROCEED_FINISH:
		return;
	case PROCEED_NUMBER:
		break;
	}
	fail(x, REASON_HELPER_PROTOCOL);
}

/* The number stands in exactly one place. */
static bool one_number_field(uint32_t flags)
{
	uint32_t fields = flags & PROFILE_NUMBER_FIELDS;

	return fields != 0 && (fields & (fields - 1)) == 0;
}

static bool config_ok(const struct msg_inspect_config *c)
{
	switch (c->mode) {
	case INSPECT_LOGIN:
	case INSPECT_ONLY:
		return one_number_field(c->flags);
	case INSPECT_CSCA:
	case INSPECT_CSCA_LIST:
	case INSPECT_CSCA_IMPORT:
		return true;
	default:
		return false;
	}
}

/* What OpenSSL loads for one cipher, its key derivation and its MAC. */
static enum result warm_cipher(enum info_cipher c)
{
	static const uint8_t secret[] = { 1 };
	static const struct command any = { CLA_PLAIN, INS_SELECT, 4, 0,
					    SPAN(secret), 0 };
	scoped(sm_wipe) struct sm sm = { 0 };
	scoped(session_keys_wipe) struct session_keys keys = { 0 };
	uint8_t buf[LINK_COMMAND_MAX];
	struct sink apdu = SINK(buf);
	enum result r = kdf_session(c, SPAN(secret), &keys);

	if (r != R_OK)
		return r;
	sm_start(&sm, &keys);
	return sm_wrap(&sm, &any, &apdu);
}

/* Whatever OpenSSL loads when first used is loaded now, and our ephemeral
 * keys are made before a card waits for them. */
static enum result warm_up(struct inspection *x)
{
	static const uint8_t no_key[] = { 0x30, 0x00 };
	static const enum info_cipher ciphers[] = {
		CIPHER_3DES, CIPHER_AES128, CIPHER_AES192, CIPHER_AES256
	};
	struct chip_key key;
	enum result r = pace_prepare(&x->pace_keys);

	if (r == R_OK)
		r = chip_auth_prepare(&x->chip_keys);
	if (r == R_OK)
		r = bac_prepare(&x->bac_random);
	for (size_t i = 0; r == R_OK && i < sizeof(ciphers) /
	     sizeof(ciphers[0]); i++)
		r = warm_cipher(ciphers[i]);
	if (r != R_OK)
		return r;
	return chip_key_parse(SPAN(no_key), &key) == R_MALFORMED ? R_OK :
								   R_INTERNAL;
}

static bool store_mode(uint8_t mode)
{
	return mode == INSPECT_CSCA_LIST || mode == INSPECT_CSCA_IMPORT;
}

int main(void)
{
	static struct inspection x;	/* zeroed; this process is one */
	/* 280 KB of number, portrait and keys: never to a swap device. While
	 * this is root, because the limit of an ordinary user may be less. */
	bool locked = mlock(&x, sizeof(x)) == 0;
	struct msg_inspect_config config;
	struct csca_store *store;
	struct csca_report store_report;
	struct helper helper;
	regex_t form;

	if (helper_begin(HELPER_INSPECT, &helper) != R_OK)
		helper_exit(1);
	if (chan_expect(FD_CONTROL, MSG_INSPECT_CONFIG, &config,
			mono_ms() + CONFIG_WAIT_MS) != R_OK)
		helper_fail(REASON_HELPER_PROTOCOL, 0, STAGE_NONE);
	if (refused(!config_ok(&config)))
		helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
	if (store_mode(config.mode))
		import_serve(&helper, &config);
	if (csca_load(config.csca_dir, &store_report, &store) != R_OK)
		helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
	if (config.mode != INSPECT_CSCA &&
	    number_form(config.number_regex, &form) != R_OK)
		helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
	if (!locked || warm_up(&x) != R_OK ||
	    sandbox_enter(ROLE_INSPECT) != R_OK)
		helper_fail(REASON_INTERNAL, 0, STAGE_NONE);
	helper_ready(&helper);
	if (config.mode == INSPECT_CSCA)
		done(&x, &store_report, csca_expiring(store, helper.now));

	x.profile = &config;
	x.store = store;
	x.number_form = &form;
	x.now = helper.now;
	x.link.send = apdus_send;
	x.link.fetch = apdus_fetch;
	x.link.context = &apdus;
	x.report = report;
	if (chan_expect(FD_CONTROL, MSG_INSPECT_GO, &x.go, -1) != R_OK)
		helper_exit(1);
	serve(&x);
	done(&x, &store_report, 0);
}
