// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/chip_proof.h"

#include <stdio.h>
#include <sys/random.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "emrtd/active_auth.h"

#define CA_VERSION 1		/* 9303-11 9.2.6; 2 needs Terminal Auth. */
#define CA_OBJECTS 16		/* what stands around our key in its command */
#define DG15 15

static struct chip_proof_result proven(enum chip_proof kind, const char *name)
{
	struct chip_proof_result r = { .kind = kind };

	snprintf(r.name, sizeof(r.name), "%s", name);
	return r;
}

enum chip_proof chip_proof_due(const struct security_infos *infos,
			       uint32_t data_groups)
{
	for (size_t i = 0; infos && i < infos->count; i++)
		if (infos->info[i].kind == INFO_CHIP_AUTH_KEY)
			return PROOF_CA;
	return data_groups & 1u << DG15 ? PROOF_AA : PROOF_NONE;
}

static enum reason reason_of(enum result r)
{
	return r == R_INTERNAL ? REASON_INTERNAL : REASON_CHIP_PROOF;
}

/* -- Chip Authentication ---------------------------------------------------- */

/* One way to prove: a protocol and a key for it. */
struct candidate {
	const struct security_info *info;	/* ChipAuthenticationInfo */
	struct chip_key key;
	unsigned int rank;			/* the lower the better; 0 none */
};

/* 9303-11 9.2.5: keyId is absent where the chip has one key. */
static bool same_key(const struct security_info *ca,
		     const struct security_info *key)
{
	return ca->has_id == key->has_id && (!ca->has_id || ca->id == key->id);
}

/* By protocol, then by domain, as pace_choice.c. */
static unsigned int rank(const struct card_link *l,
			 const struct security_info *ca,
			 const struct domain *d, uint32_t profile)
{
	unsigned int suite = suite_rank(ca->protocol);
	unsigned int domain = suite_domain_rank(d,
			profile & PROFILE_ACCEPT_SMALL_KEYS,
			profile & PROFILE_ACCEPT_DH_GROUP_0);

	if (suite == 0)		/* all of this kind are spoken */
		return 0;
	refuse_if(domain == 0, 0);
	refuse_if(ca->protocol->agreement != d->agreement, 0);
	refuse_if(!link_carries(l, d->public + CA_OBJECTS), 0);
	return suite * (DOMAIN_COUNT + 1) + domain;
}

/* Among all keys for one ChipAuthenticationInfo. */
static void consider(const struct card_link *l,
		     const struct security_infos *infos,
		     const struct security_info *ca, uint32_t profile,
		     struct candidate *best)
{
	for (size_t i = 0; i < infos->count; i++) {
		const struct security_info *k = &infos->info[i];
		struct candidate c = { .info = ca };

		if (k->kind != INFO_CHIP_AUTH_KEY || !same_key(ca, k) ||
		    chip_key_parse(k->spki, &c.key) != R_OK)
			continue;
		c.rank = rank(l, ca, c.key.domain, profile);
		if (c.rank > 0 && (best->rank == 0 || c.rank < best->rank))
			*best = c;
	}
}

static struct candidate choose(const struct card_link *l,
			       const struct security_infos *infos,
			       uint32_t profile)
{
	struct candidate best = { .rank = 0 };

	for (size_t i = 0; i < infos->count; i++) {
		const struct security_info *ca = &infos->info[i];

		if (ca->kind == INFO_CHIP_AUTH && ca->version == CA_VERSION)
			consider(l, infos, ca, profile, &best);
	}
	return best;
}

/* SECRET. The new keys, made while the card works on its first command. */
struct agreement {
	const struct chip_auth *ca;
	struct session_keys keys;
	enum result r;
};

static void agreement_wipe(struct agreement *a)
{
	session_keys_wipe(&a->keys);
}

static void agree(void *context)
{
	struct agreement *a = context;

	a->r = chip_auth_session(a->ca, &a->keys);
}

