/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MUST hold for every function here: it runs in other people's processes
 * (login, sshd, ls); it never reads outside v->file, whatever the file says;
 * loops are bounded by constants of viewfmt.h; no memory is taken.
 */
#include "roster/viewfmt.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/entry.h"
#include "base/refuse.h"
#include "base/scope.h"

#define ACCOUNT_FIXED 20
#define GROUP_FIXED 12
#define REF 4
#define LINE 64

/* -- rules --------------------------------------------------------- */

bool view_name_ok(struct span name)
{
	return entry_name_ok(name);
}

bool view_id_ok(uint32_t id)
{
	return entry_id_ok(id);
}

bool view_primary_gid_ok(uint32_t gid)
{
	return view_id_ok(gid) || (gid > 0 && gid < 1000);
}

bool view_path_ok(struct span path)
{
	return entry_path_ok(path);
}

/* -- arithmetic ---------------------------------------------------- */

static uint32_t mix(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ h >> 16;
}

uint32_t view_hash_name(struct span name)
{
	uint32_t h = 0x811c9dc5;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ name.p[i]) * 0x01000193;
	return mix(h);
}

uint32_t view_hash_id(uint32_t id)
{
	return mix(id);
}

uint32_t view_slot(uint32_t hash, uint32_t slots)
{
	return (uint32_t)((uint64_t)hash * slots >> 32);
}

/* -- the door: every byte of the file comes through these two ------ */

static bool at(struct span file, uint64_t offset, uint64_t n, struct span *out)
{
	if (offset > file.n || n > file.n - offset)
		return false;
	*out = span_of(file.p + offset, n);
	return true;
}

static uint32_t be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

/* -- header -------------------------------------------------------- */

/* n things of `each` bytes at offset, behind the header, within the file. */
static bool table_ok(uint64_t offset, uint64_t n, uint64_t each, uint64_t size)
{
	return offset >= VIEW_HEADER && offset % 8 == 0 && offset <= size &&
	       n <= (size - offset) / each;
}

static enum result take_index(const uint8_t *h, uint64_t size,
			      struct view_index *out)
{
	struct view_index index = { be64(h), be32(h + 8), be32(h + 12) };

	if (index.slots == 0) {
		refuse_if(index.probe != 0, R_MALFORMED);
	} else {
		refuse_if(index.probe == 0 || index.probe > VIEW_PROBE_MAX,
			  R_MALFORMED);
		refuse_if(!table_ok(index.offset, index.slots, VIEW_SLOT,
				    size), R_MALFORMED);
	}
	*out = index;
	return R_OK;
}

enum result view_check(struct span file, struct view *out)
{
	const uint8_t *h = file.p;
	struct view v = { .file = file };
	struct view_index *const index[] = { &v.names, &v.uids,
					     &v.group_names, &v.gids };
	enum result r = R_OK;

	refuse_if(file.n < VIEW_HEADER, R_MALFORMED);
	refuse_if(memcmp(h, VIEW_MAGIC, 8) != 0, R_MALFORMED);
	refuse_if(be32(h + 8) != VIEW_VERSION, R_MALFORMED);
	refuse_if(be64(h + 16) != file.n, R_MALFORMED);
	v.flags = be32(h + 12);
	v.generation = be64(h + 24);
	v.accounts = be32(h + 36);
	v.groups = be32(h + 40);
	v.list = be64(h + 112);
	refuse_if(v.flags & ~(uint32_t)VIEW_ENUMERATE, R_MALFORMED);
	refuse_if(be32(h + 44) || be64(h + 120), R_MALFORMED);
	if (v.flags & VIEW_ENUMERATE)
		refuse_if(!table_ok(v.list, (uint64_t)v.accounts + v.groups,
				    REF, file.n), R_MALFORMED);
	else
		refuse_if(v.list != 0, R_MALFORMED);
	for (size_t i = 0; i < 4 && r == R_OK; i++)
		r = take_index(h + 48 + 16 * i, file.n, index[i]);
	if (r == R_OK)
		*out = v;
	return r;
}

bool view_superseded(const struct view *v)
{
	/* the low byte of the word; another process writes it, so volatile */
	return *(const volatile uint8_t *)(v->file.p + VIEW_SUPERSEDED + 3);
}

/* -- records ------------------------------------------------------- */

/* One string of n bytes and its NUL off the front. */
static bool take_string(struct span *in, size_t n, const char **out)
{
	struct span s, nul;

	if (span_take(in, n, &s) != R_OK || span_take(in, 1, &nul) != R_OK ||
	    nul.p[0] != '\0')
		return false;
	*out = (const char *)s.p;
	return true;
}

static bool account_rules(const struct view_account *a, uint8_t status)
{
	return view_id_ok(a->uid) && view_primary_gid_ok(a->gid) &&
	       (status == VIEW_ACTIVE || status == VIEW_REVOKED) &&
	       view_name_ok(span_of(a->name, a->name_n)) &&
	       view_path_ok(span_of(a->home, a->home_n)) &&
	       view_path_ok(span_of(a->shell, a->shell_n));
}

