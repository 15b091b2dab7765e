// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Sealed bytes come from cnie-sector and go into a file. Before the file gets
 * its name, its hash is noted beside the keys: so that a run after one that was
 * killed knows its own file from somebody else's, which is never replaced.
 */
#include "ctl/key_backup.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prefix.h"
#include "ctl/key_pair.h"
#include "ctl/key_talk.h"
#include "ctl/newfile.h"
#include "ctl/talk.h"
#include "ctl/term.h"

#define NOTE PATH_KEY_DIR "/backup.begun"
#define HASH 32
#define NOTE_MAX (2 * HASH + 16)

/* -- what is wished ------------------------------------------------------------- */

static int read_public(const char *path, uint8_t to[ELEMENT_SIZE])
{
	switch (key_public_read(path, to)) {
	case R_OK:
		return CTL_DONE;
	case R_DENIED:
		complain("%s is not a file, or it is the secret half: it has "
			 "no place on this machine", path);
		break;
	case R_MALFORMED:
		complain("%s is no public half of a pair: cniectl key pair "
			 "makes one", path);
		break;
	case R_ABSENT:
		complain("%s: no such file", path);
		break;
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		complain("%s can't be read", path);
		break;
	}
	return CTL_USAGE;
}

int backup_wish_set(struct backup_wish *w, const char *public,
		    const char *file)
{
	int code = read_public(public, w->to);

	if (code != CTL_DONE)
		return code;
	if (strlen(file) >= sizeof(w->file)) {
		complain("%s: this path is too long", file);
		return CTL_USAGE;
	}
	strcpy(w->file, file);
	w->what = WISH_BACKUP;
	return CTL_DONE;
}

int backup_wish_read(const struct arguments *a, struct backup_wish *out)
{
	bool to = a->seen & OPT(OPT_TO_KEY), file = a->seen & OPT(OPT_BACKUP);
	bool none = a->seen & OPT(OPT_NO_BACKUP);

	*out = (struct backup_wish){ .what = none ? WISH_NONE : WISH_ASK };
	if (to != file || (to && none)) {
		complain("--to and --backup belong together; --no-backup "
			 "stands alone");
		return CTL_USAGE;
	}
	return to ? backup_wish_set(out, a->value[OPT_TO_KEY],
				    a->value[OPT_BACKUP]) : CTL_DONE;
}

int backup_wish_needed(const struct backup_wish *w)
{
	if (w->what != WISH_ASK || isatty(STDIN_FILENO))
		return CTL_DONE;
	complain("nobody can be asked here whether the sector key is to be "
		 "backed up: --to PUB --backup FILE, or --no-backup");
	return CTL_USAGE;
}

static void ask_file(struct backup_wish *w)
{
	char path[BACKUP_PATH_MAX] = "";

	while (w->what == WISH_ASK) {
		enum result r = term_ask("File to write the backup to, on a "
					 "stick for example: ", true, -1, path,
					 sizeof(path));

		if (r == R_ABSENT || r == R_INTERNAL) {
			w->what = WISH_NONE;
		} else if (r == R_MALFORMED) {
			complain("that can't be a path");
		} else if (r == R_OK && access(path, F_OK) == 0) {
			complain("%s is there already", path);
		} else if (r == R_OK) {
			strcpy(w->file, path);
			w->what = WISH_BACKUP;
		}
	}
}

static void ask(struct backup_wish *w)
{
	char path[BACKUP_PATH_MAX] = "";

	fflush(stdout);
	fputs("A backup of the sector key can be made now, sealed to the "
	      "public half of a pair\n(cniectl key pair, on a machine without "
	      "a network).\n", stderr);
	while (w->what == WISH_ASK) {
		enum result r = term_ask("File of the public half, Enter for "
					 "no backup: ", true, -1, path,
					 sizeof(path));

		if (r == R_ABSENT || r == R_INTERNAL)
			w->what = WISH_NONE;
		else if (r == R_MALFORMED)
			complain("that can't be a path");
		else if (r == R_OK && read_public(path, w->to) == CTL_DONE)
			ask_file(w);
	}
}

/* -- our own file ----------------------------------------------------------------- */

