/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every sentence a person reads during a login: one table, four languages.
 * Processes send the number and at most one argument; the module renders it.
 * Hosts never call setlocale, so the language is an argument here.
 */
#ifndef CNIE_BASE_MESSAGES_H
#define CNIE_BASE_MESSAGES_H

#include <stddef.h>

enum msg {
	MSG_NONE,
	/* shown while all goes well */
	MSG_NOTICE,		/* arg: controller; purpose; contact, joined by "; " */
	MSG_INSERT_CARD,
	MSG_REINSERT_CARD,	/* a card that lies there is not consent */
	MSG_READING,		/* keep the card still */
	MSG_LOOK,		/* look at the camera */
	MSG_WELCOME,		/* arg: account */
	/* prompts */
	MSG_ASK_CAN,
	MSG_ASK_MRZ,		/* document number, birth, expiry */
	MSG_ASK_PIN,
	MSG_ASK_PIN_AGAIN,	/* the last try: typing it again is the consent */
	MSG_ASK_CODE,
	MSG_ASK_NEW_CODE,
	MSG_ASK_NEW_CODE_AGAIN,
	MSG_ASK_PASS,		/* the one-day code of who forgot the card */
	/* refusals: one sentence, "(code)" is appended by message_text */
	MSG_NOT_AT_SEAT,
	MSG_SERVICE,
	MSG_SEAT_BUSY,
	MSG_THROTTLED,		/* arg: seconds */
	MSG_CANCELLED,
	MSG_DEADLINE,
	MSG_NOT_CONFIGURED,
	MSG_INTERNAL,
	MSG_NO_READER,
	MSG_NO_CARD,
	MSG_CARD_REMOVED,
	MSG_READER_BUSY,
	MSG_CARD_SILENT,
	MSG_NOT_THIS_CARD,
	MSG_WRONG_CAN,
	MSG_CARD_REFUSED,
	MSG_NOT_GENUINE,
	MSG_WRONG_PIN,
	MSG_PIN_TRIES,		/* arg: how many; said before the refusal */
	MSG_PIN_BLOCKED,
	MSG_PIN_LAST_TRY,
	MSG_PIN_SUSPENDED,
	MSG_CARD_EXPIRED,
	MSG_CLOCK,
	MSG_UNKNOWN_PERSON,
	MSG_WRONG_PERSON,
	MSG_REVOKED,
	MSG_BLOCKED_CARD,
	MSG_ACCOUNT_EXPIRED,
	MSG_UID_MISMATCH,
	MSG_ALREADY,
	MSG_NAME_TAKEN,
	MSG_NO_ACCOUNT,
	MSG_WRONG_FACE,
	MSG_NO_FACE,
	MSG_NO_CAMERA,
	MSG_NO_AUTHORISATION,
	MSG_WRONG_CODE,
	MSG_NO_CODE,
	MSG_WEAK_CODE,
	MSG_CODE_DIFFERS,
	MSG_KEY_SERVICE,	/* the tokenisation service */
	MSG_SERVICE_DOWN,	/* said by the module: cnied does not answer */
	MSG_COUNT
};

/*
 * Render sentence m in language lang ("en", "fr", "ar", "zgh", or a locale
 * such as "fr_MA.UTF-8"; NULL or unknown: English) into out, UTF-8, cut at a
 * character boundary. arg replaces the one %s (NULL: empty). code, where not
 * NULL or empty, is appended as " (C10)".
 */
void message_text(enum msg m, const char *lang, const char *arg,
		  const char *code, char *out, size_t cap);

#endif
