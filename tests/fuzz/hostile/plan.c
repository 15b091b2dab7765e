// SPDX-License-Identifier: GPL-3.0-or-later
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct hostile_card hostile_cards[] = {
	{ "ca", SET_USUAL, false },	  /* PACE-GM, CA; all ECDH, AES */
	{ "cam", SET_USUAL, false },	  /* PACE-CAM */
	{ "im3des", SET_USUAL, true },	  /* PACE-IM and CA with 3DES; MRZ */
	{ "dh", SET_USUAL, false },	  /* groups, extended length */
	{ "aa-rsa", SET_USUAL, false },	  /* Active Authentication */
	{ "aa-ecdsa", SET_USUAL, true },  /* TD3 */
	{ "bac", SET_LENIENT, true },	  /* BAC, CA */
	{ "plain", SET_LENIENT, false },  /* PACE, no chip proof */
	{ "pin", SET_PIN, false },
	{ "dg11", SET_DG11, false },	  /* number in DG11, 39794-5 */
	{ "extended", SET_USUAL, false }, /* EF.ATR, extended length */
};
const size_t hostile_card_count = COUNT(hostile_cards);

/* Words of tests/sim/card.h. */
static const char *const evils[] = {
	"reflect-map", "reflect-agree", "infinity", "infinity-map",
	"off-curve", "off-curve-map", "small-subgroup", "small-subgroup-map",
	"null-key", "short-nonce", "long-nonce", "wrong-token", "extra-tlv",
	"cam-wrong-scalar", "cam-withheld", "cam-bad-padding", "bac-reflect",
	"bac-wrong-nonce", "bac-wrong-mac", "ca-wrong-key", "ca-keep-keys",
	"aa-wrong-key", "aa-replay", "pin-always-ok", "pin-plain", "skip-mac",
	"no-99", "sw-mismatch", "bad-padding", "stale-ssc", "endless-ef",
	"more-data", "no-data", "one-byte", "open",
};

static const char *const quirks[] = {
	"no-select-mf", "no-sfi", "no-cardaccess-sfi", "p1-02-only",
	"block-160", "block-64:6700", "block-100:6b00", "block-30:6c1e",
	"le-256-6700", "6c-le", "61-chain", "61-chain:16", "61-part",
	"61-part:200", "no-can", "always-84", "dh-padded", "aa-b4",
};

static const char *const layers[LAYER_COUNT] = {
	"file", "plain", "objects", "raw", "reader",
};

static const char *const classes[CLASS_COUNT] = {
	"any", "select", "environment", "authenticate", "challenge",
	"external", "internal", "verify", "access", "security", "atr", "sod",
	"dg1", "dg2", "dg11", "dg14", "dg15", "other",
};

static const char *const kinds[KIND_COUNT] = {
	"flip", "set", "cut", "drop", "grow", "insert", "huge", "empty",
	"fill", "tag", "length", "remove", "double", "swap", "nest", "value",
	"sw", "sw-alone", "other", "replay", "reflect", "bare", "nothing",
	"code", "history",
};

const char *evil_word(int i)
{
	return i < 0 || (size_t)i >= COUNT(evils) ? "" : evils[i];
}

const char *quirk_word(int i)
{
	return i < 0 || (size_t)i >= COUNT(quirks) ? "" : quirks[i];
}

/* -- dice: splitmix64 -------------------------------------------------------- */

uint64_t dice_next(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint32_t dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t)(dice_next(d) >> 11) % n;
}

void dice_bytes(struct dice *d, uint8_t *out, size_t n)
{
	while (n--)
		*out++ = (uint8_t)dice_next(d);
}

/* -- inventing --------------------------------------------------------------- */

static enum layer invent_layer(struct dice *d)
{
	static const unsigned int upto[LAYER_COUNT] = { 30, 62, 74, 96, 100 };
	const uint32_t n = dice_below(d, 100);
	int i = 0;

	while (n >= upto[i])
		i++;
	return (enum layer)i;
}

static enum kind invent_kind(struct dice *d, enum layer layer)
{
	switch (layer) {
	case LAYER_READER:
		return dice_below(d, 3) ? KIND_CODE : KIND_HISTORY;
	case LAYER_FILE:	/* no status word, nothing before it */
		if (!dice_below(d, 8))
			return KIND_OTHER;
		return (enum kind)dice_below(d, KIND_SW);
	case LAYER_OBJECTS:
		return (enum kind)dice_below(d, KIND_SW);
	case LAYER_PLAIN:
		return (enum kind)dice_below(d, KIND_NOTHING);
	case LAYER_RAW:
	case LAYER_COUNT:
		break;
	}
	do {
		const enum kind k = (enum kind)dice_below(d, KIND_CODE);

		if (k != KIND_OTHER && k != KIND_BARE)
			return k;
	} while (true);
}

static unsigned int invent_count(struct dice *d)
{
	switch (dice_below(d, 10)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return 2 + dice_below(d, 4);
	default:
		return 1;
	}
}

static struct mutation invent_mutation(struct dice *d)
{
	struct mutation m = { .layer = invent_layer(d) };

	m.kind = invent_kind(d, m.layer);
	m.class = (enum answer_class)dice_below(d, CLASS_COUNT);
	if (m.layer == LAYER_FILE)
		m.class = (enum answer_class)(CLASS_FILES +
				dice_below(d, CLASS_OTHER - CLASS_FILES));
	else if (m.layer == LAYER_READER || !dice_below(d, 6))
		m.class = CLASS_ANY;
	m.nth = m.class == CLASS_ANY ? 1 + dice_below(d, 60)
				     : 1 + dice_below(d, 5);
	m.count = invent_count(d);
	/* the first bytes and objects decide most */
	m.a = dice_below(d, 2) ? dice_below(d, 24)
			       : (uint32_t)dice_next(d) & 0xffff;
	m.b = dice_below(d, 2) ? dice_below(d, 24)
			       : (uint32_t)dice_next(d) & 0xffff;
	return m;
}