static enum result account_at(const struct view *v, uint64_t offset,
			      struct view_account *out)
{
	struct view_account a = { 0 };
	struct span fixed, rest;

	refuse_if(!at(v->file, offset, ACCOUNT_FIXED, &fixed), R_MALFORMED);
	rest = span_of(fixed.p + fixed.n, v->file.n - offset - fixed.n);
	a.uid = be32(fixed.p);
	a.gid = be32(fixed.p + 4);
	a.expiry = be32(fixed.p + 8);
	a.status = fixed.p[12] == VIEW_ACTIVE ? VIEW_ACTIVE : VIEW_REVOKED;
	a.name_n = fixed.p[13];
	a.home_n = fixed.p[14];
	a.shell_n = fixed.p[15];
	a.groups = be32(fixed.p + 16);
	refuse_if(a.groups > VIEW_GROUPS_MAX, R_MALFORMED);
	refuse_if(span_take(&rest, REF * a.groups, &a.group_list) != R_OK ||
		  !take_string(&rest, a.name_n, &a.name) ||
		  !take_string(&rest, a.home_n, &a.home) ||
		  !take_string(&rest, a.shell_n, &a.shell), R_MALFORMED);
	refuse_if(!account_rules(&a, fixed.p[12]), R_MALFORMED);
	*out = a;
	return R_OK;
}

static enum result group_at(const struct view *v, uint64_t offset,
			    struct view_group *out)
{
	struct view_group g = { 0 };
	struct span fixed, rest;
	uint32_t name_n;

	refuse_if(!at(v->file, offset, GROUP_FIXED, &fixed), R_MALFORMED);
	rest = span_of(fixed.p + fixed.n, v->file.n - offset - fixed.n);
	g.gid = be32(fixed.p);
	g.members = be32(fixed.p + 4);
	name_n = be32(fixed.p + 8);
	refuse_if(name_n > VIEW_NAME_MAX || g.members > VIEW_MEMBERS_MAX,
		  R_MALFORMED);
	refuse_if(span_take(&rest, REF * g.members, &g.member_list) != R_OK ||
		  !take_string(&rest, name_n, &g.name), R_MALFORMED);
	refuse_if(!view_id_ok(g.gid) ||
		  !view_name_ok(span_of(g.name, name_n)), R_MALFORMED);
	g.name_n = (uint8_t)name_n;
	*out = g;
	return R_OK;
}

enum result view_account_group(const struct view_account *a, uint32_t i,
			       uint32_t *gid)
{
	struct span s;
	uint32_t g;

	refuse_if(i >= a->groups ||
		  !at(a->group_list, REF * (uint64_t)i, REF, &s), R_MALFORMED);
	g = be32(s.p);
	refuse_if(!view_id_ok(g), R_MALFORMED);
	*gid = g;
	return R_OK;
}

enum result view_group_member(const struct view *v, const struct view_group *g,
			      uint32_t i, struct view_account *out)
{
	struct span s;

	refuse_if(i >= g->members ||
		  !at(g->member_list, REF * (uint64_t)i, REF, &s), R_MALFORMED);
	return account_at(v, 8 * (uint64_t)be32(s.p), out);
}

/* -- enumeration --------------------------------------------------- */

/* The n-th of `of` refs that stand in the list behind `before` others. */
static enum result listed(const struct view *v, uint32_t n, uint32_t of,
			  uint64_t before, uint64_t *offset)
{
	struct span s;

	if (!(v->flags & VIEW_ENUMERATE) || n >= of)
		return R_ABSENT;
	if (!at(v->file, v->list + REF * (before + n), REF, &s))
		return R_MALFORMED;
	*offset = 8 * (uint64_t)be32(s.p);
	return R_OK;
}

enum result view_account_nth(const struct view *v, uint32_t n,
			     struct view_account *out)
{
	uint64_t offset;
	enum result r = listed(v, n, v->accounts, 0, &offset);

	return r == R_OK ? account_at(v, offset, out) : r;
}

enum result view_group_nth(const struct view *v, uint32_t n,
			   struct view_group *out)
{
	uint64_t offset;
	enum result r = listed(v, n, v->groups, v->accounts, &offset);

	return r == R_OK ? group_at(v, offset, out) : r;
}

/* -- look-up ------------------------------------------------------- */

struct probe {
	const struct view_index *index;
	uint32_t hash, slot, left;
};

static struct probe probe_start(const struct view_index *index, uint32_t hash)
{
	return (struct probe){ index, hash, view_slot(hash, index->slots),
			       index->probe };
}

