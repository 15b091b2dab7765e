/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What card inspect has heard, and how it is printed: no personal data. */
#ifndef CNIE_CTL_INSPECT_H
#define CNIE_CTL_INSPECT_H

#include <stdio.h>

#include "base/wire.h"

struct inspection {
	struct msg_inspect_stage stage[STAGE_COUNT];
	size_t stages;
	struct msg_inspect_facts facts;
	bool have_facts;
	struct msg_admin_done done;
};

void inspection_text(const struct inspection *in, FILE *to);
void inspection_json(const struct inspection *in, FILE *to);

#endif
