// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/config_edit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/scope.h"
#include "ctl/newfile.h"

#define TEXT_MAX (64 * 1024)	/* as config_read reads */
#define VALUE_MAX 128

/* Places in the text; [from, to) each. */
struct line {
	size_t from, end, to;	/* end: before its line end; to: behind it */
	enum { LINE_OTHER, LINE_SECTION, LINE_KEY } kind;
	size_t name, name_end;	/* of the section, or of the key */
	size_t separator;	/* the '=' or ':' */
	size_t value, value_end;
};

struct found {
	bool section, key;
	struct line at;		/* the key's */
	struct line last;	/* of the section: its header or a key */
};

static bool is_space(uint8_t c)
{
	return isspace(c);
}

/* inih: a semicolon behind a blank begins a comment. */
static size_t find_end(struct span t, size_t from, size_t end, const char *of)
{
	bool blank = false;

	for (; from < end; from++) {
		if ((of[0] && strchr(of, t.p[from])) ||
		    (blank && t.p[from] == ';'))
			break;
		blank = is_space(t.p[from]);
	}
	return from;
}

static size_t skip(struct span t, size_t from, size_t end)
{
	while (from < end && is_space(t.p[from]))
		from++;
	return from;
}

static size_t back(struct span t, size_t from, size_t end)
{
	while (end > from && is_space(t.p[end - 1]))
		end--;
	return end;
}

static void read_key(struct span t, size_t from, struct line *l)
{
	size_t at = find_end(t, from, l->end, "=:"), end;

	if (at == l->end || t.p[at] == ';')
		return;
	l->kind = LINE_KEY;
	l->name = from;
	l->name_end = back(t, from, at);
	l->separator = at;
	end = find_end(t, at + 1, l->end, "");
	l->value = skip(t, at + 1, end);
	l->value_end = back(t, l->value, end);
}

static void read_section(struct span t, size_t from, struct line *l)
{
	size_t end = find_end(t, from + 1, l->end, "]");

	if (end == l->end || t.p[end] != ']')
		return;
	l->kind = LINE_SECTION;
	l->name = from + 1;
	l->name_end = end;
}

static bool next_line(struct span t, size_t *at, struct line *out)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct line l = { .from = *at, .kind = LINE_OTHER };
	const uint8_t *nl;
	size_t from;

	if (*at >= t.n)
		return false;
	nl = memchr(t.p + l.from, '\n', t.n - l.from);
	l.to = nl ? (size_t)(nl - t.p) + 1 : t.n;
	l.end = back(t, l.from, nl ? l.to - 1 : l.to);
	from = l.from == 0 && l.end >= 3 && !memcmp(t.p, mark, 3) ? 3 : l.from;
	from = skip(t, from, l.end);
	if (from < l.end && t.p[from] == '[')
		read_section(t, from, &l);
	else if (from < l.end && t.p[from] != ';' && t.p[from] != '#')
		read_key(t, from, &l);
	*out = l;
	*at = l.to;
	return true;
}

static bool is_named(struct span t, const struct line *l, const char *name)
{
	size_t n = l->name_end - l->name;

	return n == strlen(name) && !memcmp(t.p + l->name, name, n);
}

static enum result find(struct span t, const struct config_edit *e,
			struct found *f)
{
	bool inside = false;
	struct line l;

	for (size_t at = 0; next_line(t, &at, &l);) {
		if (l.kind == LINE_SECTION)
			inside = is_named(t, &l, e->section);
		if (!inside || l.kind == LINE_OTHER)
			continue;
		f->section = true;
		f->last = l;
		if (l.kind != LINE_KEY || !is_named(t, &l, e->key))
			continue;
		if (f->key)
			return R_MALFORMED;
		f->key = true;
		f->at = l;
	}
	return R_OK;
}

static bool value_ok(const char *v)
{
	size_t n = strlen(v);

	for (size_t i = 0; i < n; i++)
		if (v[i] <= ' ' || v[i] > '~' || v[i] == ';')
			return false;
	return n > 0 && n <= VALUE_MAX;
}

static void put(struct sink *out, struct span t, size_t from, size_t to)
{
	sink_put(out, span_of(t.p + from, to - from));
}

static void put_str(struct sink *out, const char *s)
{
	sink_put(out, span_str(s));
}

/* A line end as the line before has it, or as the text has them. */
static const char *line_end(struct span t, const struct line *l)
{
	return l->to - l->end >= 2 && t.p[l->to - 1] == '\n' &&
	       t.p[l->to - 2] == '\r' ? "\r\n" : "\n";
}

