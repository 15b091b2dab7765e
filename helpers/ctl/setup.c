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

#include "base/file.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/stage.h"
#include "ctl/talk.h"
#include "ctl/users.h"

SCOPE_FREE(DIR *, closedir);

#define CONFIG_TEXT_MAX 2048
#define DEFAULT_PROFILE "cnie2"

static void step(const char *what, const char *text)
{
	printf("%-10s  %s\n", what, text);
}

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
	step("users", made ? "made the helpers' users" :
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
		complain("edit that line, or let --force write the file anew");
		return CTL_REFUSED;
	}
	if (!strcmp(c.urn, s->urn))
		return CTL_DONE;
	complain("%s: this machine belongs to sector %s", path, c.urn);
	complain("no account of it is found under another name; --force "
		 "changes it all the same");
	return CTL_REFUSED;
}

static int write_config(const struct setup *s, bool force)
{
	char path[PREFIX_PATH_MAX], text[CONFIG_TEXT_MAX];
	bool there = false;
	int code = CTL_DONE;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK ||
	    setup_config(s, text, sizeof(text)) != R_OK)
		return CTL_SYSTEM;
	if (!force)
		code = there_already(s, path, &there);
	if (code != CTL_DONE)
		return code;
	if (there) {
		step("config", "cnie.conf was there already, and was kept");
		return CTL_DONE;
	}
	if (file_replace(path, span_str(text), 0644) != R_OK)
		return broken(path);
	step("config", "wrote " PATH_CONFIG);
	return CTL_DONE;
}

static int write_profile(const struct setup *s)
{
	char name[PREFIX_PATH_MAX], from[PREFIX_PATH_MAX], to[PREFIX_PATH_MAX];
	struct stat st;

	snprintf(name, sizeof(name), DIR_SHARE "/profiles/%s.conf",
		 s->profile);
	if (prefix_path(name, from, sizeof(from)) != R_OK)
		return CTL_SYSTEM;
	snprintf(name, sizeof(name), PATH_PROFILE_DIR "/%s.conf", s->profile);
	if (prefix_path(name, to, sizeof(to)) != R_OK)
		return CTL_SYSTEM;
	if (lstat(to, &st) == 0) {
		step("profile", "was there already, and was kept");
		return CTL_DONE;
	}
	if (stage_file(from, to, STAGE_FILE_MAX) != R_OK) {
		complain("no profile %s: %s can't be copied; write %s by hand "
			 "(cnie.conf(5))", s->profile, from, to);
		return CTL_REFUSED;
	}
	step("profile", name);
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
		step("csca", done.text[0] ? done.text : "checked");
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
	size_t copied = 0, passed = 0, fresh = 0;
	int code;

	if (prefix_path(DIR_ETC "/csca.new", stage, sizeof(stage)) != R_OK ||
	    prefix_path(PATH_CSCA_DIR, into, sizeof(into)) != R_OK)
		return CTL_SYSTEM;
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
	step("csca", text);
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
	step("csca", "the store is empty and every card is refused: run setup "
		     "again with --csca DIR");
}

/* -- the sector key --------------------------------------------------------------------- */

static int make_key(void)
{
	static const struct client client = { .info = talk_info };
	struct msg_admin_request request = { .verb = ADMIN_KEY_INIT };
	struct msg_admin_done done = { 0 };
	int code = talk_result(client_run(&request, &client, &done), &done);

	if (code == CTL_DONE)
		step("key", done.text[0] ? done.text : "made");
	return code;
}

static void next_steps(void)
{
	puts("\nCustody of the key: it is a plain file that only root reads, "
	     "in " PATH_KEY_DIR ".\nThat is for demonstration only: whoever "
	     "copies the disk has it, and with it can\ntry every national "
	     "number against the roster's tags. Lose it, and no account is\n"
	     "found any more.\n\n"
	     "What is left to do:\n"
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

int cmd_setup(const struct arguments *a)
{
	struct setup s = {
		.urn = a->value[OPT_SECTOR],
		.profile = a->seen & OPT(OPT_PROFILE_NAME) ?
			a->value[OPT_PROFILE_NAME] : DEFAULT_PROFILE,
	};
	int code;

	if (!setup_urn_ok(s.urn) || !setup_profile_ok(s.profile)) {
		complain("--sector: up to 128 printable characters without "
			 "spaces, quotes, ; # = [ ]; --profile: a-z 0-9 _ -");
		return CTL_USAGE;
	}
	code = find_users(a, &s);
	if (code == CTL_DONE)
		code = make_directories();
	if (code == CTL_DONE)
		code = write_config(&s, a->seen & OPT(OPT_FORCE));
	if (code == CTL_DONE)
		code = write_profile(&s);
	if (code == CTL_DONE && (a->seen & OPT(OPT_CSCA)))
		code = take_store(a->value[OPT_CSCA]);
	if (code == CTL_DONE)
		code = make_key();
	if (code != CTL_DONE)
		return code;
	warn_empty_store();
	next_steps();
	return CTL_DONE;
}
