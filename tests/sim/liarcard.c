// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A compromised cnie-card: started by cnied in its place, it has the reader
 * and both channels, is not locked down, and lies. What it does stands in one
 * line of $CNIE_ROOT/liar:
 *
 *	honest			carry everything, as cnie-card does
 *	splice N		up to APDU N the first reader's card, then the
 *				second's
 *	alternate		odd APDUs to the one, even ones to the other
 *	flip N B		invert bit B % 8 of byte B / 8 of answer N
 *	replay N		the answer before N in N's place
 *	ok N			9000 and no data in N's place
 *	cut N, longer N		one byte less, one more
 *	reason N R		say reason R in N's place
 *	end N			go without a word
 *	say N TYPE		a message of TYPE on the control channel before
 *				APDU N (0: before CARD_PRESENT)
 *	say-apdu N TYPE		the same on the APDU channel
 *	state E			CARD_STATE of event E instead of CARD_PRESENT
 *	link MAX ATR-BYTES	claim this of reader and card; MAX none: say nothing
 *	link-twice
 *
 * Everything it sees is appended to $CNIE_ROOT/liar.dump; once it has lied,
 * $CNIE_ROOT/liar.told is there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/prefix.h"
#include "card/pcsc.h"

#define FIRST  "Virtual PCD 00 00"
#define SECOND "Virtual PCD 00 01"
#define WAIT_MS 5000

struct liar {
	char verb[16];
	unsigned long n, more;
	bool has_n;
	int dump;
	struct pcsc card[2];
	unsigned int count;
	uint8_t last[APDU_RESPONSE_MAX];
	size_t last_n;
};

static uint8_t packet[APDU_RESPONSE_MAX + 64];

