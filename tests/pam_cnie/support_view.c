// SPDX-License-Identifier: GPL-3.0-or-later
/* A second writer of the view, made from the comment in viewfmt.h alone. */
#include "support_pam.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/prefix.h"

#define SLOTS 16

const struct synthetic people[] = {
	{ ANA, ANA_UID, 0, VIEW_ACTIVE },
	{ BEN, BEN_UID, 0, VIEW_REVOKED },
	{ CEM, 70003, 20200229, VIEW_ACTIVE },
	{ DIA, DIA_UID, 20991231, VIEW_ACTIVE },
	/* /etc/passwd knows this name by uid 1 */
	{ "daemon", 70005, 0, VIEW_ACTIVE },
	/* whose uid is by another name */
	{ "cnie-was", ANA_UID, 0, VIEW_ACTIVE },
	/* no writer of ours would put it there */
	{ "root", 70006, 0, VIEW_ACTIVE },
};
const size_t people_n = sizeof(people) / sizeof(people[0]);

struct slot { uint32_t hash, ref; };

static void insert(struct slot *slots, uint32_t hash, uint32_t ref)
{
	uint32_t at = view_slot(hash, SLOTS);

	while (slots[at].ref)
		at = (at + 1) % SLOTS;
	slots[at] = (struct slot){ hash, ref };
}

static void pad(struct sink *out)
{
	while (out->n % 8)
		sink_u8(out, 0);
}

static void put_account(struct sink *out, const struct synthetic *who)
{
	static const char home[] = "/home/cnie", shell[] = "/bin/sh";

	sink_u32(out, who->uid);
	sink_u32(out, 100);
	sink_u32(out, who->expiry);
	sink_u8(out, (uint8_t)who->status);
	sink_u8(out, (uint8_t)strlen(who->name));
	sink_u8(out, sizeof(home) - 1);
	sink_u8(out, sizeof(shell) - 1);
	sink_u32(out, 0);
	sink_put(out, span_of(who->name, strlen(who->name) + 1));
	sink_put(out, SPAN(home));
	sink_put(out, SPAN(shell));
	pad(out);
}

static void put_slots(struct sink *out, const struct slot *slots)
{
	for (size_t i = 0; i < SLOTS; i++) {
		sink_u32(out, slots[i].hash);
		sink_u32(out, slots[i].ref);
	}
}

static void put_index(struct sink *out, uint64_t offset, uint32_t slots)
{
	sink_u64(out, offset);
	sink_u32(out, slots);
	sink_u32(out, slots ? SLOTS : 0);
}

static void put_header(struct sink *out, uint64_t size, uint32_t n,
		       uint64_t names)
{
	static const uint8_t zero[16];

	sink_put(out, span_of(VIEW_MAGIC, 8));
	sink_u32(out, VIEW_VERSION);
	sink_u32(out, 0);
	sink_u64(out, size);
	sink_u64(out, 1);
	sink_u32(out, 0);
	sink_u32(out, n);
	sink_u32(out, 0);
	sink_u32(out, 0);
	put_index(out, names, SLOTS);
	put_index(out, names + 8 * SLOTS, SLOTS);
	put_index(out, 0, 0);
	put_index(out, 0, 0);
	sink_put(out, SPAN(zero));
}

void write_view(const struct synthetic *who, size_t n)
{
	struct slot names[SLOTS] = { 0 }, uids[SLOTS] = { 0 };
	uint8_t header[VIEW_HEADER], body[4096];
	struct sink head = SINK(header), out = SINK(body);
	uint64_t at;
	int fd;

	ck_assert_uint_lt(n, SLOTS);
	for (size_t i = 0; i < n; i++) {
		uint32_t ref = (uint32_t)((VIEW_HEADER + out.n) / 8);

		put_account(&out, &who[i]);
		insert(names, view_hash_name(span_str(who[i].name)), ref);
		insert(uids, view_hash_id(who[i].uid), ref);
	}
	at = VIEW_HEADER + out.n;
	put_slots(&out, names);
	put_slots(&out, uids);
	put_header(&head, VIEW_HEADER + out.n, (uint32_t)n, at);
	ck_assert_int_eq(sink_done(&out), R_OK);
	ck_assert_int_eq(sink_done(&head), R_OK);
	ck_assert_uint_eq(head.n, VIEW_HEADER);
	unlink(place(PATH_VIEW));
	fd = open(place(PATH_VIEW), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, head.p, head.n), (ssize_t)head.n);
	ck_assert_int_eq(write(fd, out.p, out.n), (ssize_t)out.n);
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	close(fd);
}
