/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A roster as a file, so that many machines share one without a directory.
 * Lines of fields joined by tabs; numbers decimal, tags hexadecimal, "-" for
 * nothing. The signature over the file is checked by who reads it (cniectl)
 * before the first line comes here.
 *
 *   cnie-roster 2 URN VERSION CREATED EXPIRES        days: yyyymmdd
 *   group    NAME GID
 *   account  UID NAME GID HOME SHELL STATUS CREATED EXPIRY FACE CODE
 *            CODE-SINCE FLOOR
 *   tag      UID EPOCH TAG
 *   card     UID EPOCH CARD-TAG STATE EXPIRY SINCE
 *   member   UID GID
 *   rebind   UID OLD-EPOCH OLD-TAG EPOCH TAG WHEN
 *   given    NAME UID             a name of before, never to be given again
 *   blocked  UID EPOCH CARD-TAG EXPIRY     a card of an account that was lost
 *   end      LINES                all of them, this one included
 *
 * In this order, but that each account's tags, cards, members and rebinds
 * follow its own line. Groups ascend by gid, accounts by uid, an account's
 * tags by epoch, its cards by epoch and card-tag, its members by gid, given
 * names by name: nothing comes twice. A member's group is in the file. The
 * first line of rebinds alone is "cnie-rebinds 2 ..." and only `rebind` and
 * `end` follow. A line is shorter than EXCHANGE_LINE_MAX; an unknown word, a
 * field too many or too few, another spelling of a number, an order that is
 * not this one: REASON_ROSTER_FORMAT, and nothing was changed.
 *
 * Importing: the file is the authority for accounts, tags, and the members of
 * groups that it has or had; a card blocked here or there is blocked, and of
 * two current ones the newer stays; the newer code wins; what was revoked here
 * stays so until it is restored here; statements of this machine stay, and
 * bind again what the file does not yet know. Accounts and groups of this
 * machine that no file ever had stay as they are; one that the file has too,
 * made here, must share a tag with it (or, where a retirement left it none,
 * name and moment of enrolment). Tags of an epoch retired here do not come
 * back. Those of one that the signer has retired stay while this machine's keys
 * know the account by no other: the cards of it are judged by the days of the
 * file's. A file made later than tomorrow: REASON_ROSTER_CLOCK. All of it is
 * one transaction.
 *
 * Importing rebinds (at the signer): a statement binds the account that its
 * old tag belongs to. One whose old tag is not known here, or is that of another
 * uid, or that names none (said by an order), is passed over. One whose new tag
 * contradicts what is known (two keys of one epoch) refuses the file.
 */
#ifndef CNIE_ROSTER_EXCHANGE_H
#define CNIE_ROSTER_EXCHANGE_H

#include "base/bytes.h"
#include "roster/roster.h"

#define EXCHANGE_LINE_MAX 1024
/* Far below what the database can count, far above what anybody exports. */
#define EXCHANGE_VERSION_MAX UINT64_C(1000000000000000)

/* Lines about one account. More is refused; of more that an account has an
 * export gives the newest, and a floor for the cards that it leaves out. */
#define IMPORT_TAGS_MAX 16
#define IMPORT_CARDS_MAX 32
#define IMPORT_REBINDS_MAX 64

enum exchange_kind { EXCHANGE_ROSTER = 1, EXCHANGE_REBINDS };

struct exporter;
struct export_options {
	enum exchange_kind kind;
	const char *urn;
	uint32_t today, expires;	/* yyyymmdd */
	uint64_t now;
};
/* The version is new on disk before the first line is given. The caller
 * frees; r stays its own and open. REASON_ROSTER_EXPIRED: expires is past.
 * REASON_ROSTER_MARKS: the roster is from before an import (roster.h). */
must_check enum reason export_begin(struct roster *r,
				    const struct export_options *options,
				    struct exporter **out);
/* As many whole lines as out has room for (at least EXCHANGE_LINE_MAX).
 * *last: nothing follows. */
must_check enum reason export_next(struct exporter *e, struct sink *out,
				   bool *last);
/* Accounts given and to give, for progress. */
void export_progress(const struct exporter *e, uint32_t *done,
		     uint32_t *total);
void export_free(struct exporter **e);

struct importer;
struct import_options {
	enum exchange_kind kind;
	const char *urn;
	uint32_t today;
	uint64_t now;
	bool revoke_missing;
	/* whose keys this machine has: of today, and of before; 0 = none */
	uint32_t epoch, old_epoch;
};
struct import_summary {
	uint64_t version;
	/* of rebinds: statements in the file, and accounts bound (changed) */
	uint32_t accounts, added, changed, revoked;
	uint32_t bound_here;	/* bound again by statements of this machine */
	uint32_t local;		/* accounts that are this machine's alone */
	/* active ones of the file that no key of this machine knows by it; of
	 * rebinds: passed over, for nobody has this old tag and uid here */
	uint32_t unknown;
};
/* Takes the write lock until import_free: REASON_ROSTER_BUSY where another has
 * it. Nothing else may be asked of r meanwhile; other handles read on. */
must_check enum reason import_begin(struct roster *r,
				    const struct import_options *options,
				    struct importer **out);
/* Whole lines, each with its newline. After a refusal only import_free may
 * follow; *line is the number of the line that was refused. */
must_check enum reason import_lines(struct importer *i, struct span lines,
				    uint64_t *line);
/* Judge the whole, commit. The caller writes the view. */
must_check enum reason import_end(struct importer *i,
				  struct import_summary *out);
void import_free(struct importer **i);	/* rolls back what was not committed */

#endif
