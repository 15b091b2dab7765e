// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/pace_choice.h"

#include "base/refuse.h"
#include "base/wire.h"

#define PACE_VERSION 2		/* 9303-11 9.2.1 */

/* The lower the better, 0 unusable: first by protocol, then by domain. */
static unsigned int rank(const struct security_info *i,
			 const struct domain *d, uint32_t profile,
			 const struct card_link *l)
{
	unsigned int suite = suite_rank(i->protocol);
	unsigned int domain = suite_domain_rank(d,
			profile & PROFILE_ACCEPT_SMALL_KEYS,
			profile & PROFILE_ACCEPT_DH_GROUP_0);

	refuse_if(i->version != PACE_VERSION, 0);
	if (suite == 0)		/* all of this kind are spoken */
		return 0;
	refuse_if(domain == 0, 0);
	refuse_if(i->protocol->agreement != d->agreement, 0);
	/* 9303-11 table 6: P-224 has no integrated mapping */
	refuse_if(i->protocol->mapping == MAP_IM && !domain_has_integrated(d),
		  0);
	refuse_if(!link_carries(l, pace_command_max(i->protocol, d)), 0);
	return suite * (DOMAIN_COUNT + 1) + domain;
}

struct pace_choice pace_choose(const struct security_infos *offered,
			       uint32_t profile, const struct card_link *l)
{
	struct pace_choice best = { NULL, NULL };
	unsigned int best_rank = 0;

	for (size_t n = 0; n < offered->count; n++) {
		const struct security_info *i = &offered->info[n];
		const struct domain *d;
		unsigned int r;

		if (i->kind != INFO_PACE || !i->has_id)
			continue;
		d = domain_by_parameter(i->id);
		r = d ? rank(i, d, profile, l) : 0;
		if (r > 0 && (best_rank == 0 || r < best_rank)) {
			best = (struct pace_choice){ i, d };
			best_rank = r;
		}
	}
	return best;
}
