// SPDX-License-Identifier: GPL-3.0-or-later
#include "check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"

#define SHORT_MS 60

static int pair[2];

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(chan_pair(pair), R_OK);
}

static const struct msg_login_refuse refusal = { 42, 7 };

START_TEST(a_pair_leaves_the_fixed_numbers_free_and_closes_on_exec)
{
	for (int i = 0; i < 2; i++) {
		int type = 0;
		socklen_t n = sizeof(type);

		ck_assert_int_ge(pair[i], 10);
		ck_assert(fcntl(pair[i], F_GETFD) & FD_CLOEXEC);
		ck_assert_int_eq(getsockopt(pair[i], SOL_SOCKET, SO_TYPE,
					    &type, &n), 0);
		ck_assert_int_eq(type, SOCK_SEQPACKET);
	}
}
END_TEST

START_TEST(without_descriptors_there_is_no_pair)
{
	struct rlimit l;
	int out[2] = { -7, -7 }, before, after;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = 11;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &l), 0);
	before = open("/dev/null", O_RDONLY);
	close(before);
	ck_assert_int_eq(chan_pair(out), R_INTERNAL);
	ck_assert(out[0] == -7 && out[1] == -7);
	after = open("/dev/null", O_RDONLY);	/* nothing leaked */
	ck_assert_int_eq(after, before);
}
END_TEST

START_TEST(a_message_arrives_whole)
{
	struct msg_login_refuse m = { 0 };

	ck_assert_int_eq(chan_send(pair[0], MSG_LOGIN_REFUSE, &refusal), R_OK);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + 1000), R_OK);
	ck_assert_uint_eq(m.reason, 42);
	ck_assert_uint_eq(m.delay_s, 7);
}
END_TEST

START_TEST(nothing_comes_and_the_deadline_does)
{
	struct msg_login_refuse m = { 5, 5 };
	int64_t start = mono_ms();

	ck_assert_int_eq(chan_wait(pair[1], start + SHORT_MS), R_TIMEOUT);
	ck_assert_int_ge(mono_ms(), start + SHORT_MS);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + SHORT_MS), R_TIMEOUT);
	ck_assert_uint_eq(m.reason, 5);
	/* a deadline of the past is not "for ever" */
	ck_assert_int_eq(chan_wait(pair[1], 0), R_TIMEOUT);
}
END_TEST

START_TEST(what_is_there_is_read_even_past_the_deadline)
{
	struct msg_login_refuse m;

	ck_assert_int_eq(chan_send(pair[0], MSG_LOGIN_REFUSE, &refusal), R_OK);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m, 0), R_OK);
}
END_TEST

static void on_signal(int number)
{
	(void)number;
}

START_TEST(a_signal_does_not_end_the_wait)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int64_t start = mono_ms();
	pid_t pid, parent = getpid();

	sigemptyset(&sa.sa_mask);
	ck_assert_int_eq(sigaction(SIGUSR1, &sa, NULL), 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 5; i++) {
			usleep(10000);
			kill(parent, SIGUSR1);
		}
		_exit(0);
	}
	ck_assert_int_eq(chan_wait(pair[1], start + 200), R_TIMEOUT);
	ck_assert_int_ge(mono_ms(), start + 200);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_peer_that_closed_is_absent)
{
	struct msg_login_refuse m;

	close(pair[0]);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + 1000), R_ABSENT);
	ck_assert_int_eq(chan_send(pair[1], MSG_LOGIN_REFUSE, &refusal),
			 R_ABSENT);
}
END_TEST

START_TEST(the_last_words_of_a_peer_are_read_before_its_end)
{
	struct msg_login_refuse m;

	ck_assert_int_eq(chan_send(pair[0], MSG_LOGIN_REFUSE, &refusal), R_OK);
	close(pair[0]);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + 1000), R_OK);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + 1000), R_ABSENT);
}
END_TEST

