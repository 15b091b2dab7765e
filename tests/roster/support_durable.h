/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A life of a roster, and what must be there whenever it was cut short: what
 * had been reported done is done, nothing is half there, no uid or name is
 * given twice, the view is whole.
 */
#ifndef CNIE_TESTS_SUPPORT_DURABLE_H
#define CNIE_TESTS_SUPPORT_DURABLE_H

/* The roster of this folder from now on (support_roster.h's paths). */
void durable_in(const char *folder);

/* In a program of its own. Each step says through powercut_note() that it is
 * done. 0, or the number of the step that failed. */
int durable_workload(void);

/* notes: lines of the steps that were done. NULL, or what is wrong. What is in
 * the folder is used up. */
const char *durable_problem(const char *notes);

#endif
