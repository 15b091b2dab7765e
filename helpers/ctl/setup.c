// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl setup: everything a machine needs before its first enrolment. Each
 * step says what it did or what was there already; running it again changes
 * nothing that is good.
 *
 * MUST: certificates are put in the store only after cnie-inspect, in its
 * sandbox, has read the copies. MUST: the key is made by cnie-sector.
 */
#include "ctl/setup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/csca.h"
#include "ctl/key.h"
#include "ctl/key_backup.h"
#include "ctl/key_edit.h"
#include "ctl/key_talk.h"
#include "ctl/setup_anew.h"
#include "ctl/stage.h"
#include "ctl/talk.h"
#include "ctl/users.h"

SCOPE_FREE(DIR *, closedir);

#define CONFIG_TEXT_MAX 2048
#define DEFAULT_PROFILE "cnie2"

static int broken(const char *path)
{
	complain("%s can't be written: %s", path, strerror(errno));
	return CTL_SYSTEM;
}

/* -- users ------------------------------------------------------------------- */

static bool prefixed(void)
{
	char path[PREFIX_PATH_MAX];

	return prefix_path(DIR_ETC, path, sizeof(path)) != R_OK ||
	       strcmp(path, DIR_ETC) != 0;
}

static int find_users(const struct arguments *a, struct setup *s)
{
	const char *missing = "";
	unsigned int made = 0;

	s->video_gid = users_video_gid();
	if (a->seen & OPT(OPT_IDS)) {
		if (users_parse(a->value[OPT_IDS], s->users) == R_OK)
			return CTL_DONE;
		complain("--ids: card=U:G,inspect=U:G,face=U:G,sector=U:G, "
			 "numbers, none 0, four different users");
		return CTL_USAGE;
	}
	if (prefixed()) {	/* a test root has no users of its own */
		complain("in a test root the users are given with --ids");
		return CTL_USAGE;
	}
	if (users_resolve(s->users, &made, &missing) != R_OK) {
		complain("user %s is missing and can't be made: useradd "
			 "--system %s, then again", missing, missing);
		return CTL_SYSTEM;
	}
	key_step("users", made ? "made the helpers' users" :
				 "the helpers' users are there");
	return CTL_DONE;
}

/* -- directories and files ------------------------------------------------------- */

static int make_directories(void)
{
	static const struct { const char *path; mode_t mode; } dirs[] = {
		{ DIR_ETC, 0755 }, { PATH_PROFILE_DIR, 0755 },
		{ PATH_CSCA_DIR, 0755 }, { DIR_STATE, 0755 },
		{ PATH_KEY_DIR, 0700 }, { DIR_RUN, 0755 },
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		char path[PREFIX_PATH_MAX];

		if (prefix_path(dirs[i].path, path, sizeof(path)) != R_OK) {
			complain("%s: the path is too long", dirs[i].path);
			return CTL_USAGE;
		}
		/* its parents, where a bare system or a test root lacks them */
		for (char *p = strchr(path + 1, '/'); p;
		     p = strchr(p + 1, '/')) {
			*p = '\0';
			if (mkdir(path, 0755) && errno != EEXIST)
				return broken(path);
			*p = '/';
		}
		if (file_mkdir(path, dirs[i].mode) != R_OK)
			return broken(path);
	}
	return CTL_DONE;
}

/* R_OK: there is a good one, of this sector. R_ABSENT: none. */
static int there_already(const struct setup *s, const char *path, bool *there)
{
	struct config_error e = { "" };
	struct config c;
	enum result r = config_read(path, &c, &e);

	*there = r == R_OK;
	if (r == R_ABSENT)
		return CTL_DONE;
	if (r != R_OK) {
		complain("%s", e.text);
		complain("correct that line: cnie.conf(5). --force writes the "
			 "file anew, with every setting the first one again");
		return CTL_REFUSED;
	}
	if (!strcmp(c.urn, s->urn))
		return CTL_DONE;
	complain("%s: this machine belongs to sector %s", path, c.urn);
	complain("no account of it is found under another name; --force "
		 "changes it all the same");
	return CTL_REFUSED;
}

