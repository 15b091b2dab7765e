/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "roster/marks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/refuse.h"
#include "roster/db.h"

#define OPEN_TRIES 3

static enum result open_marks(const char *path, int *out, off_t *size)
{
	scoped(close_fd) int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC |
					     O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? R_ABSENT : R_INTERNAL;
	if (fstat(fd, &st))
		return R_INTERNAL;
	refuse_if(!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		  (st.st_mode & 077), R_DENIED);
	*size = st.st_size;
	*out = fd;
	fd = -1;
	return R_OK;
}

static enum result read_header(int fd, struct marks_header *out)
{
	uint8_t head[MARKS_LINE_MAX];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return R_INTERNAL;
	return marks_header_get(span_of(head, (size_t)n), out);
}

enum result marks_owner(const char *path, int64_t *roster_id)
{
	scoped(close_fd) int fd = -1;
	struct marks_header h;
	off_t size;
	enum result r = open_marks(path, &fd, &size);

	if (r == R_OK)
		r = read_header(fd, &h);
	if (r == R_OK)
		*roster_id = (int64_t)h.roster_id;
	return r;
}

/* -- where the database stands ------------------------------------- */

struct standing {
	off_t from, size;	/* applied, and there; absent: no file, or less
				 * of it than was applied */
	bool absent;
	int64_t marks_id;
};

static enum reason compare(struct roster *r, int fd, off_t size,
			   struct standing *out)
{
	int64_t roster_id, marks_id, offset;
	struct marks_header h;
	enum result got = read_header(fd, &h);

	if (meta_get(r->db, "roster_id", &roster_id) != R_OK ||
	    meta_get(r->db, "marks_id", &marks_id) != R_OK ||
	    meta_get(r->db, "marks_offset", &offset) != R_OK ||
	    got == R_INTERNAL)
		return REASON_ROSTER;
	refuse_if(got != R_OK || h.roster_id != (uint64_t)roster_id,
		  REASON_ROSTER_MARKS);
	*out = (struct standing){
		.from = h.marks_id == (uint64_t)marks_id ? offset :
							   (off_t)h.n,
		.size = size, .marks_id = (int64_t)h.marks_id,
	};
	out->absent = size < out->from;
	return REASON_NONE;
}

static enum reason stand(struct roster *r, int *fd, struct standing *out)
{
	off_t size;
	enum result opened = open_marks(r->marks, fd, &size);

	if (opened == R_ABSENT) {
		*out = (struct standing){ .absent = true };
		return REASON_NONE;
	}
	if (opened != R_OK)
		return opened == R_DENIED ? REASON_ROSTER_MARKS :
					    REASON_ROSTER;
	return compare(r, *fd, size, out);
}

static enum reason stands_at(struct roster *r, int64_t marks_id, off_t offset)
{
	return meta_set(r->db, "marks_id", marks_id) == R_OK &&
	       meta_set(r->db, "marks_offset", offset) == R_OK ?
	       REASON_NONE : REASON_ROSTER;
}

/* -- written anew -------------------------------------------------- */

static enum result sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	memcpy(folder, path, n);
	snprintf(folder + n, sizeof(folder) - n, "%s", slash ? "/" : ".");
	scoped(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY |
					       O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0 ? R_OK : R_INTERNAL;
}

static enum result write_whole(struct roster *r, int fd, int64_t marks_id)
{
	uint8_t head[MARKS_LINE_MAX];
	struct sink s = SINK(head);
	int64_t roster_id;

	if (meta_get(r->db, "roster_id", &roster_id) != R_OK)
		return R_INTERNAL;
	marks_header_put(&s, (uint64_t)roster_id, (uint64_t)marks_id);
	if (sink_done(&s) != R_OK || write(fd, s.p, s.n) != (ssize_t)s.n ||
	    marks_of_database(r, fd) != R_OK || fsync(fd))
		return R_INTERNAL;
	return R_OK;
}