/* The commands go out under the keys of PACE or BAC (9303-11 6.2.4). */
static enum reason exchange(struct card_link *l, const struct chip_auth *ca)
{
	for (unsigned int step = 0; step < CHIP_AUTH_COMMANDS; step++) {
		uint8_t buf[CHIP_AUTH_DATA_MAX];
		struct sink data = SINK(buf);
		struct command c;
		struct response a;
		enum result r = chip_auth_command(ca, step, &data, &c);
		enum reason why;

		if (r == R_ABSENT)
			break;
		if (r != R_OK)
			return REASON_INTERNAL;
		why = link_send(l, &c, &a);
		if (why != REASON_NONE)
			return why;
		refuse_if(a.sw != SW_OK, REASON_CHIP_PROOF);
		refuse_if(chip_auth_answer(ca, step, a.data) != R_OK,
			  REASON_CHIP_PROOF);
	}
	return REASON_NONE;
}

static enum reason authenticate(struct card_link *l,
				const struct candidate *c,
				const struct chip_auth_keys *ephemeral)
{
	scoped(chip_auth_wipe) struct chip_auth ca = { 0 };
	scoped(agreement_wipe) struct agreement made = { .ca = &ca,
							 .r = R_INTERNAL };
	enum result r = chip_auth_start(&ca, c->info->protocol, &c->key,
					c->info->has_id ? &c->info->id : NULL,
					ephemeral);
	enum reason why;

	if (r != R_OK)
		return reason_of(r);
	link_meanwhile(l, agree, &made);
	why = exchange(l, &ca);
	link_catch_up(l);	/* `made` ends with this function */
	if (why != REASON_NONE)
		return why;
	if (made.r != R_OK)
		return reason_of(made.r);
	link_keys(l, &made.keys, true);
	return REASON_NONE;
}

enum reason chip_proof_ca(struct card_link *l,
			  const struct security_infos *infos,
			  uint32_t profile,
			  const struct chip_auth_keys *ephemeral,
			  struct chip_proof_result *out)
{
	struct candidate c = choose(l, infos, profile);
	enum reason why;

	refuse_if(c.rank == 0, REASON_CHIP_PROOF_ABSENT);
	why = authenticate(l, &c, ephemeral);
	if (why == REASON_NONE)
		*out = proven(PROOF_CA, c.key.domain->name);
	return why;
}

/* -- Active Authentication --------------------------------------------------- */

enum reason chip_proof_aa(struct card_link *l, struct span spki,
			  const struct security_infos *infos,
			  uint32_t profile, struct chip_proof_result *out)
{
	const struct active_auth_rules rules = {
		.sha1 = profile & PROFILE_ACCEPT_SHA1,
		.small_keys = profile & PROFILE_ACCEPT_SMALL_KEYS,
	};
	uint8_t challenge[AA_CHALLENGE];
	char name[AA_NAME_MAX];
	struct command c;
	struct response a;
	enum result r;
	enum reason why;

	if (getrandom(challenge, sizeof(challenge), 0) != sizeof(challenge))
		return REASON_INTERNAL;
	r = active_auth_command(spki, challenge, &c);
	if (r != R_OK)
		return reason_of(r);
	why = link_send(l, &c, &a);
	if (why != REASON_NONE)
		return why;
	refuse_if(a.sw != SW_OK, REASON_CHIP_PROOF);
	r = active_auth_verify(spki, infos, &rules, challenge, a.data, name);
	refuse_if(r != R_OK, reason_of(r));
	*out = proven(PROOF_AA, name);
	return REASON_NONE;
}

/* -- PACE with chip authentication mapping ------------------------------------- */

/* 9303-11 4.4.3.3.3: the key is not named; it is the one on PACE's curve. */
enum reason chip_proof_cam(const struct pace_cam *cam,
			   const struct security_infos *infos,
			   struct chip_proof_result *out)
{
	for (size_t i = 0; i < infos->count; i++) {
		const struct security_info *k = &infos->info[i];
		struct chip_key key;

		if (k->kind != INFO_CHIP_AUTH_KEY ||
		    chip_key_parse(k->spki, &key) != R_OK)
			continue;
		if (refused(pace_cam_check(cam, &key) != R_OK))
			continue;
		*out = proven(PROOF_CAM, cam->domain->name);
		return REASON_NONE;
	}
	return REASON_CHIP_PROOF;
}
