/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cnie-sector itself, as cnied starts it: its real privileges dropped, its real
 * filter on. The person is synthetic. */
#ifndef CNIE_TESTS_SECTOR_SUPPORT_RUN_H
#define CNIE_TESTS_SECTOR_SUPPORT_RUN_H

#include <sys/types.h>

#include "base/channel.h"

#define URN "urn:example:sector:one"
#define WAIT_MS 20000
#define SECTOR_UID 65533

struct sector_fds {	/* -1: not given to it; otherwise ours, kept */
	int key, old, tokeniser;
};
#define NO_FDS ((struct sector_fds){ -1, -1, -1 })

struct sector_run {
	pid_t pid;
	int control, number;
};

struct sector_run run_start(struct sector_fds fds);
struct msg_sector_config run_config(uint8_t mode, uint8_t provider,
				    uint32_t epoch);
void run_configure(struct sector_run *r, const struct msg_sector_config *c);
void run_ready(struct sector_run *r);
void run_fail(struct sector_run *r, enum reason why);	/* and exit 1 */
/* NULL in case of a signal. */
void run_exit(struct sector_run *r, int code);

/* The whole of a mode without an answer of its own. */
enum reason run_once(const struct msg_sector_config *c, struct sector_fds fds);

struct msg_number run_person(const char *number);
void run_number(struct sector_run *r, const char *number);
struct msg_sector_tags run_tags(struct sector_run *r);	/* and exit 0 */
/* The whole of an evaluation; nobody remembers anything. */
struct msg_sector_tags run_evaluate(const struct msg_sector_config *c,
				    struct sector_fds fds, const char *number);

/* A new file of these bytes, open for both; nothing has its name any more. */
int run_file(const void *p, size_t n);
/* Its bytes, at most cap. */
size_t run_contents(int fd, uint8_t *out, size_t cap);

#endif
