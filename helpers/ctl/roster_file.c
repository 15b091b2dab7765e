// SPDX-License-Identifier: GPL-3.0-or-later
/* A signed roster file, from its first byte to the verdict; roster verify. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/reason.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/ctl.h"
#include "ctl/progress.h"
#include "ctl/roster.h"

#define HEAD_FIELDS 6
#define CHUNK (64 * 1024)
#define MIB (1024 * 1024)

/* -- the first line ---------------------------------------------------------------- */

static enum result number(struct span s, size_t most, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > most)
		return R_MALFORMED;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return R_MALFORMED;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = v;
	return R_OK;
}

/* yyyymmdd as a number and in words. */
static enum result day(struct span s, uint32_t *out, char text[11])
{
	uint64_t v = 0;
	enum result r = s.n == 8 ? number(s, 8, &v) : R_MALFORMED;

	if (r != R_OK)
		return r;
	*out = (uint32_t)v;
	snprintf(text, 11, "%04u-%02u-%02u", *out / 10000 % 10000,
		 *out / 100 % 100, *out % 100);
	return R_OK;
}

static enum result split(struct span line, struct span f[HEAD_FIELDS])
{
	size_t n = 0;
	const uint8_t *from = line.p, *end = line.p + line.n;

	for (const uint8_t *p = from; p <= end; p++) {
		if (p < end && *p != '\t')
			continue;
		if (n == HEAD_FIELDS)
			return R_MALFORMED;
		f[n++] = span_of(from, (size_t)(p - from));
		from = p + 1;
	}
	return n == HEAD_FIELDS ? R_OK : R_MALFORMED;
}

static bool starts(struct span line, const char *text)
{
	size_t n = strlen(text);

	return line.n > n && memcmp(line.p, text, n) == 0;
}

/* A roster file, of another format: whatever else its line then holds. */
static bool other_format(struct span line)
{
	struct span s = line, n, skipped;
	const uint8_t *tab;
	uint64_t format;
	size_t word = starts(line, "cnie-roster\t") ? 12 :
		      starts(line, "cnie-rebinds\t") ? 13 : 0;

	if (!word || span_take(&s, word, &skipped) != R_OK)
		return false;
	tab = memchr(s.p, '\t', s.n);
	n = span_of(s.p, tab ? (size_t)(tab - s.p) : s.n);
	return number(n, 9, &format) == R_OK && format != 2;
}

enum result roster_head_parse(struct span line, struct roster_head *out)
{
	struct roster_head h = { 0 };
	struct span f[HEAD_FIELDS];
	uint64_t version;
	uint32_t created;
	enum result r = other_format(line) ? R_ABSENT : split(line, f);

	if (r != R_OK)
		return r;
	h.rebinds = span_equal(f[0], span_str("cnie-rebinds"));
	if ((!h.rebinds && !span_equal(f[0], span_str("cnie-roster"))) ||
	    !span_equal(f[1], span_str("2")))
		return R_MALFORMED;
	r = span_to_str(f[2], h.urn, sizeof(h.urn));
	if (r == R_OK)
		r = number(f[3], 19, &version);
	if (r == R_OK)
		r = day(f[4], &created, h.created);
	if (r == R_OK)
		r = day(f[5], &h.expires_day, h.expires);
	if (r != R_OK)
		return r;
	snprintf(h.version, sizeof(h.version), "%" PRIu64, version);
	*out = h;
	return R_OK;
}

void roster_head_print(const struct roster_head *h, FILE *to)
{
	fprintf(to, "%s of %s, version %s of %s, good until %s\n",
		h->rebinds ? "rebinds" : "roster", h->urn, h->version,
		h->created, h->expires);
}

/* -- hashing --------------------------------------------------------------------------- */

struct reading {
	struct roster_file *file;
	struct sign_hash hash;
	struct progress bar;
	uint64_t done, size;
	uint8_t head[ROSTER_LINE_MAX];
	size_t head_n;
	bool head_whole;
};

static void take(struct reading *in, struct span bytes)
{
	sign_hash_add(&in->hash, bytes);
	for (size_t i = 0; i < bytes.n; i++) {
		bool end = bytes.p[i] == '\n';

		in->file->lines += end && in->file->lines < UINT32_MAX;
		if (in->head_whole)
			continue;
		in->head_whole = end || in->head_n == sizeof(in->head);
		if (!in->head_whole)
			in->head[in->head_n++] = bytes.p[i];
	}
	in->done += bytes.n;
	if (in->size > MIB)
		progress_step(&in->bar, (uint32_t)(in->done / MIB),
			      (uint32_t)(in->size / MIB));
}

static enum result read_whole(struct reading *in)
{
	uint8_t buf[CHUNK];

