// SPDX-License-Identifier: GPL-3.0-or-later
#include "card/wait.h"

#include <string.h>
#include <time.h>

#include "base/channel.h"
#include "base/refuse.h"

/* Names of readers that are programs and not things: their "card" may be
 * anywhere. A login by one would be a login over the network. */
static const char *const virtual_names[] = { "virtual", "vpcd" };

static bool is_virtual(const char *name)
{
	for (size_t i = 0; i < sizeof(virtual_names) / sizeof(virtual_names[0]);
	     i++)
		if (strcasestr(name, virtual_names[i]))
			return true;
	return false;
}

/* Comma-separated parts of names. */
static bool ignored(const char *list, const char *name)
{
	char part[sizeof(((struct msg_card_config *)0)->ignore)];

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n > 0 && n < sizeof(part)) {
			memcpy(part, list, n);
			part[n] = '\0';
			if (strstr(name, part))
				return true;
		}
		list += n;
		list += *list == ',';
	}
	return false;
}

bool reader_allowed(const struct msg_card_config *c, const char *name)
{
#ifndef CNIE_TWIN
	if (is_virtual(name))
		return false;
#else
	(void)is_virtual;	/* test builds use pcscd's virtual reader */
#endif
	refuse_if(c->reader[0] && strcmp(c->reader, name) != 0, false);
	refuse_if(ignored(c->ignore, name), false);
	return true;
}

bool reader_takes_all(const char *name)
{
	(void)name;
#ifdef CNIE_TWIN
	return true;		/* it is the only reader there */
#else
	return false;
#endif
}

/* Was a card lying in this reader when it was first looked at, and has
 * pcscd counted neither a removal nor an insertion since? */
static bool lying(struct watch *w, const struct pcsc_reader *r)
{
	size_t i;

	for (i = 0; i < w->first_n; i++)
		if (strcmp(w->first[i].name, r->name) == 0)
			return w->first[i].lying &&
			       w->first[i].events == r->events;
	if (i == PCSC_READERS_MAX)
		return true;	/* no room to remember: never fresh */
	memcpy(w->first[i].name, r->name, sizeof(r->name));
	w->first[i].events = r->events;
	w->first[i].lying = r->present || r->mute;
	w->first_n++;
	return w->first[i].lying;
}

enum sight watch_judge(struct watch *w, const struct msg_card_config *c,
		       size_t *which)
{
	enum sight best = SIGHT_NO_READER;

	for (size_t i = 0; i < w->n; i++) {
		bool old;

		if (!reader_allowed(c, w->reader[i].name))
			continue;
		old = lying(w, &w->reader[i]);
		if (w->reader[i].present && !refused(c->fresh && old)) {
			*which = i;
			return SIGHT_CARD;
		}
		if (w->reader[i].present)
			best = SIGHT_LYING;
		else if (best == SIGHT_NO_READER)
			best = SIGHT_NO_CARD;
	}
	return best;
}

/* cnied speaks to a waiting helper only to end it. */
static bool ended(int control)
{
	return chan_wait(control, mono_ms()) != R_TIMEOUT;
}

static enum reason tell(int control, enum card_event event, const char *name)
{
	struct msg_card_state m = { .event = (uint8_t)event };

	memcpy(m.reader, name, strnlen(name, sizeof(m.reader) - 1));
	return chan_send(control, MSG_CARD_STATE, &m) == R_OK ?
	       REASON_NONE : REASON_CANCELLED;
}

/* Each state is told once, when it begins. */
static enum reason tell_sight(int control, enum sight now, enum sight *told)
{
	static const enum card_event events[] = {
		[SIGHT_NO_READER] = CARD_WAITING,
		[SIGHT_NO_CARD] = CARD_WAITING,
		[SIGHT_LYING] = CARD_LYING_THERE,
		[SIGHT_CARD] = CARD_FOUND,
	};

	if (*told == now)
		return REASON_NONE;
	if (*told == SIGHT_NO_READER && now == SIGHT_NO_CARD)
		return REASON_NONE;	/* both are CARD_WAITING */
	*told = now;
	return tell(control, events[now], "");
}

static enum reason too_late(enum sight s)
{
	switch (s) {
	case SIGHT_NO_READER:
		return REASON_NO_READER;
	case SIGHT_NO_CARD:
		return REASON_NO_CARD;
	case SIGHT_LYING:
		return REASON_NOT_FRESH;
	case SIGHT_CARD:
		return REASON_READER_EXCLUSIVE;
	case SIGHT_NOTHING_TOLD:
		break;
	}
	return REASON_INTERNAL;
}

/* One look: list the readers, take their states at once. */
static enum reason look(struct pcsc *p, struct watch *w)
{
	enum reason r = pcsc_readers(p, w->reader, &w->n);

	if (r != REASON_NONE)
		return r;
	return w->n ? pcsc_wait(p, w->reader, w->n, 0) : REASON_NONE;
}

/* A slice of waiting, no longer than until the deadline. */
static enum reason slice(struct pcsc *p, struct watch *w, enum sight s,
			 int64_t deadline)
{
	int64_t left = deadline - mono_ms();

	if (left > WAIT_SLICE_MS)
		left = WAIT_SLICE_MS;
	if (left <= 0)
		return REASON_NONE;
	/* a card that another program holds: nothing would change */
	if (s == SIGHT_CARD) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){
				0, (long)left * 1000000 }, NULL);
		return REASON_NONE;
	}
	return pcsc_wait(p, w->reader, w->n, (unsigned int)left);
}

enum reason wait_for_card(struct pcsc *p, int control,
			  const struct msg_card_config *c,
			  struct pcsc_reader *out)
{
	int64_t deadline = mono_ms() + c->wait_ms;
	enum sight told = SIGHT_NOTHING_TOLD;
	struct watch w = { .n = 0 };

	for (;;) {
		size_t which = 0;
		enum sight s;
		enum reason r = look(p, &w);

		if (r != REASON_NONE)
			return r;
		s = watch_judge(&w, c, &which);
		if (s == SIGHT_CARD) {
			/* before the call that may not come back in time */
			r = tell_sight(control, s, &told);
			if (r != REASON_NONE)
				return r;
			r = pcsc_connect(p, w.reader[which].name);
			if (r == REASON_NONE) {
				*out = w.reader[which];
				return tell(control, CARD_PRESENT, out->name);
			}
			/* taken out again, or held by another: go on waiting */
			if (r != REASON_CARD_REMOVED &&
			    r != REASON_READER_EXCLUSIVE)
				return r;
		}
		if (mono_ms() >= deadline)
			return too_late(s);
		r = tell_sight(control, s, &told);
		if (r != REASON_NONE || ended(control))
			return REASON_CANCELLED;
		r = slice(p, &w, s, deadline);
		if (r != REASON_NONE)
			return r;
	}
}
