// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/support_winscard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

struct fake fake;

const SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0, 0 };
const SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1, 0 };

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.reader[0].name = "Real Reader 00 00";
	fake.reader[0].state = SCARD_STATE_PRESENT;
	fake.card_state = SCARD_PRESENT;
	memcpy(fake.answer, "\x90\x00", 2);
	fake.answer_n = 2;
}

static size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = strlen(hex) / 2;

	if (n > cap || hex_decode(hex, out, n) != R_OK)
		abort();
	return n;
}

static void note(const char *what)
{
	size_t n = strlen(fake.log);

	snprintf(fake.log + n, sizeof(fake.log) - n, "%s%s", n ? " " : "",
		 what);
}

static void note_disposition(const char *what, DWORD d)
{
	char text[64];

	snprintf(text, sizeof(text), "%s:%s", what,
		 d == SCARD_UNPOWER_CARD ? "unpower" :
		 d == SCARD_LEAVE_CARD ? "leave" : "other");
	note(text);
}

LONG SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b,
			   LPSCARDCONTEXT context)
{
	(void)scope;
	(void)a;
	(void)b;
	*context = 1;
	return fake.establish;
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
	(void)context;
	note("release");
	return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR names,
		      LPDWORD size)
{
	size_t n = 0;

	(void)context;
	(void)groups;
	if (fake.list != SCARD_S_SUCCESS)
		return fake.list;
	if (fake.endless_names) {
		memset(names, 'A', *size);
		return SCARD_S_SUCCESS;
	}
	for (size_t i = 0; i < FAKE_READERS; i++) {
		if (!fake.reader[i].name)
			continue;
		strcpy(names + n, fake.reader[i].name);
		n += strlen(fake.reader[i].name) + 1;
	}
	if (n == 0)
		return SCARD_E_NO_READERS_AVAILABLE;
	names[n++] = '\0';
	*size = (DWORD)n;
	return SCARD_S_SUCCESS;
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout,
			  SCARD_READERSTATE *states, DWORD n)
{
	(void)context;
	snprintf(fake.waited, sizeof(fake.waited), "%s", states[0].szReader);
	if (timeout > 0 && fake.waits++ == 0)
		for (size_t i = 0; i < FAKE_READERS; i++)
			if (fake.reader[i].later)
				fake.reader[i].state = fake.reader[i].later;
	for (DWORD k = 0; k < n; k++)
		for (size_t i = 0; i < FAKE_READERS; i++)
			if (fake.reader[i].name &&
			    strcmp(states[k].szReader, fake.reader[i].name) ==
			    0)
				states[k].dwEventState = fake.reader[i].state;
	return fake.change;
}

LONG SCardConnect(SCARDCONTEXT context, LPCSTR reader, DWORD share,
		  DWORD protocols, LPSCARDHANDLE card, LPDWORD protocol)
{
	(void)context;
	(void)reader;
	(void)protocols;
	note(share == SCARD_SHARE_SHARED ? "connect" : "connect-not-shared");
	*card = 7;
	*protocol = fake.protocol ? fake.protocol : SCARD_PROTOCOL_T1;
	return fake.connect;
}

/* It succeeds on another card: nothing of ours may call it. */
LONG SCardReconnect(SCARDHANDLE card, DWORD share, DWORD protocols,
		    DWORD how, LPDWORD protocol)
{
	(void)card;
	(void)share;
	(void)protocols;
	(void)how;
	(void)protocol;
	abort();
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
	(void)card;
	note("begin");
	return fake.begin;
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD how)
{
	(void)card;
	note_disposition("end", how);
	return SCARD_S_SUCCESS;
}

LONG SCardDisconnect(SCARDHANDLE card, DWORD how)
{
	(void)card;
	note_disposition("disconnect", how);
	return SCARD_S_SUCCESS;
}

LONG SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD name_n, LPDWORD state,
		 LPDWORD protocol, LPBYTE atr, LPDWORD atr_n)
{
	(void)card;
	(void)name;
	(void)name_n;
	(void)protocol;
	*state = fake.card_state;
	if (atr && fake.atr)
		*atr_n = (DWORD)from_hex(fake.atr, atr, *atr_n);
	else
		*atr_n = 0;
	return fake.status;
}

/* Code 1 is the properties' own; all others are the list of features. */
LONG SCardControl(SCARDHANDLE card, DWORD code, LPCVOID in, DWORD in_n,
		  LPVOID out, DWORD out_n, LPDWORD got)
{
	const char *hex = code == 1 ? fake.properties : fake.features;

	(void)card;
	(void)in;
	(void)in_n;
	if (!hex)
		return SCARD_E_UNSUPPORTED_FEATURE;
	*got = (DWORD)from_hex(hex, out, out_n);
	return SCARD_S_SUCCESS;
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send,
		   LPCBYTE apdu, DWORD apdu_n, SCARD_IO_REQUEST *recv,
		   LPBYTE out, LPDWORD out_n)
{
	LONG code = fake.apdus ? fake.transmit_after : fake.transmit;
	unsigned int step = fake.apdus++;

	(void)card;
	(void)send;
	(void)recv;
	note("apdu");
	if (step < FAKE_STEPS)
		for (DWORD i = 0; i < apdu_n && i < 31; i++)
			snprintf(fake.sent[step] + 2 * i, 3, "%02x", apdu[i]);
	if (code != SCARD_S_SUCCESS)
		return code;
	if (step < FAKE_STEPS && fake.script[step]) {
		*out_n = (DWORD)from_hex(fake.script[step], out, *out_n);
		return SCARD_S_SUCCESS;
	}
	if (fake.answer_n > *out_n)
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(out, fake.answer, fake.answer_n);
	*out_n = fake.claim ? fake.claim : (DWORD)fake.answer_n;
	return SCARD_S_SUCCESS;
}
