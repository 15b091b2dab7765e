/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A store in a test root, files to be imported, and a scripted cnied that
 * reads the same store and knows its items from a table.
 */
#ifndef CNIE_TESTS_CTL_SUPPORT_STORE_H
#define CNIE_TESTS_CTL_SUPPORT_STORE_H

#include "support_item.h"
#include "support_service.h"

#define STORE service_path("etc/cnie/csca")

/* A fixture, with service_teardown: configured, an empty store, and a
 * directory "from" that only root reads. */
void store_setup(void);

/* What cnie-inspect makes of it where it is in the store. Ours to change. */
struct msg_item *store_know(struct msg_item m);
/* What it finds in the files to be imported, whatever they are. */
struct msg_item *store_offer(struct msg_item m);
/* In the store as csca import writes it, and known. */
void store_holds(struct msg_item m);
/* These bytes in a file below the root that only root reads. */
void store_put(const char *path, const char *name);
/* "csca import %s" with a path below the root. */
const char *store_line(const char *format, const char *path);
/* Where csca import writes it. */
const char *store_file(const char *name, const char *ending);
/* It is there: root's, everybody's to read, and whole. */
void store_must_hold(const char *name, const char *ending);
/* How often the word is in the text. */
size_t store_occurs(const char *text, const char *word);

#define PRINTED(text)							\
	ck_assert_msg(strstr(service_out, text), "\"%s\" is not in:\n%s", text,\
		      service_out)
#define COMPLAINED(text)						\
	ck_assert_msg(strstr(service_err, text), "\"%s\" is not in:\n%s", text,\
		      service_err)

/* Scripts of the service, and to start with some. */
void script_lists(int fd, const struct msg_admin_request *m);
void script_says_offered(int fd);	/* and counts; no end */
void script_dies(int fd, const struct msg_admin_request *m);
void script_cannot_load(int fd, const struct msg_admin_request *m);

#define SCRIPTS(...)							\
	do {								\
		static service_script *const all[] = { __VA_ARGS__, NULL };\
		service_start(all);					\
	} while (0)

#endif
