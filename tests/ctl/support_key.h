/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scripted cnied says about keys, and the files of such tests. */
#ifndef CNIE_TESTS_CTL_SUPPORT_KEY_H
#define CNIE_TESTS_CTL_SUPPORT_KEY_H

#include "support_service.h"

/* service_setup, a folder for keys, and nobody at standard input. */
void key_setup(void);

/* cnie.conf with these lines more in [sector], and more sections. */
void key_configure(const char *sector, const char *more);
const char *key_conf(void);		/* its text now */
bool key_conf_has(const char *line);

/* The halves of a pair, "pair" and "pair.pub" below the root. */
void key_pair_files(void);

/* A command beside these scripts, all of them wanted; its exit status. */
int key_run(service_script *const *scripts, const char *line);
bool key_said(const char *text);	/* on either output */

/* 1, 2 and 3 times the base point (RFC 9496 A.1); a tokeniser with the first
 * as its key. */
#define KEY_POINT_1 \
	"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"
#define KEY_POINT_2 \
	"6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"
#define KEY_POINT_3 \
	"94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259"
#define KEY_SERVED "[tokeniser]\nsocket = /run/t.sock\npublic_key = " \
	KEY_POINT_1 "\n"

/* Before service_start: what the scripts say. */
extern const char *key_rows[16];	/* of KEY_STATUS; ends with NULL */
extern uint32_t key_epoch;		/* that must be asked about */
extern uint64_t key_number;
extern const char *key_file;		/* a file that must be there by then */

/* Scripts. Each demands its verb. */
void key_says_made(int fd, const struct msg_admin_request *m);
void key_says_needed(int fd, const struct msg_admin_request *m);
void key_says_machine(int fd, const struct msg_admin_request *m);
void key_says_status(int fd, const struct msg_admin_request *m);
void key_is_present(int fd, const struct msg_admin_request *m);
void key_is_missing(int fd, const struct msg_admin_request *m);
void key_left_over_0(int fd, const struct msg_admin_request *m);
void key_left_over_1(int fd, const struct msg_admin_request *m);
void key_gives_backup(int fd, const struct msg_admin_request *m);
void key_notes_backup(int fd, const struct msg_admin_request *m);
void key_says_unbound_0(int fd, const struct msg_admin_request *m);
void key_says_unbound_2(int fd, const struct msg_admin_request *m);
void key_retires(int fd, const struct msg_admin_request *m);
void key_says_csca(int fd, const struct msg_admin_request *m);

#define KEY_BACKUP_BYTES "CNIE-KEY-BACKUP, as if it were sealed"

#endif
