// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * MUST: the key's bytes go from systemd-creds to cmp, never to a disk, a log
 * or this process.
 * MUST: a plain file is never overwritten under the name by which a key is
 * looked for: half of one would be taken for a damaged key.
 */
#include "ctl/key_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/key_talk.h"
#include "ctl/key_unit.h"
#include "ctl/newfile.h"
#include "ctl/program.h"

#define NAME_SIZE 32

/* The places of one epoch's key. */
struct places {
	char plain[PREFIX_PATH_MAX];	/* sector-N.key */
	char cred[PREFIX_PATH_MAX];
	char aside[PREFIX_PATH_MAX];	/* the plain file while cnied is asked */
	char ending[PREFIX_PATH_MAX];	/* the same while it is overwritten */
	char name[16 + NAME_SIZE];	/* --name=sector-N.key */
};

static enum result place(uint32_t epoch, const char *end,
			 char out[PREFIX_PATH_MAX])
{
	char path[96];

	snprintf(path, sizeof(path), PATH_KEY_DIR "/sector-%u.%s", epoch, end);
	return prefix_path(path, out, PREFIX_PATH_MAX);
}

static enum result places_of(uint32_t epoch, struct places *p)
{
	snprintf(p->name, sizeof(p->name), "--name=sector-%u.key", epoch);
	return place(epoch, "key", p->plain) == R_OK &&
	       place(epoch, "cred", p->cred) == R_OK &&
	       place(epoch, "key.aside", p->aside) == R_OK &&
	       place(epoch, "key.ending", p->ending) == R_OK ? R_OK :
								R_MALFORMED;
}

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

static int broken(const char *path)
{
	complain("%s: %s", path, strerror(errno));
	return CTL_SYSTEM;
}

/* A new name, durably. */
static int move(const char *from, const char *to)
{
	char dir[PREFIX_PATH_MAX];
	scoped(close_fd) int fd = -1;

	if (prefix_path(PATH_KEY_DIR, dir, sizeof(dir)) != R_OK)
		return CTL_SYSTEM;
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE)) {
		complain("%s can't become %s: %s", from, to, strerror(errno));
		return CTL_SYSTEM;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? CTL_DONE : broken(dir);
}

/* -- the credential ------------------------------------------------------------- */

bool seal_there(uint32_t epoch)
{
	struct places p;

	return epoch && places_of(epoch, &p) == R_OK && there(p.cred);
}

bool seal_key_here(uint32_t epoch, char path[PREFIX_PATH_MAX])
{
	static const char *const ends[] = { "key", "cred", "key.aside" };
	struct stat st;

	/* not access(2): a link to nowhere is something to name, too */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (place(epoch, ends[i], path) == R_OK && !lstat(path, &st))
			return true;
	return false;
}

static bool opens(const struct places *p)
{
	const char *const argv[] = { "systemd-creds", p->name, "decrypt",
				     p->cred, "-", NULL };

	return program_run(argv, -1, true) == R_OK;
}

/* It seals nothing at all, from /dev/null to /dev/null. By the TPM alone: with
 * "host" a key of this machine's would be made where there is none. */
static bool tpm_answers(void)
{
	static const char *const argv[] = { "systemd-creds",
		"--with-key=tpm2", "--name=cnie-probe", "encrypt", "-", "-",
		NULL };

	return program_run(argv, -1, true) == R_OK;
}

static enum sealed try_it(const struct places *p)
{
	if (!there(p->cred))
		return SEALED_NONE;
	if (opens(p))
		return SEALED_OPENS;
	if (!tpm_answers())
		return SEALED_SILENT;
	/* it may have begun to answer between the two */
	return opens(p) ? SEALED_OPENS : SEALED_DEAD;
}

enum sealed seal_try(uint32_t epoch)
{
	struct places p;

	return places_of(epoch, &p) == R_OK ? try_it(&p) : SEALED_NONE;
}

enum sealed seal_tell(uint32_t epoch)
{
	enum sealed s = seal_try(epoch);

