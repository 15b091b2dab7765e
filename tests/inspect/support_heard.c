// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_heard.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/channel.h"
#include "support_process.h"

struct heard heard;

static struct msg_inspect_config config;
static struct span known;
static uint8_t packet[WIRE_PORTRAIT_MAX + 4096];

static void take_item(struct span in)
{
	struct msg_item m;
	uint8_t hash[32];
	char hex[65];

	ck_assert_int_eq(wire_get(in, MSG_INSPECT_ITEM, &m), R_OK);
	ck_assert(heard.ready);
	ck_assert_uint_lt(heard.items, HEARD_ITEMS_MAX);
	if (m.kind == ITEM_ANCHOR) {
		ck_assert_uint_eq(heard.anchors, heard.items);	/* first */
		heard.anchors++;
	}
	if (config.mode == INSPECT_CSCA_LIST) {
		ck_assert_uint_eq(m.der.n, 0);
	} else {
		ck_assert_str_eq(m.country, config.country);
		ck_assert(EVP_Digest(m.der.p, m.der.n, hash, NULL,
				     EVP_sha256(), NULL));
		hex_encode(SPAN(hash), hex);
		ck_assert_str_eq(m.sha256, hex);
	}
	/* in the order of their hashes, so none comes twice */
	if (m.kind == ITEM_ANCHOR && heard.items > 0)
		ck_assert_int_lt(strcmp(heard.sha256[heard.items - 1],
					m.sha256), 0);
	strcpy(heard.sha256[heard.items++], m.sha256);
	/* as it stood in the list: its octets are in it */
	if (m.kind == ITEM_ANCHOR && m.der.n > 0 && known.n > 0)
		ck_assert_ptr_nonnull(memmem(known.p, known.n, m.der.p,
					     m.der.n));
}

static void take_progress(struct span in)
{
	struct msg_progress m;

	ck_assert_int_eq(wire_get(in, MSG_INSPECT_PROGRESS, &m), R_OK);
	ck_assert_uint_gt(m.done, heard.last);
	ck_assert_uint_le(m.done, m.total);
	if (heard.progress++ > 0)
		ck_assert_uint_eq(m.total, heard.total);
	heard.total = m.total;
	heard.last = m.done;
}

/* true: it was the last word. */
static bool take(struct span in)
{
	struct msg_helper_fail fail;

	switch (wire_type(in)) {
	case MSG_HELPER_READY:
		ck_assert(!heard.ready);
		heard.ready = true;
		return false;
	case MSG_INSPECT_ITEM:
		take_item(in);
		return false;
	case MSG_INSPECT_PROGRESS:
		take_progress(in);
		return false;
	case MSG_INSPECT_DONE:
		ck_assert_int_eq(wire_get(in, MSG_INSPECT_DONE, &heard.done),
				 R_OK);
		return true;
	case MSG_HELPER_FAIL:
		ck_assert_int_eq(wire_get(in, MSG_HELPER_FAIL, &fail), R_OK);
		heard.why = (enum reason)fail.reason;
		return true;
	default:
		ck_abort_msg("message %u", wire_type(in));
	}
	return true;
}

bool heard_one(int control)
{
	struct span in;

	ck_assert_int_eq(chan_recv(control, packet, sizeof(packet),
				   mono_ms() + PROCESS_WAIT_MS, &in), R_OK);
	return take(in);
}

pid_t heard_start(const struct msg_inspect_config *c, struct span k,
		  int *control)
{
	int pair[2], fd[PROCESS_FDS] = { -1, -1, -1, -1 };
	pid_t pid;

	memset(&heard, 0, sizeof(heard));
	config = *c;
	known = k;
	ck_assert_int_eq(chan_pair(pair), R_OK);
	fd[0] = pair[1];
	pid = process_start(fd);
	close(pair[1]);
	process_configure(pair[0], &config);
	*control = pair[0];
	return pid;
}

void heard_finish(int control, pid_t pid)
{
	while (!heard_one(control))
		;
	close(control);
	ck_assert_int_eq(process_end(pid), heard.why ? 1 : 0);
}

void heard_run(const struct msg_inspect_config *c, struct span k)
{
	int control;
	pid_t pid = heard_start(c, k, &control);

	heard_finish(control, pid);
}
