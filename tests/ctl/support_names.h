/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nsswitch.conf, passwd and group in a mount namespace of the test's own, and
 * modules that know somebody, block, crash or have no daemon (mute_module.c).
 */
#ifndef CNIE_TESTS_CTL_SUPPORT_NAMES_H
#define CNIE_TESTS_CTL_SUPPORT_NAMES_H

#include <check.h>

#include "support_service.h"

/* A fixture: service_setup, "files cnie", person (uid 70001) and the group
 * people (70002). */
void names_setup(void);
void names_teardown(void);

/* The sources of passwd and group from now on. */
void names_nsswitch(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* passwd from now on: root, person, and these lines. */
void names_passwd(const char *more);

/* main(): the modules are built, and the program begins again with them in the
 * loader's path. */
int names_main(char **argv, Suite *(*suite)(void));

#endif
