/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writer: records are streamed to the temporary file while hash and ref of
 * each key are gathered; then the indexes, then the header. A million accounts
 * take 12 bytes each of memory for an index under construction.
 */
#include "roster/view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "roster/viewout.h"

#define RECORD_MAX (20 + 4 * VIEW_GROUPS_MAX + VIEW_NAME_MAX + 1 + 2 * 256 + 8)

struct group {			/* gathered before the accounts */
	char name[VIEW_NAME_MAX + 1];
	uint32_t gid;
	uint32_t members;	/* all of them */
	uint32_t ref[VIEW_MEMBERS_MAX];
};

struct builder {
	struct out out;
	struct keys names, uids, group_names, gids;
	struct group *groups;	/* sorted by gid once all are there */
	size_t n_groups, cap_groups;
	uint32_t n_accounts;
};

static void builder_free(struct builder **b)
{
	if (!*b)
		return;
	keys_free(&(*b)->names);
	keys_free(&(*b)->uids);
	keys_free(&(*b)->group_names);
	keys_free(&(*b)->gids);
	free((*b)->groups);
	free(*b);
	*b = NULL;
}

/* -- groups -------------------------------------------------------- */

static int by_gid(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->gid < y->gid ? -1 : x->gid > y->gid;
}

static struct group *group_of(struct builder *b, uint32_t gid)
{
	struct group key = { .gid = gid };

	if (b->n_groups == 0)
		return NULL;
	return bsearch(&key, b->groups, b->n_groups, sizeof(key), by_gid);
}

static enum result add_group(struct builder *b,
			     const struct view_group_entry *g)
{
	struct span name = span_str(g->name);

	if (!view_name_ok(name) || !view_id_ok(g->gid))
		return R_MALFORMED;
	if (b->n_groups == b->cap_groups) {
		size_t cap = b->cap_groups ? 2 * b->cap_groups : 16;
		void *p = reallocarray(b->groups, cap, sizeof(*b->groups));

		if (!p)
			return R_INTERNAL;
		b->groups = p;
		b->cap_groups = cap;
	}
	b->groups[b->n_groups] = (struct group){ .gid = g->gid };
	memcpy(b->groups[b->n_groups].name, g->name, name.n + 1);
	b->n_groups++;
	return R_OK;
}

static enum result take_groups(struct builder *b,
			       const struct view_source *source)
{
	struct view_group_entry g;
	enum result r;

	while ((r = source->next_group(source->ctx, &g)) == R_OK) {
		r = add_group(b, &g);
		if (r != R_OK)
			return r;
	}
	if (r != R_ABSENT)
		return r;
	if (b->n_groups > 0)
		qsort(b->groups, b->n_groups, sizeof(*b->groups), by_gid);
	return R_OK;
}

static enum result put_group(struct builder *b, const struct group *g)
{
	uint32_t listed = g->members <= VIEW_MEMBERS_MAX ? g->members : 0;
	struct span name = span_str(g->name);
	uint8_t record[RECORD_MAX];
	struct sink s = SINK(record);
	uint32_t ref;
	enum result r;

	sink_u32(&s, g->gid);
	sink_u32(&s, listed);
	sink_u32(&s, (uint32_t)name.n);
	for (uint32_t i = 0; i < listed; i++)
		sink_u32(&s, g->ref[i]);
	sink_put(&s, name);
	sink_u8(&s, 0);
	r = out_record(&b->out, &s, &ref);
	if (r == R_OK)
		r = keys_add(&b->group_names, view_hash_name(name), ref);
	if (r == R_OK)
		r = keys_add(&b->gids, view_hash_id(g->gid), ref);
	return r;
}

/* -- accounts ------------------------------------------------------ */

static bool entry_ok(const struct view_entry *e)
{
	return view_name_ok(span_str(e->name)) && view_id_ok(e->uid) &&
	       view_primary_gid_ok(e->gid) && view_path_ok(span_str(e->home)) &&
	       view_path_ok(span_str(e->shell)) &&
	       (e->status == VIEW_ACTIVE || e->status == VIEW_REVOKED) &&
	       e->groups <= VIEW_GROUPS_MAX;
}

static void put_string(struct sink *s, const char *text)
{
	sink_put(s, span_str(text));
	sink_u8(s, 0);
}

static enum result note_member(struct builder *b, uint32_t gid, uint32_t ref)
{
	struct group *g = group_of(b, gid);

	if (!g)
		return R_MALFORMED;
	if (g->members < VIEW_MEMBERS_MAX)
		g->ref[g->members] = ref;
	g->members++;
	return R_OK;
}

static enum result put_account(struct builder *b, const struct view_entry *e)
{
	uint8_t record[RECORD_MAX];
	struct sink s = SINK(record);
	uint32_t ref;
	enum result r;

