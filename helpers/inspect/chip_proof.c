// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/chip_proof.h"

#include "base/scope.h"

#define CA_VERSION 1		/* 9303-11 9.2.6; 2 needs Terminal Auth. */

#define CA_DATA_MAX (CURVE_POINT_MAX + 16)

static bool has_kind(const struct security_infos *infos,
		     enum security_info_kind kind)
{
	for (size_t i = 0; infos && i < infos->count; i++)
		if (infos->info[i].kind == kind)
			return true;
	return false;
}

/* 9303-11 9.2.5: keyId is absent where the chip has one key. */
static bool same_key(const struct security_info *ca,
		     const struct security_info *key)
{
	return ca->has_id == key->has_id && (!ca->has_id || ca->id == key->id);
}

/* A ChipAuthenticationInfo that this version speaks and a key for it. */
static bool choose(const struct security_infos *infos,
		   const struct security_info **ca, struct chip_key *key)
{
	for (size_t i = 0; i < infos->count; i++) {
		const struct security_info *a = &infos->info[i];

		if (a->kind != INFO_CHIP_AUTH || a->version != CA_VERSION ||
		    !suite_accepted(a->protocol))
			continue;
		for (size_t j = 0; j < infos->count; j++) {
			const struct security_info *k = &infos->info[j];

			if (k->kind != INFO_CHIP_AUTH_KEY || !same_key(a, k) ||
			    chip_key_parse(k->spki, key) != R_OK)
				continue;
			*ca = a;
			return true;
		}
	}
	return false;
}

static enum reason reason_of(enum result r)
{
	return r == R_INTERNAL ? REASON_INTERNAL : REASON_CHIP_PROOF;
}

/* Both commands go out under the keys of PACE (9303-11 6.2.4.2). */
static enum reason exchange(struct card_link *l, const struct chip_auth *ca)
{
	uint8_t at[CA_DATA_MAX], general[CA_DATA_MAX];
	struct sink at_sink = SINK(at), general_sink = SINK(general);
	struct command set_at, authenticate;
	struct response a;
	enum reason why;

	if (chip_auth_set_at(ca, &at_sink, &set_at) != R_OK ||
	    chip_auth_general(ca, &general_sink, &authenticate) != R_OK)
		return REASON_INTERNAL;
	why = link_send(l, &set_at, &a);
	if (why != REASON_NONE)
		return why;
	if (a.sw != SW_OK)
		return REASON_CHIP_PROOF;
	why = link_send(l, &authenticate, &a);
	if (why != REASON_NONE)
		return why;
	if (a.sw != SW_OK || chip_auth_answer(a.data) != R_OK)
		return REASON_CHIP_PROOF;
	return REASON_NONE;
}

static enum reason authenticate_chip(struct card_link *l,
				     const struct security_info *info,
				     const struct chip_key *key,
				     const struct chip_auth_keys *ephemeral)
{
	scoped(chip_auth_wipe) struct chip_auth ca = { 0 };
	scoped(session_keys_wipe) struct session_keys keys = { 0 };
	enum result r = chip_auth_start(&ca, info->protocol, key,
					info->has_id ? &info->id : NULL,
					ephemeral);
	enum reason why;

	if (r == R_OK)
		r = chip_auth_session(&ca, &keys);
	if (r != R_OK)
		return reason_of(r);
	why = exchange(l, &ca);
	if (why == REASON_NONE)
		link_keys(l, &keys, true);
	return why;
}

enum reason chip_proof_run(struct card_link *l,
			   const struct security_infos *infos, bool required,
			   const struct chip_auth_keys *ephemeral,
			   struct chip_proof_result *out)
{
	const struct security_info *ca;
	struct chip_key key;
	enum reason why;

	if (!has_kind(infos, INFO_CHIP_AUTH_KEY)) {
		/* no key, no proof in this version (DG15 alone neither) */
		if (required)
			return REASON_CHIP_PROOF_ABSENT;
		*out = (struct chip_proof_result){ PROOF_NONE, "" };
		return REASON_NONE;
	}
	/* a key there is: no proof that we can run is a refusal, whatever the
	 * profile says */
	if (!choose(infos, &ca, &key))
		return REASON_CHIP_PROOF_ABSENT;
	why = authenticate_chip(l, ca, &key, ephemeral);
	if (why == REASON_NONE)
		*out = (struct chip_proof_result){ PROOF_CA, key.curve->name };
	return why;
}
