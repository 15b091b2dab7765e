/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who holds which mapping, and when it goes. The module's own objects are
 * linked in here, so that pins can be held open. */
#include "support_nss.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../nss_cnie/nss_cnie.h"
#include "../../nss_cnie/pin.h"
#include "check_main.h"

#define HELD 12			/* more than there are slots */

static void setup(void)
{
	nss_setup();
	nss_write(100);
}

START_TEST(pinned_views_stay_and_go_with_their_last_reader)
{
	struct pin pin[HELD];

	for (uint32_t i = 0; i < HELD; i++) {
		nss_write(100 + i);
		ck_assert_int_eq(pin_take(&pin[i], FOR_ANY, 0), R_OK);
		ck_assert_int_eq(pin[i].view->accounts, 100 + i);
	}
	for (uint32_t i = 0; i < HELD; i++) {
		struct view_account a;

		ck_assert_int_eq(view_find_uid(pin[i].view, people_uid(99 + i),
					       &a), R_OK);
	}
	ck_assert_int_eq(nss_mappings(), HELD);
	for (uint32_t i = 0; i < HELD; i++)
		pin_drop(&pin[i]);
	/* the last one that had a slot is current, but a newer stands there */
	ck_assert_int_eq(pin_take(&pin[0], FOR_ANY, 0), R_OK);
	ck_assert_int_eq(pin[0].view->accounts, 100 + HELD - 1);
	pin_drop(&pin[0]);
	ck_assert_int_eq(nss_mappings(), 1);
}
END_TEST

START_TEST(two_readers_of_one_view_the_second_unmaps)
{
	struct pin a, b, c;

	ck_assert_int_eq(pin_take(&a, FOR_ANY, 0), R_OK);
	ck_assert_int_eq(pin_take(&b, FOR_ANY, 0), R_OK);
	ck_assert_ptr_eq(a.view, b.view);
	nss_write(101);
	ck_assert_int_eq(pin_take(&c, FOR_ANY, 0), R_OK);
	ck_assert_int_eq(nss_mappings(), 2);
	pin_drop(&a);
	ck_assert_int_eq(nss_mappings(), 2);
	ck_assert_int_eq(b.view->accounts, 100);
	pin_drop(&b);
	ck_assert_int_eq(nss_mappings(), 1);
	pin_drop(&c);
	ck_assert_int_eq(nss_mappings(), 1);
}
END_TEST

/* A file mounted into a container, and the host writes a newer one: what is
 * there is superseded, and nothing else will come. */
START_TEST(a_superseded_view_that_stays_is_mapped_once)
{
	const uint8_t one = 1;
	int fd = open(nss_view, O_WRONLY);
	struct pin a, b;

	ck_assert_int_eq(pwrite(fd, &one, 1, VIEW_SUPERSEDED + 3), 1);
	close(fd);
	ck_assert_int_eq(pin_take(&a, FOR_ANY, 0), R_OK);
	ck_assert_int_eq(pin_take(&b, FOR_ANY, 0), R_OK);
	ck_assert_ptr_eq(a.view, b.view);
	ck_assert_int_eq(nss_mappings(), 1);
	pin_drop(&a);
	pin_drop(&b);
	nss_write(101);
	sleep(2);
	ck_assert_int_eq(pin_take(&a, FOR_ANY, 0), R_OK);
	ck_assert_int_eq(a.view->accounts, 101);
	pin_drop(&a);
	ck_assert_int_eq(nss_mappings(), 1);
	nss_write(102);			/* and from then on at once */
	ck_assert_int_eq(pin_take(&a, FOR_ANY, 0), R_OK);
	ck_assert_int_eq(a.view->accounts, 102);
	pin_drop(&a);
}
END_TEST

START_TEST(child_never_unmaps_what_its_parent_had_pinned)
{
	struct pin held, p;
	int status;
	pid_t pid;

	ck_assert_int_eq(pin_take(&held, FOR_ANY, 0), R_OK);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct view_account a;

		nss_write(101);
		for (int i = 0; i < 100; i++) {
			if (pin_take(&p, FOR_ANY, 0) != R_OK ||
			    p.view->accounts != 101)
				_exit(1);
			pin_drop(&p);
		}
		/* the inherited pin: its view can still be read */
		if (view_find_uid(held.view, people_uid(5), &a) != R_OK)
			_exit(2);
		_exit(nss_mappings() == 2 ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	pin_drop(&held);
}
END_TEST

/* -- threads ------------------------------------------------------- */

#define THREADS 8
#ifndef REPLACEMENTS
#define REPLACEMENTS 1000
#endif

static atomic_bool stop;
static atomic_uint wrong, answered;
static _Atomic uint64_t newest;		/* generation that a reader has seen */

/* The generation of the present view, which never goes back for one thread. */
static uint64_t look_at_view(uint64_t before)
{
	uint64_t seen = atomic_load(&newest), g;
	struct pin p;

	if (pin_take(&p, FOR_ANY, 0) != R_OK) {
		atomic_fetch_add(&wrong, 1);
		return before;
	}
	g = p.view->generation;
	pin_drop(&p);
	if (g < before)
		atomic_fetch_add(&wrong, 1);
	while (seen < g && !atomic_compare_exchange_weak(&newest, &seen, g))
		;
	return g;
}

/* Persons 0..49 are in every view. */
static void *read_on(void *arg)
{
	uint32_t i = (uint32_t)(uintptr_t)arg;
	struct passwd pw;
	char buf[512], name[16];
	uint64_t generation = 0;
	int e;

	while (!atomic_load(&stop)) {
		i = (i * 17 + 3) % 50;
		people_name(i, name);
		if (_nss_cnie_getpwnam_r(name, &pw, buf, sizeof(buf), &e) !=
		    NSS_STATUS_SUCCESS || pw.pw_uid != people_uid(i))
			atomic_fetch_add(&wrong, 1);
		if (_nss_cnie_getpwuid_r(people_uid(i), &pw, buf, sizeof(buf),
					 &e) != NSS_STATUS_SUCCESS ||
		    strcmp(pw.pw_name, name))
			atomic_fetch_add(&wrong, 1);
		generation = look_at_view(generation);
		if (atomic_fetch_add(&answered, 1) % 64 == 0)
			sched_yield();	/* to the writer */
	}
	return NULL;
}

static void start_threads(pthread_t *t)
{
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, read_on,
						(void *)i), 0);
}

