/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the key subcommands change in cnie.conf, one cniectl at a time. Those
 * that answer an int say an enum ctl_exit, and have complained unless it is
 * CTL_DONE.
 */
#ifndef CNIE_CTL_KEY_EDIT_H
#define CNIE_CTL_KEY_EDIT_H

#include "ctl/config_edit.h"

/*
 * Held while cnie.conf and what lies beside the keys is changed; the caller
 * closes it. CTL_REFUSED: another cniectl is at it.
 */
int key_lock(int *lock);

#define KEY_EDITS_MAX 5
struct key_edits {
	size_t n;
	struct config_edit at[KEY_EDITS_MAX];
};

/* value NULL: the line goes. The strings stay the caller's. */
void key_edit(struct key_edits *e, const char *section, const char *key,
	      const char *value);
int key_edit_write(const struct key_edits *e, const char *path);

#endif
