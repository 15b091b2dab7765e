/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the module stand on: a root directory of their own with
 * a service that names the twin module, a view of synthetic accounts, a
 * cnied that plays a script in a child process, a conversation that
 * remembers, and the lines the module would have logged.
 */
#ifndef CNIE_TESTS_SUPPORT_PAM_H
#define CNIE_TESTS_SUPPORT_PAM_H

#include <check.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/wire.h"
#include "roster/viewfmt.h"

/* -- the view (support_view.c): written by the words of viewfmt.h --- */

struct synthetic {
	const char *name;
	uint32_t uid;
	uint32_t expiry;
	enum view_status status;
};

extern const struct synthetic people[];
extern const size_t people_n;

#define ANA "cnie-ana"			/* active */
#define ANA_UID 70001
#define BEN "cnie-ben"			/* revoked */
#define BEN_UID 70002
#define CEM "cnie-cem"			/* expired */
#define DIA "cnie-dia"			/* last day: long from now */
#define DIA_UID 70004

void write_view(const struct synthetic *who, size_t n);

/* -- the place --- */

void place_setup(void);			/* fixtures, in the test's process */
void place_teardown(void);
const char *place(const char *path);	/* path below the root; static */
void write_service(const char *args);	/* the module's arguments */

/* -- cnied's part (support_server.c) --- */

enum play {
	SAY_END = 0, SAY_INFO, SAY_ASK, SAY_GRANT, SAY_REFUSE, SAY_RAW,
	SAY_ADMIN, HEAR_START, HEAR_ANSWER, HEAR_DECLINED, HANG,
	LEAVE_UNREAD,		/* wait for a message, and do not read it */
	MEND,			/* write the view of people[] anew */
};

struct line {
	enum play play;
	unsigned int number;		/* msg, reason, uid, bytes, times */
	const char *text;		/* arg, name, expected text, bytes */
	unsigned int extra;		/* echo, delay */
};

/* Bind and listen, and play the lines to the one who connects; the child
 * closes after the last. */
void server_start(const struct line *lines);
/* Nobody may connect: bind and listen only. */
void server_idle(void);
bool server_was_contacted(void);	/* of server_idle */
#define END { SAY_END, 0, NULL, 0 }
#define START { HEAR_START, 0, NULL, 0 }
#define GRANT(name, uid) { SAY_GRANT, uid, name, 0 }
#define REFUSE(reason) { SAY_REFUSE, reason, NULL, 0 }
#define ASK_CAN { SAY_ASK, MSG_ASK_CAN, NULL, 1 }
#define ASK_CODE { SAY_ASK, MSG_ASK_CODE, NULL, 0 }

/* The child heard all it was told to hear. */
void server_done(void);
/* What the child was told in START. */
void server_expect(const struct msg_login_start *start);

/* -- the application's part --- */

#define SEEN_MAX 64
struct app {
	pam_handle_t *pamh;
	struct { int style; char text[600]; } seen[SEEN_MAX];
	size_t seen_n;
	const char *answers[8];		/* taken in turn; NULL: none left */
	size_t answers_used;
	int fail_at;			/* conversation fails at this line, -1 */
	const char *rename_to;		/* set PAM_USER while talking */
	unsigned int delay_us;		/* asked for by the module, 0 none */
	int delays;
};

void app_start(struct app *a, const char *user);
void app_end(struct app *a);
const char *app_user(struct app *a);	/* PAM_USER or "" */
bool app_saw(const struct app *a, int style, const char *part);

/* -- the two of them: one login, with the app below --- */

extern struct app app;

int authenticate(const char *user, const struct line *lines);
void finish(void);			/* server_done and app_end */
/* authenticate, the code, an error line with this part in it, finish */
void check_refused(const char *user, const struct line *lines, int code,
		   const char *part);
/* pam_authenticate with the code, and not a word to anybody */
void check_quiet(const char *user, int flags, int code);
TCase *group(Suite *s, const char *name);	/* with the place's fixture */

/* -- the log --- */

#define LOGGED_MAX 64
struct logged {
	int priority;
	char text[256];
};
extern struct logged logged[LOGGED_MAX];
extern size_t logged_n;
bool log_has(int level, const char *part);

int open_descriptors(void);

#endif
