// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/key_unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"
#include "ctl/ctl.h"
#include "ctl/newfile.h"
#include "ctl/program.h"

#define UNIT_DIR "/etc/systemd/system/cnied.service.d"
#define UNIT_FILE UNIT_DIR "/cnie-key.conf"
#define DROP_IN_MAX 1024

static int broken(const char *path)
{
	complain("%s: %s", path, strerror(errno));
	return CTL_SYSTEM;
}

bool unit_systemd_runs(void)
{
	char path[PREFIX_PATH_MAX];
	struct stat st;

	/* sd_booted(3) */
	return prefix_path("/run/systemd/system", path, sizeof(path)) ==
		       R_OK &&
	       lstat(path, &st) == 0;
}

static bool key_there(uint32_t epoch, const char *end,
		      char path[PREFIX_PATH_MAX])
{
	char name[96];

	snprintf(name, sizeof(name), PATH_KEY_DIR "/sector-%u.%s", epoch, end);
	return prefix_path(name, path, PREFIX_PATH_MAX) == R_OK &&
	       access(path, F_OK) == 0;
}

/* R_ABSENT: there is none to name. */
static enum result drop_in_text(const uint32_t epochs[2],
				enum unit_which which, struct sink *out)
{
	size_t head;

	sink_put(out, span_str("# Written by cniectl key init --seal.\n"
			       "[Service]\n"));
	head = out->n;
	for (int i = 0; i < 2; i++) {
		char cred[PREFIX_PATH_MAX], plain[PREFIX_PATH_MAX];
		char line[PREFIX_PATH_MAX + 64];

		if (!epochs[i] || !key_there(epochs[i], "cred", cred) ||
		    (which == UNIT_SEALED_ALONE &&
		     key_there(epochs[i], "key", plain)))
			continue;
		snprintf(line, sizeof(line),
			 "LoadCredentialEncrypted=sector-%u.key:%s\n",
			 epochs[i], cred);
		sink_put(out, span_str(line));
	}
	if (sink_done(out) != R_OK)
		return R_INTERNAL;
	return out->n > head ? R_OK : R_ABSENT;
}

static bool reads(const char *path, struct span text)
{
	char have[DROP_IN_MAX];
	struct sink in = SINK(have);

	return file_read(path, FILE_ROOT_OWNED, &in) == R_OK &&
	       span_equal(sink_span(&in), text);
}

/* CTL_DONE also where there was none. *was_there: there was one, or is now. */
static int write_drop_in(const uint32_t epochs[2], enum unit_which which,
			 bool *was_there)
{
	char dir[PREFIX_PATH_MAX], path[PREFIX_PATH_MAX], text[DROP_IN_MAX];
	struct sink out = SINK(text);
	enum result r = drop_in_text(epochs, which, &out);

	if (prefix_path(UNIT_DIR, dir, sizeof(dir)) != R_OK ||
	    prefix_path(UNIT_FILE, path, sizeof(path)) != R_OK ||
	    r == R_INTERNAL)
		return CTL_SYSTEM;
	*was_there = r == R_OK || access(path, F_OK) == 0;
	if (r == R_ABSENT) {
		r = newfile_remove(path);
		return r == R_OK || r == R_ABSENT ? CTL_DONE : broken(path);
	}
	if (reads(path, sink_span(&out)))
		return CTL_DONE;
	if (file_mkdir(dir, 0755) != R_OK)
		return broken(dir);
	return file_replace(path, sink_span(&out), 0644) == R_OK ?
		       CTL_DONE : broken(path);
}

bool unit_names(uint32_t epoch)
{
	char path[PREFIX_PATH_MAX], text[DROP_IN_MAX], want[64];
	struct sink in = SINK(text);

	snprintf(want, sizeof(want), "LoadCredentialEncrypted=sector-%u.key:",
		 epoch);
	return prefix_path(UNIT_FILE, path, sizeof(path)) == R_OK &&
	       file_read(path, FILE_ROOT_OWNED, &in) == R_OK &&
	       memmem(in.p, in.n, want, strlen(want)) != NULL;
}

static int systemctl(const char *verb, const char *unit)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };

	if (program_run(argv, -1, false) == R_OK)
		return CTL_DONE;
	complain("systemctl %s %s did not succeed", verb, unit ? unit : "");
	return CTL_SYSTEM;
}

int unit_serve(const uint32_t epochs[2], enum unit_which which)
{
	bool was_there = false;
	int code = write_drop_in(epochs, which, &was_there);

	/* also where nothing changed: a run before may have been killed here */
	if (code != CTL_DONE || !was_there || !unit_systemd_runs())
		return code;
	code = systemctl("daemon-reload", NULL);
	return code == CTL_DONE ? systemctl("try-restart", "cnied.service") :
				  code;
}

void unit_revive(void)
{
	static const char *const reset[] = { "systemctl", "reset-failed",
		"cnied.service", "cnie-login.socket", "cnie-admin.socket",
		NULL };
	static const char *const start[] = { "systemctl", "start",
		"cnie-login.socket", "cnie-admin.socket", NULL };

	/* neither matters where nothing had failed */
	if (!unit_systemd_runs() || program_run(reset, -1, true) != R_OK ||
	    program_run(start, -1, true) != R_OK)
		return;
}
