/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copies of what is to be imported, where cnie-inspect can read them: numbered,
 * so that neither a name nor a directory says anything to it.
 */
#ifndef CNIE_CTL_CSCA_STAGE_H
#define CNIE_CTL_CSCA_STAGE_H

#include "ctl/stage.h"

/* A master list of the whole world is 1 MB, the ICAO PKD's file of all of them
 * 13 MB. */
#define STAGE_IMPORT_MAX (32 << 20)
#define STAGE_IMPORT_FILES 4096		/* as cnie-inspect reads at once, */
#define STAGE_IMPORT_TOTAL (64 << 20)	/* and bytes of all */

struct stage_import {
	char root[STAGE_PATH_MAX];	/* "" where nothing is to be removed */
	char files[STAGE_PATH_MAX];	/* a directory of the copies */
	char signer[STAGE_PATH_MAX];	/* "" none */
	size_t count, passed;		/* copies, files left */
	size_t bytes;			/* of the copies */
};

/* Each complains, and answers an enum ctl_exit. */
int stage_import_new(struct stage_import *out);
/* A file of any name; of a directory those whose names have an ending that is
 * known, not of directories in it. */
int stage_import_add(struct stage_import *s, const char *path);
int stage_import_signer(struct stage_import *s, const char *path);
void stage_import_remove(struct stage_import *s);

#endif
