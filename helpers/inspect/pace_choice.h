/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which of the offered PACE protocols to run: the best by emrtd/suite.h's
 * tables, of those that the profile accepts and the link can carry.
 */
#ifndef CNIE_INSPECT_PACE_CHOICE_H
#define CNIE_INSPECT_PACE_CHOICE_H

#include "emrtd/pace.h"
#include "inspect/link.h"

struct pace_choice {
	const struct security_info *info;	/* of `offered`; NULL: none */
	const struct domain *domain;
};

/* profile: enum profile_flag. A PACEInfo without parameterId (domain
 * parameters of the card's own) is never chosen. */
struct pace_choice pace_choose(const struct security_infos *offered,
			       uint32_t profile, const struct card_link *l);

#endif
