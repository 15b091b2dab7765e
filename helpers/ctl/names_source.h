/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One source of the name service, asked in this process: it may never
 * return, or take the process with it. */
#ifndef CNIE_CTL_NAMES_SOURCE_H
#define CNIE_CTL_NAMES_SOURCE_H

#include "ctl/names.h"

/* VERDICT_FREE: it says that it knows neither name nor id, or its module is
 * not installed. */
enum verdict names_source_ask(const char *source,
			      const struct names_question *q);

#endif
