// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * In cnie-card in the place of libpcsclite: one reader with one card, whose
 * answers come from hostile_chip.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <winscard.h>
#include <reader.h>

#include "chip.h"
#include "hostile.h"

#define READER	   "Hostile Reader 00 00"
#define HIGH	   10		/* the filter lets us write above FD_KEY */
#define CODE	   4		/* before the chip's bytes */
#define PROPERTIES 0x42330012
#define MAX_DATA   65535	/* bytes in one APDU, says the reader */
#define APDU_MAX   70000

const SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0, 0 };
const SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1, 0 };

static int chip = -1;

void winscard_again(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *dir = getenv(ENV_DIR);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (chip >= 0)
		close(chip);
	chip = fcntl(fd, F_DUPFD, HIGH);
	close(fd);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/chip.sock",
		 dir ? dir : ".");
	if (connect(chip, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(chip);
		chip = -1;
	}
}

/* The chip's words, and what SCardTransmit says. */
static LONG ask(char what, const uint8_t *data, size_t n, uint8_t *out,
		DWORD *out_n)
{
	static uint8_t question[APDU_MAX], answer[APDU_MAX];
	uint32_t code;
	ssize_t got;

	if (n >= sizeof(question))
		return SCARD_E_INVALID_PARAMETER;
	question[0] = (uint8_t)what;
	if (n)
		memcpy(question + 1, data, n);
	if (write(chip, question, n + 1) != (ssize_t)n + 1)
		return SCARD_E_NO_SERVICE;
	do {
		got = read(chip, answer, sizeof(answer));
	} while (got < 0 && errno == EINTR);
	if (got < CODE)
		return SCARD_E_NO_SERVICE;
	memcpy(&code, answer, CODE);
	if (code != SCARD_S_SUCCESS)
		return (LONG)code;
	if ((DWORD)got - CODE > *out_n)
		return SCARD_E_INSUFFICIENT_BUFFER;
	*out_n = (DWORD)got - CODE;
	if (*out_n)
		memcpy(out, answer + CODE, *out_n);
	return SCARD_S_SUCCESS;
}

LONG SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b,
			   LPSCARDCONTEXT context)
{
	(void)scope;
	(void)a;
	(void)b;
	winscard_again();
	*context = 1;
	return chip < 0 ? SCARD_E_NO_SERVICE : SCARD_S_SUCCESS;
}

LONG SCardReleaseContext(SCARDCONTEXT context)
{
	(void)context;
	return SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR names,
		      LPDWORD n)
{
	static const char list[] = READER "\0";

	(void)context;
	(void)groups;
	if (*n < sizeof(list))
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(names, list, sizeof(list));
	*n = sizeof(list);
	return SCARD_S_SUCCESS;
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout,
			  SCARD_READERSTATE *states, DWORD n)
{
	(void)context;
	(void)timeout;
	for (DWORD i = 0; i < n; i++)
		states[i].dwEventState = SCARD_STATE_PRESENT | 1 << 16;
	return SCARD_S_SUCCESS;
}

LONG SCardConnect(SCARDCONTEXT context, LPCSTR reader, DWORD share,
		  DWORD protocols, LPSCARDHANDLE card, LPDWORD protocol)
{
	(void)context;
	(void)reader;
	(void)share;
	(void)protocols;
	*card = 1;
	*protocol = SCARD_PROTOCOL_T1;
	return SCARD_S_SUCCESS;
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
	(void)card;
	return SCARD_S_SUCCESS;
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD how)
{
	(void)card;
	(void)how;
	return SCARD_S_SUCCESS;
}

LONG SCardDisconnect(SCARDHANDLE card, DWORD how)
{
	(void)card;
	(void)how;
	return SCARD_S_SUCCESS;
}

LONG SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD name_n, LPDWORD state,
		 LPDWORD protocol, LPBYTE atr, LPDWORD atr_n)
{
	(void)card;
	(void)name;
	(void)name_n;
	*state = SCARD_PRESENT;
	*protocol = SCARD_PROTOCOL_T1;
	if (!atr) {
		*atr_n = 0;
		return SCARD_S_SUCCESS;
	}
	return ask(ASK_ATR, NULL, 0, atr, atr_n);
}

LONG SCardControl(SCARDHANDLE card, DWORD code, LPCVOID in, DWORD in_n,
		  LPVOID out, DWORD room, LPDWORD n)
{
	static const uint8_t features[] = {
		FEATURE_GET_TLV_PROPERTIES, 4, PROPERTIES >> 24,
		PROPERTIES >> 16 & 0xff, PROPERTIES >> 8 & 0xff,
		PROPERTIES & 0xff,
	};
	static const uint8_t properties[] = {
		PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize, 4, MAX_DATA & 0xff,
		MAX_DATA >> 8, 0, 0,
	};
	const uint8_t *from = code == PROPERTIES ? properties : features;

	(void)card;
	(void)in;
	(void)in_n;
	_Static_assert(sizeof(features) == sizeof(properties), "one size");
	if (room < sizeof(features))
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(out, from, sizeof(features));
	*n = sizeof(features);
	return SCARD_S_SUCCESS;
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *protocol,
		   LPCBYTE apdu, DWORD apdu_n, SCARD_IO_REQUEST *received,
		   LPBYTE out, LPDWORD n)
{
	(void)card;
	(void)protocol;
	(void)received;
	return ask(ASK_TRANSMIT, apdu, apdu_n, out, n);
}
