/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A camera that replays a file of concatenated JPEG pictures (MJPEG) through
 * the camera's own operations. Only test builds contain it.
 */
#ifndef CNIE_TESTS_REPLAY_CAMERA_H
#define CNIE_TESTS_REPLAY_CAMERA_H

#include "face/camera.h"

/* The camera's clock ticks 15 times a second, whatever the caller's speed. */
#define REPLAY_FPS 15

/* Is this path one for the replay: does it end in ".mjpeg"? */
bool replay_camera_is(const char *path);

/*
 * Map the file. Frames come as fast as they are asked for, each once and in
 * order, then from the start again, for a camera does not end; where the
 * name ends in ".paced.mjpeg" they come 15 times a second.
 * R_ABSENT: no such file; R_MALFORMED: no picture in it.
 */
must_check enum result replay_camera_open(const char *path,
					  struct camera *out);

#endif