/* A file that is written anew names the keys that are here: with a first epoch
 * instead, a new key would be made and nobody found under it. */
static int choose_unread(struct setup *s, const char *path,
			 const char *wrong)
{
	uint32_t newest = 0;
	int code = setup_no_key(wrong, &newest);

	/* its key is asked for by name, and not made: cniectl key restore */
	if (newest > s->epoch) {
		s->previous_epoch = 0;
		s->epoch = newest;
	}
	return code == CTL_DONE && wrong ? setup_keep_old(path) : code;
}

static int choose_epochs(struct setup *s, const char *path)
{
	struct config_error e = { "" };
	struct config c;
	enum result r = config_read(path, &c, &e);

	setup_epochs(s);
	if (r != R_OK)
		return choose_unread(s, path, r == R_ABSENT ? NULL : e.text);
	if (strcmp(c.urn, s->urn) != 0)
		return CTL_DONE;
	if (c.provider != PROVIDER_LOCAL) {
		complain("%s: the key is not on this machine, and setup does "
			 "not write where it is: edit the file", path);
		return CTL_REFUSED;
	}
	s->epoch = c.epoch;
	s->previous_epoch = c.previous_epoch;
	return CTL_DONE;
}

static int write_config(struct setup *s, bool force)
{
	char path[PREFIX_PATH_MAX], text[CONFIG_TEXT_MAX];
	bool there = false;
	int code = CTL_DONE;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK)
		return CTL_SYSTEM;
	if (!force)
		code = there_already(s, path, &there);
	if (code == CTL_DONE && there)
		key_step("config", "cnie.conf was there already, and was kept");
	if (code != CTL_DONE || there)
		return code;
	code = choose_epochs(s, path);
	if (code != CTL_DONE)
		return code;
	if (setup_config(s, text, sizeof(text)) != R_OK)
		return CTL_SYSTEM;
	if (file_replace(path, span_str(text), 0644) != R_OK)
		return broken(path);
	key_step("config", "wrote " PATH_CONFIG);
	return CTL_DONE;
}

struct profile_places {
	char name[PREFIX_PATH_MAX];		/* of `to`, as it is installed */
	char from[PREFIX_PATH_MAX], to[PREFIX_PATH_MAX];
};

static enum result profile_places(const struct setup *s,
				  struct profile_places *p)
{
	enum result r;

	snprintf(p->name, sizeof(p->name), DIR_SHARE "/profiles/%s.conf",
		 s->profile);
	r = prefix_path(p->name, p->from, sizeof(p->from));
	snprintf(p->name, sizeof(p->name), PATH_PROFILE_DIR "/%s.conf",
		 s->profile);
	return r == R_OK ? prefix_path(p->name, p->to, sizeof(p->to)) : r;
}

static int no_profile(const struct setup *s, const struct profile_places *p)
{
	complain("no profile %s: %s can't be copied; write %s by hand "
		 "(cnie.conf(5))", s->profile, p->from, p->to);
	return CTL_REFUSED;
}

/* Before cnie.conf names it: that is kept by the next run, and with it a name
 * that was mistyped. */
static int find_profile(const struct setup *s)
{
	struct profile_places p;
	struct stat st;

	if (profile_places(s, &p) != R_OK)
		return CTL_SYSTEM;
	return lstat(p.to, &st) == 0 || access(p.from, R_OK) == 0 ?
		       CTL_DONE : no_profile(s, &p);
}

static int write_profile(const struct setup *s)
{
	struct profile_places p;
	struct stat st;

	if (profile_places(s, &p) != R_OK)
		return CTL_SYSTEM;
	if (lstat(p.to, &st) == 0) {
		key_step("profile", "was there already, and was kept");
		return CTL_DONE;
	}
	if (stage_file(p.from, p.to, STAGE_FILE_MAX) != R_OK)
		return no_profile(s, &p);
	key_step("profile", p.name);
	return CTL_DONE;
}

