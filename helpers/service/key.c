// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/key.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"

static enum result key_path(uint32_t epoch, const char *suffix, char *out,
			    size_t cap)
{
	char path[96];

	snprintf(path, sizeof(path), PATH_KEY_DIR "/sector-%u.key%s", epoch,
		 suffix);
	return prefix_path(path, out, cap);
}

/* cnie-card and the rest number their descriptors below 10. */
static enum result lift(int *fd)
{
	int up = fcntl(*fd, F_DUPFD_CLOEXEC, 10);

	close_fd(fd);
	*fd = up;
	return up < 0 ? R_INTERNAL : R_OK;
}

/* What LoadCredentialEncrypted= gave this service under the key's name. */
static enum result open_credential(uint32_t epoch, int *fd)
{
	const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
	char path[PREFIX_PATH_MAX];
	int n;

	if (!dir || dir[0] != '/')
		return R_ABSENT;
	n = snprintf(path, sizeof(path), "%s/sector-%u.key", dir, epoch);
	return n > 0 && (size_t)n < sizeof(path) ?
	       file_open(path, FILE_PRIVATE, fd) : R_ABSENT;
}

static enum result open_file(uint32_t epoch, int *fd)
{
	char path[PREFIX_PATH_MAX];
	enum result r = key_path(epoch, "", path, sizeof(path));

	return r == R_OK ? file_open(path, FILE_PRIVATE, fd) : r;
}

enum result key_open(uint32_t epoch, int *fd)
{
	int f = -1;
	enum result r = open_credential(epoch, &f);

	if (r == R_ABSENT)
		r = open_file(epoch, &f);
	if (r == R_OK)
		r = lift(&f);
	if (r == R_OK)
		*fd = f;
	return r;
}

bool key_handed(uint32_t epoch)
{
	scoped(close_fd) int fd = -1;

	return open_credential(epoch, &fd) == R_OK;
}

static const char *kind_of(mode_t mode)
{
	return S_ISLNK(mode) ? "a symbolic link" :
	       S_ISDIR(mode) ? "a folder" : "no regular file";
}

/* As file_open judges it with FILE_PRIVATE. */
static bool refused_file(const char *path, char *out, size_t cap)
{
	struct stat st;

	if (lstat(path, &st))
		return false;
	if (!S_ISREG(st.st_mode))
		snprintf(out, cap, "%s is %s: move it away, and put the file itself there",
			 path, kind_of(st.st_mode));
	else if (st.st_uid != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)))
		snprintf(out, cap, "%s has mode %04o and owner %u, and must be root's alone: chown 0:0 and chmod 0400 it; who could read it until now?",
			 path, (unsigned int)(st.st_mode & 07777), st.st_uid);
	else
		return false;
	return true;
}

bool key_refused_text(uint32_t epoch, char *out, size_t cap)
{
	char path[PREFIX_PATH_MAX];

	return key_path(epoch, "", path, sizeof(path)) == R_OK &&
	       refused_file(path, out, cap);
}

bool key_refusal(const struct config *c, char *out, size_t cap)
{
	char path[PREFIX_PATH_MAX];

	if (c->provider == PROVIDER_LOCAL)
		return key_refused_text(c->epoch, out, cap) ||
		       (c->previous_epoch &&
			key_refused_text(c->previous_epoch, out, cap));
	if ((c->provider == PROVIDER_PKCS11 || c->token_cache) &&
	    prefix_path(c->token_pin_file, path, sizeof(path)) == R_OK) {
		if (refused_file(path, out, cap))
			return true;
		if (access(path, F_OK)) {
			snprintf(out, cap, "%s: the token's PIN is not there ([token] pin_file)",
				 path);
			return true;
		}
	}
	if (c->provider != PROVIDER_TOKENISER || key_service_listens(c))
		return false;
	snprintf(out, cap, "%s: no tokenisation service listens there ([tokeniser] socket; AF_UNIX, SOCK_SEQPACKET): is it running?",
		 c->tokeniser);
	return true;
}

/* How a credential was sealed stands in its first 16 bytes, an id of
 * systemd's src/shared/creds-util.h; here as base64 begins with them. */
