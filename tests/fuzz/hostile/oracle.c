// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "../../sim/sim.h"
#include "card/transport.h"
#include "hostile.h"
#include "verdict.h"

/* What the relay of a whole other card must say instead. */
#define RELAYED \
	"file/sod/1/0/other/0/0 file/dg1/1/0/other/0/0 " \
	"file/dg2/1/0/other/0/0 file/dg14/1/0/other/0/0 " \
	"file/dg15/1/0/other/0/0 plain/internal/1/0/other/0/0"

#define GM_CARDS   "ca cam dh aa-rsa aa-ecdsa plain pin dg11 extended"
#define PACE_CARDS GM_CARDS " im3des"
#define CA_CARDS   "ca im3des dh bac pin dg11 extended"

/* Abuses after which nothing ends well, on a card that can commit them. */
static const struct {
	const char *evil;
	const char *cards;	/* NULL: all */
} never[] = {
	{ "skip-mac", NULL },		{ "no-99", NULL },
	{ "sw-mismatch", NULL },	{ "bad-padding", NULL },
	{ "stale-ssc", NULL },		{ "no-data", NULL },
	{ "endless-ef", NULL },		{ "reflect-map", GM_CARDS },
	{ "reflect-agree", PACE_CARDS },
	{ "infinity", PACE_CARDS },	{ "infinity-map", GM_CARDS },
	{ "off-curve", PACE_CARDS },	{ "off-curve-map", GM_CARDS },
	{ "small-subgroup", PACE_CARDS },
	{ "small-subgroup-map", GM_CARDS },
	{ "null-key", PACE_CARDS },	{ "short-nonce", PACE_CARDS },
	{ "long-nonce", PACE_CARDS },	{ "wrong-token", PACE_CARDS },
	{ "extra-tlv", PACE_CARDS },	{ "cam-wrong-scalar", "cam" },
	{ "cam-withheld", "cam" },	{ "cam-bad-padding", "cam" },
	{ "bac-reflect", "bac" },	{ "bac-wrong-nonce", "bac" },
	{ "bac-wrong-mac", "bac" },	{ "ca-wrong-key", CA_CARDS },
	{ "ca-keep-keys", CA_CARDS },	{ "aa-wrong-key", "aa-rsa aa-ecdsa" },
	{ "pin-plain", "pin" },
};

/* -- honest runs ----------------------------------------------------------- */

static void note_identity(struct identity *i, const struct outcome *out)
{
	i->known = out->portrait_n <= sizeof(i->portrait);
	i->number = out->number;
	i->format = out->format;
	i->portrait_n = out->portrait_n;
	if (i->known)
		memcpy(i->portrait, out->portrait, out->portrait_n);
}

static enum result learn(struct pair_of_programs *p, const char *text,
			 struct outcome *out)
{
	struct plan plan;

	if (plan_read(text, &plan) != R_OK ||
	    pair_run(p, &plan, 0, out) != R_OK)
		return R_INTERNAL;
	if (strcmp(out->code, "OK") == 0)
		return R_OK;
	printf("hostile: an honest run ended with %s: %s\n", out->code, text);
	/* without the filter, in which a sanitizer can say why */
	return pair_run(p, &plan, RUN_OPEN, out) == R_OK ? R_DENIED :
							    R_INTERNAL;
}

/* Whether a chip can tell the files of another, all of them (oracle.h). */
static bool may_be_relayed(const struct msg_inspect_facts *facts)
{
	return facts->proof != PROOF_CA;
}

enum result oracle_learn(struct oracle *o, struct pair_of_programs *p)
{
	static struct outcome out;
	char text[PLAN_TEXT_MAX];

	for (size_t i = 0; i < hostile_card_count; i++) {
		struct baseline *b = &o->card[i];
		const char *name = hostile_cards[i].name;

		snprintf(text, sizeof(text), "card=%s seed=1", name);
		if (learn(p, text, &out) != R_OK)
			return R_DENIED;
		b->facts = out.facts;
		note_identity(&b->own, &out);
		if (!may_be_relayed(&out.facts))
			continue;
		snprintf(text, sizeof(text), "card=%s seed=1 " RELAYED, name);
		if (learn(p, text, &out) != R_OK)
			return R_DENIED;
		note_identity(&b->other, &out);
	}
	return R_OK;
}

/* -- how the programs ended -------------------------------------------------- */

/* most: 1, or 2 where the control channel may have closed before the last
 * word on it. */
