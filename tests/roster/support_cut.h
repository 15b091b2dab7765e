/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What powercut.so wrote down, played back: the folder as it would be after
 * the power went. What was synced is there; of the rest all, nothing, or a
 * part, down to the sector.
 */
#ifndef CNIE_TESTS_SUPPORT_CUT_H
#define CNIE_TESTS_SUPPORT_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cut_rest { REST_NOTHING, REST_ALL, REST_PART };

struct cut;

/* Reads a log. deaf: as if nothing had ever been synced (a control: what is
 * built so must be found out). */
struct cut *cut_load(const char *log, bool deaf);
void cut_free(struct cut *c);

/* One change more. false: there is none. */
bool cut_next(struct cut *c);
/* What the program had said of itself by then: lines. */
const char *cut_notes(const struct cut *c);

/* The folder as it is after a cut here: contents and names that were not
 * synced, as said; seed draws the parts. What the folder held is removed. */
void cut_build(const struct cut *c, const char *folder, enum cut_rest contents,
	       enum cut_rest names, uint32_t seed);

/* Removes all files of a folder, not the folder. */
void folder_empty(const char *folder);

#endif
