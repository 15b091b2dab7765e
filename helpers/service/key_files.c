// SPDX-License-Identifier: GPL-3.0-or-later
/* Around the key: what a helper inherits, the end of an epoch, backups. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config_value.h"
#include "base/file.h"
#include "base/prefix.h"
#include "service/crew.h"
#include "service/key.h"

#define EPOCHS_LOOKED_AT 1000	/* with a new one each year, enough */
#define DAY_TEXT 16
#define TOKEN_ENDS "token"
#define TOKEN_STAYS "kept"	/* of ctl/key_retire.c */

static enum result path_of(uint32_t epoch, const char *suffix, char *out,
			   size_t cap)
{
	char path[96];

	snprintf(path, sizeof(path), PATH_KEY_DIR "/sector-%u.%s", epoch,
		 suffix);
	return prefix_path(path, out, cap);
}

static bool beside(uint32_t epoch, const char *suffix)
{
	char path[PREFIX_PATH_MAX];

	return path_of(epoch, suffix, path, sizeof(path)) == R_OK &&
	       access(path, F_OK) == 0;
}

bool key_sealed_here(uint32_t epoch)
{
	return beside(epoch, "cred");
}

/* -- the end of an epoch ------------------------------------------- */

static enum result open_to_destroy(uint32_t epoch, const char *suffix,
				   int *fd)
{
	char path[PREFIX_PATH_MAX];
	enum result r = path_of(epoch, suffix, path, sizeof(path));
	scoped(close_fd) int f = -1;
	int up;

	if (r != R_OK)
		return r;
	f = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (f < 0)
		return errno == ENOENT ? R_ABSENT : R_INTERNAL;
	/* its mode is 0400, and the unit leaves root no way around that */
	if (fchmod(f, 0600))
		return R_INTERNAL;
	close_fd(&f);
	f = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (f < 0)
		return R_INTERNAL;
	up = fcntl(f, F_DUPFD_CLOEXEC, 10);
	if (up < 0)
		return R_INTERNAL;
	*fd = up;
	return R_OK;
}

enum result key_open_to_destroy(uint32_t epoch, int *fd)
{
	return open_to_destroy(epoch, "key", fd);
}

enum result key_open_exchanged(uint32_t epoch, int *fd)
{
	return open_to_destroy(epoch, "key.new", fd);
}

bool key_keep_exchanged(uint32_t epoch)
{
	char from[PREFIX_PATH_MAX], to[PREFIX_PATH_MAX];

	return path_of(epoch, "key.new", from, sizeof(from)) == R_OK &&
	       path_of(epoch, "key.other", to, sizeof(to)) == R_OK &&
	       renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
}

enum result key_token_ends(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX], dir[PREFIX_PATH_MAX];
	enum result r = prefix_path(PATH_KEY_DIR, dir, sizeof(dir));

	if (r == R_OK)
		r = file_mkdir(dir, 0700);
	if (r == R_OK)
		r = path_of(epoch, TOKEN_ENDS, path, sizeof(path));
	return r == R_OK ? file_replace(path, span_str(""), 0600) : r;
}

bool key_token_stays(uint32_t epoch)
{
	return beside(epoch, TOKEN_STAYS);
}

enum result key_remove(uint32_t epoch)
{
	/* the marks last: while one is there, this is not over */
	static const char *const suffixes[] = { "key", "key.new", "cred",
		"backup", TOKEN_ENDS ".new", TOKEN_STAYS ".new", TOKEN_ENDS,
		TOKEN_STAYS };
	char path[PREFIX_PATH_MAX];
	scoped(close_fd) int fd = -1;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (path_of(epoch, suffixes[i], path, sizeof(path)) != R_OK ||
		    (unlink(path) && errno != ENOENT))
			return R_INTERNAL;
	if (prefix_path(PATH_KEY_DIR, path, sizeof(path)) != R_OK)
		return R_INTERNAL;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

/* Under any name that it may have, be it by a run that was killed. */
bool key_here(uint32_t epoch)
{
	static const char *const suffixes[] = { "key", "cred", "key.aside",
						"key.ending", "key.new" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (beside(epoch, suffixes[i]))
			return true;
	return false;
}

uint32_t key_left_over(uint32_t below, uint32_t except)
{
	uint32_t first = below > EPOCHS_LOOKED_AT ? below - EPOCHS_LOOKED_AT : 1;

	for (uint32_t e = below; e-- > first;)
		if (e != except && (key_here(e) || beside(e, TOKEN_ENDS) ||
				    beside(e, TOKEN_STAYS)))
			return e;
	return 0;
}

/* -- backups ------------------------------------------------------- */

uint32_t key_backup_day(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX], text[DAY_TEXT] = "";
	struct sink out = sink_of(text, sizeof(text) - 1);
	uint32_t day;

	if (path_of(epoch, "backup", path, sizeof(path)) != R_OK ||
	    file_read(path, FILE_ROOT_OWNED, &out) != R_OK)
		return 0;
	return value_u32(text, &day) ? day : 0;
}

enum result key_backup_forget(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX];

	return path_of(epoch, "backup", path, sizeof(path)) == R_OK &&
	       (unlink(path) == 0 || errno == ENOENT) ? R_OK : R_INTERNAL;
}

