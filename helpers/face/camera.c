// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/camera.h"

enum result camera_start(struct camera *cam)
{
	return cam->ops->start(cam);
}

enum result camera_next(struct camera *cam, struct frame *out)
{
	return cam->ops->next(cam, out);
}

void camera_stop(struct camera *cam)
{
	if (cam->ops)
		cam->ops->stop(cam);
}

void camera_close(struct camera *cam)
{
	if (!cam->ops)
		return;
	cam->ops->stop(cam);
	cam->ops->close(cam);
	*cam = (struct camera){ .fd = -1 };
}

enum result camera_image(const struct frame *f, struct image *out)
{
	switch (f->pixels) {
	case PIXELS_YUYV:
		return image_from_yuyv(f->bytes, f->width, f->height,
				       f->stride, out);
	case PIXELS_MJPEG:
		return image_from_jpeg(f->bytes, &image_limits_frame, out);
	case PIXELS_GREY:
		return image_from_grey(f->bytes, f->width, f->height,
				       f->stride, out);
	case PIXELS_NONE:
		break;
	}
	return R_INTERNAL;
}
