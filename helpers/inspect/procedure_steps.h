/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of procedure.c's table. Only procedure*.c include this. */
#ifndef CNIE_INSPECT_PROCEDURE_STEPS_H
#define CNIE_INSPECT_PROCEDURE_STEPS_H

#include "inspect/procedure.h"

typedef enum reason step(struct inspection *x);

/* procedure_access.c: up to the application, and the first keys */
step step_access_file, step_pace, step_select, step_bac;
/* procedure_signed.c: what the State signed */
step step_card_security, step_sod, step_dg14, step_passive_auth;
/* procedure_chip.c: what the chip proves */
step step_cam, step_chip_auth, step_active_auth, step_no_proof, step_pin;
/* procedure_data.c: whose card it is */
step step_dg1, step_dg11, step_dg2;

/* The whole file into out, under the profile's bound. */
must_check enum reason read_file(struct inspection *x, enum ef file,
				 struct sink out, size_t *n);
/* The same of a data group that the SOD lists, held against its hash. */
must_check enum reason read_signed(struct inspection *x, enum ef file,
				   struct sink out, size_t *n);
/* Whether the verified SOD lists the file's data group. */
bool sod_lists(const struct inspection *x, enum ef file);

#endif
