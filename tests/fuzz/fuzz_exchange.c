/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: roster base */
/*
 * A roster file of any bytes. Each line that is taken is spelled in one way
 * alone; what is refused changes nothing; what is taken can go out again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "roster/exchange.h"
#include "roster/exchange_line.h"

#define URN "urn:x"
#define TODAY 20260101

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], path[96];
static struct roster *roster;

/* The files of a roster, and what they are kept as. */
static const char *const suffix[] = { "", ".marks", "-wal", "-shm" };

static void name_of(char name[128], size_t i, const char *kept)
{
	snprintf(name, 128, "%s%s%s", path, suffix[i], kept);
}

static void clean_up(void)
{
	char name[128];

	roster_close(&roster);
	for (size_t i = 0; i < 4; i++) {
		name_of(name, i, "");
		unlink(name);
		name_of(name, i, ".kept");
		unlink(name);
	}
	rmdir(folder);
}

static void copy(const char *from, const char *to)
{
	scoped(close_fd) int in = open(from, O_RDONLY);
	scoped(close_fd) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC,
					0600);
	static char buf[65536];
	ssize_t n;

	if (in < 0 || out < 0)
		abort();
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			abort();
}

static void copy_all(const char *from, const char *to)
{
	char a[128], b[128];

	for (size_t i = 0; i < 2; i++) {
		name_of(a, i, from);
		name_of(b, i, to);
		copy(a, b);
	}
}

/* The roster that each input finds. */
static void fresh(void)
{
	roster_close(&roster);
	copy_all(".kept", "");
	if (roster_open(path, &roster) != REASON_NONE)
		abort();
}

/* Two accounts made here, the card of one blocked. */
static void make(void)
{
	static const struct roster_policy policy = {
		.name_prefix = "u", .uid_min = 70000, .uid_max = 70010,
		.gid = 65536, .home_dir = "/home", .shell = "/bin/sh",
	};
	struct roster_new in = { .card = { .epoch = 1, .expiry = 20300101 },
				 .now = 1 };
	struct roster_account a;

	if (roster_open(path, &roster) != REASON_NONE)
		abort();
	for (int p = 0; p < 2; p++) {
		memset(in.card.tag, 0x11 + p, TAG_SIZE);
		memset(in.card.card_tag, 0x21 + p, TAG_SIZE);
		if (roster_enrol(roster, &policy, &in, &a) != REASON_NONE)
			abort();
	}
	if (roster_card_block(roster, a.name) != REASON_NONE)
		abort();
	roster_close(&roster);
	copy_all("", ".kept");
	fresh();
}

static void begin(void)
{
	if (roster)
		return;
	strcpy(folder, "/dev/shm/fuzz_exchange.XXXXXX");
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/roster.db", folder);
	atexit(clean_up);
	make();
}

static void line_is_canonical(struct span text)
{
	uint8_t buf[EXCHANGE_LINE_MAX + 1];
	struct sink s = SINK(buf);
	struct exchange_line l;

	if (exchange_line_get(text, &l) != R_OK)
		return;
	exchange_line_put(&s, &l);
	if (sink_done(&s) != R_OK || s.n != text.n + 1 ||
	    memcmp(s.p, text.p, text.n) != 0)
		abort();
}

static void goes_out(void)
{
	struct export_options o = { .kind = EXCHANGE_ROSTER, .urn = URN,
				    .today = TODAY, .expires = TODAY };
	struct exporter *e = NULL;
	static uint8_t buf[8192];
	bool last = false;

	if (export_begin(roster, &o, &e) != REASON_NONE)
		abort();
	while (!last) {
		struct sink s = SINK(buf);

		if (export_next(e, &s, &last) != REASON_NONE)
			abort();
	}
	export_free(&e);
}

static void come_in(struct span text, enum exchange_kind kind)
{
	struct import_options o = { .kind = kind, .urn = URN, .today = TODAY,
				    .now = 2, .revoke_missing = true };
	struct import_summary sum;
	struct importer *i = NULL;
	struct roster_counts n;
	uint64_t line = 0;
	enum reason why;

	if (import_begin(roster, &o, &i) != REASON_NONE)
		abort();
	why = import_lines(i, text, &line);
	if (why == REASON_NONE)
		why = import_end(i, &sum);
	import_free(&i);
	/* neither the library's own mistake nor the schema's last word */
	if (why == REASON_ROSTER || why == REASON_INTERNAL)
		abort();
	if (roster_count(roster, &n) != REASON_NONE)
		abort();
	if (why != REASON_NONE && n.accounts != 2)
		abort();
	if (why == REASON_NONE) {
		goes_out();
		fresh();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of(data, size);

	begin();
	for (size_t at = 0, n; at < size; at += n + 1) {
		const uint8_t *end = memchr(data + at, '\n', size - at);

		n = end ? (size_t)(end - data) - at : size - at;
		line_is_canonical(span_of(data + at, n));
	}
	come_in(all, size > 6 && data[6] == 'e' ? EXCHANGE_REBINDS :
						  EXCHANGE_ROSTER);
	return 0;
}
