/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files the face's tests need. They are made by `make data`; a missing one
 * fails the test that wants it. */
#ifndef CNIE_TESTS_FACE_SUPPORT_FILES_H
#define CNIE_TESTS_FACE_SUPPORT_FILES_H

#include "base/bytes.h"

#define MODELS  "build/models"
#define PERSONA "build/persona"

/* The whole file, malloc'ed; ends the test where it can't be read. */
struct span file_read(const char *path);
void file_free(struct span *s);
void file_write(const char *path, struct span bytes);
/* Copy one file, world-readable. */
void file_copy(const char *from, const char *to);

/* A new directory below /tmp that every user may enter; tests remove it. */
void temp_dir(char out[64]);
void temp_remove(const char *dir);

#endif
