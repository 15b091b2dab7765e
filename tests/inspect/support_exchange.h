/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link whose other end is one function of the test. */
#ifndef CNIE_TESTS_SUPPORT_EXCHANGE_H
#define CNIE_TESTS_SUPPORT_EXCHANGE_H

#include "inspect/link.h"

typedef enum reason exchange(void *context, struct span apdu,
			     struct sink *out);

/* Both ends of l; one link at a time. The answer is made when it is fetched. */
void exchange_over(struct card_link *l, exchange *run, void *context);

#endif
