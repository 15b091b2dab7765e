// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/key_edit.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/ctl.h"

int key_lock(int *lock)
{
	char dir[PREFIX_PATH_MAX];
	scoped(close_fd) int fd = -1;

	if (prefix_path(DIR_ETC, dir, sizeof(dir)) != R_OK)
		return CTL_SYSTEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		complain("%s: %s; cniectl setup makes it", dir,
			 strerror(errno));
		return CTL_SYSTEM;
	}
	if (refused(flock(fd, LOCK_EX | LOCK_NB) != 0)) {
		complain("another cniectl is changing %s: try again when it "
			 "has ended", dir);
		return CTL_REFUSED;
	}
	*lock = fd;
	fd = -1;
	return CTL_DONE;
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
