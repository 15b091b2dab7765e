// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/pcsc.h"

#include <string.h>

#include <winscard.h>
#include <reader.h>

#include "base/refuse.h"

#define SHORT_ANSWER_MAX (256 + 2)
#define PNP_READER "\\\\?PnP?\\Notification"

_Static_assert(READER_NAME_MAX > MAX_READERNAME, "pcsc-lite's longest name");

/* What pcscd says while a card is in use (CARD.md lists what was seen). */
static const struct {
	LONG code;
	enum reason reason;
} in_use[] = {
	{ SCARD_W_REMOVED_CARD,       REASON_CARD_REMOVED },
	{ SCARD_E_NO_SMARTCARD,       REASON_CARD_REMOVED },
	{ SCARD_E_UNKNOWN_READER,     REASON_CARD_REMOVED },
	{ SCARD_E_READER_UNAVAILABLE, REASON_CARD_REMOVED },
	{ SCARD_W_RESET_CARD,         REASON_CARD_CHANGED },
	{ SCARD_W_UNPOWERED_CARD,     REASON_CARD_CHANGED },
	{ SCARD_E_SHARING_VIOLATION,  REASON_READER_EXCLUSIVE },
	{ SCARD_W_UNRESPONSIVE_CARD,  REASON_CARD_SILENT },
	{ SCARD_W_UNSUPPORTED_CARD,   REASON_CARD_SILENT },
	{ SCARD_E_PROTO_MISMATCH,     REASON_CARD_SILENT },
	{ SCARD_E_TIMEOUT,            REASON_CARD_SILENT },
	/* the daemon went away: one of these, by the call that meets it; the
	 * context is dead then, whatever SCardIsValidContext says */
	{ SCARD_F_COMM_ERROR,         REASON_PCSCD_RESTARTED },
	{ SCARD_E_NO_SERVICE,         REASON_PCSCD_RESTARTED },
	{ SCARD_E_SERVICE_STOPPED,    REASON_PCSCD_RESTARTED },
	{ SCARD_E_INVALID_HANDLE,     REASON_PCSCD_RESTARTED },
};

static enum reason reason_of(LONG code)
{
	if (code == SCARD_S_SUCCESS)
		return REASON_NONE;
	for (size_t i = 0; i < sizeof(in_use) / sizeof(in_use[0]); i++)
		if (in_use[i].code == code)
			return in_use[i].reason;
	return REASON_CARD_TRANSPORT;
}

enum reason pcsc_open(struct pcsc *p)
{
	SCARDCONTEXT context;

	memset(p, 0, sizeof(*p));
	/* every failure here, a refusal by polkit too, is "no service" */
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) !=
	    SCARD_S_SUCCESS)
		return REASON_NO_PCSCD;
	p->context = context;
	p->open = true;
	return REASON_NONE;
}