static void read_orders(struct liar *l)
{
	char path[PREFIX_PATH_MAX], line[128] = "";
	char n[24] = "", more[24] = "";
	FILE *f;

	if (prefix_path("/liar", path, sizeof(path)) != R_OK ||
	    !(f = fopen(path, "re")))
		_exit(2);
	if (!fgets(line, sizeof(line), f))
		_exit(2);
	fclose(f);
	sscanf(line, "%15s %23s %23s", l->verb, n, more);
	l->has_n = n[0] && strcmp(n, "none") != 0;
	l->n = strtoul(n, NULL, 10);
	l->more = strtoul(more, NULL, 10);
	if (prefix_path("/liar.dump", path, sizeof(path)) != R_OK)
		_exit(2);
	l->dump = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* A lie whose moment never comes is none: the test must see that it was told. */
static void told(void)
{
	char path[PREFIX_PATH_MAX];
	int fd;

	if (prefix_path("/liar.told", path, sizeof(path)) != R_OK ||
	    (fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) < 0)
		_exit(3);
	close(fd);
}

static bool is(const struct liar *l, const char *verb)
{
	return strcmp(l->verb, verb) == 0;
}

static void keep(const struct liar *l, struct span s)
{
	if (write(l->dump, s.p, s.n) != (ssize_t)s.n)
		_exit(3);
}

/* Any message of the table, with everything in it as good as can be. */
static void say_type(int fd, unsigned long type)
{
	union {
		uint8_t bytes[4096];
		struct msg_inspect_facts facts;
		struct msg_face_answer face;
		struct msg_login_grant grant;
		struct msg_inspect_proceed proceed;
		struct msg_card_state state;
		struct msg_login_answer answer;
		struct msg_number number;
	} m = { .bytes = { 0 } };

	switch (type) {
	case MSG_INSPECT_FACTS:
		m.facts.flags = UINT32_MAX;
		m.facts.proof = PROOF_CA;
		m.facts.channel = CHANNEL_CA;
		m.facts.expiry = 20351231;
		break;
	case MSG_FACE_ANSWER:
		m.face.verdict = FACE_MATCH;
		break;
	case MSG_LOGIN_GRANT:
		strcpy(m.grant.name, "root");
		break;
	case MSG_INSPECT_PROCEED:
		m.proceed.what = PROCEED_FINISH;
		break;
	case MSG_CARD_STATE:
		m.state.event = CARD_PRESENT;
		break;
	case MSG_LOGIN_ANSWER:
		strcpy(m.answer.text, "000000");
		break;
	case MSG_NUMBER:
		strcpy(m.number.number, "AB1");
		break;
	default:
		break;
	}
	told();
	/* a type that is in no table can only be written by hand */
	if (wire_struct_size((enum wire_msg)type) == 0) {
		m.bytes[0] = WIRE_VERSION;
		m.bytes[1] = (uint8_t)type;
		(void)!write(fd, m.bytes, 64);
	} else {
		(void)!chan_send(fd, (enum wire_msg)type, &m);
	}
}

static void say_if(const struct liar *l, unsigned long moment)
{
	if (is(l, "say") && l->n == moment)
		say_type(FD_CONTROL, l->more);
	if (is(l, "say-apdu") && l->n == moment)
		say_type(FD_APDU, l->more);
}

static void tell_link(struct liar *l)
{
	uint8_t atr[64];
	struct pcsc_link truth;
	struct msg_apdu_link m;

	if (pcsc_describe(&l->card[0], &truth) != REASON_NONE)
		return;
	m = (struct msg_apdu_link){ truth.max_data,
				    span_of(truth.atr, truth.atr_n) };
	if (is(l, "link") || is(l, "link-twice"))
		told();
	if (is(l, "link")) {
		if (!l->has_n)
			return;
		memset(atr, 0xff, sizeof(atr));
		m.max_data = (uint32_t)l->n;
		m.atr = span_of(atr, l->more < sizeof(atr) ? l->more :
				sizeof(atr));
	}
	(void)!chan_send(FD_APDU, MSG_APDU_LINK, &m);
	if (is(l, "link-twice"))
		(void)!chan_send(FD_APDU, MSG_APDU_LINK, &m);
}

static void connect_one(struct pcsc *p, const char *reader)
{
	if (pcsc_open(p) != REASON_NONE ||
	    pcsc_connect(p, reader) != REASON_NONE)
		pcsc_close(p);
}

/* Which card this APDU goes to. */
static struct pcsc *choose(struct liar *l)
{
	bool second = (is(l, "splice") && l->count > l->n) ||
		      (is(l, "alternate") && l->count % 2 == 0);

	if (second)
		told();
	return &l->card[second && l->card[1].connected];
}

static void answer(struct span apdu, unsigned long reason)
{
	struct msg_apdu_response m = { .reason = (uint16_t)reason,
				       .apdu = apdu };

	if (chan_send_large(FD_APDU, MSG_APDU_RESPONSE, &m, SINK(packet),
			    mono_ms() + WAIT_MS) != R_OK)
		_exit(0);
}

/* What becomes of the true answer in `got` (capacity is there). */
static void lie(struct liar *l, struct sink *got, unsigned long *reason)
{
	if (l->count != l->n || is(l, "splice"))
		return;
	if (!is(l, "say") && !is(l, "say-apdu") && !is(l, "replay"))
		told();
	if (is(l, "flip") && got->n > 0)
		got->p[l->more / 8 % got->n] ^= (uint8_t)(1u << l->more % 8);
	else if (is(l, "ok")) {
		got->n = 0;
		sink_u16(got, 0x9000);
	} else if (is(l, "cut") && got->n > 0)
		got->n--;
	else if (is(l, "longer"))
		sink_u8(got, 0x00);
	else if (is(l, "end"))
		_exit(0);
	else if (is(l, "replay") && l->last_n > 0) {
		told();
		memcpy(got->p, l->last, l->last_n);
		got->n = l->last_n;
	} else if (is(l, "reason")) {
		*reason = l->more;
		got->n = 0;
	}
}

static bool serve(struct liar *l)
{
	static uint8_t in[APDU_COMMAND_MAX + 64], out[APDU_RESPONSE_MAX + 1];
	struct sink got = SINK(out);
	struct msg_apdu_command m;
	unsigned long reason = REASON_NONE;
	struct pcsc *card;
	struct span packet_in;

	if (chan_recv(FD_APDU, in, sizeof(in), -1, &packet_in) != R_OK ||
	    wire_get(packet_in, MSG_APDU_COMMAND, &m) != R_OK)
		return false;
	l->count++;
	say_if(l, l->count);
	keep(l, m.apdu);
	card = choose(l);
	if (!card->locked && pcsc_lock(card) != REASON_NONE)
		return false;
	if (pcsc_transmit(card, m.apdu, &got) != REASON_NONE)
		return false;
	keep(l, sink_span(&got));
	lie(l, &got, &reason);
	memcpy(l->last, got.p, got.n);
	l->last_n = got.n;
	answer(sink_span(&got), reason);
	return true;
}

int main(void)
{
	static struct liar l;
	struct msg_helper_start start;
	struct msg_card_config config;
	struct msg_helper_ready ready = { 0 };
	struct msg_card_state state = { .event = CARD_PRESENT,
					.reader = FIRST };

	read_orders(&l);
	if (chan_expect(FD_CONTROL, MSG_HELPER_START, &start,
			mono_ms() + WAIT_MS) != R_OK ||
	    chan_expect(FD_CONTROL, MSG_CARD_CONFIG, &config,
			mono_ms() + WAIT_MS) != R_OK ||
	    chan_send(FD_CONTROL, MSG_HELPER_READY, &ready) != R_OK)
		return 1;
	connect_one(&l.card[0], FIRST);
	connect_one(&l.card[1], SECOND);
	if (!l.card[0].connected)
		return 1;
	say_if(&l, 0);
	if (is(&l, "state")) {
		state.event = (uint8_t)l.n;
		told();
	}
	if (chan_send(FD_CONTROL, MSG_CARD_STATE, &state) != R_OK)
		return 1;
	tell_link(&l);
	while (serve(&l))
		;
	pcsc_close(&l.card[0]);
	pcsc_close(&l.card[1]);
	return 0;
}