static void put_line(struct sink *out, const struct config_edit *e)
{
	put_str(out, e->key);
	put_str(out, " = ");
	put_str(out, e->value);
}

static void replace_value(struct span t, const struct line *l,
			  const char *value, struct sink *out)
{
	bool empty = l->value == l->value_end;
	size_t from = empty ? l->separator + 1 : l->value;

	put(out, t, 0, from);
	if (empty)
		put_str(out, " ");
	put_str(out, value);
	put(out, t, empty ? from : l->value_end, t.n);
}

static void add_line(struct span t, const struct line *after,
		     const struct config_edit *e, struct sink *out)
{
	bool ended = t.p[after->to - 1] == '\n';

	put(out, t, 0, after->to);
	if (!ended)
		put_str(out, "\n");
	put_line(out, e);
	if (ended)
		put_str(out, line_end(t, after));
	put(out, t, after->to, t.n);
}

static void add_section(struct span t, const struct config_edit *e,
			struct sink *out)
{
	put(out, t, 0, t.n);
	if (t.n > 0)
		put_str(out, t.p[t.n - 1] == '\n' ? "\n" : "\n\n");
	put_str(out, "[");
	put_str(out, e->section);
	put_str(out, "]\n");
	put_line(out, e);
	put_str(out, "\n");
}

enum result config_edit_text(struct span text, const struct config_edit *edit,
			     struct sink *out)
{
	struct found f = { 0 };
	enum result r = find(text, edit, &f);

	if (r != R_OK)
		return r;
	if (edit->value && !value_ok(edit->value))
		return R_MALFORMED;
	if (!edit->value) {
		put(out, text, 0, f.key ? f.at.from : text.n);
		if (f.key)
			put(out, text, f.at.to, text.n);
	} else if (f.key) {
		replace_value(text, &f.at, edit->value, out);
	} else if (f.section) {
		add_line(text, &f.last, edit, out);
	} else {
		add_section(text, edit, out);
	}
	return sink_done(out);
}

/* -- the file ------------------------------------------------------------------ */

struct texts {
	uint8_t *buf[2];
};

static void texts_free(struct texts *t)
{
	free(t->buf[0]);
	free(t->buf[1]);
}

static enum result say(struct config_error *e, enum result r,
		       const char *path, const char *what)
{
	snprintf(e->text, sizeof(e->text), "%s: %s", path, what);
	return r;
}

static enum result write_text(const char *path, struct span text,
			      struct config_error *error)
{
	scoped(newfile_drop) struct newfile f = { .fd = -1 };
	struct config c;
	struct stat st;
	enum result r = newfile_open(path, 0600, &f);

	if (r == R_OK && (lstat(path, &st) ||
			  fchown(f.fd, st.st_uid, st.st_gid) ||
			  fchmod(f.fd, st.st_mode & 07777)))
		r = R_INTERNAL;
	if (r == R_OK)
		r = newfile_put(&f, text);
	if (r != R_OK)
		return say(error, R_INTERNAL, path, strerror(errno));
	/* it is read back before it takes the place of one that was good */
	if (config_read(f.tmp, &c, error) != R_OK)
		return R_MALFORMED;
	r = newfile_commit(&f, true);
	return r == R_OK ? R_OK : say(error, r, path, strerror(errno));
}

enum result config_edit_file(const char *path, const struct config_edit *edits,
			     size_t n, struct config_error *error)
{
	scoped(texts_free) struct texts t = { { malloc(TEXT_MAX),
						malloc(TEXT_MAX) } };
	struct sink now = sink_of(t.buf[0], TEXT_MAX);
	struct span was;
	enum result r;
	bool changed = false;

	if (!t.buf[0] || !t.buf[1])
		return say(error, R_INTERNAL, path, "no memory");
	r = file_read(path, FILE_ROOT_OWNED, &now);
	if (r != R_OK)
		return say(error, r, path, "can't be read, or is not root's "
			   "alone to write");
	for (size_t i = 0; i < n; i++) {
		was = sink_span(&now);
		now = sink_of(t.buf[(i + 1) % 2], TEXT_MAX);
		r = config_edit_text(was, &edits[i], &now);
		if (r != R_OK)
			return say(error, R_MALFORMED, path,
				   "a key stands there twice, or there is no "
				   "room for one more");
		changed = changed || !span_equal(was, sink_span(&now));
	}
	return changed ? write_text(path, sink_span(&now), error) : R_OK;
}
