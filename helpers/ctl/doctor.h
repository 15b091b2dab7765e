/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cniectl doctor: a list of findings, each with what to do about it. The
 * readers of other people's files (nsswitch.conf, PAM stacks, reader.conf.d)
 * are pure functions over their text.
 */
#ifndef CNIE_CTL_DOCTOR_H
#define CNIE_CTL_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/config.h"

/* Values are the exit status' order: the worst counts. */
enum finding_state { FINDING_OK, FINDING_WARN, FINDING_FAIL };

#define FINDINGS_MAX 64

struct findings {
	size_t n;
	struct {
		enum finding_state state;
		char item[24];
		char text[1025];
		const char *fix;	/* static text, or NULL */
	} at[FINDINGS_MAX];
};

/* Past FINDINGS_MAX the last one says that the list is cut. */
void finding(struct findings *f, enum finding_state state, const char *item,
	     const char *fix, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* A row of ADMIN_STATUS, "item<TAB>ok|warn|fail<TAB>text". */
must_check enum result finding_row(struct findings *f, const char *row);

enum finding_state findings_worst(const struct findings *f);
void findings_text(const struct findings *f, FILE *to);
/* A line each; with priorities where the journal reads it. */
void findings_lines(const struct findings *f, bool journal, FILE *to);
void findings_json(const struct findings *f, FILE *to);

/* -- text of other people's files -------------------------------------------- */

enum nss_place { NSS_MISSING, NSS_FIRST, NSS_AFTER_FILES };

/* Where `service` stands in the line of `database` ("passwd"). */
enum nss_place nsswitch_place(const char *text, const char *database,
			      const char *service);

enum pam_use {
	PAM_USE_AUTH = 1, PAM_USE_ACCOUNT = 2, PAM_USE_SESSION = 4,
	PAM_USE_PASSWORD = 8,
	PAM_USE_MUST = 16,	/* an auth line that is required or requisite */
};

/* How a PAM service file uses `module` ("pam_cnie.so"): enum pam_use bits. */
unsigned int pam_uses(const char *text, const char *module);

/* Does a reader configuration name the vpcd virtual reader? */
bool reader_is_virtual(const char *text);

/* Does the text of /proc/net/tcp or tcp6 hold a listener on this port? */
bool tcp_listens(const char *text, uint16_t port);

/* Does initgroups(3) come to `service` for somebody whom another source before
 * it has in a group? Without a line of its own it asks all of the group's. */
bool nsswitch_groups_reach(const char *text, const char *service);

/* Does nscd.conf have `database` ("passwd") cached? */
bool nscd_caches(const char *text, const char *database);

/* -- the checks ---------------------------------------------------------------- */

struct doctor_paths {		/* the system's files; tests have their own */
	const char *nsswitch, *nscd, *nscd_conf;
	const char *pam_dir, *reader_dir, *tcp, *tcp6;
	const char *core_pattern, *suid_dumpable;
};

extern const struct doctor_paths doctor_system_paths;

void doctor_nsswitch(struct findings *f, const struct doctor_paths *p);
/* A cache of names in front of ours; nothing is found where there is none. */
void doctor_nscd(struct findings *f, const struct doctor_paths *p);
/* Does every source of names but ours answer? NAMES_WAIT_MS at most, twice. */
void doctor_names(struct findings *f);
void doctor_pam(struct findings *f, const struct doctor_paths *p);
void doctor_virtual_reader(struct findings *f, const struct doctor_paths *p);
void doctor_core(struct findings *f, const struct doctor_paths *p);

void doctor_users(struct findings *f, const struct config *c);
void doctor_signer(struct findings *f, const struct config *c);
void doctor_key(struct findings *f, const struct config *c);
struct key_status;	/* key_talk.h */
void doctor_key_status(struct findings *f, const struct key_status *s);
void doctor_view_file(struct findings *f);
void doctor_clock(struct findings *f, time_t now);
/* What cnied would say of its files, where it can't be asked. */
void doctor_files(struct findings *f);
void doctor_attack_limits(struct findings *f);

#endif