/* The next record whose key has this hash. R_ABSENT at the end. */
static enum result probe_next(const struct view *v, struct probe *p,
			      uint64_t *offset)
{
	struct span s;
	uint32_t hash, ref;

	while (p->left > 0) {
		if (!at(v->file, p->index->offset +
			VIEW_SLOT * (uint64_t)p->slot, VIEW_SLOT, &s))
			return R_MALFORMED;
		hash = be32(s.p);
		ref = be32(s.p + 4);
		if (ref == 0)
			return R_ABSENT;
		p->left--;
		if (++p->slot == p->index->slots)
			p->slot = 0;
		if (hash == p->hash) {
			*offset = 8 * (uint64_t)ref;
			/* two lines of memory hold it: ask for both at once */
			if (*offset + LINE < v->file.n)
				__builtin_prefetch(v->file.p + *offset + LINE);
			return R_OK;
		}
	}
	return R_ABSENT;
}

/* By name where there is one, else by id. */
static enum result find_account(const struct view *v, struct probe p,
				const struct span *name, uint32_t uid,
				struct view_account *out)
{
	struct view_account a;
	uint64_t offset;
	enum result r;

	while ((r = probe_next(v, &p, &offset)) == R_OK) {
		r = account_at(v, offset, &a);
		if (r != R_OK)
			return r;
		if (name ? span_equal(span_of(a.name, a.name_n), *name) :
			   a.uid == uid) {
			*out = a;
			return R_OK;
		}
	}
	return r;
}

static enum result find_group(const struct view *v, struct probe p,
			      const struct span *name, uint32_t gid,
			      struct view_group *out)
{
	struct view_group g;
	uint64_t offset;
	enum result r;

	while ((r = probe_next(v, &p, &offset)) == R_OK) {
		r = group_at(v, offset, &g);
		if (r != R_OK)
			return r;
		if (name ? span_equal(span_of(g.name, g.name_n), *name) :
			   g.gid == gid) {
			*out = g;
			return R_OK;
		}
	}
	return r;
}

enum result view_find_name(const struct view *v, struct span name,
			   struct view_account *out)
{
	return find_account(v, probe_start(&v->names, view_hash_name(name)),
			    &name, 0, out);
}

enum result view_find_uid(const struct view *v, uint32_t uid,
			  struct view_account *out)
{
	return find_account(v, probe_start(&v->uids, view_hash_id(uid)), NULL,
			    uid, out);
}

enum result view_find_group(const struct view *v, struct span name,
			    struct view_group *out)
{
	return find_group(v, probe_start(&v->group_names, view_hash_name(name)),
			  &name, 0, out);
}

enum result view_find_gid(const struct view *v, uint32_t gid,
			  struct view_group *out)
{
	return find_group(v, probe_start(&v->gids, view_hash_id(gid)), NULL,
			  gid, out);
}

/* -- the file ------------------------------------------------------ */

/* Root, or the owner of the root directory: a user namespace that does not know
 * root (a sandbox, PrivateUsers=) shows nobody as both. */
static bool owner_ok(uid_t owner)
{
	struct stat root;

#ifdef CNIE_TWIN
	if (owner != 0 && owner == geteuid())
		return true;
#endif
	return owner == 0 || (stat("/", &root) == 0 && root.st_uid == owner);
}

static bool trusted(const struct stat *st)
{
	return S_ISREG(st->st_mode) && owner_ok(st->st_uid) &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static enum result map_fd(int fd, struct view_map *out)
{
	struct view v;
	struct stat st;
	void *p;

	if (fstat(fd, &st))
		return R_INTERNAL;
	refuse_if(!trusted(&st), R_DENIED);
	refuse_if(st.st_size < VIEW_HEADER ||
		  (uint64_t)st.st_size > VIEW_SIZE_MAX, R_MALFORMED);
	/* shared, so that the superseded word is seen when it changes */
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return R_INTERNAL;
	if (view_check(span_of(p, (size_t)st.st_size), &v) != R_OK) {
		munmap(p, (size_t)st.st_size);
		return R_MALFORMED;
	}
	*out = (struct view_map){ v, st.st_dev, st.st_ino, st.st_mtim };
	return R_OK;
}

enum result view_map_file(const char *path, struct view_map *out)
{
	/* O_NONBLOCK: a FIFO must not hold the caller */
	scoped(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
					     O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? R_ABSENT :
		       errno == ELOOP || errno == EACCES ? R_DENIED : R_INTERNAL;
	return map_fd(fd, out);
}

void view_unmap(struct view_map *m)
{
	if (m->view.file.p)
		munmap((void *)(uintptr_t)m->view.file.p, m->view.file.n);
	*m = (struct view_map){ 0 };
}

bool view_map_current(const char *path, const struct view_map *m)
{
	struct stat st;

	return lstat(path, &st) == 0 && trusted(&st) &&
	       st.st_dev == m->dev && st.st_ino == m->ino &&
	       (uint64_t)st.st_size == m->view.file.n &&
	       st.st_mtim.tv_sec == m->written.tv_sec &&
	       st.st_mtim.tv_nsec == m->written.tv_nsec;
}