static void join_threads(pthread_t *t)
{
	atomic_store(&stop, true);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(t[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_gt(atomic_load(&answered), THREADS);
}

START_TEST(threads_read_through_replacements)
{
	uint64_t first, last_seen;
	pthread_t t[THREADS];
	struct pin last;

	start_threads(t);
	while (!(first = atomic_load(&newest)))
		sched_yield();
	for (uint32_t n = 0; n < REPLACEMENTS; n++) {
		uint64_t before = atomic_load(&newest);

		nss_write(50 + n % 60);
		while (atomic_load(&newest) == before)
			sched_yield();	/* every one of them is read */
	}
	last_seen = atomic_load(&newest);
	ck_assert_uint_eq(last_seen - first, REPLACEMENTS);
	join_threads(t);
	/* nobody is left that could hold an old one */
	ck_assert_int_eq(pin_take(&last, FOR_ANY, 0), R_OK);
	ck_assert_int_eq(nss_mappings(), 1);
	pin_drop(&last);
}
END_TEST

START_TEST(children_of_threads_go_on)
{
	pthread_t t[THREADS];

	start_threads(t);
	for (int n = 0; n < 100; n++) {
		int status;
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			struct passwd pw;
			char buf[512];
			int e;

			alarm(20);
			for (uint32_t k = 0; k < 20; k++)
				if (_nss_cnie_getpwuid_r(people_uid(k), &pw,
							 buf, sizeof(buf), &e)
				    != NSS_STATUS_SUCCESS)
					_exit(1);
			_exit(0);
		}
		nss_write(50 + (uint32_t)n % 60);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	join_threads(t);
}
END_TEST

/* -- one enumeration, many threads ---------------------------------- */

#define LISTED 20000

static atomic_uchar given[LISTED];
static atomic_int at_the_start;

static void *list_on(void *arg)
{
	enum nss_status s;
	struct passwd pw;
	char buf[512];
	int e;

	(void)arg;
	atomic_fetch_add(&at_the_start, 1);
	while (atomic_load(&at_the_start) < THREADS)
		sched_yield();
	while ((s = _nss_cnie_getpwent_r(&pw, buf, sizeof(buf), &e)) ==
	       NSS_STATUS_SUCCESS)
		atomic_fetch_add(&given[pw.pw_uid - PEOPLE_UID_BASE], 1);
	if (s != NSS_STATUS_NOTFOUND)
		atomic_fetch_add(&wrong, 1);
	return NULL;
}

START_TEST(threads_share_an_enumeration)
{
	pthread_t t[THREADS];

	nss_write_listed(LISTED);
	_nss_cnie_setpwent(0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, list_on, NULL),
				 0);
	for (int i = 0; i < 3; i++)
		nss_write_listed(LISTED);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(t[i], NULL), 0);
	ck_assert_uint_eq(atomic_load(&wrong), 0);
	for (int i = 0; i < LISTED; i++)
		ck_assert_uint_eq(atomic_load(&given[i]), 1);
}
END_TEST

static Suite *pin_suite(void)
{
	Suite *s = suite_create("nss_cnie/pin");
	TCase *t = tcase_create("pin");

	tcase_add_checked_fixture(t, setup, nss_teardown);
	tcase_set_timeout(t, 240);
	tcase_add_test(t, pinned_views_stay_and_go_with_their_last_reader);
	tcase_add_test(t, two_readers_of_one_view_the_second_unmaps);
	tcase_add_test(t, a_superseded_view_that_stays_is_mapped_once);
	tcase_add_test(t, child_never_unmaps_what_its_parent_had_pinned);
	tcase_add_test(t, threads_read_through_replacements);
	tcase_add_test(t, children_of_threads_go_on);
	tcase_add_test(t, threads_share_an_enumeration);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(pin_suite)
