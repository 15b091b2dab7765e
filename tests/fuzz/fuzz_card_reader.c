// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: card base */
/*
 * What a card and its reader say to cnie-card. The first octet: 0 and 1 answers
 * to one command over T=1 and T=0, each a length octet and that many octets
 * (status bytes that ask for more: 61xx, 6Cxx); 2 the reader's properties,
 * features and ATR, each so; 3 names and states of readers. The reader's
 * library is replaced by the functions below.
 */
#include <stdlib.h>
#include <string.h>

#include <winscard.h>

#include "card/transport.h"
#include "card/wait.h"

#define ROOM 4096

enum { OVER_T1, OVER_T0, PROPERTIES, READERS, MODES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0, 0 };
const SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1, 0 };

static struct span script;
static unsigned int transmitted;

/* The next words, cut to what the caller has room for; none: no words. */
static DWORD next(void *out, DWORD room)
{
	struct span words = { 0 };
	uint8_t n;

	if (span_u8(&script, &n) != R_OK ||
	    span_take(&script, n, &words) != R_OK)
		return 0;
	if (words.n > room)
		words.n = room;
	if (words.n)
		memcpy(out, words.p, words.n);
	return (DWORD)words.n;
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *protocol,
		   LPCBYTE apdu, DWORD apdu_n, SCARD_IO_REQUEST *received,
		   LPBYTE out, LPDWORD n)
{
	(void)card;
	(void)protocol;
	(void)received;
	if (apdu_n < TRANSPORT_HEAD || !apdu)
		abort();
	transmitted++;
	*n = next(out, *n);
	return SCARD_S_SUCCESS;
}

LONG SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD name_n, LPDWORD state,
		 LPDWORD protocol, LPBYTE atr, LPDWORD atr_n)
{
	(void)card;
	(void)name;
	(void)name_n;
	(void)protocol;
	*state = SCARD_PRESENT;
	*atr_n = atr ? next(atr, *atr_n) : 0;
	return SCARD_S_SUCCESS;
}

LONG SCardControl(SCARDHANDLE card, DWORD code, LPCVOID in, DWORD in_n,
		  LPVOID out, DWORD room, LPDWORD n)
{
	(void)card;
	(void)code;
	(void)in;
	(void)in_n;
	*n = next(out, room);
	return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR names,
		      LPDWORD n)
{
	(void)context;
	(void)groups;
	*n = next(names, *n);
	return SCARD_S_SUCCESS;
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout,
			  SCARD_READERSTATE *states, DWORD n)
{
	uint8_t bits[4] = { 0 };

	(void)context;
	(void)timeout;
	for (DWORD i = 0; i < n; i++) {
		if (strlen(states[i].szReader) >= READER_NAME_MAX)
			abort();
		next(bits, sizeof(bits));
		states[i].dwEventState = (DWORD)bits[0] | (DWORD)bits[1] << 8 |
					 (DWORD)bits[2] << 16 |
					 (DWORD)bits[3] << 24;
	}
	return SCARD_S_SUCCESS;
}

/* -- the code under test ---------------------------------------------------- */

/* The input's length bounds how often anything is asked. */
static void exchange(bool t0)
{
	static const uint8_t commands[][7] = {
		{ 0, 0xb0, 0x9c, 0, 0 }, { 0, 0xa4, 4, 0x0c, 1, 7, 0 },
	};
	struct pcsc p = { .protocol = t0 ? SCARD_PROTOCOL_T0 :
					   SCARD_PROTOCOL_T1 };
	struct transport t = { .pcsc = &p, .t0 = t0 };
	uint8_t room[ROOM];
	enum reason why = REASON_NONE;

	for (int i = 0; why == REASON_NONE && script.n; i++) {
		struct sink out = SINK(room);

		why = transport_exchange(&t, i % 2 ? SPAN(commands[1]) :
					 span_of(commands[0], 5), &out);
		if (out.n > out.cap || t.count < transmitted)
			abort();
		if (why == REASON_NONE &&
		    (out.n < 2 || room[out.n - 2] == 0x61))
			abort();
		if (why != REASON_NONE && why != REASON_CARD_LOOP &&
		    why != REASON_CARD_REMOVED &&
		    why != REASON_CARD_TRANSPORT)
			abort();
	}
	if (transmitted > TRANSPORT_APDUS_MAX)
		abort();
}

static void describe(void)
{
	struct pcsc p = { .protocol = SCARD_PROTOCOL_T1 };
	struct pcsc_link l;

	if (pcsc_describe(&p, &l) == REASON_NONE && l.atr_n > sizeof(l.atr))
		abort();
}

static void readers(void)
{
	static const struct msg_card_config configs[] = {
		{ .ignore = "Other,SAM" }, { .fresh = 1 },
		{ .reader = "Reader 00 00" },
	};
	struct pcsc p = { 0 };
	struct watch w = { .n = 0 };

	for (int looks = 0; looks < 4 && script.n; looks++) {
		const struct msg_card_config *c = &configs[looks % 3];
		size_t which = PCSC_READERS_MAX;
		enum sight s;

		if (pcsc_readers(&p, w.reader, &w.n) != REASON_NONE ||
		    w.n > PCSC_READERS_MAX ||
		    pcsc_wait(&p, w.reader, w.n, 0) != REASON_NONE)
			abort();
		s = watch_judge(&w, c, &which);
		if ((s == SIGHT_CARD) != (which < w.n) ||
		    (s == SIGHT_CARD &&
		     (!reader_allowed(c, w.reader[which].name) ||
		      !w.reader[which].present)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	script = span_of(data + 1, size - 1);
	transmitted = 0;
	switch (data[0] % MODES) {
	case OVER_T1:
	case OVER_T0:
		exchange(data[0] % MODES == OVER_T0);
		break;
	case PROPERTIES:
		describe();
		break;
	case READERS:
		readers();
		break;
	}
	return 0;
}
