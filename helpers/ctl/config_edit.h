/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Change single keys of cnie.conf and leave every other byte as it is:
 * comments, order, blanks and line ends are the administrator's.
 */
#ifndef CNIE_CTL_CONFIG_EDIT_H
#define CNIE_CTL_CONFIG_EDIT_H

#include "base/config.h"

struct config_edit {
	const char *section, *key;
	const char *value;	/* NULL: the key's line goes */
};

/*
 * The text with one key set or removed, read as inih reads it. A new key comes
 * after the last one of its section, a new section at the end. R_MALFORMED:
 * the key stands there twice, or the value can't stand in a line. R_INTERNAL:
 * out is too small.
 */
must_check enum result config_edit_text(struct span text,
					const struct config_edit *edit,
					struct sink *out);

/*
 * The same with a file, all edits or none, mode and owner kept. What would not
 * be read back (config_read) is not written: R_MALFORMED, and error says why.
 * R_OK with nothing written where nothing changes. R_INTERNAL, R_DENIED,
 * R_ABSENT: it can't be read or written, error says so too.
 */
must_check enum result config_edit_file(const char *path,
					const struct config_edit *edits,
					size_t n, struct config_error *error);

#endif