/* Of the bytes and of whom they are sealed to: what was made for another pair
 * is not what is wished now. */
static enum result note_text(uint32_t epoch, const uint8_t to[ELEMENT_SIZE],
			     struct span sealed, char out[NOTE_MAX])
{
	uint8_t hash[HASH];
	char hex[2 * HASH + 1];

	crypto_generichash(hash, sizeof(hash), sealed.p, sealed.n, to,
			   ELEMENT_SIZE);
	hex_encode(SPAN(hash), hex);
	return snprintf(out, NOTE_MAX, "%u %s\n", epoch, hex) < NOTE_MAX ?
		       R_OK : R_INTERNAL;
}

static bool noted(uint32_t epoch, const struct backup_wish *w)
{
	uint8_t bytes[KEY_BACKUP_MAX];
	struct sink sealed = SINK(bytes);
	char path[PREFIX_PATH_MAX], want[NOTE_MAX], have[NOTE_MAX];
	struct sink note = SINK(have);

	return file_read(w->file, FILE_ANY, &sealed) == R_OK &&
	       note_text(epoch, w->to, sink_span(&sealed), want) == R_OK &&
	       prefix_path(NOTE, path, sizeof(path)) == R_OK &&
	       file_read(path, FILE_ROOT_OWNED, &note) == R_OK &&
	       span_equal(sink_span(&note), span_str(want));
}

static enum result write_note(uint32_t epoch, const uint8_t to[ELEMENT_SIZE],
			      struct span sealed)
{
	char path[PREFIX_PATH_MAX], text[NOTE_MAX];
	enum result r = prefix_path(NOTE, path, sizeof(path));

	if (r == R_OK)
		r = note_text(epoch, to, sealed, text);
	return r == R_OK ? newfile_write(path, span_str(text), 0600, true) : r;
}

void backup_end(void)
{
	char path[PREFIX_PATH_MAX];

	if (prefix_path(NOTE, path, sizeof(path)) == R_OK)
		unlink(path);	/* where it stays nothing is lost */
}

/* -- making it -------------------------------------------------------------------- */

static int broken(const char *file, enum result r)
{
	if (r == R_BUSY) {
		complain("%s is there already, and is kept: name another file",
			 file);
		return CTL_REFUSED;
	}
	complain("%s can't be written: %s", file, strerror(errno));
	return CTL_SYSTEM;
}

static int write_file(const struct backup_wish *w, uint32_t epoch)
{
	uint8_t bytes[KEY_BACKUP_MAX];
	struct sink sealed = SINK(bytes);
	struct msg_admin_done done = { 0 };
	enum result r;
	int code;

	if (access(w->file, F_OK) == 0)
		return noted(epoch, w) ? CTL_DONE :
					       broken(w->file, R_BUSY);
	code = talk_result(key_backup_get(epoch, w->to, &sealed, &done), &done);
	if (code != CTL_DONE)
		return code;
	r = write_note(epoch, w->to, sink_span(&sealed));
	if (r == R_OK)
		r = newfile_write(w->file, sink_span(&sealed), 0600, false);
	return r == R_OK ? CTL_DONE : broken(w->file, r);
}

static void warn_none(uint32_t epoch)
{
	char text[160];

	snprintf(text, sizeof(text), "none of epoch %u. Where the key is lost "
		 "(broken disk, cleared TPM, swapped board), every person has "
		 "to come with their card again", epoch);
	key_step("backup", text);
}

int backup_make(struct backup_wish *w, uint32_t epoch)
{
	struct msg_admin_request stored = { .verb = ADMIN_KEY_BACKUP,
		.flags = ADMIN_BACKUP_STORED, .epoch = epoch };
	int code = backup_wish_needed(w);

	if (code != CTL_DONE)
		return code;
	if (w->what == WISH_ASK)
		ask(w);
	if (w->what == WISH_NONE) {
		warn_none(epoch);
		return CTL_DONE;
	}
	if (sodium_init() < 0)
		return CTL_SYSTEM;
	code = write_file(w, epoch);
	/* it is one that counts when it is on the disk, not before */
	return code == CTL_DONE ?
		key_request(&stored, "backup", "written; only the secret half "
			    "opens it: keep both away from here") : code;
}
