// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Another program that uses the reader: hog VERB READER [MS].
 *
 *	transaction	hold a transaction
 *	exclusive	hold the card exclusively
 *	reset		reset the card, once, and go
 *	resets		reset it every MS / 10 until MS have passed
 *	die		be killed inside a transaction
 *
 * Says "ready" on standard output once it holds what it wants.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;

static int complain(const char *what, LONG code)
{
	fprintf(stderr, "hog: %s: %s\n", what, pcsc_stringify_error(code));
	return 1;
}

static LONG connect_as(const char *reader, DWORD share)
{
	DWORD protocol;

	return SCardConnect(context, reader, share,
			    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card,
			    &protocol);
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static int hold(const char *reader, DWORD share, unsigned int ms, int die)
{
	LONG code = connect_as(reader, share);

	if (code == SCARD_S_SUCCESS && share == SCARD_SHARE_SHARED)
		code = SCardBeginTransaction(card);
	if (code != SCARD_S_SUCCESS)
		return complain("hold", code);
	ready();
	usleep(ms * 1000);
	if (die)
		raise(SIGKILL);
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	return 0;
}

/* A reset needs no transaction: it ends that of others only when they let
 * go, so this blocks while somebody else has one. */
static int reset_once(const char *reader)
{
	LONG code = connect_as(reader, SCARD_SHARE_SHARED);

	if (code == SCARD_S_SUCCESS)
		code = SCardDisconnect(card, SCARD_RESET_CARD);
	return code == SCARD_S_SUCCESS ? 0 : complain("reset", code);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";
	unsigned int ms = argc > 3 ? (unsigned int)atoi(argv[3]) : 0;

	if (argc < 3 ||
	    SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) !=
	    SCARD_S_SUCCESS)
		return 2;
	if (strcmp(verb, "transaction") == 0)
		return hold(argv[2], SCARD_SHARE_SHARED, ms, 0);
	if (strcmp(verb, "die") == 0)
		return hold(argv[2], SCARD_SHARE_SHARED, ms, 1);
	if (strcmp(verb, "exclusive") == 0)
		return hold(argv[2], SCARD_SHARE_EXCLUSIVE, ms, 0);
	if (strcmp(verb, "reset") == 0)
		return reset_once(argv[2]);
	if (strcmp(verb, "resets") == 0) {
		ready();
		for (int i = 0; i < 10; i++) {
			if (reset_once(argv[2]) != 0)
				return 1;
			usleep(ms * 100);
		}
		return 0;
	}
	return 2;
}
