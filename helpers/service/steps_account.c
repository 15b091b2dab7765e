// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * From tags to the account of the card, as each purpose wants it; and what of
 * a tokeniser's answers may be remembered.
 */
#include <string.h>

#include "base/channel.h"
#include "base/refuse.h"
#include "roster/viewfmt.h"
#include "service/service.h"
#include "service/throttle.h"

static enum reason for_login(struct txn *t, struct roster *roster)
{
	enum reason why = roster_find_tag(roster, &t->card, t->today,
					  &t->account);
	uint32_t delay;

	if (why != REASON_NONE)
		return why;
	refuse_if(t->start.user[0] && strcmp(t->start.user, t->account.name),
		  REASON_WRONG_PERSON);
	refuse_if(!view_id_ok(t->account.uid), REASON_OUT_OF_RANGE);
	t->proven.account = true;
	if (throttle_delay(t->account.uid, &delay) != R_OK)
		return REASON_INTERNAL;
	refuse_if(delay > 0, REASON_THROTTLED);
	return REASON_NONE;
}

/* A card that nobody has. */
static enum reason for_enrolment(struct txn *t, struct roster *roster)
{
	enum reason why = roster_find_tag(roster, &t->card, t->today,
					  &t->account);

	if (why == REASON_UNKNOWN_CARD)
		return REASON_NONE;
	if (why != REASON_NONE)
		return why;
	/* perhaps the view could not be written the first time */
	why = write_view(roster);
	return why == REASON_NONE ? REASON_ALREADY_ENROLLED : why;
}

/* A card that nobody has under this key, and the account that had it under
 * the one that was lost, or has it under the older one. Its other factors are
 * asked as at a login. */
static enum reason for_rebinding(struct txn *t, struct roster *roster)
{
	struct roster_card newer = t->card;
	enum reason why;

	newer.old_epoch = 0;
	why = roster_whose(roster, &newer, &t->account);
	refuse_if(why == REASON_NONE, REASON_ALREADY_ENROLLED);
	if (why == REASON_UNKNOWN_CARD)
		why = roster_whose(roster, &t->card, &t->account);
	refuse_if(why == REASON_NONE &&
		  strcmp(t->account.name, t->request.account),
		  REASON_ALREADY_ENROLLED);
	if (why != REASON_NONE && why != REASON_UNKNOWN_CARD)
		return why;
	why = roster_show(roster, t->request.account, &t->account);
	if (why != REASON_NONE)
		return why;
	refuse_if(t->account.status != ROSTER_ACTIVE, REASON_REVOKED);
	t->proven.account = true;
	return REASON_NONE;
}

void on_lookup(struct txn *t, enum source from, const void *msg)
{
	const struct msg_sector_lookup *m = msg;
	struct msg_sector_found found = { 0 };
	struct roster_answer answer;
	struct roster *roster;
	enum reason why;

	(void)from;
	if (refused(!t->number_released || t->card.epoch ||
		    !t->config.token_cache)) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	roster = txn_roster(t);
	if (!roster)
		return;
	why = roster_recall(roster, m->epoch, m->index, t->today, &answer);
	roster_close(&roster);
	/* the end may have been brought forward since it was remembered */
	if (why == REASON_NONE && !refused(t->config.epoch_ends < t->today)) {
		found.found = 1;
		memcpy(found.tag, answer.tag, TAG_SIZE);
		memcpy(found.card_tag, answer.card_tag, TAG_SIZE);
	}
	if (crew_send(&t->crew, HELPER_SECTOR, MSG_SECTOR_FOUND, &found) !=
	    R_OK)
		txn_refuse(t, REASON_HELPER_DIED);
}

static void remember(struct txn *t, struct roster *roster, uint32_t epoch,
		     const uint8_t *index, const uint8_t *tag,
		     const uint8_t *card_tag)
{
	struct roster_answer a = { .epoch = epoch,
				   .until = t->config.epoch_ends };

	memcpy(a.index, index, CACHE_INDEX);
	memcpy(a.tag, tag, TAG_SIZE);
	memcpy(a.card_tag, card_tag, TAG_SIZE);
	/* what is not remembered is asked again */
	if (roster_remember(roster, &a, t->today) != REASON_NONE)
		return;
}

/* Of people who have an account here only, and once they were let in. */
void remember_answers(struct txn *t, struct roster *roster)
{
	const struct msg_sector_tags *m = &t->answered;

	if (!t->config.token_cache)
		return;
	if (m->remember & REMEMBER)
		remember(t, roster, t->card.epoch, m->index, m->tag,
			 m->card_tag);
	if (m->has_old && (m->remember & REMEMBER_OLD))
		remember(t, roster, t->card.old_epoch, m->old_index,
			 m->old_tag, m->old_card_tag);
}

static void take_tags(struct txn *t, const struct msg_sector_tags *m)
{
	t->card.epoch = t->config.epoch;
	t->card.expiry = t->facts.expiry;
	memcpy(t->card.tag, m->tag, TAG_SIZE);
	memcpy(t->card.card_tag, m->card_tag, TAG_SIZE);
	if (m->has_old) {
		t->card.old_epoch = t->config.previous_epoch;
		memcpy(t->card.old_tag, m->old_tag, TAG_SIZE);
		memcpy(t->card.old_card_tag, m->old_card_tag, TAG_SIZE);
	}
	t->answered = *m;
}

static enum reason judge(struct txn *t, struct roster *roster)
{
	switch (t->purpose) {
	case FOR_LOGIN:
		return for_login(t, roster);
	case FOR_ENROL:
		return for_enrolment(t, roster);
	case FOR_REBIND:
		return for_rebinding(t, roster);
	case FOR_MY_DATA:
		return roster_whose(roster, &t->card, &t->account);
	case FOR_INSPECT:
	case FOR_CODE:
	case FOR_PROBE:
		break;
	}
	return REASON_HELPER_PROTOCOL;
}

void on_tags(struct txn *t, enum source from, const void *msg)
{
	const struct msg_sector_tags *m = msg;
	struct roster *roster;
	enum reason why;

	(void)from;
	if (refused(!t->number_released || t->card.epoch ||
		    m->has_old != (t->config.previous_epoch != 0))) {
		txn_refuse(t, REASON_HELPER_PROTOCOL);
		return;
	}
	take_tags(t, m);
	crew_end(&t->crew, HELPER_SECTOR, &t->service->morgue);
	roster = txn_roster(t);
	if (!roster)
		return;
	why = judge(t, roster);
	if (why == REASON_NONE && t->purpose == FOR_MY_DATA)
		tell_my_data(t, roster);
	roster_close(&roster);
	if (why != REASON_NONE)
		txn_refuse(t, why);
	else if (t->purpose != FOR_MY_DATA)
		choose_portrait(t);
}
