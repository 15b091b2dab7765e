/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mutation does to bytes. */
#ifndef CNIE_FUZZ_HOSTILE_MUTATE_H
#define CNIE_FUZZ_HOSTILE_MUTATE_H

#include "plan.h"

struct surroundings {
	struct span other;	/* what the other card has to say */
	struct span before;	/* the answer before this one */
	struct span command;	/* data of the command */
};

/* In place, as far as data has room. sw NULL: there is none. */
void mutate(const struct mutation *m, const struct surroundings *around,
	    struct sink *data, uint16_t *sw);

/* Put `with` in the place of `remove` bytes at `at`; nothing where there is no
 * room. */
void put_in_place(struct sink *data, size_t at, size_t remove,
		  struct span with);

/* The kinds that work on objects, lengths around them kept right but where the
 * length is what is changed. Data without objects stays as it is. */
void mutate_object(const struct mutation *m, struct sink *data);

#endif
