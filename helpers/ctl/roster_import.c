// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl roster import. The file is read twice: once for its signature, once
 * to be sent. MUST: the last packet, without which cnied changes nothing, is
 * sent only where both readings gave the same hash.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/progress.h"
#include "ctl/roster.h"
#include "ctl/talk.h"

struct sending {
	const struct roster_file *file;
	struct sign_hash hash;
	struct progress bar;
	uint32_t lines;			/* sent */
	/* a byte more than a packet: where it is filled, more follows */
	uint8_t buf[CLIENT_BULK_MAX + 1];
	size_t have, given;
	const char *trouble;		/* why it ended here, or NULL */
};

/* *end: nothing follows what is in buf, which then is one packet. */
static enum result fill(struct sending *s, bool *end)
{
	memmove(s->buf, s->buf + s->given, s->have - s->given);
	s->have -= s->given;
	s->given = 0;
	*end = false;
	while (s->have < sizeof(s->buf) && !*end) {
		ssize_t n = read(s->file->fd, s->buf + s->have,
				 sizeof(s->buf) - s->have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return R_INTERNAL;
		*end = n == 0;
		sign_hash_add(&s->hash, span_of(s->buf + s->have, (size_t)n));
		s->have += (size_t)n;
	}
	return R_OK;
}

/* Where the last whole line ends that a packet has room for; 0: nowhere. */
static size_t whole_lines(const struct sending *s, bool end)
{
	size_t n = s->have < CLIENT_BULK_MAX ? s->have : CLIENT_BULK_MAX;

	if (end)
		return s->have;
	while (n > 0 && s->buf[n - 1] != '\n')
		n--;
	return n;
}

static enum result same_bytes(struct sending *s)
{
	uint8_t hash[SIGN_HASH_SIZE];

	sign_hash_end(&s->hash, hash);
	refuse_if(memcmp(hash, s->file->hash, sizeof(hash)) != 0, R_DENIED);
	return R_OK;
}

static enum result more(void *ctx, struct msg_bulk *out)
{
	struct sending *s = ctx;
	bool end;
	enum result r = fill(s, &end);

	s->trouble = "the file can't be read to its end";
	if (r != R_OK)
		return r;
	s->trouble = "the file changed while it was read: nothing of it was "
		     "taken";
	if (end && same_bytes(s) != R_OK)
		return R_DENIED;
	s->trouble = "a line of the file is too long: nothing of it was taken";
	s->given = whole_lines(s, end);
	if (s->given == 0 && !end)
		return R_MALFORMED;
	s->trouble = NULL;
	out->last = end;
	out->bytes = span_of(s->buf, s->given);
	for (size_t i = 0; i < s->given; i++)
		s->lines += s->buf[i] == '\n';
	progress_step(&s->bar, s->lines, s->file->lines);
	return R_OK;
}

/* cnied's own, once it has all. */
static enum result on_progress(void *ctx, const struct msg_progress *m)
{
	struct sending *s = ctx;

	progress_step(&s->bar, m->done, m->total);
	return R_OK;
}

static enum result on_row(void *ctx, const char *text)
{
	struct sending *s = ctx;

	progress_end(&s->bar);
	puts(text);
	return R_OK;
}

static int give(const struct arguments *a, const struct roster_file *file)
{
	static struct sending s;
	struct msg_admin_request request = {
		.verb = file->head.rebinds ? ADMIN_REBINDS_IMPORT :
					      ADMIN_ROSTER_IMPORT,
		.flags = a->seen & OPT(OPT_REVOKE_MISSING) ?
				ADMIN_REVOKE_MISSING : 0,
	};
	struct client client = { .ctx = &s, .more = more, .row = on_row,
				 .progress = on_progress };
	struct msg_admin_done done = { 0 };
	enum result r;

	s = (struct sending){ .file = file,
			      .bar = progress_on(STDERR_FILENO) };
	sign_hash_begin(&s.hash);
	r = client_run(&request, &client, &done);
	progress_end(&s.bar);
	if (s.trouble) {
		complain("%s", s.trouble);
		return CTL_REFUSED;
	}
	if (r == R_OK && done.reason == REASON_NONE && done.text[0])
		puts(done.text);
	return talk_result(r, &done);
}

int cmd_roster_import(const struct arguments *a)
{
	struct roster_file f = { .fd = -1 };
	scoped(close_fd) int fd = -1;
	struct sign_key key;
	int code = roster_signer(a, true, &key);

	if (code == CTL_DONE)
		code = roster_file_verify(a->operand, true, &key, &f);
	if (code != CTL_DONE)
		return code;
	fd = f.fd;
	if (f.head.rebinds != ((a->seen & OPT(OPT_REBINDS)) != 0)) {
		complain("%s holds %s: run this %s --rebinds", a->operand,
			 f.head.rebinds ? "rebinds" : "a roster",
			 f.head.rebinds ? "with" : "without");
		return CTL_USAGE;
	}
	if (f.head.rebinds && (a->seen & OPT(OPT_REVOKE_MISSING))) {
		complain("--revoke-missing: of a roster, not of rebinds");
		return CTL_USAGE;
	}
	return give(a, &f);
}