static const char *ended_badly(const struct life *l, int most)
{
	if (!WIFEXITED(l->status))
		return "a program was ended by a signal";
	if (WEXITSTATUS(l->status) == EXIT_LEAK)
		return "a program leaks";
	return WEXITSTATUS(l->status) > most ? "an odd exit status" : NULL;
}

/* What a card can bring about is about the card. */
static bool our_mistake(enum reason why)
{
	return why == REASON_INTERNAL || why == REASON_HELPER_PROTOCOL ||
	       why == REASON_HELPER_DIED || why == REASON_NOT_CONFIGURED;
}

static const char *judge_programs(const struct outcome *out)
{
	const char *bad;

	if (out->hung)
		return "hangs";
	bad = ended_badly(&out->card, 2);
	if (!bad)
		bad = ended_badly(&out->inspect, 1);
	if (bad)
		return bad;
	if (out->broken[0])
		return out->broken;
	if (!out->done && out->why == REASON_NONE)
		return "cnie-inspect went without a word";
	if (our_mistake(out->why) || our_mistake(out->card_why))
		return "a card brought about what is our mistake";
	if (out->apdus > TRANSPORT_APDUS_MAX + 1)
		return "more APDUs than there may be";
	return NULL;
}

/* -- whose number and portrait ------------------------------------------------ */

static bool same_number(const struct identity *i, const struct outcome *out)
{
	return i->known && strcmp(i->number.number, out->number.number) == 0 &&
	       strcmp(i->number.document, out->number.document) == 0 &&
	       strcmp(i->number.state, out->number.state) == 0 &&
	       strcmp(i->number.expiry, out->number.expiry) == 0;
}

static bool same_portrait(const struct identity *i, const struct outcome *out)
{
	return i->known && i->format == out->format &&
	       i->portrait_n == out->portrait_n &&
	       memcmp(i->portrait, out->portrait, out->portrait_n) == 0;
}

static bool is(const struct identity *i, const struct outcome *out)
{
	return (!out->number_came || same_number(i, out)) &&
	       (!out->portrait_came || same_portrait(i, out));
}

/* The files that say what was let go, as the card told them. */
static uint32_t personal_files(const struct outcome *out)
{
	uint32_t files = 1u << SIM_DG1 | 1u << SIM_DG11 | 1u << SIM_DG14;

	if (out->facts.proof == PROOF_AA)
		files |= 1u << SIM_DG15;
	if (out->portrait_came)
		files |= 1u << SIM_DG2;
	return files;
}

static const char *judge_identity(const struct baseline *b,
				  const struct outcome *out)
{
	if (is(&b->other, out) && may_be_relayed(&out->facts) &&
	    (out->number_came || out->portrait_came))
		return NULL;
	if (!is(&b->own, out))
		return "number or portrait is not the card's";
	if (out->told & personal_files(out))
		return "a signed file was changed, and taken";
	return NULL;
}

/* -- what else must not be so -------------------------------------------------- */

static bool listed(const char *list, const char *word)
{
	const size_t n = strlen(word);

	for (const char *s = list; (s = strstr(s, word)) != NULL; s += n)
		if ((s == list || s[-1] == ' ') && (!s[n] || s[n] == ' '))
			return true;
	return false;
}

/* By itself: what the hand did besides may have made it good. */
static bool never_ends_well(const struct plan *plan,
			    const struct outcome *out)
{
	if (out->struck)
		return false;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strcmp(never[i].evil, evil_word(plan->evil)) == 0 &&
		    (!never[i].cards ||
		     listed(never[i].cards, hostile_cards[plan->card].name)))
			return true;
	return false;
}

static const char *judge_facts(const struct baseline *b,
			       const struct plan *plan,
			       const struct outcome *out)
{
	const uint32_t flags = setting_flags(hostile_cards[plan->card].setting);

	if (plan->wrong_can)
		return "a wrong password opened the card";
	if (out->sealed &&
	    (out->portrait_came || out->sealed <= out->facts_after))
		return "a changed protected answer was taken";
	if (never_ends_well(plan, out))
		return "an abuse of the protocol ended well";
	if (!verdict_good(&out->facts, flags))
		return NULL;
	if (out->facts.proof != b->facts.proof ||
	    out->facts.channel != b->facts.channel ||
	    out->facts.flags & ~b->facts.flags)
		return "better facts than the card's own";
	return NULL;
}

const char *oracle_judge(const struct oracle *o, const struct plan *plan,
			 const struct outcome *out)
{
	const struct baseline *b = &o->card[plan->card];
	const char *bad = judge_programs(out);

	if (bad || !out->facts_came)
		return bad;
	bad = judge_facts(b, plan, out);
	return bad ? bad : judge_identity(b, out);
}