/* -- the State's certificates -------------------------------------------------------- */

static int check_store(const char *stage, const char *from)
{
	static const struct client client = { .info = talk_info };
	struct msg_admin_request request = { .verb = ADMIN_CSCA_CHECK };
	struct msg_admin_done done = { 0 };
	enum result r;

	snprintf(request.csca, sizeof(request.csca), "%s", stage);
	r = client_run(&request, &client, &done);
	if (r == R_OK && done.reason == REASON_NONE) {
		key_step("csca", done.text[0] ? done.text : "checked");
		return CTL_DONE;
	}
	if (r != R_OK)
		return talk_result(r, &done);
	complain("%s: cnie-inspect found no CSCA certificate there that it "
		 "can use; nothing was taken in (%s)", from,
		 reason_row(done.reason)->code);
	return CTL_REFUSED;
}

static int take_store(const char *from)
{
	char stage[PREFIX_PATH_MAX], into[PREFIX_PATH_MAX], text[96];
	scoped(close_fd) int lock = -1;
	size_t copied = 0, passed = 0, fresh = 0;
	int code;

	if (prefix_path(DIR_ETC "/csca.new", stage, sizeof(stage)) != R_OK)
		return CTL_SYSTEM;
	/* csca import and remove write files of these names, too */
	code = csca_store_open(into, &lock);
	if (code != CTL_DONE)
		return code;
	if (stage_store(from, stage, &copied, &passed) != R_OK) {
		complain("%s: this directory can't be read", from);
		return CTL_USAGE;
	}
	if (copied == 0) {
		stage_remove(stage);
		complain("%s: no *.cer, *.crt, *.der, *.pem or *.crl there",
			 from);
		return CTL_USAGE;
	}
	code = check_store(stage, from);
	if (code == CTL_DONE && stage_move(stage, into, &fresh) != R_OK)
		code = broken(into);
	if (code != CTL_DONE) {
		stage_remove(stage);
		return code;
	}
	snprintf(text, sizeof(text), "%zu files, %zu of them new, %zu passed "
		 "over", copied, fresh, passed);
	key_step("csca", text);
	return CTL_DONE;
}

/* A store that was never filled: every card would be refused. */
static void warn_empty_store(void)
{
	char path[PREFIX_PATH_MAX];
	scoped(scope_closedir) DIR *d = NULL;
	const struct dirent *e;

	if (prefix_path(PATH_CSCA_DIR, path, sizeof(path)) != R_OK)
		return;
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (stage_is_store_file(e->d_name))
			return;
	key_step("csca", "the store is empty and every card is refused: run "
		 "setup again with --csca DIR");
}

/* -- the sector key --------------------------------------------------------------------- */

/* There is a backup, or the key is not one that has any: nothing to ask. */
static bool backup_settled(const struct key_status *s)
{
	return key_status_backed_up(s) ||
	       strcmp(key_status_get(s, "provider"), "local") != 0;
}

/*
 * Before anything is written: can the question about the backup be answered?
 * Where neither option nor terminal does it, cnied may know that it was.
 */
static int read_wish(const struct arguments *a, struct backup_wish *w)
{
	struct key_status s = { 0 };
	struct msg_admin_done done = { 0 };
	int code = backup_wish_read(a, w);

	if (code != CTL_DONE || w->what != WISH_ASK || isatty(STDIN_FILENO))
		return code;
	if (key_status_try(&s, &done) == R_OK && done.reason == REASON_NONE &&
	    backup_settled(&s))
		return CTL_DONE;
	return backup_wish_needed(w);
}

