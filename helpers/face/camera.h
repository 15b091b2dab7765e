/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A camera. It is opened and its buffers are mapped before the process is
 * locked down; nothing streams before camera_start. Test builds put a replay
 * behind the same operations.
 */
#ifndef CNIE_FACE_CAMERA_H
#define CNIE_FACE_CAMERA_H

#include "face/image.h"

enum pixels { PIXELS_NONE, PIXELS_YUYV, PIXELS_MJPEG, PIXELS_GREY };

struct frame {			/* PERSONAL; valid until the next operation */
	enum pixels pixels;
	uint32_t width, height, stride;
	struct span bytes;
	int64_t at_us;		/* the camera's own monotonic clock */
};

struct camera;

struct camera_ops {
	enum result (*start)(struct camera *cam);
	/* Never blocks. R_BUSY: no frame yet, poll cam->fd again;
	 * R_ABSENT: the camera has gone. */
	enum result (*next)(struct camera *cam, struct frame *out);
	/* Ends the stream and overwrites what frames were kept in. */
	void (*stop)(struct camera *cam);
	void (*close)(struct camera *cam);
};

#define CAMERA_BUFFERS 4

typedef int camera_ioctl(int fd, unsigned long request, void *arg);

struct camera {
	const struct camera_ops *ops;	/* NULL: not open */
	int fd;				/* readable when a frame is there */
	enum pixels pixels;
	uint32_t width, height, stride;
	/* V4L2 */
	camera_ioctl *ioctl;
	struct {
		uint8_t *p;
		size_t n;
	} buffer[CAMERA_BUFFERS];
	uint32_t buffers;
	int held;			/* buffer lent to the caller, or -1 */
	bool streaming;
	/* replay */
	struct span clip;
	size_t at;
	uint64_t count;
	int64_t started_us;
	bool paced;
};

/*
 * Open the V4L2 device at path for capture near 640x480 in YUYV, MJPEG or
 * GREY (in that order) and map its buffers. control is the ioctl to use,
 * NULL for the kernel's. R_ABSENT: no usable camera there.
 */
must_check enum result camera_v4l2_open(const char *path,
					camera_ioctl *control,
					struct camera *out);

/* The same calls for every kind. close accepts a camera that is not open. */
must_check enum result camera_start(struct camera *cam);
must_check enum result camera_next(struct camera *cam, struct frame *out);
void camera_stop(struct camera *cam);
void camera_close(struct camera *cam);

/* Pixels of a frame. R_MALFORMED: a damaged frame, take the next one. */
must_check enum result camera_image(const struct frame *f, struct image *out);

#endif
