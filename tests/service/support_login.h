/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A workstation in a folder, and cnied's transaction without helpers: the
 * spawn_helper() here takes the place of the one in base, and the test speaks
 * for all of them. All persons are synthetic.
 */
#ifndef CNIE_TESTS_SUPPORT_LOGIN_H
#define CNIE_TESTS_SUPPORT_LOGIN_H

#include "service/service.h"

#define CODE "plain-Word-7"
#define CAN "123456"
#define UID_MIN 70000
#define GRANTED REASON_NONE

extern int helper[HELPER_COUNT];	/* our ends of the control channels */
extern int person;			/* our end of the client's connection */
extern char name[NAME_MAX_LEN];		/* of the account that is enrolled */
extern struct service service;

void station_set_up(void);
void station_take_down(void);
void station_put(const char *path, const char *text, mode_t mode);
struct roster *roster(void);
void enrol_others(unsigned int n);	/* beside whom the station has */
void authorise(void);			/* the face, from now on */

/* A login of this user. */
void begin(const char *user);
/* The last word that the person's side heard: a grant, or a reason. */
enum reason last_word(void);

#endif
