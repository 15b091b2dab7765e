/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model files: each read once into memory, hashed as read, and compared
 * with the manifest beside them. What is loaded is what was hashed.
 */
#ifndef CNIE_FACE_MODELS_H
#define CNIE_FACE_MODELS_H

#include "face/manifest.h"

#define MODEL_MAX (64 * 1024 * 1024)	/* bytes; the largest has 5 MB */

struct models {
	struct manifest manifest;
	struct span net[NET_COUNT];	/* owned: models_done */
};

/* R_ABSENT: a file is missing. R_DENIED: not the file the manifest names.
 * R_MALFORMED: the manifest; *line as in manifest_parse. */
must_check enum result models_read(const char *dir, struct models *out,
				   unsigned int *line);
/* Once the nets are built their bytes are not needed. Accepts { 0 }. */
void models_done(struct models *m);

#endif