static enum reason write_anew(struct roster *r)
{
	scoped(close_fd) int fd = -1;
	char fresh[PATH_MAX];
	int n = snprintf(fresh, sizeof(fresh), "%s.new", r->marks);
	int64_t marks_id;
	off_t size;

	if (n < 0 || (size_t)n >= sizeof(fresh) ||
	    getrandom(&marks_id, sizeof(marks_id), 0) !=
	    (ssize_t)sizeof(marks_id))
		return REASON_INTERNAL;
	if (unlink(fresh) && errno != ENOENT)
		return REASON_ROSTER;
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC |
			 O_NOFOLLOW, 0600);
	if (fd < 0)
		return REASON_ROSTER;
	if (write_whole(r, fd, marks_id) != R_OK ||
	    (size = lseek(fd, 0, SEEK_END)) < 0 || rename(fresh, r->marks)) {
		unlink(fresh);
		return REASON_ROSTER;
	}
	if (sync_folder(r->marks) != R_OK)
		return REASON_ROSTER;
	return stands_at(r, marks_id, size);
}

/* -- caught up ----------------------------------------------------- */

static enum reason apply_rest(struct roster *r, int fd,
			      const struct standing *s)
{
	off_t good = s->from;
	enum result done = marks_apply(r, fd, s->from, s->size, &good);

	refuse_if(done == R_MALFORMED, REASON_ROSTER_MARKS);
	if (done != R_OK)
		return REASON_ROSTER;
	/* what was being written when the power went */
	if (good < s->size && (ftruncate(fd, good) || fsync(fd)))
		return REASON_ROSTER;
	return stands_at(r, s->marks_id, good);
}

enum reason marks_catch_up(struct roster *r)
{
	scoped(close_fd) int fd = -1;
	struct standing s;
	enum reason why = stand(r, &fd, &s);

	if (why != REASON_NONE)
		return why;
	if (s.absent)
		return write_anew(r);
	return s.from == s.size ? REASON_NONE : apply_rest(r, fd, &s);
}

static enum reason open_once(struct roster *r)
{
	scoped(change_end) struct change c = { 0 };
	scoped(close_fd) int fd = -1;
	struct standing s;
	enum reason why = stand(r, &fd, &s);

	if (why != REASON_NONE || (!s.absent && s.from == s.size))
		return why;
	why = change_begin(&c, r);
	return why == REASON_NONE ? change_commit(&c) : why;
}

enum reason marks_open(struct roster *r)
{
	enum reason why = open_once(r);

	/* another process between its marks and its commit: soon even */
	for (int i = 1; i < OPEN_TRIES && why == REASON_ROSTER_BUSY; i++)
		why = open_once(r);
	return why;
}

/* -- added to ------------------------------------------------------ */

static enum result append(int fd, off_t size, struct span lines)
{
	if (write(fd, lines.p, lines.n) == (ssize_t)lines.n && fsync(fd) == 0)
		return R_OK;
	/* it was refused: nobody may be told of it later. Where even this
	 * fails, the next change reads what is there */
	if (ftruncate(fd, size) == 0 && fsync(fd))
		return R_INTERNAL;
	return R_INTERNAL;
}

enum reason marks_write(struct roster *r, struct marks *m)
{
	scoped(close_fd) int fd = -1;
	struct standing s;
	enum reason why;

	if (sink_done(&m->out) != R_OK)
		return REASON_INTERNAL;
	if (m->out.n == 0)
		return REASON_NONE;
	why = stand(r, &fd, &s);
	if (why != REASON_NONE)
		return why;
	/* it was caught up with under this lock */
	if (s.absent || s.from != s.size)
		return REASON_ROSTER_MARKS;
	if (append(fd, s.size, sink_span(&m->out)) != R_OK)
		return REASON_ROSTER;
	why = stands_at(r, s.marks_id, s.size + (off_t)m->out.n);
	marks_init(m);
	return why;
}
