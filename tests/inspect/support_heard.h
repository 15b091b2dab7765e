/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cnie-inspect in the store's own modes, started, heard to its end, and each of
 * its words looked at: READY once and first; anchors before CRLs, in the order
 * of their hashes; in an import an item's fingerprint that of its octets, its
 * country the one asked for; progress that only grows.
 */
#ifndef CNIE_TESTS_SUPPORT_HEARD_H
#define CNIE_TESTS_SUPPORT_HEARD_H

#include <sys/types.h>

#include "base/wire.h"

#define HEARD_ITEMS_MAX 2500

extern struct heard {
	bool ready;
	enum reason why;
	struct msg_inspect_done done;
	size_t items, anchors;
	uint32_t progress, total, last;	/* messages; and what they said */
	char sha256[HEARD_ITEMS_MAX][65];
} heard;

/* `known`: octets that every anchor's must stand in; n 0: unknown. */
pid_t heard_start(const struct msg_inspect_config *config, struct span known,
		  int *control);
/* One message; true where it was the last. */
bool heard_one(int control);
/* All the others, and the exit status that goes with the last. */
void heard_finish(int control, pid_t pid);
void heard_run(const struct msg_inspect_config *config, struct span known);

#endif
