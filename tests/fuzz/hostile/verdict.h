/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Would cnied go on with these facts under these profile flags? */
#ifndef CNIE_FUZZ_HOSTILE_VERDICT_H
#define CNIE_FUZZ_HOSTILE_VERDICT_H

#include "base/wire.h"

bool verdict_good(const struct msg_inspect_facts *facts, uint32_t flags);

#endif
