// SPDX-License-Identifier: GPL-3.0-or-later
/* doctor's look at our own files and users. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/csca_list.h"
#include "ctl/doctor.h"
#include "ctl/names_entry.h"
#include "ctl/sign.h"

SCOPE_FREE(DIR *, closedir);

#define CLOCK_SLACK_S 60

struct newest {
	time_t at;
	const char *where;
};

/* "" where the path can't be made; messages then show that. */
static const char *placed(const char *path, char out[PREFIX_PATH_MAX])
{
	if (prefix_path(path, out, PREFIX_PATH_MAX) != R_OK)
		out[0] = '\0';
	return out;
}

/* Not setup --force: it makes every other setting the first one again. */
static const char users_fix[] =
	"systemd-sysusers makes cnie-card, cnie-inspect, cnie-face and cnie-sector; what `id -u` and `id -g` say of each belongs in [users] of cnie.conf";

static bool users_distinct(struct findings *f, const struct config *c)
{
	bool good = true;

	for (int a = 0; a < HELPER_COUNT; a++)
		for (int b = a + 1; b < HELPER_COUNT; b++) {
			if (c->users[a].uid != c->users[b].uid)
				continue;
			good = false;
			finding(f, FINDING_FAIL, "users",
				"give each its own in [users] of cnie.conf",
				"%s and %s are both uid %u: one could read the other's memory",
				helper_name((enum helper_kind)a),
				helper_name((enum helper_kind)b),
				c->users[a].uid);
		}
	return good;
}

void doctor_users(struct findings *f, const struct config *c)
{
	bool good = users_distinct(f, c);

	for (int i = 0; i < HELPER_COUNT; i++) {
		const char *name = helper_name((enum helper_kind)i);
		uint32_t uid = c->users[i].uid;
		char owner[257] = "";
		enum result r = names_owner_get(uid, owner);

		if (uid >= c->uid_min && uid <= c->uid_max) {
			good = false;
			finding(f, FINDING_FAIL, "users",
				"choose an id outside uid_min..uid_max in [users] of cnie.conf",
				"%s runs as uid %u, which is in the accounts' range",
				name, uid);
		} else if (r == R_TIMEOUT) {
			good = false;
			finding(f, FINDING_WARN, "users",
				"the lines \"names\" say which source, and what to do",
				"whether %s's uid %u is its own can't be known: a source of nsswitch.conf does not answer",
				name, uid);
			break;	/* nor for the others, as long again */
		} else if (r != R_OK) {
			good = false;
			finding(f, FINDING_WARN, "users",
				users_fix,
				"%s runs as uid %u, which has no name here",
				name, uid);
		} else if (strcmp(owner, name)) {
			good = false;
			finding(f, FINDING_WARN, "users",
				users_fix,
				"%s runs as uid %u, which is %s", name, uid,
				owner);
		}
	}
	if (good)
		finding(f, FINDING_OK, "users", NULL,
			"four helpers, four users: %u %u %u %u",
			c->users[0].uid, c->users[1].uid, c->users[2].uid,
			c->users[3].uid);
}

/* No login needs it, so that a wrong one must not stop any; the next import is
 * where it would be missed. */
void doctor_signer(struct findings *f, const struct config *c)
{
	char id[SIGN_ID_TEXT];
	struct sign_key key;

	if (!c->signer[0])
		return;
	if (sign_key_text(c->signer, &key) != R_OK) {
		finding(f, FINDING_FAIL, "signer",
			"the second line of the signer's .pub, RW...: cnie.conf(5)",
			"[roster] signer is no public key as minisign writes them: no roster is taken in");
		return;
	}
	sign_key_id(key.id, id);
	finding(f, FINDING_OK, "signer", NULL,
		"rosters signed by key %s are believed", id);
}

