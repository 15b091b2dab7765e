/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The mapped view of this process, shared by its threads without a lock.
 *
 * MUST: no lock is ever held, so a child forked at any moment can go on.
 * MUST: no descriptor is kept. MUST: a mapping that a reader has pinned is
 * not unmapped; the last reader of a superseded one unmaps it. A forked child
 * may inherit pins of threads it has not: those mappings stay mapped in it.
 */
#ifndef CNIE_NSS_PIN_H
#define CNIE_NSS_PIN_H

#include "roster/viewfmt.h"

struct pin {
	const struct view *view;
	unsigned int slot, shard;
	struct view_map own;	/* where no slot was free */
};

/* What will be looked up by which hash: memory is asked for where that begins
 * while the pin is made sure of. */
enum pin_for { FOR_NAME, FOR_UID, FOR_GROUP, FOR_GID, FOR_ANY };

/*
 * Pin the present view: the one mapped, or the one that has taken its place
 * (seen at once by the superseded word, else within a second at the price of
 * one stat). Answers as view_map_file. p stays where it is until pin_drop.
 */
must_check enum result pin_take(struct pin *p, enum pin_for what,
				uint32_t hash);
void pin_drop(struct pin *p);

#endif
