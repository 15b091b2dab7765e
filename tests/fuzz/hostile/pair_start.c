// SPDX-License-Identifier: GPL-3.0-or-later
/* Starting the programs, once for many runs. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "hostile.h"
#include "pair.h"

#define START_MS   120000	/* forty cards, RSA keys among them */
#define HELPER_UID 65533
#define FILE_BYTES 65536
#define ENTRIES	   6		/* of their environment */
#define ENTRY_MAX  512

#define USUAL (PROFILE_REQUIRE_CHIP_PROOF | PROFILE_NUMBER_IN_OPTIONAL1)

static const struct {
	uint32_t flags;
	uint8_t pin_reference;
} settings[SET_COUNT] = {
	[SET_USUAL] = { USUAL, 0 },
	[SET_LENIENT] = { PROFILE_BAC | PROFILE_NUMBER_IN_OPTIONAL1, 0 },
	[SET_PIN] = { USUAL, 0x81 },
	[SET_DG11] = { PROFILE_REQUIRE_CHIP_PROOF | PROFILE_NUMBER_IN_DG11,
		       0 },
};

uint32_t setting_flags(enum setting s)
{
	return settings[s].flags;
}

/* The name beside this program. */
static void beside(const char *name, char out[PATH_MAX])
{
	char self[PATH_MAX] = "";
	char *slash;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		abort();
	slash = strrchr(self, '/');
	snprintf(out, PATH_MAX, "%.*s/%s", (int)(slash - self), self, name);
}

/* "NAME=VALUE", of this process's environment where it has the name. */
static void put_entry(char **env, const char *name, const char *value)
{
	static char room[ENTRIES][ENTRY_MAX];
	size_t n = 0;

	while (env[n])
		n++;
	if (!value)
		value = getenv(name);
	if (!value || n >= ENTRIES)
		return;
	snprintf(room[n], ENTRY_MAX, "%s=%s", name, value);
	env[n] = room[n];
}

_Noreturn static void become(const struct pair_of_programs *p,
			     const char *name, int control, bool is_chip)
{
	char path[PATH_MAX];
	char *argv[] = { (char *)(uintptr_t)name,
			 is_chip ? (char *)(uintptr_t)p->dir : NULL, NULL };
	char *env[ENTRIES + 1] = { NULL };

	beside(name, path);
	put_entry(env, ENV_DIR, p->dir);
	put_entry(env, "ASAN_OPTIONS", "abort_on_error=1:detect_leaks=1:"
		  "quarantine_size_mb=8:malloc_context_size=8:"
		  "detect_stack_use_after_return=0");
	put_entry(env, "UBSAN_OPTIONS", "abort_on_error=1:halt_on_error=1:"
		  "print_stacktrace=1");
	/* base/refuse.h: does the oracle find a mutant? */
	put_entry(env, "CNIE_MUTANT", NULL);
	put_entry(env, "CNIE_MUTATION", NULL);
	put_entry(env, "LLVM_PROFILE_FILE", NULL);
	if (dup2(control, FD_CONTROL) != FD_CONTROL)
		_exit(99);
	execve(path, argv, env);
	fprintf(stderr, "hostile: %s can't be started\n", path);
	_exit(98);
}

static enum result start(const struct pair_of_programs *p, const char *name,
			 bool is_chip, struct server *out)
{
	int pair[2];

	if (chan_pair(pair) != R_OK)
		return R_INTERNAL;
	out->pid = fork();
	if (out->pid == 0)
		become(p, name, pair[1], is_chip);
	close(pair[1]);
	out->fd = pair[0];
	return out->pid > 0 ? R_OK : R_INTERNAL;
}

/* server.c's first word, or the helper's last one. */
static enum result await_server(const struct server *s, const char *name)
{
	uint8_t buf[WIRE_MAX + 1];
	struct msg_helper_fail fail;
	struct server_word w;
	struct span in;