void doctor_view_file(struct findings *f)
{
	static const char fix[] = "chown root:root and chmod 0644 the file; its directory is 0755";
	char path[PREFIX_PATH_MAX];
	struct stat st;

	if (lstat(placed(PATH_VIEW, path), &st)) {
		if (errno == ENOENT)
			finding(f, FINDING_WARN, "view-file",
				"the first enrolment writes it; where there are accounts, systemctl restart cnied does",
				"%s: not there yet, no account resolves", path);
		else
			finding(f, FINDING_FAIL, "view-file", fix, "%s: %s",
				path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_uid != 0 ||
		   (st.st_mode & (S_IWGRP | S_IWOTH))) {
		finding(f, FINDING_FAIL, "view-file", fix,
			"%s: not a regular file that only root writes", path);
	} else if ((st.st_mode & 0444) != 0444) {
		finding(f, FINDING_FAIL, "view-file", fix,
			"%s: mode %04o, not everybody may read it", path,
			(unsigned int)(st.st_mode & 07777));
	} else {
		finding(f, FINDING_OK, "view-file", NULL, "%s, %lld bytes",
			path, (long long)st.st_size);
	}
}

/* What csca import writes; other files there may carry anybody's date. */
static bool is_imported(const char *name)
{
	char sha256[FINGERPRINT_MAX];

	snprintf(sha256, sizeof(sha256), "%s", name);
	return fingerprint_ok(sha256) &&
	       (!strcmp(name + FINGERPRINT_MAX - 1, ".cer") ||
		!strcmp(name + FINGERPRINT_MAX - 1, ".crl"));
}

static bool is_state(const char *name)
{
	return strcmp(name, "..") != 0;
}

static void newest_in(const char *path, bool (*counts)(const char *name),
		      struct newest *n)
{
	char dir[PREFIX_PATH_MAX];
	scoped(scope_closedir) DIR *d = opendir(placed(path, dir));
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		struct stat st;

		if (!counts(e->d_name) ||
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    st.st_mtime <= n->at)
			continue;
		n->at = st.st_mtime;
		n->where = path;
	}
}

/* The newest change of what we wrote: our clock was there once. */
static struct newest newest_state(void)
{
	struct newest n = { 0, DIR_STATE };

	newest_in(DIR_STATE, is_state, &n);
	newest_in(PATH_CSCA_DIR, is_imported, &n);
	return n;
}

void doctor_clock(struct findings *f, time_t now)
{
	struct newest newest = newest_state();
	char day[32] = "?";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M UTC", &tm);
	if (now + CLOCK_SLACK_S < newest.at)
		finding(f, FINDING_FAIL, "clock",
			"timedatectl set-ntp true, or set the time; certificates can't be judged before",
			"%s is %lld s behind the newest file that was written in %s",
			day, (long long)(newest.at - now), newest.where);
	else
		finding(f, FINDING_OK, "clock", NULL, "%s", day);
}

static void profile_file(struct findings *f, const struct config *c)
{
	char path[PREFIX_PATH_MAX], name[PREFIX_PATH_MAX];
	struct msg_inspect_config p = { 0 };
	struct config_error e = { "" };

	snprintf(name, sizeof(name), PATH_PROFILE_DIR "/%s.conf", c->profile);
	if (config_read_profile(placed(name, path), &p, &e) == R_OK)
		finding(f, FINDING_OK, "profile", NULL, "%s: State %s",
			c->profile, p.state);
	else
		finding(f, FINDING_FAIL, "profile", "see cnie.conf(5)", "%s",
			e.text);
}

void doctor_files(struct findings *f)
{
	char path[PREFIX_PATH_MAX];
	struct config c;
	struct authorisation a;
	struct config_error e = { "" };
	enum result r = config_read(placed(PATH_CONFIG, path), &c, &e);

	if (r != R_OK) {
		finding(f, FINDING_FAIL, "config", r == R_ABSENT ?
			"cniectl setup --sector URN writes it" :
			"edit the line named, see cnie.conf(5)", "%s", e.text);
	} else {
		finding(f, FINDING_OK, "config", NULL, "sector %s, epoch %u",
			c.urn, c.epoch);
		profile_file(f, &c);
	}
	r = config_read_authorisation(placed(PATH_AUTHORISATION, path), &a,
				      &e);
	if (r == R_ABSENT)
		finding(f, FINDING_WARN, "authorisation",
			"/etc/cnie/authorisation.conf, see cnie.conf(5)",
			"none: face matching is off, card + code serves");
	else if (r != R_OK)
		finding(f, FINDING_FAIL, "authorisation",
			"edit the line named, see cnie.conf(5)", "%s", e.text);
	else
		finding(f, FINDING_OK, "authorisation", NULL, "%u to %u",
			a.not_before, a.not_after);
}

void doctor_attack_limits(struct findings *f)
{
	static const char limits[] =
		"its error rate (APCER) is unknown; stills on a screen pass about 44 %; printed photos and masks are hardly measured";
	char path[PREFIX_PATH_MAX];
	struct authorisation a;
	struct config_error e = { "" };

	if (config_read_authorisation(placed(PATH_AUTHORISATION, path), &a,
				      &e) != R_OK)
		finding(f, FINDING_OK, "attack-detection", NULL,
			"face matching is off; where it is on: %s", limits);
	else if (a.assurance == ASSURANCE_FACE)
		finding(f, FINDING_WARN, "attack-detection",
			"assurance = face+code in authorisation.conf; card + code stays for everybody",
			"the face alone decides beside the card: %s", limits);
	else
		finding(f, FINDING_OK, "attack-detection", NULL,
			"%s: so card + code stays", limits);
}
