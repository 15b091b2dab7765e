// SPDX-License-Identifier: GPL-3.0-or-later
/* doctor's look at sealed keys: what keeps cnied from starting when nobody is
 * looking, and what a sealing that was killed has left. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/scope.h"
#include "ctl/doctor.h"
#include "ctl/key_seal.h"
#include "ctl/key_talk.h"
#include "ctl/key_unit.h"

SCOPE_FREE(DIR *, closedir);

/* The plain file beside it serves, and whoever copies the disk has it. */
static bool plain_beside(uint32_t epoch)
{
	char name[96], path[PREFIX_PATH_MAX];

	snprintf(name, sizeof(name), PATH_KEY_DIR "/sector-%u.key", epoch);
	return prefix_path(name, path, sizeof(path)) == R_OK &&
	       access(path, F_OK) == 0;
}

static void sealed_key(struct findings *f, uint32_t epoch)
{
	enum sealed s = epoch ? seal_try(epoch) : SEALED_NONE;
	bool named = unit_names(epoch);

	if (s == SEALED_NONE)
		return;
	if (s == SEALED_SILENT && (named || !plain_beside(epoch))) {
		finding(f, FINDING_FAIL, "sealed-key",
			"switch it on in the firmware's setup (is there /dev/tpmrm0, is systemd-creds installed?); gone for good: cniectl key restore FILE --identity SECRET --without-tpm",
			"the key of epoch %u is sealed, and no TPM answers%s",
			epoch, named ? ": cnied does not start until it does" :
			"");
		return;
	}
	if (s == SEALED_DEAD && named)
		finding(f, FINDING_FAIL, "sealed-key",
			"cniectl key restore FILE --identity SECRET, then cniectl key init --seal",
			"the key of epoch %u can't be unsealed (TPM cleared, board or firmware changed), and cnied does not start",
			epoch);
	else if (plain_beside(epoch))
		finding(f, FINDING_WARN, "sealed-key",
			"cniectl key init --seal",
			"epoch %u: the plain key still lies beside the sealed one",
			epoch);
	else if (s == SEALED_DEAD)
		finding(f, FINDING_FAIL, "sealed-key",
			"cniectl key restore FILE --identity SECRET",
			"the key of epoch %u can't be unsealed (TPM cleared, board or firmware changed)",
			epoch);
	else if (!named)
		finding(f, FINDING_FAIL, "sealed-key", "cniectl key init",
			"epoch %u: nothing tells systemd to unseal it for cnied",
			epoch);
	else
		finding(f, FINDING_OK, "sealed-key", NULL,
			"epoch %u: it is unsealed for cnied", epoch);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

static void leftovers(struct findings *f, const struct config *c)
{
	char path[PREFIX_PATH_MAX] = "", next[32];
	scoped(scope_closedir) DIR *d = NULL;
	const struct dirent *e;

	snprintf(next, sizeof(next), "sector-%u.key", c->epoch + 1);
	if (prefix_path(PATH_KEY_DIR, path, sizeof(path)) == R_OK)
		d = opendir(path);
	while (d && (e = readdir(d))) {
		if (ends_with(e->d_name, ".key.aside") ||
		    ends_with(e->d_name, ".key.ending"))
			finding(f, FINDING_WARN, "sealed-key",
				"cniectl key init --seal",
				"%s: a sealing was interrupted, and the plain key is still there",
				e->d_name);
		if (!strcmp(e->d_name, next))
			finding(f, FINDING_WARN, "left-over",
				"cniectl key rotate goes on with it",
				"the key of epoch %u: a rotation was begun, cnie.conf does not name it",
				c->epoch + 1);
	}
}

void doctor_key(struct findings *f, const struct config *c)
{
	if (c->provider != PROVIDER_LOCAL)
		return;
	sealed_key(f, c->epoch);
	sealed_key(f, c->previous_epoch);
	leftovers(f, c);
}

void doctor_key_status(struct findings *f, const struct key_status *s)
{
	uint32_t epoch = key_status_number(s, "left_over");

	if (epoch)
		finding(f, FINDING_WARN, "left-over", "cniectl key retire",
			"of epoch %u there are tags or a key, and cnie.conf does not name it",
			epoch);
}