	if (s == SEALED_DEAD) {
		complain("the key of epoch %u is sealed, and this machine's TPM "
			 "does not open it: where it was cleared, or the board "
			 "or its firmware changed, cniectl key restore FILE "
			 "--identity SECRET, or, without a backup, cniectl key "
			 "rotate --lost", epoch);
	} else if (s == SEALED_SILENT) {
		complain("the key of epoch %u is sealed, and no TPM answers: "
			 "that says nothing of the key, which serves again when "
			 "it does", epoch);
		complain("is the TPM switched on in the firmware's setup, is "
			 "there /dev/tpmrm0, is systemd-creds installed? When "
			 "it answers: systemctl restart cnie-login.socket "
			 "cnie-admin.socket. Where it is gone for good: "
			 "cniectl key restore FILE --identity SECRET "
			 "--without-tpm, or, without a backup, cniectl key "
			 "rotate --lost");
	}
	return s;
}

static bool holds(const struct places *p, const char *plain)
{
	const char *const from[] = { "systemd-creds", p->name, "decrypt",
				     p->cred, "-", NULL };
	const char *const to[] = { "cmp", "-s", "-", plain, NULL };

	return program_pipe(from, to) == R_OK;
}

static int encrypt(const struct places *p)
{
	const char *const argv[] = { "systemd-creds", "--with-key=host+tpm2",
				     p->name, "encrypt", p->plain, "-", NULL };
	scoped(newfile_drop) struct newfile f = { .fd = -1 };
	enum result r = newfile_open(p->cred, 0600, &f);

	if (r != R_OK)
		return broken(p->cred);
	r = program_run(argv, f.fd, false);
	if (r == R_OK)
		return newfile_commit(&f, true) == R_OK ? CTL_DONE :
							  broken(p->cred);
	complain(r == R_ABSENT ? "systemd-creds is not installed" :
		 "systemd-creds can't seal: is there a TPM 2.0 (systemd-creds "
		 "has-tpm2), and libtss2?");
	complain("the key stays a plain file: for demonstration only");
	return CTL_REFUSED;
}

/* The credential is there and holds what the plain file does. */
static int seal_one(uint32_t epoch, const struct places *p)
{
	enum sealed s = try_it(p);
	int code;

	if (refused(s == SEALED_SILENT)) {
		seal_tell(epoch);
		return CTL_REFUSED;
	}
	if (!there(p->plain)) {
		if (s == SEALED_OPENS)
			return CTL_DONE;
		complain("%s: no such key, and no credential that opens",
			 p->plain);
		return CTL_REFUSED;
	}
	/* a dead one is of a TPM that was cleared: the plain file is the key */
	code = s == SEALED_OPENS ? CTL_DONE : encrypt(p);
	if (code != CTL_DONE || !refused(!holds(p, p->plain)))
		return code;
	complain("%s does not hold the key of %s: both stay as they are",
		 p->cred, p->plain);
	return CTL_REFUSED;
}

/* -- the plain file goes ---------------------------------------------------------- */

static int end_plain(const struct places *p)
{
	int code = there(p->aside) ? move(p->aside, p->ending) : CTL_DONE;
	enum result r;

	if (code != CTL_DONE)
		return code;
	r = newfile_destroy(p->ending);
	return r == R_OK || r == R_ABSENT ? CTL_DONE : broken(p->ending);
}

int seal_recover(uint32_t epoch)
{
	struct places p;
	enum result r;

	if (places_of(epoch, &p) != R_OK)
		return CTL_SYSTEM;
	r = newfile_destroy(p.ending);
	if (r != R_OK && r != R_ABSENT)
		return broken(p.ending);
	return there(p.aside) ? move(p.aside, p.plain) : CTL_DONE;
}

static bool is_sealed_for_cnied(void)
{
	struct key_status s;
	struct msg_admin_done done = { 0 };

	return key_status_try(&s, &done) == R_OK &&
	       done.reason == REASON_NONE &&
	       !strcmp(key_status_get(&s, "key"), "present") &&
	       !strncmp(key_status_get(&s, "custody"), "sealed", 6);
}

