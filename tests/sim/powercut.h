/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What powercut.so writes down of a program: each change below one folder, in
 * order, with its bytes. tests/roster/support_cut.c makes folders of it as
 * they would be after the power went at any moment.
 *
 *   LD_PRELOAD=powercut.so CNIE_CUT_DIR=folder CNIE_CUT_LOG=file
 *   [CNIE_CUT_AT=n]	SIGKILL before the n-th change, from 0
 */
#ifndef CNIE_TESTS_SIM_POWERCUT_H
#define CNIE_TESTS_SIM_POWERCUT_H

#include <stdint.h>

enum cut_kind {
	CUT_FILE = 1,	/* name is file id: it was there, or was opened anew */
	CUT_CREATE,	/* name, id: an entry of the folder */
	CUT_WRITE,	/* id, at, data */
	CUT_TRUNCATE,	/* id, at = its new size */
	CUT_RENAME,	/* name NUL to */
	CUT_UNLINK,	/* name */
	CUT_LINK,	/* name NUL to */
	CUT_SYNC,	/* id */
	CUT_SYNC_FOLDER,
	CUT_NOTE,	/* name: what the program says of itself */
};

struct cut_op {		/* then name_n and data_n bytes */
	uint32_t kind, id, name_n, data_n;
	uint64_t at;
};

/* In the program: resolved where powercut.so is loaded, else NULL. */
__attribute__((weak, visibility("default")))
void powercut_note(const char *text);

#endif
