/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PATH.marks, beside the database PATH (root's, 0600, only ever appended to):
 * what an old copy of the database must not be able to forget. Private to
 * roster/. It must be left out of backups of the database: an old database
 * beside its new marks is brought up to them, an old pair is just old.
 *
 * Lines of printable ASCII. Each ends in a space and eight hexadecimal digits:
 * FNV-1a (32 bits) of what stands before that space. The first line:
 *
 *   cnie-marks 1 ROSTER-ID MARKS-ID		each 16 hexadecimal digits
 *
 * then, with "=" for the first line that was written at one time and "+" for
 * the further ones:
 *
 *   = uid UID NAME			given, to one person for ever
 *   = block UID EPOCH CARD-TAG EXPIRY	a card that never logs in again
 *   = revoke UID			by order here
 *   = restore UID			by order here
 *   = out UID				revoked by an imported file
 *   = import VERSION			of the file that was imported
 *   = export VERSION			of the file that was exported
 *
 * MUST: a line is written and synced (the file; its folder too where the file
 * is new) before the transaction that it tells of commits; `restore` alone
 * comes after it. MUST: only who has the database's write lock writes here.
 * MUST: reading them only takes away: cards are blocked, accounts revoked,
 * names and uids kept back, versions raised; nothing here makes an account
 * active or a card good. So what the database takes away its marks do too, at
 * every moment.
 *
 * The database remembers MARKS-ID and how many bytes it has applied, in the
 * same transaction as what they tell of. When it is opened, and at the
 * beginning of each change:
 *
 *   as many bytes as there are	nothing to do (an fstat and the first line)
 *   fewer			the rest is applied: the database is older
 *				than its marks (a copy put back), or a commit
 *				was lost
 *   more, or no file		the file is written anew from the database,
 *				with another MARKS-ID
 *   another MARKS-ID		the file was written anew since: all of it is
 *				applied
 *   another ROSTER-ID		another machine's: REASON_ROSTER_MARKS. A new
 *				database takes the ID of marks that are there:
 *				a lost one is no other than a very old one
 *
 * A mark whose commit was lost (power, full disk) is carried out by the next
 * change all the same: a uid and name stay unused; a card is blocked, and the
 * newer one that did it comes again; a revocation takes place. A `restore`
 * takes back revocations that were read just before it, no others: where it
 * was lost, an old copy has them until it is said again. An `import` makes that
 * version the least one that may come, and until it has come no name or uid is
 * given: those of the file are not here. (What the file makes active again
 * needs no line: the file comes again.)
 *
 * A line that does not fit its checksum was being written when the power
 * went: it and what follows was never told of and is cut off. But where a "="
 * line follows it, something that was on disk is damaged: REASON_ROSTER_MARKS.
 */
#ifndef CNIE_ROSTER_MARKS_H
#define CNIE_ROSTER_MARKS_H

#include "base/bytes.h"
#include "base/reason.h"
#include "base/wire.h"		/* TAG_SIZE, NAME_MAX_LEN */

#define MARKS_LINE_MAX 128
#define MARKS_BATCH_MAX 4096

struct roster;

/* Lines to be written. They may be of one moment: at most MARKS_BATCH_MAX. */
struct marks {
	struct sink out;
	uint8_t bytes[MARKS_BATCH_MAX];
};

void marks_init(struct marks *m);
void marks_add(struct marks *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void marks_block(struct marks *m, uint32_t uid, uint32_t epoch,
		 const uint8_t *card_tag, uint32_t expiry);

/*
 * Append and sync, and tell the database. Within a write transaction that has
 * caught up; on failure the file is cut back to what it was. m is empty then.
 */
must_check enum reason marks_write(struct roster *r, struct marks *m);

/* Outside a transaction: bring the database up to its marks where they differ.
 * REASON_ROSTER_MARKS, REASON_ROSTER_BUSY, REASON_ROSTER. */
must_check enum reason marks_open(struct roster *r);
/* The same within a write transaction. */
must_check enum reason marks_catch_up(struct roster *r);

/* The roster that the marks at path belong to. R_ABSENT, R_MALFORMED. */
must_check enum result marks_owner(const char *path, int64_t *roster_id);

/* -- the lines (marks_line.c, pure) and what they do (marks_apply.c) ----- */

struct marks_header {
	uint64_t roster_id, marks_id;
	size_t n;		/* bytes, newline included */
};
must_check enum result marks_header_get(struct span in,
					struct marks_header *out);
void marks_header_put(struct sink *out, uint64_t roster_id, uint64_t marks_id);

enum mark_word { MARK_UID = 1, MARK_BLOCK, MARK_REVOKE, MARK_RESTORE, MARK_OUT,
		 MARK_IMPORT, MARK_EXPORT };
struct mark {
	enum mark_word word;
	bool first;		/* "=" */
	uint32_t uid, epoch, expiry;
	uint64_t version;
	char name[NAME_MAX_LEN];
	uint8_t card_tag[TAG_SIZE];
};
/* One line without its newline. R_MALFORMED. */
must_check enum result mark_get(struct span line, struct mark *out);

/*
 * Apply lines to the database, in a write transaction. *good: how many bytes
 * were whole lines; R_MALFORMED: damage, nothing may be kept of it.
 */
must_check enum result marks_apply(struct roster *r, int fd, off_t from,
				   off_t size, off_t *good);
/* What a file written anew says: all that this database knows. */
must_check enum result marks_of_database(struct roster *r, int fd);

#endif
