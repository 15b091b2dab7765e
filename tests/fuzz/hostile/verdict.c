// SPDX-License-Identifier: GPL-3.0-or-later
/* cnied's own judgement of the facts. By itself, because its header has a plan
 * of another kind. */
#include "verdict.h"

#include "service/policy.h"

bool verdict_good(const struct msg_inspect_facts *facts, uint32_t flags)
{
	return policy_facts(facts, flags) == REASON_NONE;
}
