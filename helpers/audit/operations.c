// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/event.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

#include "base/log.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define MESSAGE_ID "5f0c9a4e2b1d4d7f9a6c3e8b7d215c40"

static const char *const kinds[] = {
	[EVENT_LOGIN] = "login", [EVENT_ENROL] = "enrol",
	[EVENT_INSPECT] = "inspect", [EVENT_ADMIN] = "admin",
	[EVENT_PASS] = "pass", [EVENT_REBIND] = "rebind",
	[EVENT_MY_DATA] = "my-data",
};

/* sd_journal_send answers 0 with no journald: the event would be lost. */
static bool journald_listens(void)
{
	struct stat st;

	return stat(JOURNAL_SOCKET, &st) == 0 && S_ISSOCK(st.st_mode);
}

static enum log_level level(enum result r)
{
	switch (r) {
	case R_OK:
		return LOG_LINE_INFO;
	case R_DENIED:
	case R_MALFORMED:
	case R_BUSY:
		return LOG_LINE_NOTICE;
	case R_ABSENT:
	case R_TIMEOUT:
		return LOG_LINE_INFO;
	case R_INTERNAL:
		return LOG_LINE_ERR;
	}
	return LOG_LINE_ERR;
}

void event_emit(const struct event *e)
{
	const struct reason_row *why = reason_row(e->reason);
	const char *result = e->reason == REASON_NONE ? "granted" : "refused";
	const char *text = e->reason == REASON_NONE ? "" : why->text;
	int sent = -1;

	if (journald_listens())
		sent = sd_journal_send(
			"MESSAGE=%s %s %s%s%s", kinds[e->kind], result,
			why->code, text[0] ? ": " : "", text,
			"MESSAGE_ID=" MESSAGE_ID,
			"PRIORITY=%d", (int)level(why->result),
			"CNIE_EVENT=%s", kinds[e->kind],
			"CNIE_RESULT=%s", result,
			"CNIE_REASON=%s", why->code,
			"CNIE_SERVICE=%s", e->service,
			"CNIE_FACTORS=%s", e->factors ? e->factors : "",
			"CNIE_PROOF=%s", e->proof ? e->proof : "",
			"CNIE_STAGE=%u", e->stage, "CNIE_SW=%04X", e->sw,
			"CNIE_APDUS=%u", e->apdus, "CNIE_SENT=%u", e->sent,
			"CNIE_RECEIVED=%u", e->received,
			"CNIE_CARD_MS=%u", e->card_ms,
			"CNIE_FACE_MS=%u", e->face_ms,
			"CNIE_TOTAL_MS=%u", e->total_ms,
			"CNIE_PREEMPTED=%u", e->preempted, NULL);
	if (sent == 0)
		return;
	log_line(level(why->result),
		 "event=%s result=%s reason=%s service=%s factors=%s proof=%s stage=%u sw=%04X apdus=%u sent=%u received=%u card_ms=%u face_ms=%u total_ms=%u preempted=%u text=\"%s\"",
		 kinds[e->kind], result, why->code, e->service,
		 e->factors ? e->factors : "", e->proof ? e->proof : "",
		 e->stage, e->sw, e->apdus,
		 e->sent, e->received, e->card_ms, e->face_ms, e->total_ms,
		 e->preempted, text);
}
