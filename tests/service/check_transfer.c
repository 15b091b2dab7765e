// SPDX-License-Identifier: GPL-3.0-or-later
/* Lists and rosters in many packets, beside a login that goes on. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/scope.h"
#include "check_main.h"
#include "roster/exchange.h"
#include "service/bulk.h"
#include "support_talk.h"

#define MANY 300

static void many_people(void)
{
	station_set_up();
	enrol_others(MANY - 1);
}

/* cnied's loop, as long as the transfer lasts or `rounds`. */
static void serve(int rounds)
{
	while (service.bulk && rounds-- > 0) {
		struct pollfd p = { service.clients[0].fd,
				    bulk_events(&service), 0 };

		if (poll(&p, 1, 0) > 0)
			bulk_ready(&service);
	}
}

/* -- the list ------------------------------------------------------------------- */

static unsigned int list(const char *pattern, enum reason *end)
{
	struct msg_admin_request m = { .verb = ADMIN_ACCOUNT_LIST };
	uint8_t buf[WIRE_MAX];
	struct msg_admin_done done = { .reason = 0 };
	struct msg_admin_row row;
	unsigned int n = 0, uid, last = 0;
	struct span in;

	strcpy(m.account, pattern);
	ask_admin(&m);
	for (;;) {
		serve(3);
		if (chan_recv(person, buf, sizeof(buf), 0, &in) != R_OK)
			continue;
		if (wire_get(in, MSG_ADMIN_DONE, &done) == R_OK)
			break;
		ck_assert_int_eq(wire_get(in, MSG_ADMIN_ROW, &row), R_OK);
		ck_assert_int_eq(sscanf(row.text, "%*s %u", &uid), 1);
		ck_assert_uint_gt(uid, last);	/* each once, in order */
		last = uid;
		n++;
	}
	*end = (enum reason)done.reason;
	return n;
}

START_TEST(a_list_comes_whole_and_in_order)
{
	enum reason end;

	ck_assert_uint_eq(list("", &end), MANY);
	ck_assert_int_eq(end, REASON_NONE);
	ck_assert_ptr_null(service.bulk);
}
END_TEST

START_TEST(a_pattern_chooses)
{
	enum reason end;
	char pattern[NAME_MAX_LEN];

	ck_assert_uint_eq(list(name, &end), 1);
	snprintf(pattern, sizeof(pattern), "%.4s*", name);
	ck_assert_uint_ge(list(pattern, &end), 1);
	ck_assert_uint_eq(list("x*", &end), 0);
	ck_assert_int_eq(end, REASON_NONE);
}
END_TEST

/* An administrator that does not read holds nobody up: the transfer stands
 * still, and ends when its time is over. */
START_TEST(who_does_not_read_is_not_waited_for)
{
	struct msg_admin_request m = { .verb = ADMIN_ACCOUNT_LIST };
	int64_t began = mono_ms();

	ask_admin(&m);
	for (int i = 0; i < 10000 && service.bulk; i++)
		serve(1);
	if (service.bulk) {	/* its buffer is smaller than the list */
		ck_assert_int_gt(bulk_deadline(&service), began);
		bulk_expire(&service);
		ck_assert_ptr_nonnull(service.bulk);
		bulk_cancel(&service);
	}
	ck_assert_ptr_null(service.bulk);
	ck_assert_int_eq(service.clients[0].fd, -1);
}
END_TEST

START_TEST(who_leaves_ends_it)
{
	struct msg_admin_request m = { .verb = ADMIN_ACCOUNT_LIST };

	ask_admin(&m);
	close_fd(&person);
	serve(100);
	ck_assert_ptr_null(service.bulk);
}
END_TEST

START_TEST(one_at_a_time)
{
	struct msg_admin_request m = { .verb = ADMIN_ACCOUNT_LIST };
	struct client kept;
	int first;

	ask_admin(&m);
	first = person;
	kept = service.clients[0];
	service.clients[1] = kept;
	service.bulk ? (void)0 : ck_abort_msg("none goes on");
	ask_admin(&m);
	ck_assert_int_eq(admin_end(NULL, 0), REASON_ROSTER_BUSY);
	close(first);
	service.clients[0] = kept;
	bulk_cancel(&service);
}
END_TEST

/* -- a roster that goes and comes --------------------------------------------------- */

struct text { char *p; size_t n; };

static struct text take_export(enum admin_verb verb)
{
	struct msg_admin_request m = { .verb = (uint8_t)verb,
				       .number = 20991231 };
	static uint8_t buf[WIRE_BULK_MAX + 4096];
	struct msg_admin_done done = { .reason = REASON_INTERNAL };
	struct text all = { malloc(1 << 20), 0 };
	struct msg_bulk bulk;
	struct span in;
	bool last = false;

	ask_admin(&m);
	for (;;) {
		serve(2);
		if (chan_recv(person, buf, sizeof(buf), 0, &in) != R_OK)
			continue;
		if (wire_get(in, MSG_ADMIN_DONE, &done) == R_OK)
			break;
		if (wire_get(in, MSG_ADMIN_BULK, &bulk) != R_OK)
			continue;
		ck_assert(!last);
		last = bulk.last;
		ck_assert_uint_lt(all.n + bulk.bytes.n, 1 << 20);
		memcpy(all.p + all.n, bulk.bytes.p, bulk.bytes.n);
		all.n += bulk.bytes.n;
		ck_assert_int_eq(all.p[all.n - 1], '\n');	/* whole lines */
	}
	ck_assert_int_eq(done.reason, REASON_NONE);
	ck_assert(last);
	return all;
}

