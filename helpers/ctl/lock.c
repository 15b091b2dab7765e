// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/ctl.h"

int folder_lock(const char *path, char dir[PREFIX_PATH_MAX], int *lock)
{
	scoped(close_fd) int fd = -1;

	if (prefix_path(path, dir, PREFIX_PATH_MAX) != R_OK)
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