static const struct pcsc_reader *known(const struct pcsc_reader *list,
				       size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

enum reason pcsc_readers(struct pcsc *p,
			 struct pcsc_reader list[PCSC_READERS_MAX], size_t *n)
{
	char names[PCSC_READERS_MAX * READER_NAME_MAX + 1];
	struct pcsc_reader now[PCSC_READERS_MAX] = { 0 };
	DWORD size = sizeof(names) - 1;
	size_t count = 0;
	LONG code = SCardListReaders(p->context, NULL, names, &size);

	if (code == SCARD_E_NO_READERS_AVAILABLE) {
		*n = 0;
		return REASON_NONE;
	}
	if (code != SCARD_S_SUCCESS)
		return reason_of(code);
	names[size] = '\0';
	for (const char *s = names; s < names + size && *s &&
	     count < PCSC_READERS_MAX; s += strlen(s) + 1) {
		const struct pcsc_reader *old = known(list, *n, s);

		if (strlen(s) >= READER_NAME_MAX)
			continue;
		if (old)
			now[count] = *old;
		else
			memcpy(now[count].name, s, strlen(s) + 1);
		count++;
	}
	memcpy(list, now, sizeof(now));
	*n = count;
	return REASON_NONE;
}

static void take_state(struct pcsc_reader *r, DWORD event)
{
	r->mute = event & SCARD_STATE_MUTE;
	r->present = (event & SCARD_STATE_PRESENT) && !r->mute;
	r->exclusive = event & SCARD_STATE_EXCLUSIVE;
	r->events = (uint16_t)(event >> 16);
	r->state = event & ~(DWORD)SCARD_STATE_CHANGED;
}

enum reason pcsc_wait(struct pcsc *p, struct pcsc_reader *list, size_t n,
		      unsigned int wait_ms)
{
	SCARD_READERSTATE states[PCSC_READERS_MAX + 1] = { 0 };
	LONG code;

	if (n > PCSC_READERS_MAX)
		return REASON_INTERNAL;
	for (size_t i = 0; i < n; i++) {
		states[i].szReader = list[i].name;
		states[i].dwCurrentState = list[i].state;
	}
	if (n == 0)
		states[0].szReader = PNP_READER;
	code = SCardGetStatusChange(p->context, wait_ms, states,
				    n ? (DWORD)n : 1);
	/* unknown reader: it was unplugged since the list was made */
	if (code == SCARD_E_UNKNOWN_READER) {
		for (size_t i = 0; i < n; i++)
			list[i].present = false;
		return REASON_NONE;
	}
	if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT)
		return reason_of(code);
	for (size_t i = 0; i < n; i++)
		if (code == SCARD_S_SUCCESS || states[i].dwEventState)
			take_state(&list[i], states[i].dwEventState);
	return REASON_NONE;
}

enum reason pcsc_connect(struct pcsc *p, const char *reader)
{
	SCARDHANDLE card;
	DWORD protocol;
	LONG code = SCardConnect(p->context, reader, SCARD_SHARE_SHARED,
				 SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card,
				 &protocol);

	if (code != SCARD_S_SUCCESS)
		return reason_of(code);
	p->card = card;
	p->protocol = protocol;
	p->connected = true;
	return REASON_NONE;
}

/* The control code of the reader's properties, 0 where it has none. Features
 * are { tag, 4, code big-endian }. */
static DWORD properties_code(struct pcsc *p)
{
	uint8_t buf[MAX_BUFFER_SIZE];
	const size_t row = sizeof(PCSC_TLV_STRUCTURE);
	DWORD n = 0;

	if (SCardControl(p->card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, buf,
			 sizeof(buf), &n) != SCARD_S_SUCCESS ||
	    n > sizeof(buf))
		return 0;
	for (size_t i = 0; i + row <= n; i += row)
		if (buf[i] == FEATURE_GET_TLV_PROPERTIES && buf[i + 1] == 4)
			return (DWORD)buf[i + 2] << 24 |
			       (DWORD)buf[i + 3] << 16 |
			       (DWORD)buf[i + 4] << 8 | buf[i + 5];
	return 0;
}

/* dwMaxAPDUDataSize among properties { tag, length, value little-endian }. */
static uint32_t max_data(struct pcsc *p)
{
	uint8_t buf[MAX_BUFFER_SIZE];
	DWORD n = 0, code = properties_code(p);
	struct span in, value;
	uint8_t tag, length;

	if (!code || SCardControl(p->card, code, NULL, 0, buf, sizeof(buf),
				  &n) != SCARD_S_SUCCESS || n > sizeof(buf))
		return 0;
	in = span_of(buf, n);
	while (span_u8(&in, &tag) == R_OK && span_u8(&in, &length) == R_OK &&
	       span_take(&in, length, &value) == R_OK)
		if (tag == PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize &&
		    value.n == 4)
			return (uint32_t)value.p[0] |
			       (uint32_t)value.p[1] << 8 |
			       (uint32_t)value.p[2] << 16 |
			       (uint32_t)value.p[3] << 24;
	return 0;
}