static void invent_habits(struct dice *d, struct plan *p)
{
	p->evil = p->quirk = -1;
	if (!dice_below(d, 8))
		p->evil = (int)dice_below(d, COUNT(evils));
	if (!dice_below(d, 5))
		p->quirk = (int)dice_below(d, COUNT(quirks));
	p->wrong_can = !dice_below(d, 60);
}

struct plan plan_invent(uint64_t seed)
{
	static const uint8_t how_many[] = { 1, 1, 1, 1, 1, 2, 2, 2, 3, 4 };
	struct dice d = { seed };
	struct plan p = { .seed = seed };

	p.card = dice_below(&d, (uint32_t)hostile_card_count);
	invent_habits(&d, &p);
	p.n = how_many[dice_below(&d, COUNT(how_many))];
	if (p.evil >= 0 && dice_below(&d, 2))
		p.n = 0;	/* the abuse alone */
	for (size_t i = 0; i < p.n; i++)
		p.m[i] = invent_mutation(&d);
	return p;
}

struct plan plan_vary(const struct plan *from, uint64_t seed)
{
	struct dice d = { seed };
	struct plan p = *from;
	struct mutation *m;

	p.seed = seed;
	switch (dice_below(&d, 8)) {
	case 0:
		p.card = dice_below(&d, (uint32_t)hostile_card_count);
		return p;
	case 1:
		invent_habits(&d, &p);
		return p;
	case 2:
	case 3:
		if (p.n < MUTATIONS_MAX)
			p.m[p.n++] = invent_mutation(&d);
		return p;
	default:
		break;
	}
	if (!p.n) {
		p.m[p.n++] = invent_mutation(&d);
		return p;
	}
	m = &p.m[dice_below(&d, (uint32_t)p.n)];
	switch (dice_below(&d, 6)) {
	case 0:
		m->a ^= 1u << dice_below(&d, 16);
		break;
	case 1:
		m->b ^= 1u << dice_below(&d, 16);
		break;
	case 2:
		m->a = dice_below(&d, 64);
		break;
	case 3:
		m->nth = 1 + dice_below(&d, 12);
		break;
	case 4:
		m->kind = invent_kind(&d, m->layer);
		break;
	default:
		*m = p.m[--p.n];
	}
	return p;
}

/* -- text -------------------------------------------------------------------- */

void plan_write(const struct plan *p, char out[PLAN_TEXT_MAX])
{
	size_t n;

	snprintf(out, PLAN_TEXT_MAX, "card=%s seed=%" PRIu64
		 "%s%s%s%s%s", hostile_cards[p->card].name, p->seed,
		 p->evil < 0 ? "" : " evil=", evil_word(p->evil),
		 p->quirk < 0 ? "" : " quirks=", quirk_word(p->quirk),
		 p->wrong_can ? " can=wrong" : "");
	for (size_t i = 0; i < p->n; i++) {
		const struct mutation *m = &p->m[i];

		n = strlen(out);
		snprintf(out + n, PLAN_TEXT_MAX - n, " %s/%s/%u/%u/%s/%u/%u",
			 layers[m->layer], classes[m->class], m->nth,
			 m->count, kinds[m->kind], m->a, m->b);
	}
}

static int find(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static bool read_mutation(const char *word, struct mutation *out)
{
	struct mutation m = { .layer = LAYER_FILE };
	char layer[16], class[16], kind[16];
	int l, c, k;

	if (sscanf(word, "%15[a-z]/%15[a-z0-9]/%u/%u/%15[a-z-]/%u/%u", layer,
		   class, &m.nth, &m.count, kind, &m.a, &m.b) != 7)
		return false;
	l = find(layers, LAYER_COUNT, layer);
	c = find(classes, CLASS_COUNT, class);
	k = find(kinds, KIND_COUNT, kind);
	if (l < 0 || c < 0 || k < 0)
		return false;
	m.layer = (enum layer)l;
	m.class = (enum answer_class)c;
	m.kind = (enum kind)k;
	*out = m;
	return true;
}

static bool read_card(const char *name, unsigned int *out)
{
	for (unsigned int i = 0; i < hostile_card_count; i++)
		if (strcmp(hostile_cards[i].name, name) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static bool read_word(char *word, struct plan *p)
{
	char *value = strchr(word, '=');

	if (!value)
		return p->n < MUTATIONS_MAX &&
		       read_mutation(word, &p->m[p->n++]);
	*value++ = '\0';
	if (strcmp(word, "card") == 0)
		return read_card(value, &p->card);
	if (strcmp(word, "seed") == 0) {
		p->seed = strtoull(value, NULL, 10);
		return true;
	}
	if (strcmp(word, "evil") == 0)
		return (p->evil = find(evils, COUNT(evils), value)) >= 0;
	if (strcmp(word, "quirks") == 0)
		return (p->quirk = find(quirks, COUNT(quirks), value)) >= 0;
	p->wrong_can = strcmp(word, "can") == 0;
	return p->wrong_can;
}

enum result plan_read(const char *text, struct plan *out)
{
	struct plan p = { .evil = -1, .quirk = -1 };
	char copy[PLAN_TEXT_MAX], *save = NULL;

	if (strlen(text) >= sizeof(copy))
		return R_MALFORMED;
	strcpy(copy, text);
	for (char *w = strtok_r(copy, " \n", &save); w;
	     w = strtok_r(NULL, " \n", &save))
		if (!read_word(w, &p))
			return R_MALFORMED;
	*out = p;
	return R_OK;
}
