/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A test root and, in a child, a scripted cnied on its admin.sock; and
 * subcommands run as main() runs them, with what they print caught.
 */
#ifndef CNIE_TESTS_CTL_SUPPORT_SERVICE_H
#define CNIE_TESTS_CTL_SUPPORT_SERVICE_H

#include <sys/types.h>

#include "base/wire.h"

extern char service_root[64];
extern char service_out[16384], service_err[16384];

/* A fixture: the root with /run/cnie and /etc/cnie/csca in it. */
void service_setup(void);
void service_teardown(void);

/* A path below the root, in one of a few static buffers. */
const char *service_path(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void service_put_file(const char *path, struct span bytes, mode_t mode);
bool service_there(const char *path);
/* Names in a directory that are not hidden. */
size_t service_count(const char *dir);

/* cnie.conf and a profile for Utopia, with these lines more. */
void service_configure(const char *more);

typedef void service_script(int fd, const struct msg_admin_request *m);

/* One connection after the other, each by the next script; ends with NULL. The
 * child's exit status is 0 where all went as the scripts wanted. */
void service_start(service_script *const *scripts);
/* One connection to login.sock, by the script. */
typedef void service_login_script(int fd, const struct msg_login_start *m);
void service_start_login(service_login_script *script);
void service_was_content(void);
void service_stop(void);

/* For scripts. */
void service_must(bool good);
void service_say(int fd, enum wire_msg type, const void *m);
void service_say_item(int fd, const struct msg_item *m);
void service_say_row(int fd, const char *text);
void service_say_bulk(int fd, const char *text, bool last);
/* The next packet of a transfer; false: cniectl has gone. */
bool service_hear_bulk(int fd, struct msg_bulk *out);
void service_end(int fd, enum reason why, const char *text);

/* "csca list --json" by the real table; its exit status. */
int service_run(const char *line);

#endif