enum reason pcsc_describe(struct pcsc *p, struct pcsc_link *out)
{
	struct pcsc_link l = { .t0 = p->protocol == SCARD_PROTOCOL_T0 };
	DWORD state = 0, protocol = 0, names = 0, n = sizeof(l.atr);
	LONG code = SCardStatus(p->card, NULL, &names, &state, &protocol,
				l.atr, &n);

	if (code != SCARD_S_SUCCESS)
		return reason_of(code);
	l.atr_n = n <= sizeof(l.atr) ? n : 0;
	l.max_data = l.t0 ? 0 : max_data(p);
	*out = l;
	return REASON_NONE;
}

enum reason pcsc_lock(struct pcsc *p)
{
	LONG code = SCardBeginTransaction(p->card);

	if (code == SCARD_S_SUCCESS)
		p->locked = true;
	return reason_of(code);
}

/* Is there still a card where ours was? For what a transmission error is. */
static enum reason card_gone(struct pcsc *p)
{
	DWORD state = 0, protocol, names = 0, atr = 0;
	LONG code = SCardStatus(p->card, NULL, &names, &state, &protocol,
				NULL, &atr);

	if (code != SCARD_S_SUCCESS)
		return reason_of(code);
	return state & SCARD_ABSENT ? REASON_CARD_REMOVED :
				      REASON_CARD_TRANSPORT;
}

static enum reason transmit(struct pcsc *p, struct span apdu,
			    struct sink *out)
{
	DWORD n = (DWORD)(out->cap - out->n);
	const SCARD_IO_REQUEST *pci = p->protocol == SCARD_PROTOCOL_T0 ?
				      SCARD_PCI_T0 : SCARD_PCI_T1;
	LONG code = SCardTransmit(p->card, pci, apdu.p, (DWORD)apdu.n, NULL,
				  out->p + out->n, &n);
	enum reason r = reason_of(code);

	if (r == REASON_CARD_TRANSPORT)
		return card_gone(p);
	if (r != REASON_NONE)
		return r;
	/* a card that leaves during an APDU: success and no bytes */
	if (n == 0)
		return REASON_CARD_REMOVED;
	refuse_if(n < 2 || n > out->cap - out->n, REASON_CARD_TRANSPORT);
	out->n += n;
	return REASON_NONE;
}

enum reason pcsc_transmit(struct pcsc *p, struct span apdu, struct sink *out)
{
	enum reason r = transmit(p, apdu, out);

	/* every failure but the reader's own means another or no card */
	p->gone = r != REASON_NONE && r != REASON_CARD_TRANSPORT;
	return r;
}

/* A command that any card answers somehow; it also ends secure messaging. */
static bool answers(struct pcsc *p)
{
	static const uint8_t probe[] = { 0x00, 0xb0, 0x00, 0x00, 0x01 };
	uint8_t buf[SHORT_ANSWER_MAX];
	struct sink answer = SINK(buf);

	return pcsc_transmit(p, SPAN(probe), &answer) == REASON_NONE;
}

/*
 * pcscd 1.9 that is told to take the power from a card that has left, before
 * its own polling (400 ms) saw that, does not see the next card any more. So a
 * card is asked first whether it is there; where it is not, there is nothing
 * to take the power from. One that was never spoken to is left as it was.
 */
static DWORD disposition(struct pcsc *p)
{
	if (!p->locked || p->gone || !answers(p))
		return SCARD_LEAVE_CARD;
	return SCARD_UNPOWER_CARD;
}

void pcsc_close(struct pcsc *p)
{
	if (p->connected) {
		DWORD how = disposition(p);

		/* both: between the two another program may come in */
		if (p->locked)
			SCardEndTransaction(p->card, how);
		SCardDisconnect(p->card, how);
	}
	if (p->open)
		SCardReleaseContext(p->context);
	memset(p, 0, sizeof(*p));
}
