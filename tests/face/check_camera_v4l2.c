// SPDX-License-Identifier: GPL-3.0-or-later
/* The capture code against a device that is a file and a list of answers:
 * what a driver may say, and what it may lie about. */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check_main.h"
#include "face/camera.h"
#include "face/support_files.h"

#define BUFFER   (640 * 480 * 2)
#define ALIGNED  ((BUFFER + 4095) / 4096 * 4096)
#define NO_ERROR 0

/* What the device answers; the tests change it. */
static struct {
	uint32_t caps, device_caps;
	uint32_t fourcc;	/* the only format it has */
	uint32_t width, height, stride;
	uint32_t buffers, length;
	uint32_t bytesused, index, flags;
	int dqbuf_error;
	unsigned long fails;	/* this request fails with EINVAL */
	int queued, streaming, interrupted;
} device;

static char dir[64], path[96];
static struct camera cam;

static int answer_format(struct v4l2_format *f)
{
	f->fmt.pix.pixelformat = device.fourcc;
	f->fmt.pix.width = device.width;
	f->fmt.pix.height = device.height;
	f->fmt.pix.bytesperline = device.stride;
	return 0;
}

static int answer_dqbuf(struct v4l2_buffer *b)
{
	if (device.dqbuf_error) {
		errno = device.dqbuf_error;
		return -1;
	}
	ck_assert_int_eq(device.streaming, 1);
	ck_assert_int_gt(device.queued, 0);
	device.queued--;
	b->index = device.index;
	b->bytesused = device.bytesused;
	b->flags = device.flags;
	b->timestamp.tv_sec = 12;
	b->timestamp.tv_usec = 345;
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	struct v4l2_capability *cap = arg;
	struct v4l2_buffer *b = arg;

	(void)fd;
	if (request == device.fails) {
		errno = EINVAL;
		return -1;
	}
	if (device.interrupted-- > 0) {
		errno = EINTR;
		return -1;
	}
	switch (request) {
	case VIDIOC_QUERYCAP:
		cap->capabilities = device.caps;
		cap->device_caps = device.device_caps;
		return 0;
	case VIDIOC_S_FMT:
		return answer_format(arg);
	case VIDIOC_REQBUFS:
		((struct v4l2_requestbuffers *)arg)->count = device.buffers;
		return 0;
	case VIDIOC_QUERYBUF:
		b->length = device.length;
		b->m.offset = b->index * ALIGNED;
		return 0;
	case VIDIOC_QBUF:
		device.queued++;
		return 0;
	case VIDIOC_DQBUF:
		return answer_dqbuf(arg);
	case VIDIOC_STREAMON:
		device.streaming = 1;
		return 0;
	case VIDIOC_STREAMOFF:
		device.streaming = 0;
		return 0;
	default:
		ck_abort_msg("request %lx was not expected", request);
		return -1;
	}
}

static void setup(void)
{
	uint32_t caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	int fd;

	memset(&device, 0, sizeof(device));
	device.caps = caps | V4L2_CAP_DEVICE_CAPS;
	device.device_caps = caps;
	device.fourcc = V4L2_PIX_FMT_YUYV;
	device.width = 640;
	device.height = 480;
	device.stride = 1280;
	device.buffers = 4;
	device.length = BUFFER;
	device.bytesused = BUFFER;
	temp_dir(dir);
	snprintf(path, sizeof(path), "%s/video", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	ck_assert_int_eq(ftruncate(fd, CAMERA_BUFFERS * ALIGNED), 0);
	close(fd);
}

static void teardown(void)
{
	camera_close(&cam);
	temp_remove(dir);
}

/* Bytes the "hardware" puts into buffer i. */
static void expose(uint32_t i, uint8_t v)
{
	static uint8_t buf[BUFFER];
	int fd = open(path, O_RDWR);

	memset(buf, v, sizeof(buf));
	ck_assert_int_eq(pwrite(fd, buf, sizeof(buf), (off_t)i * ALIGNED),
			 BUFFER);
	close(fd);
}

static size_t not_zero(void)
{
	struct span s = file_read(path);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] != 0;
	file_free(&s);
	return n;
}

START_TEST(frames_come_and_buffers_go_back)
{
	struct frame f;
	struct image im;

	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_int_eq(device.streaming, 0);
	ck_assert_int_eq(device.queued, 0);
	ck_assert_int_eq(camera_next(&cam, &f), R_ABSENT);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	ck_assert_int_eq(device.queued, 4);
	for (uint32_t i = 0; i < 10; i++) {
		device.index = i % 4;
		expose(device.index, 128);
		ck_assert_int_eq(camera_next(&cam, &f), R_OK);
		ck_assert_int_eq(device.queued, 3);
		ck_assert_int_eq(f.at_us, 12000345);
		ck_assert_int_eq(camera_image(&f, &im), R_OK);
		ck_assert_uint_eq(im.bgr[0], 130);
		image_wipe(&im);
	}
}
END_TEST

START_TEST(frames_are_overwritten_when_it_stops)
{
	struct frame f;

	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	for (uint32_t i = 0; i < 4; i++)
		expose(i, 200);
	ck_assert_int_eq(camera_next(&cam, &f), R_OK);
	ck_assert_uint_gt(not_zero(), 3 * BUFFER);
	camera_stop(&cam);
	ck_assert_int_eq(device.streaming, 0);
	ck_assert_uint_eq(not_zero(), 0);
}
END_TEST

