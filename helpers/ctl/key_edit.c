// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/key_edit.h"

#include <assert.h>

#include "base/prefix.h"
#include "ctl/ctl.h"
#include "ctl/lock.h"

int key_lock(int *lock)
{
	char dir[PREFIX_PATH_MAX];

	return folder_lock(DIR_ETC, dir, lock);
}

void key_edit(struct key_edits *e, const char *section, const char *key,
	      const char *value)
{
	assert(e->n < KEY_EDITS_MAX);
	e->at[e->n++] = (struct config_edit){ section, key, value };
}

int key_edit_write(const struct key_edits *e, const char *path)
{
	struct config_error error = { "" };

	if (config_edit_file(path, e->at, e->n, &error) == R_OK)
		return CTL_DONE;
	complain("%s", error.text);
	return CTL_SYSTEM;
}
