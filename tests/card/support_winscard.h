/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A reader's library that says what the test wants, linked in place of
 * libpcsclite. It writes down each call that changes something.
 */
#ifndef CNIE_TESTS_CARD_WINSCARD_H
#define CNIE_TESTS_CARD_WINSCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <winscard.h>

#define FAKE_READERS 3
#define FAKE_STEPS   8

struct fake_reader {
	const char *name;	/* NULL: no such reader */
	DWORD state;		/* SCARD_STATE_*, and events << 16 */
	DWORD later;		/* after the first look with waiting, if not 0 */
};

struct fake {
	LONG establish, list, change, connect, begin, transmit, status;
	LONG transmit_after;	/* of every APDU after the first */
	DWORD card_state;	/* SCardStatus */
	struct fake_reader reader[FAKE_READERS];
	uint8_t answer[300];
	size_t answer_n;
	DWORD claim;		/* octets that it says it has, if not 0 */
	const char *script[FAKE_STEPS];	/* hexadecimal: answers in turn, before
					 * `answer` */
	char sent[FAKE_STEPS][64];	/* hexadecimal: APDUs as they came */
	DWORD protocol;			/* 0: T=1 */
	bool endless_names;	/* a list of readers without its end */
	const char *features, *properties;	/* hexadecimal; NULL: none */
	const char *atr;		/* hexadecimal */
	unsigned int apdus, waits;
	char waited[64];	/* the first reader last asked about */
	char log[512];		/* "establish connect begin ..." */
};

extern struct fake fake;	/* reset by fake_reset() */
void fake_reset(void);

#endif
