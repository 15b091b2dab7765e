/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operations stream: one event a transaction, to journald as structured
 * fields (to standard error as one line where no journald listens). It says
 * what happened, which step, how long and under which code. MUST: no name,
 * uid, tag, number, card identity or image: the struct has no place for one.
 */
#ifndef CNIE_AUDIT_EVENT_H
#define CNIE_AUDIT_EVENT_H

#include "base/wire.h"

enum event_kind { EVENT_LOGIN, EVENT_ENROL, EVENT_INSPECT, EVENT_ADMIN,
		  EVENT_PASS,	/* a login with the code of the day */
		  EVENT_REBIND, EVENT_MY_DATA };

struct event {
	enum event_kind kind;
	enum reason reason;	/* REASON_NONE: granted, done */
	char service[NAME_MAX_LEN];	/* PAM service, or the admin's verb */
	const char *factors;	/* "card+face+code", "" before that is known */
	const char *proof;	/* the chip's: "ca", "pace-cam", "aa", "none";
				 * NULL before that is known */
	uint8_t stage;		/* enum inspect_stage: the last one reached */
	uint16_t sw;		/* last status word of a failure */
	uint32_t apdus, sent, received;
	uint32_t card_ms, face_ms, total_ms;
	uint8_t preempted;	/* 1: took the seat from another transaction */
};

void event_emit(const struct event *e);

#endif