enum result key_backup_done(uint32_t epoch, uint32_t day)
{
	char path[PREFIX_PATH_MAX], text[DAY_TEXT];
	enum result r = path_of(epoch, "backup", path, sizeof(path));

	snprintf(text, sizeof(text), "%u", day);
	return r == R_OK ? file_replace(path, span_str(text), 0600) : r;
}

/* -- what cnie-sector says ------------------------------------------- */

const char *key_fail_text(const struct msg_helper_fail *m)
{
	static const char *const faults[TOKEN_FAULT_COUNT] = {
		[TOKEN_FAULT_PIN_FILE] = "the token's PIN file is empty, or holds what can't be a PIN: [token] pin_file",
		[TOKEN_FAULT_MODULE] = "the token's library can't be loaded: [token] module",
		[TOKEN_FAULT_ABSENT] = "no token of this label is there: [token] label; is it plugged in, and may the group [users] token_gid use it?",
		[TOKEN_FAULT_SEVERAL] = "several tokens have this label: [token] label",
		[TOKEN_FAULT_LAST_TRY] = "one try of the token's PIN is left, and it is not this machine's to spend: correct [token] pin_file, then log in to the token once by hand",
		[TOKEN_FAULT_LOCKED] = "the token's PIN is locked: its security officer sets another",
		[TOKEN_FAULT_PIN] = "the token's PIN is wrong: [token] pin_file; each try here spends one of the token's",
		[TOKEN_FAULT_EXPIRED] = "the token's PIN has expired, or none was ever set: set one with the token's own tool, then [token] pin_file",
		[TOKEN_FAULT_SILENT] = "the token's library does not answer: [token] module; is the token, or the HSM that it asks, switched on and reachable?",
	};

	static const char *const services[TOKENISER_FAULT_COUNT] = {
		[TOKENISER_FAULT_SILENT] = "the tokenisation service took the request and did not answer in time",
		[TOKENISER_FAULT_GONE] = "the tokenisation service is not there, or hung up without an answer: [tokeniser] socket",
		[TOKENISER_FAULT_WORDS] = "what listens at [tokeniser] socket does not speak as a tokenisation service does",
		[TOKENISER_FAULT_EPOCH] = "the tokenisation service does not serve an epoch that cnie.conf names: has it rotated, or ended the older one? [sector] epoch, previous_epoch",
		[TOKENISER_FAULT_QUOTA] = "the tokenisation service says that this machine's quota is used up",
		[TOKENISER_FAULT_REFUSED] = "the tokenisation service refuses this machine: those who run it know why",
	};

	if (m->reason == REASON_TOKEN && m->sw < TOKEN_FAULT_COUNT &&
	    faults[m->sw])
		return faults[m->sw];
	if (m->reason == REASON_TOKENISER && m->sw < TOKENISER_FAULT_COUNT &&
	    services[m->sw])
		return services[m->sw];
	return reason_row(m->reason)->text;
}

/* -- what cnie-sector inherits -------------------------------------- */

static enum result lift(int f, int *out)
{
	int up = fcntl(f, F_DUPFD_CLOEXEC, 10);

	if (up < 0)
		return R_INTERNAL;
	*out = up;
	return R_OK;
}

enum result key_fds_file(struct sector_fds *fds, int at, const char *path,
			 unsigned int check)
{
	scoped(close_fd) int f = -1;
	enum result r = file_open(path, check, &f);

	return r == R_OK ? lift(f, &fds->fd[at - FD_KEY]) : r;
}

/* It answers from a local socket: which network stands behind, and how, is
 * not this machine's login service's to know. */
static enum result connect_tokeniser(const char *path, int *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	scoped(close_fd) int f = -1;

	if (prefix_path(path, to.sun_path, sizeof(to.sun_path)) != R_OK)
		return R_BUSY;
	f = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f < 0)
		return R_INTERNAL;
	if (connect(f, (const struct sockaddr *)&to, sizeof(to)))
		return R_BUSY;
	return lift(f, out);
}

bool key_service_listens(const struct config *c)
{
	scoped(close_fd) int fd = -1;

	return connect_tokeniser(c->tokeniser, &fd) == R_OK;
}

void key_fds_close(struct sector_fds *fds)
{
	for (int i = 0; i < SECTOR_FDS; i++)
		close_fd(&fds->fd[i]);
}

enum result key_fds(const struct config *c, struct sector_fds *out)
{
	char path[PREFIX_PATH_MAX];
	enum result r = R_OK;

	if (c->provider == PROVIDER_LOCAL) {
		r = key_open(c->epoch, &out->fd[0]);
		if (r == R_OK && c->previous_epoch)
			r = key_open(c->previous_epoch,
				     &out->fd[FD_KEY_OLD - FD_KEY]);
		return r;
	}
	if (c->provider == PROVIDER_PKCS11 || c->token_cache) {
		r = prefix_path(c->token_pin_file, path, sizeof(path));
		if (r == R_OK)
			r = key_fds_file(out, FD_KEY, path, FILE_PRIVATE);
	}
	if (r != R_OK || c->provider != PROVIDER_TOKENISER)
		return r;
	r = connect_tokeniser(c->tokeniser, &out->fd[FD_TOKENISER - FD_KEY]);
	/* whom the cache knows needs no service; cnie-sector says so of others */
	return r == R_BUSY && c->token_cache ? R_OK : r;
}