static bool tpm_sealed(uint32_t epoch)
{
	static const char *const ids[] = {
		"DHzAexF2RZGcSwvqCLwg/", "+vfrk0HjQSyhpDb5Wik2L",	/* TPM */
		"k6iUCUh0RJCQyvL8k8q1U", "r0lQqEkTTrGnOEYwT/MMB",	/* and host */
	};
	char name[64], path[PREFIX_PATH_MAX], text[22] = "";
	scoped(close_fd) int fd = -1;

	snprintf(name, sizeof(name), PATH_KEY_DIR "/sector-%u.cred", epoch);
	if (prefix_path(name, path, sizeof(path)) != R_OK ||
	    file_open(path, FILE_ROOT_OWNED, &fd) != R_OK ||
	    read(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
		return false;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!strcmp(text, ids[i]))
			return true;
	return false;
}

enum custody key_custody(uint32_t epoch)
{
	scoped(close_fd) int sealed = -1, plain = -1;
	bool credential = open_credential(epoch, &sealed) == R_OK;

	enum result r = open_file(epoch, &plain);

	/* a copy that lies beside the sealed one undoes the sealing, the more
	 * so one that others may read */
	if (r == R_OK || (credential && r != R_ABSENT))
		return CUSTODY_FILE;
	return !credential ? CUSTODY_NONE :
	       tpm_sealed(epoch) ? CUSTODY_TPM : CUSTODY_HOST;
}

const char *key_custody_text(const struct config *c, uint32_t epoch)
{
	enum custody custody;

	if (c->provider == PROVIDER_PKCS11)
		return "in the token, and never out of it";
	if (c->provider == PROVIDER_TOKENISER)
		return "at the tokenisation service";
	custody = key_custody(epoch);
	/* the older of two is as good to whoever copies the disk */
	if (c->previous_epoch && epoch == c->epoch) {
		enum custody old = key_custody(c->previous_epoch);

		if (old != CUSTODY_NONE && old < custody)
			custody = old;
	}
	switch (custody) {
	case CUSTODY_TPM:
		return "sealed by the TPM";
	case CUSTODY_HOST:
		return "demonstration only: sealed by a key on the same disk";
	case CUSTODY_FILE:
		return "demonstration only: a file that only root reads";
	case CUSTODY_NONE:
		break;
	}
	return "missing";
}

enum result key_create(uint32_t epoch, char *path, size_t cap, int *fd)
{
	char final[PREFIX_PATH_MAX];
	enum result r = key_path(epoch, "", final, sizeof(final));

	if (r == R_OK && access(final, F_OK) == 0)
		return R_BUSY;
	return r == R_OK ? key_create_beside(epoch, path, cap, fd) : r;
}

enum result key_create_beside(uint32_t epoch, char *path, size_t cap, int *fd)
{
	char dir[PREFIX_PATH_MAX];
	enum result r = prefix_path(PATH_KEY_DIR, dir, sizeof(dir));
	int f;

	if (r == R_OK)
		r = file_mkdir(dir, 0700);
	if (r == R_OK)
		r = key_path(epoch, ".new", path, cap);
	if (r != R_OK)
		return r;
	unlink(path);
	f = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		 0400);
	if (f < 0)
		return R_INTERNAL;
	r = lift(&f);
	if (r == R_OK)
		*fd = f;
	return r;
}

static enum result name_key(uint32_t epoch, const char *path,
			    unsigned int how)
{
	char final[PREFIX_PATH_MAX], dir[PREFIX_PATH_MAX];
	scoped(close_fd) int fd = -1;
	enum result r = key_path(epoch, "", final, sizeof(final));

	if (r == R_OK)
		r = prefix_path(PATH_KEY_DIR, dir, sizeof(dir));
	if (r != R_OK)
		return r;
	if (renameat2(AT_FDCWD, path, AT_FDCWD, final, how))
		return R_BUSY;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

enum result key_commit(uint32_t epoch, const char *path)
{
	/* an existing key is never replaced, nor has one ever two names */
	return name_key(epoch, path, RENAME_NOREPLACE);
}

enum result key_exchange(uint32_t epoch, const char *path)
{
	return name_key(epoch, path, RENAME_EXCHANGE);
}

void key_drop_unfinished(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX];

	if (key_path(epoch, ".new", path, sizeof(path)) == R_OK)
		unlink(path);
}

void key_abandon(const char *path)
{
	if (path[0])
		unlink(path);
}