	if (!entry_ok(e))
		return R_MALFORMED;
	sink_u32(&s, e->uid);
	sink_u32(&s, e->gid);
	sink_u32(&s, e->expiry);
	sink_u8(&s, (uint8_t)e->status);
	sink_u8(&s, (uint8_t)strlen(e->name));
	sink_u8(&s, (uint8_t)strlen(e->home));
	sink_u8(&s, (uint8_t)strlen(e->shell));
	sink_u32(&s, e->groups);
	for (uint32_t i = 0; i < e->groups; i++)
		sink_u32(&s, e->group_list[i]);
	put_string(&s, e->name);
	put_string(&s, e->home);
	put_string(&s, e->shell);
	r = out_record(&b->out, &s, &ref);
	for (uint32_t i = 0; i < e->groups && r == R_OK; i++)
		r = note_member(b, e->group_list[i], ref);
	if (r == R_OK)
		r = keys_add(&b->names, view_hash_name(span_str(e->name)), ref);
	if (r == R_OK)
		r = keys_add(&b->uids, view_hash_id(e->uid), ref);
	if (r == R_OK)
		b->n_accounts++;
	return r;
}

static enum result put_records(struct builder *b,
			       const struct view_source *source)
{
	struct view_entry e;
	enum result r = take_groups(b, source);

	while (r == R_OK && (r = source->next_account(source->ctx, &e)) == R_OK)
		r = put_account(b, &e);
	if (r != R_ABSENT)
		return r;
	r = R_OK;
	for (size_t i = 0; i < b->n_groups && r == R_OK; i++)
		r = put_group(b, &b->groups[i]);
	return r;
}

/* -- the whole ----------------------------------------------------- */

static void put_index(struct sink *s, const struct view_index *index)
{
	sink_u64(s, index->offset);
	sink_u32(s, index->slots);
	sink_u32(s, index->probe);
}

static enum result put_header(struct builder *b,
			      const struct view_source *source,
			      const struct view_index *index, uint64_t list)
{
	uint8_t header[VIEW_HEADER];
	struct sink s = SINK(header);

	sink_put(&s, span_str(VIEW_MAGIC));
	sink_u32(&s, VIEW_VERSION);
	sink_u32(&s, source->flags);
	sink_u64(&s, b->out.at);
	sink_u64(&s, source->generation);
	sink_u32(&s, 0);		/* superseded */
	sink_u32(&s, b->n_accounts);
	sink_u32(&s, (uint32_t)b->n_groups);
	sink_u32(&s, 0);
	for (int i = 0; i < 4; i++)
		put_index(&s, &index[i]);
	sink_u64(&s, list);
	sink_u64(&s, 0);
	if (sink_done(&s) != R_OK || s.n != VIEW_HEADER)
		return R_INTERNAL;
	return out_header(&b->out, sink_span(&s));
}

static enum result build(int fd, const struct view_source *source)
{
	scoped(builder_free) struct builder *b = calloc(1, sizeof(*b));
	struct view_index index[4];
	uint64_t list = 0;
	enum result r;

	if (!b)
		return R_INTERNAL;
	out_init(&b->out, fd);
	r = put_records(b, source);
	if (r == R_OK)
		r = out_index(&b->out, &b->names, NAME_OF_ACCOUNT, &index[0]);
	if (r == R_OK)
		r = out_index(&b->out, &b->uids, UNIQUE_HASH, &index[1]);
	if (r == R_OK)
		r = out_index(&b->out, &b->group_names, NAME_OF_GROUP,
			      &index[2]);
	if (r == R_OK)
		r = out_index(&b->out, &b->gids, UNIQUE_HASH, &index[3]);
	if (r == R_OK && (source->flags & VIEW_ENUMERATE))
		r = out_list(&b->out, &b->names, &b->group_names, &list);
	return r == R_OK ? put_header(b, source, index, list) : r;
}

/* -- the file ------------------------------------------------------ */

static enum result sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n == 0 || n >= sizeof(folder))
		return R_INTERNAL;
	memcpy(folder, path, n);
	folder[n] = '\0';
	scoped(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY |
					       O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

/* Tell the readers of the old view at once; those that miss it look at the
 * path within a second anyway, so nothing here can fail the writing. */
static void mark_superseded(int fd)
{
	static const uint8_t one[4] = { 0, 0, 0, 1 };
	uint8_t magic[8];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size < VIEW_HEADER ||
	    pread(fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic) ||
	    memcmp(magic, VIEW_MAGIC, sizeof(magic)))
		return;
	if (pwrite(fd, one, sizeof(one), VIEW_SUPERSEDED) < 0)
		return;
}

static enum result write_temporary(const struct view_source *source,
				   const char *path)
{
	scoped(close_fd) int fd = -1;
	enum result r;

	if (unlink(path) && errno != ENOENT)
		return R_INTERNAL;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return R_INTERNAL;
	r = build(fd, source);
	if (r == R_OK && (fchmod(fd, 0644) || fsync(fd)))
		r = R_INTERNAL;
	return r;
}

enum result view_write_from(const struct view_source *source,
			    const char *path)
{
	scoped(close_fd) int old = -1;
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path);
	enum result r;

	if (n < 0 || (size_t)n >= sizeof(temporary) || path[0] != '/')
		return R_INTERNAL;
	r = write_temporary(source, temporary);
	if (r == R_OK) {
		old = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (rename(temporary, path))
			r = R_INTERNAL;
	}
	if (r != R_OK) {
		unlink(temporary);
		return r;
	}
	mark_superseded(old);
	return sync_folder(path);
}
