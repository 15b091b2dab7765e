// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cnie-inspect: the inspection system. It alone speaks the card's protocols,
 * checks the State's signature and the chip's proof, and sees number and
 * portrait on their way; it owns no descriptor but its channels. It reports
 * facts and hands number and portrait over only after cnied said to go on.
 */
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/sandbox.h"
#include "base/scope.h"
#include "base/secret.h"
#include "inspect/document.h"
#include "inspect/procedure.h"

#define CONFIG_WAIT_MS   5000
#define PORTRAIT_WAIT_MS 5000
#define MESSAGE_HEAD     16

/*
 * Wait for the card's answer; the end of the control channel ends us too.
 * A silent card is cnied's deadline to judge, which kills us from outside.
 */
static void wait_answer(void)
{
	struct pollfd p[2] = {
		{ .fd = FD_APDU, .events = POLLIN },
		{ .fd = FD_CONTROL, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)	/* nothing may be said now */
			helper_exit(1);
		if (p[0].revents)
			return;
	}
}

/* cnie-card may say what happened in the reader, and nothing else: a word
 * about the document or the person is not its to say. */
static enum reason of_the_reader(uint16_t reason)
{
	const struct reason_row *row = reason_row(reason);

	if (reason == REASON_NONE)
		return REASON_NONE;
	if (row->id != (enum reason)reason ||
	    (row->code[0] != 'R' && reason != REASON_CARD_LOOP))
		return REASON_HELPER_PROTOCOL;
	return row->id;
}

/* One packet of cnie-card's; its first word, on what reader and card can
 * carry, is not used while all APDUs are short. */
static enum result receive(uint8_t *buf, size_t cap, struct span *in)
{
	static bool link_told;
	enum result r = chan_recv(FD_APDU, buf, cap, mono_ms(), in);

	if (r != R_OK || link_told || wire_type(*in) != MSG_APDU_LINK)
		return r;
	link_told = true;
	wait_answer();
	return chan_recv(FD_APDU, buf, cap, mono_ms(), in);
}

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	uint8_t buf[LINK_ANSWER_MAX + MESSAGE_HEAD + 1];
	struct msg_apdu_command c = { apdu };
	struct msg_apdu_response a;
	struct span in;
	enum reason why;

	(void)context;
	if (chan_send(FD_APDU, MSG_APDU_COMMAND, &c) != R_OK)
		return REASON_HELPER_DIED;
	wait_answer();
	switch (receive(buf, sizeof(buf), &in)) {
	case R_OK:
		break;
	case R_MALFORMED:
		return REASON_CARD_LOOP;	/* more than was asked for */
	case R_DENIED:
	case R_ABSENT:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		return REASON_HELPER_DIED;
	}
	why = REASON_HELPER_PROTOCOL;
	if (wire_get(in, MSG_APDU_RESPONSE, &a) == R_OK) {
		why = of_the_reader(a.reason);
		sink_put(out, a.apdu);
	}
	secret_wipe(buf, sizeof(buf));
	return why;
}

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
			   const struct csca_report *store)
{
	struct msg_inspect_done m = {
		.apdus = x->link.total.apdus, .sent = x->link.total.sent,
		.received = x->link.total.received,
		.anchors = (uint32_t)store->anchors,
		.crls = (uint32_t)store->crls, .bad = (uint32_t)store->bad,
	};
	enum result r = chan_send(FD_CONTROL, MSG_INSPECT_DONE, &m);

	inspection_wipe(x);
	helper_exit(r == R_OK ? 0 : 1);
}

static void send_number(struct inspection *x)
{
	/* cnied judged these facts; a number that is none, or of another
	 * State, leaves here under no circumstances */
	if (!(x->facts.flags & FACT_STATE))
		fail(x, REASON_FOREIGN_STATE);
	if (!(x->facts.flags & FACT_NUMBER_FORM))
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

	if (chan_expect(FD_CONTROL, MSG_INSPECT_PROCEED, &m, -1) != R_OK)
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
	enum reason why = procedure_identify(x);
	enum proceed what;

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

static bool config_ok(const struct msg_inspect_config *c)
{
	switch (c->mode) {
	case INSPECT_LOGIN:
	case INSPECT_ONLY:
	case INSPECT_CSCA:
		break;
	default:
		return false;
	}
	/* BAC is not in this version; a profile that wants it gets nothing */
	return !(c->flags & PROFILE_BAC);
}

/* Whatever OpenSSL loads when first used is loaded now, and our ephemeral
 * keys are made before a card waits for them. */
static enum result warm_up(struct inspection *x)
{
	static const uint8_t no_key[] = { 0x30, 0x00 };
	scoped(link_wipe) struct card_link l = { 0 };
	scoped(session_keys_wipe) struct session_keys keys = { 0 };
	uint8_t buf[LINK_COMMAND_MAX];
	struct sink apdu = SINK(buf);
	struct chip_key key;
	struct command c = { CLA_PLAIN, INS_SELECT, 4, 0, SPAN(no_key), 0 };
	enum result r = pace_prepare(&x->pace_keys);

	if (r == R_OK)
		r = chip_auth_prepare(&x->chip_keys);
	if (r == R_OK)
		r = kdf_session(SPAN(no_key), &keys);
	if (r != R_OK)
		return r;
	link_keys(&l, &keys, false);
	r = sm_wrap(&l.sm, &c, &apdu);
	return r == R_OK && chip_key_parse(SPAN(no_key), &key) == R_MALFORMED ?
	       R_OK : R_INTERNAL;
}

int main(void)
{
	static struct inspection x;	/* zeroed; this process is one */
	/* 115 KB of number, portrait and keys: never to a swap device. While
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
	if (!config_ok(&config))
		helper_fail(REASON_NOT_CONFIGURED, 0, STAGE_NONE);
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
		done(&x, &store_report);

	x.profile = &config;
	x.store = store;
	x.number_form = &form;
	x.now = helper.now;
	x.link.transmit = transmit;
	x.report = report;
	if (chan_expect(FD_CONTROL, MSG_INSPECT_GO, &x.go, -1) != R_OK)
		helper_exit(1);
	serve(&x);
	done(&x, &store_report);
}
