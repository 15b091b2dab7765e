/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The marked form of every refusal that decides security:
 *
 *	refuse_if(!span_equal_ct(want, got), R_DENIED);
 *
 * and where something must be tidied up first: if (refused(n > MAX)) ...
 *
 * tests/mutation/run.sh builds with CNIE_MUTANTS, in which each mark can be
 * switched off or turned round by the environment, one at a time, and demands
 * that some test fails. In every other build a mark is its condition.
 */
#ifndef CNIE_BASE_REFUSE_H
#define CNIE_BASE_REFUSE_H

#include <stdbool.h>

#ifdef CNIE_MUTANTS
/* CNIE_MUTANT=FILE:LINE names the mark, CNIE_MUTATION=drop or invert what
 * becomes of it: never, or the contrary. */
bool mutant_refused(bool condition, const char *file, int line);
#define refused(condition) \
	mutant_refused((condition), __FILE__, __LINE__)
#else
#define refused(condition) (condition)
#endif

#define refuse_if(condition, why) \
	do { \
		if (refused(condition)) \
			return (why); \
	} while (0)

#endif
