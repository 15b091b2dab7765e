// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Capture through V4L2's mapped buffers. MUST: after camera_v4l2_open only
 * QBUF, DQBUF, STREAMON and STREAMOFF are asked of the device, because the
 * filter knows no other. MUST: what the driver says about sizes is held
 * against what was mapped.
 */
#include "face/camera.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/secret.h"

#define WANT_WIDTH  640
#define WANT_HEIGHT 480

/* In order of preference: uncompressed needs no decoder; near-infrared
 * cameras give grey. */
static const struct {
	uint32_t fourcc;
	enum pixels pixels;
	uint32_t bytes_per_pixel;	/* 0: compressed */
} formats[] = {
	{ V4L2_PIX_FMT_YUYV, PIXELS_YUYV, 2 },
	{ V4L2_PIX_FMT_MJPEG, PIXELS_MJPEG, 0 },
	{ V4L2_PIX_FMT_GREY, PIXELS_GREY, 1 },
};

static int kernel_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg);
}

static int control(struct camera *cam, unsigned long request, void *arg)
{
	int n;

	do {
		n = cam->ioctl(cam->fd, request, arg);
	} while (n < 0 && errno == EINTR);
	return n;
}

static enum result check_device(struct camera *cam)
{
	struct v4l2_capability cap = { 0 };
	uint32_t caps;

	if (control(cam, VIDIOC_QUERYCAP, &cap))
		return R_ABSENT;
	caps = cap.capabilities & V4L2_CAP_DEVICE_CAPS ? cap.device_caps :
							 cap.capabilities;
	if (!(caps & V4L2_CAP_VIDEO_CAPTURE) || !(caps & V4L2_CAP_STREAMING))
		return R_ABSENT;
	return R_OK;
}

/* S_FMT may answer with another format or size than asked for. */
static enum result try_format(struct camera *cam, size_t i)
{
	struct v4l2_format f = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	f.fmt.pix.width = WANT_WIDTH;
	f.fmt.pix.height = WANT_HEIGHT;
	f.fmt.pix.pixelformat = formats[i].fourcc;
	f.fmt.pix.field = V4L2_FIELD_ANY;
	if (control(cam, VIDIOC_S_FMT, &f) ||
	    f.fmt.pix.pixelformat != formats[i].fourcc ||
	    image_size_check(f.fmt.pix.width, f.fmt.pix.height,
			     &image_limits_frame) != R_OK)
		return R_ABSENT;
	cam->pixels = formats[i].pixels;
	cam->width = f.fmt.pix.width;
	cam->height = f.fmt.pix.height;
	cam->stride = f.fmt.pix.bytesperline;
	if (cam->stride == 0)
		cam->stride = cam->width * formats[i].bytes_per_pixel;
	return R_OK;
}

static enum result choose_format(struct camera *cam)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (try_format(cam, i) == R_OK)
			return R_OK;
	return R_ABSENT;
}

static struct v4l2_buffer buffer_of(uint32_t index)
{
	return (struct v4l2_buffer){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

static enum result map_buffer(struct camera *cam, uint32_t i)
{
	struct v4l2_buffer b = buffer_of(i);
	void *p;

	if (control(cam, VIDIOC_QUERYBUF, &b) || b.length == 0)
		return R_ABSENT;
	p = mmap(NULL, b.length, PROT_READ | PROT_WRITE, MAP_SHARED, cam->fd,
		 (off_t)b.m.offset);
	if (p == MAP_FAILED)
		return R_ABSENT;
	cam->buffer[i].p = p;
	cam->buffer[i].n = b.length;
	cam->buffers = i + 1;
	return R_OK;
}

static enum result map_buffers(struct camera *cam)
{
	struct v4l2_requestbuffers want = {
		.count = CAMERA_BUFFERS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	enum result r = R_OK;

	if (control(cam, VIDIOC_REQBUFS, &want) || want.count < 2)
		return errno == EBUSY ? R_BUSY : R_ABSENT;
	if (want.count > CAMERA_BUFFERS)
		want.count = CAMERA_BUFFERS;
	for (uint32_t i = 0; i < want.count && r == R_OK; i++)
		r = map_buffer(cam, i);
	return r;
}

static enum result give_back(struct camera *cam, uint32_t index)
{
	struct v4l2_buffer b = buffer_of(index);

	return control(cam, VIDIOC_QBUF, &b) ? R_ABSENT : R_OK;
}

static enum result v4l2_start(struct camera *cam)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	enum result r = R_OK;

	for (uint32_t i = 0; i < cam->buffers && r == R_OK; i++)
		r = give_back(cam, i);
	if (r != R_OK || control(cam, VIDIOC_STREAMON, &type))
		return R_ABSENT;
	cam->streaming = true;
	return R_OK;
}

static enum result v4l2_next(struct camera *cam, struct frame *out)
{
	struct v4l2_buffer b = buffer_of(0);

	if (!cam->streaming)
		return R_ABSENT;
	if (cam->held >= 0) {
		if (give_back(cam, (uint32_t)cam->held) != R_OK)
			return R_ABSENT;
		cam->held = -1;
	}
	if (control(cam, VIDIOC_DQBUF, &b))
		return errno == EAGAIN || errno == EIO ? R_BUSY : R_ABSENT;
	if (b.index >= cam->buffers)
		return R_ABSENT;
	cam->held = (int)b.index;
	if (b.flags & V4L2_BUF_FLAG_ERROR ||
	    b.bytesused > cam->buffer[b.index].n)
		return R_BUSY;
	*out = (struct frame){
		cam->pixels, cam->width, cam->height, cam->stride,
		span_of(cam->buffer[b.index].p, b.bytesused),
		(int64_t)b.timestamp.tv_sec * 1000000 + b.timestamp.tv_usec,
	};
	return R_OK;
}

/* The pages belong to the driver and outlive us until the device is closed
 * by everybody: what the camera saw is overwritten here. */
static void v4l2_stop(struct camera *cam)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	if (cam->streaming)
		(void)control(cam, VIDIOC_STREAMOFF, &type);
	cam->streaming = false;
	cam->held = -1;
	for (uint32_t i = 0; i < cam->buffers; i++)
		secret_wipe(cam->buffer[i].p, cam->buffer[i].n);
}

static void v4l2_close(struct camera *cam)
{
	for (uint32_t i = 0; i < cam->buffers; i++)
		munmap(cam->buffer[i].p, cam->buffer[i].n);
	cam->buffers = 0;
	close_fd(&cam->fd);
}

static const struct camera_ops v4l2_ops = {
	v4l2_start, v4l2_next, v4l2_stop, v4l2_close,
};

enum result camera_v4l2_open(const char *path, camera_ioctl *ask,
			     struct camera *out)
{
	struct camera cam = { .fd = -1, .held = -1, .ops = &v4l2_ops };
	struct stat st;
	enum result r = R_ABSENT;

	cam.ioctl = ask ? ask : kernel_ioctl;
	cam.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (cam.fd < 0)
		return R_ABSENT;
	/* with the kernel's ioctl, a device and nothing else */
	if (ask || (fstat(cam.fd, &st) == 0 && S_ISCHR(st.st_mode)))
		r = check_device(&cam);
	if (r == R_OK)
		r = choose_format(&cam);
	if (r == R_OK)
		r = map_buffers(&cam);
	if (r != R_OK) {
		camera_close(&cam);
		return r;
	}
	*out = cam;
	return R_OK;
}