START_TEST(last_words_are_read_although_ours_were_not)
{
	struct msg_login_refuse m = { 0 };

	/* the kernel reports ECONNRESET first, once */
	ck_assert_int_eq(chan_send(pair[1], MSG_LOGIN_REFUSE, &refusal), R_OK);
	ck_assert_int_eq(chan_send(pair[0], MSG_LOGIN_REFUSE, &refusal), R_OK);
	close(pair[0]);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + SHORT_MS), R_OK);
	ck_assert_int_eq(m.reason, refusal.reason);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + SHORT_MS), R_ABSENT);
}
END_TEST

START_TEST(a_guest_raises_no_sigpipe)
{
	signal(SIGPIPE, SIG_DFL);	/* it would end this test */
	close(pair[0]);
	ck_assert_int_eq(chan_send_guest(pair[1], MSG_LOGIN_REFUSE, &refusal),
			 R_ABSENT);
}
END_TEST

START_TEST(a_peer_that_does_not_read_never_blocks_us)
{
	struct msg_admin_row row;
	enum result r = R_OK;
	int n = 0;

	memset(row.text, 'x', sizeof(row.text));
	row.text[sizeof(row.text) - 1] = '\0';
	while (r == R_OK && n++ < 10000)
		r = _i ? chan_send_guest(pair[0], MSG_ADMIN_ROW, &row) :
			 chan_send(pair[0], MSG_ADMIN_ROW, &row);
	ck_assert_int_eq(r, R_BUSY);
	ck_assert_int_gt(n, 10);
	while (--n > 0)		/* what was accepted is there */
		ck_assert_int_eq(chan_expect(pair[1], MSG_ADMIN_ROW, &row,
					     mono_ms() + 1000), R_OK);
	ck_assert_int_eq(chan_send(pair[0], MSG_ADMIN_ROW, &row), R_OK);
}
END_TEST

START_TEST(a_large_message_waits_for_its_deadline_at_most)
{
	static uint8_t image[WIRE_PORTRAIT_MAX - 16], buf[WIRE_PORTRAIT_MAX];
	struct msg_portrait p = { IMAGE_JP2, SPAN(image) };
	enum result r = R_OK;
	int64_t start;

	memset(image, 0x11, sizeof(image));
	for (int n = 0; r == R_OK && n < 100; n++) {
		start = mono_ms();
		r = chan_send_large(pair[0], MSG_PORTRAIT, &p,
				    (struct sink)SINK(buf), start + SHORT_MS);
		for (size_t i = 0; i < sizeof(buf); i++)	/* wiped */
			ck_assert_uint_eq(buf[i], 0);
	}
	ck_assert_int_eq(r, R_TIMEOUT);
	ck_assert_int_ge(mono_ms(), start + SHORT_MS);
}
END_TEST

START_TEST(a_large_message_arrives_whole)
{
	static uint8_t image[60000], buf[WIRE_PORTRAIT_MAX];
	struct msg_portrait p = { IMAGE_JP2, SPAN(image) }, q = { 0 };
	struct span in;

	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7 >> 3);
	ck_assert_int_eq(chan_send_large(pair[0], MSG_PORTRAIT, &p,
					 (struct sink)SINK(buf),
					 mono_ms() + 1000), R_OK);
	ck_assert_int_eq(chan_recv(pair[1], buf, sizeof(buf), mono_ms() + 1000,
				   &in), R_OK);
	ck_assert_int_eq(wire_get(in, MSG_PORTRAIT, &q), R_OK);
	ck_assert_uint_eq(q.format, IMAGE_JP2);
	ck_assert(span_equal(q.image, p.image));
	close(pair[1]);
	ck_assert_int_eq(chan_send_large(pair[0], MSG_PORTRAIT, &p,
					 (struct sink)SINK(buf),
					 mono_ms() + 1000), R_ABSENT);
}
END_TEST

