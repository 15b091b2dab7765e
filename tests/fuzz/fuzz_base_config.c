// SPDX-License-Identifier: GPL-3.0-or-later
/* rooms: base */
/* The three configuration readers on one file (the readers want a regular
 * file of root, so it is written out; as another user all answer R_DENIED).
 * Every string they accept must end inside its array. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];

static void remove_file(void)
{
	unlink(path);
}

static int file(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	strcpy(path, "/tmp/cnie-fuzz-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		abort();
	atexit(remove_file);
	return fd;
}

#define ENDS(array) do {					\
	if (memchr(array, 0, sizeof(array)) == NULL)		\
		abort();					\
} while (0)

static void main_config(struct config_error *e)
{
	struct config c;

	if (config_read(path, &c, e) != R_OK)
		return;
	ENDS(c.urn);
	ENDS(c.name_prefix);
	ENDS(c.group);
	ENDS(c.home_dir);
	ENDS(c.shell);
	ENDS(c.profile);
	ENDS(c.greeters);
	ENDS(c.lockers);
	ENDS(c.services);
	ENDS(c.reader);
	ENDS(c.ignore);
	ENDS(c.camera);
	ENDS(c.models_dir);
	if (c.uid_min < 1000 || c.uid_max < c.uid_min || c.fmr_e6 < 1 ||
	    c.fmr_e6 > 1000)
		abort();
}

static void others(struct config_error *e)
{
	struct msg_inspect_config p = { 0 };
	struct authorisation a;

	if (config_read_profile(path, &p, e) == R_OK) {
		ENDS(p.state);
		ENDS(p.country);
		ENDS(p.document_codes);
		ENDS(p.aid);
		ENDS(p.number_regex);
	}
	if (config_read_authorisation(path, &a, e) == R_OK) {
		ENDS(a.controller);
		ENDS(a.contact);
		ENDS(a.sites);
		ENDS(a.report);
		if (a.not_before > a.not_after)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_error e = { "" };
	int fd = file();

	if (size > 65 * 1024)
		return 0;
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	main_config(&e);
	others(&e);
	ENDS(e.text);
	return 0;
}