	if (chan_recv(s->fd, buf, sizeof(buf), mono_ms() + START_MS, &in) ==
	    R_OK) {
		if (in.n == sizeof(w)) {
			memcpy(&w, in.p, sizeof(w));
			if (w.magic == SERVER_MAGIC && w.pid == 0)
				return R_OK;
		}
		if (wire_get(in, MSG_HELPER_FAIL, &fail) == R_OK)
			fprintf(stderr, "hostile: %s: %s\n", name,
				reason_row(fail.reason)->text);
	}
	fprintf(stderr, "hostile: %s did not come up\n", name);
	return R_INTERNAL;
}

static enum result start_helper(const struct pair_of_programs *p,
				const char *name, struct server *s)
{
	const struct msg_helper_start m = {
		.uid = HELPER_UID, .gid = HELPER_UID,
		.now = (uint64_t)time(NULL),
	};

	if (start(p, name, false, s) != R_OK)
		return R_INTERNAL;
	return chan_send(s->fd, MSG_HELPER_START, &m);
}

static enum result start_card(struct pair_of_programs *p)
{
	static const char name[] = "cnie-card";
	const struct msg_card_config c = { .wait_ms = 0 };

	if (start_helper(p, name, &p->card) != R_OK ||
	    chan_send(p->card.fd, MSG_CARD_CONFIG, &c) != R_OK)
		return R_INTERNAL;
	return await_server(&p->card, name);
}

static enum result start_inspect(struct pair_of_programs *p, enum setting s)
{
	static const char name[] = "cnie-inspect";
	struct msg_inspect_config c = {
		.mode = INSPECT_LOGIN, .flags = settings[s].flags,
		.profile = "hostile", .state = "UTO", .country = "UT",
		.document_codes = "ID,I,P", .aid = "A0000002471001",
		.number_regex = "[A-Z]{1,2}[0-9]{1,7}",
		.file_max = FILE_BYTES,
		.pin_reference = settings[s].pin_reference,
	};

	snprintf(c.csca_dir, sizeof(c.csca_dir), "%s/csca", p->dir);
	if (start_helper(p, name, &p->inspect[s]) != R_OK ||
	    chan_send(p->inspect[s].fd, MSG_INSPECT_CONFIG, &c) != R_OK)
		return R_INTERNAL;
	return await_server(&p->inspect[s], name);
}

static enum result start_chip(struct pair_of_programs *p)
{
	uint8_t buf[64];
	struct span in;

	if (start(p, "hostile_chip", true, &p->chip) != R_OK)
		return R_INTERNAL;
	if (chan_recv(p->chip.fd, buf, sizeof(buf), mono_ms() + START_MS,
		      &in) == R_OK && span_equal(in, span_str("ready")))
		return R_OK;
	fprintf(stderr, "hostile: hostile_chip did not come up\n");
	return R_INTERNAL;
}

enum result pair_start(struct pair_of_programs *p)
{
	char log[PATH_MAX];

	*p = (struct pair_of_programs){ .dir = "/tmp/hostile.XXXXXX",
					.log = -1 };
	signal(SIGPIPE, SIG_IGN);
	/* the helpers give up root; their folder is there for them */
	if (!mkdtemp(p->dir) || chmod(p->dir, 0755) != 0)
		return R_INTERNAL;
	snprintf(log, sizeof(log), "%s/log", p->dir);
	p->log = open(log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (p->log < 0 || start_chip(p) != R_OK || start_card(p) != R_OK)
		return R_INTERNAL;
	for (int s = 0; s < SET_COUNT; s++)
		if (start_inspect(p, (enum setting)s) != R_OK)
			return R_INTERNAL;
	return R_OK;
}

static void stop(struct server *s)
{
	if (s->pid <= 0)
		return;
	close(s->fd);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static void remove_folder(const char *dir, int depth)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (unlink(path) != 0 && depth < 3)
			remove_folder(path, depth + 1);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

void pair_stop(struct pair_of_programs *p)
{
	for (int s = 0; s < SET_COUNT; s++)
		stop(&p->inspect[s]);
	stop(&p->card);
	stop(&p->chip);
	if (p->log >= 0)
		close(p->log);
	if (p->dir[0])
		remove_folder(p->dir, 0);
}
