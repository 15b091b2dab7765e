/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the key subcommands and setup ask of cnied about keys, and cnie.conf as
 * they read it. Those that answer an int say an enum ctl_exit, and have
 * complained unless it is CTL_DONE.
 */
#ifndef CNIE_CTL_KEY_TALK_H
#define CNIE_CTL_KEY_TALK_H

#include "base/config.h"
#include "base/prefix.h"
#include "ctl/client.h"
#include "ctl/ctl.h"

/* The rows of ADMIN_KEY_STATUS. */
#define KEY_ROWS_MAX 24
struct key_status {
	size_t n;
	struct {
		char item[24];
		char value[256];
	} at[KEY_ROWS_MAX];
};

/* "item<TAB>value". R_MALFORMED: it is none, or one too many. */
must_check enum result key_status_row(struct key_status *s, const char *row);
/* "" where there is no such row. */
const char *key_status_get(const struct key_status *s, const char *item);
/* 0 where there is none, or it is no number. */
uint32_t key_status_number(const struct key_status *s, const char *item);
bool key_status_backed_up(const struct key_status *s);
/* Of the older live epoch's key; true where there is none. */
bool key_status_previous_backed_up(const struct key_status *s);

/* Says nothing: R_OK with a reason in *done, or what client_run answers. */
must_check enum result key_status_try(struct key_status *out,
				      struct msg_admin_done *done);
int key_status_ask(struct key_status *out);

/* cnie.conf, whose path is out too. */
int key_config(struct config *out, char path[PREFIX_PATH_MAX]);

/* One line of what was done, in the form that setup has. */
void key_step(const char *what, const char *text);

/* A request that only ends; its last word is told as a step of `what`, or
 * `otherwise` where it says none. */
int key_request(const struct msg_admin_request *m, const char *what,
		const char *otherwise);

/* The key of an epoch is there afterwards. */
int key_make(uint32_t epoch);

/* Prints accounts without a tag under the current epoch, and counts them. */
int key_unbound(uint32_t *count);

/* The sealed bytes of a backup. */
#define KEY_BACKUP_MAX 1024
must_check enum result key_backup_get(uint32_t epoch,
				      const uint8_t to[ELEMENT_SIZE],
				      struct sink *out,
				      struct msg_admin_done *done);

#endif