static const struct {
	uint32_t fourcc, stride, bytesused;
	enum pixels pixels;
} kinds[] = {
	{ V4L2_PIX_FMT_YUYV, 1280, BUFFER, PIXELS_YUYV },
	{ V4L2_PIX_FMT_YUYV, 0, BUFFER, PIXELS_YUYV },
	{ V4L2_PIX_FMT_GREY, 640, 640 * 480, PIXELS_GREY },
	{ V4L2_PIX_FMT_GREY, 0, 640 * 480, PIXELS_GREY },
	{ V4L2_PIX_FMT_MJPEG, 0, 0, PIXELS_MJPEG },
};

START_TEST(each_format_gives_a_picture)
{
	struct span jpeg = file_read(PERSONA "/portrait.jpg");
	struct frame f;
	struct image im;
	int fd = open(path, O_RDWR);

	device.fourcc = kinds[_i].fourcc;
	device.stride = kinds[_i].stride;
	device.bytesused = kinds[_i].bytesused;
	if (kinds[_i].pixels == PIXELS_MJPEG) {
		ck_assert_int_eq(write(fd, jpeg.p, jpeg.n), (ssize_t)jpeg.n);
		device.bytesused = (uint32_t)jpeg.n;
	}
	close(fd);
	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_int_eq(cam.pixels, kinds[_i].pixels);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	ck_assert_int_eq(camera_next(&cam, &f), R_OK);
	ck_assert_int_eq(camera_image(&f, &im), R_OK);
	image_wipe(&im);
	file_free(&jpeg);
}
END_TEST

START_TEST(lying_sizes_give_no_picture)
{
	struct frame f;
	struct image im;

	device.stride = _i == 0 ? 1 : 1280;
	device.bytesused = _i == 1 ? 100 : BUFFER;
	device.length = _i == 2 ? 4096 : BUFFER;
	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	if (_i == 2) {	/* more used than was mapped */
		ck_assert_int_eq(camera_next(&cam, &f), R_BUSY);
		return;
	}
	ck_assert_int_eq(camera_next(&cam, &f), R_OK);
	ck_assert_int_eq(camera_image(&f, &im), R_MALFORMED);
}
END_TEST

static const struct {
	int error;
	uint32_t flags, index;
	enum result r;
} moments[] = {
	{ EAGAIN, 0, 0, R_BUSY }, { EIO, 0, 0, R_BUSY },
	{ ENODEV, 0, 0, R_ABSENT }, { EINVAL, 0, 0, R_ABSENT },
	{ NO_ERROR, V4L2_BUF_FLAG_ERROR, 0, R_BUSY },
	{ NO_ERROR, 0, 4, R_ABSENT }, { NO_ERROR, 0, UINT32_MAX, R_ABSENT },
};

START_TEST(a_frame_that_fails_is_not_a_frame)
{
	struct frame f = { 0 };

	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	device.dqbuf_error = moments[_i].error;
	device.flags = moments[_i].flags;
	device.index = moments[_i].index;
	ck_assert_int_eq(camera_next(&cam, &f), moments[_i].r);
	ck_assert_ptr_null(f.bytes.p);
}
END_TEST

START_TEST(interrupted_requests_are_repeated)
{
	device.interrupted = 3;
	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
}
END_TEST

START_TEST(unusable_devices_are_absent)
{
	switch (_i) {
	case 0: device.device_caps = V4L2_CAP_STREAMING; break;
	case 1: device.device_caps = V4L2_CAP_VIDEO_CAPTURE; break;
	case 2: device.fourcc = V4L2_PIX_FMT_H264; break;
	case 3: device.width = 16; break;
	case 4: device.height = 100000; break;
	case 5: device.buffers = 1; break;
	case 6: device.length = 0; break;
	case 7: device.fails = VIDIOC_QUERYCAP; break;
	case 8: device.fails = VIDIOC_S_FMT; break;
	case 9: device.fails = VIDIOC_REQBUFS; break;
	case 10: device.fails = VIDIOC_QUERYBUF; break;
	default: strcat(path, ".none"); break;
	}
	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_ABSENT);
	ck_assert_ptr_null(cam.ops);
}
END_TEST

/* The driver may give more than was asked for; four are kept. */
START_TEST(more_buffers_than_asked_for_are_left_alone)
{
	device.buffers = 32;
	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_uint_eq(cam.buffers, CAMERA_BUFFERS);
	ck_assert_int_eq(camera_start(&cam), R_OK);
	ck_assert_int_eq(device.queued, CAMERA_BUFFERS);
}
END_TEST

START_TEST(device_that_will_not_start_is_absent)
{
	device.fails = _i ? VIDIOC_STREAMON : VIDIOC_QBUF;
	ck_assert_int_eq(camera_v4l2_open(path, fake_ioctl, &cam), R_OK);
	ck_assert_int_eq(camera_start(&cam), R_ABSENT);
}
END_TEST

START_TEST(a_plain_file_is_no_camera)
{
	ck_assert_int_eq(camera_v4l2_open(path, NULL, &cam), R_ABSENT);
	ck_assert_int_eq(camera_v4l2_open("/dev/null", NULL, &cam), R_ABSENT);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("camera_v4l2");
	TCase *t = tcase_create("camera_v4l2");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, frames_come_and_buffers_go_back);
	tcase_add_test(t, frames_are_overwritten_when_it_stops);
	tcase_add_loop_test(t, each_format_gives_a_picture, 0, 5);
	tcase_add_loop_test(t, lying_sizes_give_no_picture, 0, 3);
	tcase_add_loop_test(t, a_frame_that_fails_is_not_a_frame, 0, 7);
	tcase_add_test(t, interrupted_requests_are_repeated);
	tcase_add_loop_test(t, unusable_devices_are_absent, 0, 12);
	tcase_add_test(t, more_buffers_than_asked_for_are_left_alone);
	tcase_add_loop_test(t, device_that_will_not_start_is_absent, 0, 2);
	tcase_add_test(t, a_plain_file_is_no_camera);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
