/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signer's key and files that it signed, in the scripted service's root. */
#ifndef CNIE_TESTS_CTL_SUPPORT_SIGNED_H
#define CNIE_TESTS_CTL_SUPPORT_SIGNED_H

#include <sys/types.h>

#include "support_service.h"

#define URN "urn:example:sector:test"
#define HEAD "cnie-roster\t2\t" URN "\t7\t20261127\t20991227\n"
#define FILE_TEXT HEAD "group\tcnie\t65536\nend\t3\n"
#define REBINDS "cnie-rebinds\t2\t" URN "\t1\t20261127\t20991227\nend\t2\n"

#define SCRIPTS(...) service_start((service_script *const[]){ __VA_ARGS__, \
							       NULL })
#define COMPLAINED(text) ck_assert_msg(strstr(service_err, text) != NULL, \
				       "%s", service_err)
#define PRINTED(text) ck_assert_msg(strstr(service_out, text) != NULL, \
				    "%s", service_out)

/* A fixture: service_setup, the key "key" and "key.pub", and the file "r" of
 * FILE_TEXT, signed. */
void signed_setup(void);
/* Write a file and its signature by the key of this name. */
void signed_file(const char *key, const char *file, struct span text);
/* service_run of a line with names in it. */
int signed_run(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* A file's text, in a static buffer. */
const char *signed_text(const char *path);
mode_t signed_mode(const char *path);

#endif