START_TEST(a_packet_that_may_have_been_cut_is_refused)
{
	static const int over[] = { 0, 1, 100 };
	uint8_t big[100 + 100] = { WIRE_VERSION }, buf[100];
	struct span in = { NULL, 0 };

	ck_assert_int_eq(write(pair[0], big, 100 + (size_t)over[_i]),
			 100 + over[_i]);
	ck_assert_int_eq(chan_recv(pair[1], buf, sizeof(buf), mono_ms() + 1000,
				   &in), R_MALFORMED);
	ck_assert_ptr_null(in.p);
	ck_assert_int_eq(write(pair[0], big, 99), 99);
	ck_assert_int_eq(chan_recv(pair[1], buf, sizeof(buf), mono_ms() + 1000,
				   &in), R_OK);
	ck_assert_uint_eq(in.n, 99);
}
END_TEST

START_TEST(garbage_and_other_types_are_not_what_is_expected)
{
	struct msg_login_refuse m = { 5, 5 };
	struct msg_helper_ready ready = { 1 };

	ck_assert_int_eq(write(pair[0], "garbage", 7), 7);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + 1000), R_MALFORMED);
	ck_assert_int_eq(chan_send(pair[0], MSG_HELPER_READY, &ready), R_OK);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &m,
				     mono_ms() + 1000), R_MALFORMED);
	ck_assert(m.reason == 5 && m.delay_s == 5);
}
END_TEST

START_TEST(a_descriptor_that_is_sent_along_does_not_arrive)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof(int))]; } c = { 0 };
	uint8_t buf[64] = { WIRE_VERSION, MSG_LOGIN_REFUSE, 0, 42, 0, 0, 0, 7 };
	struct iovec io = { buf, 8 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1,
			    .msg_control = &c, .msg_controllen = sizeof(c) };
	struct msg_login_refuse got;
	int zero = open("/dev/zero", O_RDONLY), next;

	c.h.cmsg_level = SOL_SOCKET;
	c.h.cmsg_type = SCM_RIGHTS;
	c.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&c.h), &zero, sizeof(int));
	next = dup(zero);
	close(next);
	ck_assert_int_eq(sendmsg(pair[0], &m, 0), 8);
	ck_assert_int_eq(chan_expect(pair[1], MSG_LOGIN_REFUSE, &got,
				     mono_ms() + 1000), R_OK);
	ck_assert_uint_eq(got.reason, 42);
	ck_assert_int_eq(fcntl(next, F_GETFD), -1);
}
END_TEST

START_TEST(an_unencodable_message_sends_nothing)
{
	struct msg_login_info m = { 1, "a\nb" };

	ck_assert_int_eq(chan_send(pair[0], MSG_LOGIN_INFO, &m), R_MALFORMED);
	ck_assert_int_eq(chan_wait(pair[1], 0), R_TIMEOUT);
}
END_TEST

static Suite *channel_suite(void)
{
	const TTest *const each[] = {
		a_pair_leaves_the_fixed_numbers_free_and_closes_on_exec,
		without_descriptors_there_is_no_pair,
		a_message_arrives_whole,
		nothing_comes_and_the_deadline_does,
		what_is_there_is_read_even_past_the_deadline,
		a_signal_does_not_end_the_wait,
		a_peer_that_closed_is_absent,
		the_last_words_of_a_peer_are_read_before_its_end,
		last_words_are_read_although_ours_were_not,
		a_guest_raises_no_sigpipe,
		a_large_message_waits_for_its_deadline_at_most,
		a_large_message_arrives_whole,
		garbage_and_other_types_are_not_what_is_expected,
		a_descriptor_that_is_sent_along_does_not_arrive,
		an_unencodable_message_sends_nothing,
	};
	Suite *s = suite_create("channel");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, NULL);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		tcase_add_test(t, each[i]);
	tcase_add_loop_test(t, a_peer_that_does_not_read_never_blocks_us, 0, 2);
	tcase_add_loop_test(t, a_packet_that_may_have_been_cut_is_refused,
			    0, 3);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(channel_suite)