	for (;;) {
		ssize_t n = read(in->file->fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return R_INTERNAL;
		if (n == 0)
			break;
		take(in, span_of(buf, (size_t)n));
	}
	return lseek(in->file->fd, 0, SEEK_SET) == 0 ? R_OK : R_INTERNAL;
}

/* Its hash, its lines and its first line. */
static enum result hash_file(struct roster_file *f)
{
	struct reading in = { .file = f, .bar = progress_on(STDERR_FILENO) };
	struct stat st;
	enum result r;

	if (fstat(f->fd, &st))
		return R_INTERNAL;
	in.size = (uint64_t)st.st_size;
	sign_hash_begin(&in.hash);
	r = read_whole(&in);
	progress_end(&in.bar);
	if (r != R_OK)
		return r;
	sign_hash_end(&in.hash, f->hash);
	return roster_head_parse(span_of(in.head, in.head_n), &f->head);
}

/* -- the verdict ------------------------------------------------------------------------- */

int roster_signature_path(const char *path, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s%s", path, ROSTER_SIGNATURE);

	if (n > 0 && (size_t)n < cap)
		return CTL_DONE;
	complain("%s: too long a path", path);
	return CTL_USAGE;
}

static int read_signature(const char *path, struct signature *out)
{
	char at[PATH_MAX];
	uint8_t text[SIGN_FILE_MAX];
	struct sink room = SINK(text);
	int code = roster_signature_path(path, at, sizeof(at));
	enum result r;

	if (code != CTL_DONE)
		return code;
	r = file_read(at, FILE_ANY, &room);
	if (r == R_OK)
		r = signature_parse(sink_span(&room), out);
	if (r == R_OK)
		return CTL_DONE;
	complain(r == R_MALFORMED ?
		 "%s is no signature as minisign makes them, of the "
		 "prehashed form" : "%s can't be read", at);
	return CTL_REFUSED;
}

static int open_file(const char *path, bool root, int *fd)
{
	enum result r = file_open(path, root ? FILE_ROOT_OWNED : FILE_ANY, fd);

	if (r == R_OK)
		return CTL_DONE;
	complain(r == R_DENIED && root ?
		 "%s: not a plain file of root's that nobody else can write "
		 "to" : "%s can't be read", path);
	return CTL_REFUSED;
}

int roster_file_verify(const char *path, bool root,
		       const struct sign_key *key, struct roster_file *out)
{
	struct roster_file f = { .fd = -1 };
	scoped(close_fd) int fd = -1;
	int code = read_signature(path, &f.signature);
	enum result r;

	if (code == CTL_DONE)
		code = open_file(path, root, &fd);
	if (code != CTL_DONE)
		return code;
	f.fd = fd;
	r = hash_file(&f);
	if (r == R_INTERNAL) {
		complain("%s can't be read to its end", path);
		return CTL_SYSTEM;
	}
	if (refused(signature_check(&f.signature, key, f.hash) != R_OK)) {
		complain("%s (%s)", reason_row(REASON_ROSTER_SIGNATURE)->text,
			 reason_row(REASON_ROSTER_SIGNATURE)->code);
		return CTL_REFUSED;
	}
	if (r != R_OK) {
		complain(r == R_ABSENT ?
			 "%s: signed, but no roster file of this version of "
			 "cnie: its format is another one, so the signer's "
			 "cnie is newer or older; bring both to the same" :
			 "%s: signed, but no roster file of this version",
			 path);
		return CTL_REFUSED;
	}
	*out = f;
	fd = -1;
	return CTL_DONE;
}

/* A comment of somebody else's: nothing that a terminal would act on. */
static void print_comment(const char *s)
{
	fputs("comment: ", stdout);
	for (; *s; s++)
		putchar(*s == '\t' ? ' ' : (unsigned char)*s < 0x80 ? *s : '?');
	putchar('\n');
}

int cmd_roster_verify(const struct arguments *a)
{
	struct roster_file f = { .fd = -1 };
	struct sign_key key;
	char id[SIGN_ID_TEXT], today[9] = "";
	time_t now = time(NULL);
	struct tm tm;
	int code = roster_signer(a, false, &key);

	if (code == CTL_DONE)
		code = roster_file_verify(a->operand, false, &key, &f);
	if (code != CTL_DONE)
		return code;
	close_fd(&f.fd);
	sign_key_id(key.id, id);
	printf("the signature is good: key %s, %u lines\n", id, f.lines);
	print_comment(f.signature.comment);
	roster_head_print(&f.head, stdout);
	if (gmtime_r(&now, &tm))
		strftime(today, sizeof(today), "%Y%m%d", &tm);
	if (strtoul(today, NULL, 10) <= f.head.expires_day)
		return CTL_DONE;
	complain("%s (%s)", reason_row(REASON_ROSTER_EXPIRED)->text,
		 reason_row(REASON_ROSTER_EXPIRED)->code);
	return CTL_REFUSED;
}