static void send_part(const char *p, size_t n, bool last)
{
	static uint8_t buf[WIRE_BULK_MAX + 64];
	struct msg_bulk m = { .last = last, .bytes = span_of(p, n) };

	if (chan_send_large(person, MSG_ADMIN_BULK, &m, SINK(buf),
			    mono_ms() + 1000) != R_OK)
		return;		/* refused already */
	serve(1);
}

static enum reason give(enum admin_verb verb, struct text all, char *said,
			size_t cap)
{
	struct msg_admin_request m = { .verb = (uint8_t)verb };
	size_t at = 0;

	ask_admin(&m);
	while (at < all.n && service.bulk) {
		size_t n = all.n - at < 20000 ? all.n - at : 20000;

		while (n > 0 && all.p[at + n - 1] != '\n')
			n--;
		send_part(all.p + at, n, at + n == all.n);
		at += n;
	}
	ck_assert_ptr_null(service.bulk);
	return admin_end(said, cap);
}

static void empty_roster(void)
{
	static const char *const files[] = { PATH_ROSTER, PATH_ROSTER "-wal",
		PATH_ROSTER "-shm", PATH_ROSTER ".marks" };
	char path[PREFIX_PATH_MAX];

	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(prefix_path(files[i], path, sizeof(path)),
				 R_OK);
		unlink(path);
	}
}

START_TEST(a_roster_goes_to_another_machine)
{
	struct text all = take_export(ADMIN_ROSTER_EXPORT);
	struct roster_counts n;
	struct roster_account a;
	struct roster *r;
	char said[300];

	empty_roster();
	ck_assert_int_eq(give(ADMIN_ROSTER_IMPORT, all, said, sizeof(said)),
			 REASON_NONE);
	ck_assert_ptr_nonnull(strstr(said, "300 accounts, 300 of them new"));
	r = roster();
	ck_assert_int_eq(roster_count(r, &n), REASON_NONE);
	ck_assert_uint_eq(n.accounts, MANY);
	ck_assert_int_eq(roster_show(r, name, &a), REASON_NONE);
	ck_assert_uint_eq(a.uid, UID_MIN);
	roster_close(&r);
	/* the same file again is no newer one */
	ck_assert_int_eq(give(ADMIN_ROSTER_IMPORT, all, NULL, 0),
			 REASON_ROSTER_OLD);
	free(all.p);
}
END_TEST

START_TEST(a_bad_line_is_named_and_nothing_changes)
{
	struct text all = take_export(ADMIN_ROSTER_EXPORT);
	struct roster_counts n;
	struct roster *r;
	char said[300], *middle;

	empty_roster();
	middle = memchr(all.p + all.n / 2, '\n', all.n / 2);
	middle[1] = '?';
	ck_assert_int_eq(give(ADMIN_ROSTER_IMPORT, all, said, sizeof(said)),
			 REASON_ROSTER_FORMAT);
	ck_assert_ptr_nonnull(strstr(said, ": line "));
	r = roster();
	ck_assert_int_eq(roster_count(r, &n), REASON_NONE);
	ck_assert_uint_eq(n.accounts, 0);
	roster_close(&r);
	free(all.p);
}
END_TEST

START_TEST(who_leaves_in_the_middle_changes_nothing)
{
	struct text all = take_export(ADMIN_ROSTER_EXPORT);
	struct msg_admin_request m = { .verb = ADMIN_ROSTER_IMPORT };
	struct roster_counts n;
	struct roster *r;
	size_t half = 20000;

	empty_roster();
	ask_admin(&m);
	while (all.p[half - 1] != '\n')
		half--;
	send_part(all.p, half, false);
	ck_assert_ptr_nonnull(service.bulk);
	close_fd(&person);
	serve(2);
	ck_assert_ptr_null(service.bulk);
	r = roster();
	ck_assert_int_eq(roster_count(r, &n), REASON_NONE);
	ck_assert_uint_eq(n.accounts, 0);
	roster_close(&r);
	free(all.p);
}
END_TEST

/* The person whose card needs no change in the roster logs in meanwhile. */
START_TEST(a_login_goes_on_while_a_roster_comes)
{
	struct msg_sector_tags t = { .tag = "tag", .card_tag = "card" };
	struct text all = take_export(ADMIN_ROSTER_EXPORT);
	struct msg_admin_request m = { .verb = ADMIN_ROSTER_IMPORT };
	struct client bulk_client;
	int admin;

	ask_admin(&m);
	send_part(all.p, (size_t)(strchr(all.p, '\n') - all.p) + 1, false);
	ck_assert_ptr_nonnull(service.bulk);
	admin = person;
	bulk_client = service.clients[0];
	begin(name);
	to_facts();
	tags(&t);
	done_reading();
	answer(CODE);
	ck_assert_int_eq(last_word(), GRANTED);
	txn_free(&service.txn);
	service.clients[0] = bulk_client;
	person = admin;
	bulk_cancel(&service);
	free(all.p);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("transfer");
	TCase *t = tcase_create("transfer");

	tcase_add_checked_fixture(t, many_people, station_take_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_list_comes_whole_and_in_order);
	tcase_add_test(t, a_pattern_chooses);
	tcase_add_test(t, who_does_not_read_is_not_waited_for);
	tcase_add_test(t, who_leaves_ends_it);
	tcase_add_test(t, one_at_a_time);
	tcase_add_test(t, a_roster_goes_to_another_machine);
	tcase_add_test(t, a_bad_line_is_named_and_nothing_changes);
	tcase_add_test(t, who_leaves_in_the_middle_changes_nothing);
	tcase_add_test(t, a_login_goes_on_while_a_roster_comes);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