static int make_backup(struct backup_wish *w, const struct config *c,
		       const struct key_status *s)
{
	char text[96];
	int code;

	if (!backup_settled(s)) {
		code = backup_make(w, c->epoch);
		if (code == CTL_DONE)
			backup_end();
		return code;
	}
	snprintf(text, sizeof(text), "%s; another one: cniectl key backup",
		 key_status_get(s, "backup"));
	if (key_status_backed_up(s))
		key_step("backup", text);
	backup_end();		/* a run that made it may have been killed */
	return CTL_DONE;
}

static int make_key(struct backup_wish *w, struct key_status *s)
{
	char path[PREFIX_PATH_MAX];
	struct config c;
	int code = key_config(&c, path);

	if (code == CTL_DONE)
		code = key_init(&c);
	if (code == CTL_DONE)
		code = key_status_ask(s);
	if (code != CTL_DONE)
		return code;
	if (strcmp(key_status_get(s, "key"), "present")) {
		complain("the key can't be used: %s; is it another sector's?",
			 key_status_get(s, "key"));
		return CTL_REFUSED;
	}
	return make_backup(w, &c, s);
}

static void tell_custody(const struct key_status *s)
{
	const char *custody = key_status_get(s, "custody");

	printf("\nCustody of the key: %s.\n", custody);
	if (!strncmp(custody, "demonstration", 13))
		puts("Whoever copies the disk has it, and with it can try "
		     "every national number against\nthe roster's tags. Where "
		     "there is a TPM: cniectl key init --seal");
}

static void next_steps(void)
{
	puts("\nWhat is left to do:\n"
	     "  /etc/nsswitch.conf         passwd: files cnie systemd\n"
	     "                             group:  files cnie systemd\n"
	     "  PAM                        pam-auth-update --enable cnie "
	     "mkhomedir\n"
	     "  or, in a service's stack   auth sufficient pam_cnie.so "
	     "(before pam_unix.so)\n"
	     "                             account [success=ok ignore=ignore "
	     "authinfo_unavail=ignore default=bad] pam_cnie.so\n"
	     "  the face, where allowed    " PATH_AUTHORISATION
	     " (cnie.conf(5)),\n"
	     "                             " DIR_SHARE "/fetch_models.sh "
	     PATH_MODELS_DIR "\n"
	     "  the first person           cniectl enrol --code\n"
	     "  check                      cniectl doctor\n"
	     "Keep a root shell open until a login with the old way has "
	     "worked.");
}

static int write_all(const struct arguments *a, struct setup *s, int *lock)
{
	int code = find_users(a, s);

	if (code == CTL_DONE)
		code = make_directories();
	if (code == CTL_DONE)
		code = key_lock(lock);
	if (code == CTL_DONE)
		code = find_profile(s);
	if (code == CTL_DONE)
		code = write_config(s, a->seen & OPT(OPT_FORCE));
	if (code == CTL_DONE)
		code = write_profile(s);
	if (code == CTL_DONE && (a->seen & OPT(OPT_CSCA)))
		code = take_store(a->value[OPT_CSCA]);
	return code;
}

int cmd_setup(const struct arguments *a)
{
	struct setup s = {
		.urn = a->value[OPT_SECTOR],
		.profile = a->seen & OPT(OPT_PROFILE_NAME) ?
			a->value[OPT_PROFILE_NAME] : DEFAULT_PROFILE,
	};
	struct key_status key = { 0 };
	scoped(close_fd) int lock = -1;
	struct backup_wish wish;
	int code;

	if (!setup_urn_ok(s.urn) || !setup_profile_ok(s.profile)) {
		complain("--sector: up to 128 printable characters without "
			 "spaces, quotes, ; # = [ ]; --profile: a-z 0-9 _ -");
		return CTL_USAGE;
	}
	code = read_wish(a, &wish);
	if (code == CTL_DONE)
		code = write_all(a, &s, &lock);
	if (code == CTL_DONE)
		code = make_key(&wish, &key);
	if (code != CTL_DONE)
		return code;
	warn_empty_store();
	tell_custody(&key);
	next_steps();
	return CTL_DONE;
}