/* cnied starts with what served it before. */
static int put_back(const uint32_t epochs[2], const struct places p[2])
{
	complain("cnied does not get the sealed key from systemd: journalctl "
		 "-u cnied");
	for (int i = 0; i < 2; i++) {
		if (!epochs[i] || !there(p[i].aside))
			continue;
		if (move(p[i].aside, p[i].plain) != CTL_DONE)
			return CTL_SYSTEM;
		complain("%s was put back", p[i].plain);
	}
	if (unit_serve(epochs, UNIT_SEALED_ALONE) == CTL_DONE)
		unit_revive();
	return CTL_REFUSED;
}

static int end_plains(const uint32_t epochs[2], const struct places p[2])
{
	int code = CTL_DONE;

	for (int i = 0; i < 2 && code == CTL_DONE; i++)
		if (epochs[i] && there(p[i].plain))
			code = move(p[i].plain, p[i].aside);
	if (code == CTL_DONE && refused(!is_sealed_for_cnied()))
		code = put_back(epochs, p);
	for (int i = 0; i < 2 && code == CTL_DONE; i++)
		if (epochs[i])
			code = end_plain(&p[i]);
	return code;
}

/* All of it was done before: cnied is left in peace. */
static bool is_done(const uint32_t epochs[2], const struct places p[2])
{
	for (int i = 0; i < 2; i++)
		if (epochs[i] && (there(p[i].plain) || there(p[i].aside) ||
				  !unit_names(epochs[i])))
			return false;
	return is_sealed_for_cnied();
}

/* Each key has its credential. */
static int seal_each(const uint32_t epochs[2], struct places p[2])
{
	int code = CTL_DONE;

	for (int i = 0; i < 2 && code == CTL_DONE; i++) {
		if (!epochs[i])
			continue;
		code = places_of(epochs[i], &p[i]) == R_OK ?
			seal_recover(epochs[i]) : CTL_SYSTEM;
		if (code == CTL_DONE)
			code = seal_one(epochs[i], &p[i]);
	}
	return code;
}

int seal_keys(const uint32_t epochs[2])
{
	struct places p[2] = { 0 };
	int code;

	if (!unit_systemd_runs()) {
		complain("systemd does not run here: nothing would unseal the "
			 "key for cnied");
		return CTL_REFUSED;
	}
	code = seal_each(epochs, p);
	if (code == CTL_DONE && !is_done(epochs, p)) {
		code = unit_serve(epochs, UNIT_ALL);
		if (code == CTL_DONE)
			code = end_plains(epochs, p);
	}
	if (code == CTL_DONE)
		key_step("sealed", "by the TPM and this machine; systemd gives "
			 "it to cnied alone");
	return code;
}

int seal_unblock(const struct config *c, uint32_t epoch, bool without_tpm,
		 bool *dead)
{
	uint32_t live[2] = { c->epoch, c->previous_epoch };
	bool any = false;
	int code = seal_recover(epoch);

	*dead = false;
	for (int i = 0; i < 2 && code == CTL_DONE; i++) {
		enum sealed s = live[i] ? seal_try(live[i]) : SEALED_NONE;

		if (refused(s == SEALED_SILENT && !without_tpm)) {
			seal_tell(live[i]);
			return CTL_REFUSED;
		}
		if (s != SEALED_DEAD && s != SEALED_SILENT)
			continue;
		*dead = *dead || (s == SEALED_DEAD && live[i] == epoch);
		any = true;
		live[i] = 0;
	}
	if (code != CTL_DONE || !any)
		return code;
	code = unit_serve(live, UNIT_ALL);
	unit_revive();
	return code;
}

int seal_forget(uint32_t epoch)
{
	struct places p;
	enum result r;

	if (places_of(epoch, &p) != R_OK)
		return CTL_SYSTEM;
	r = newfile_remove(p.cred);
	return r == R_OK || r == R_ABSENT ? CTL_DONE : broken(p.cred);
}
