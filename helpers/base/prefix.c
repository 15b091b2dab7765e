// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/prefix.h"

#include <stdlib.h>
#include <string.h>

static const char *prefix(void)
{
#ifdef CNIE_TWIN
	const char *root = secure_getenv("CNIE_ROOT");

	return root ? root : "";
#else
	return "";
#endif
}

enum result prefix_path(const char *path, char *out, size_t cap)
{
	const char *root = prefix();
	size_t a = strlen(root), b = strlen(path);

	if ((a > 0 && root[0] != '/') || a + b >= cap)
		return R_MALFORMED;
	memcpy(out, root, a);
	memcpy(out + a, path, b + 1);
	return R_OK;
}
