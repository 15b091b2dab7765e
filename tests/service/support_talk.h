/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both sides of a transaction, a word at a time. */
#ifndef CNIE_TESTS_SUPPORT_TALK_H
#define CNIE_TESTS_SUPPORT_TALK_H

#include "base/prefix.h"
#include "support_login.h"

/* cnie.conf with these lines more in [sector], and whole sections after. */
void station_config(const char *sector, const char *sections);

/* Somebody listens at this AF_UNIX address, and says nothing. */
void station_listen(const char *path);

/* A request at admin.sock, as root, or a start at login.sock. */
void ask_admin(const struct msg_admin_request *m);
void ask_login(const struct msg_login_start *m);

void tell(enum source from, enum wire_msg type, const void *m);
void answer(const char *text);
void ready(enum source from);
/* The card is in, the CAN typed, the chip genuine. */
void to_facts(void);
void tags(const struct msg_sector_tags *m);
void done_reading(void);

/* What the person's side heard of this type, the first one not yet read; all
 * before it is dropped. false: nothing of it came. */
bool heard(enum wire_msg type, void *out);
/* Asked this, now or before. */
void assert_asked_for(enum msg want);
/* How an admin's request, or a login, ended. */
enum reason admin_end(char *text, size_t cap);

#endif
