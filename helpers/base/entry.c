/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/entry.h"

static bool name_first(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool name_next(uint8_t c)
{
	return name_first(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool entry_name_ok(struct span name)
{
	if (name.n < 1 || name.n > ENTRY_NAME_MAX || !name_first(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!name_next(name.p[i]))
			return false;
	return name.p[name.n - 1] != '.';
}

bool entry_id_ok(uint32_t id)
{
	/* 65534 is nobody, 65535 and -1 mean "no id" to 16- and 32-bit calls;
	 * from 2^31 - 1 on ids are negative to careless programs */
	return id >= ENTRY_ID_MIN && id <= ENTRY_ID_MAX && id != 65534 &&
	       id != 65535;
}

bool entry_path_ok(struct span path)
{
	if (path.n < 1 || path.n > ENTRY_PATH_MAX || path.p[0] != '/')
		return false;
	for (size_t i = 1; i < path.n; i++)
		if (path.p[i] <= ' ' || path.p[i] > '~' || path.p[i] == ':')
			return false;
	return true;
}

bool entry_home_ok(struct span path)
{
	size_t n = 0, dots = 0;		/* of the part that ends here */

	if (!entry_path_ok(path))
		return false;
	for (size_t i = 1; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/') {
			n++;
			dots += path.p[i] == '.';
			continue;
		}
		if (n == 0 || (dots == n && n <= 2))
			return false;
		n = dots = 0;
	}
	return true;
}
