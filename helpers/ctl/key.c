// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl key init, status, backup, restore: the key of the epochs that are.
 * Each may be killed anywhere and run again.
 */
#include <stdio.h>
#include <string.h>

#include "base/config_value.h"
#include "base/file.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "ctl/json.h"
#include "ctl/key.h"
#include "ctl/key_backup.h"
#include "ctl/key_edit.h"
#include "ctl/key_pair.h"
#include "ctl/key_seal.h"
#include "ctl/key_talk.h"
#include "ctl/key_unit.h"
#include "ctl/stage.h"
#include "ctl/talk.h"

/* -- init --------------------------------------------------------------------- */

/* Is there a backup of each live epoch's key? The older one's are needed until
 * it is retired. */
static bool saved(const struct key_status *s, const struct config *c)
{
	bool now = key_status_backed_up(s);

	if (!refused(!now || !key_status_previous_backed_up(s)))
		return true;
	complain("a sealed key is lost with this machine's TPM or a change of "
		 "its firmware, and there is no backup of epoch %u: cniectl key "
		 "backup FILE %s--to PUB first, or --no-backup",
		 now ? c->previous_epoch : c->epoch, now ? "--previous " : "");
	return false;
}

/* A sealed key is as mortal as its TPM. */
static int seal_live(const struct arguments *a, const struct config *c)
{
	const uint32_t epochs[2] = { c->epoch, c->previous_epoch };
	struct key_status s = { 0 };
	int code;

	if (c->provider != PROVIDER_LOCAL) {
		complain("--seal: only a key of the provider local is a file "
			 "that could be sealed");
		return CTL_REFUSED;
	}
	code = key_status_ask(&s);
	if (code != CTL_DONE)
		return code;
	return a->seen & OPT(OPT_NO_BACKUP) || saved(&s, c) ?
		       seal_keys(epochs) : CTL_REFUSED;
}

/* A sealed key that cnied does not get: systemd is told of it once more. */
static int find_sealed(const struct config *c)
{
	const uint32_t live[2] = { c->epoch, c->previous_epoch };
	struct key_status s = { 0 };
	int code = CTL_DONE;

	for (int i = 0; i < 2 && code == CTL_DONE; i++) {
		code = key_status_ask(&s);
		if (code != CTL_DONE)
			break;
		if (strcmp(key_status_get(&s, "custody"), "missing"))
			return CTL_DONE;
		/* with a credential that can't be opened now cnied would not
		 * start again */
		if (refused(seal_try(c->epoch) == SEALED_SILENT))
			break;
		if (i == 0)
			code = unit_serve(live, UNIT_SEALED_ALONE);
	}
	if (seal_tell(c->epoch) == SEALED_OPENS)
		complain("the key of epoch %u is sealed, and cnied does not "
			 "get it: journalctl -u cnied", c->epoch);
	return code == CTL_DONE ? CTL_REFUSED : code;
}

int key_init(const struct config *c)
{
	struct msg_admin_request machine = { .verb = ADMIN_KEY_MACHINE };
	int code = seal_recover(c->epoch);

	if (code == CTL_DONE && seal_there(c->epoch))
		code = find_sealed(c);
	if (code == CTL_DONE)
		code = key_make(c->epoch);
	if (code == CTL_DONE && c->token_cache)
		code = key_request(&machine, "machine", "its key is there");
	return code;
}

int cmd_key_init(const struct arguments *a)
{
	char path[PREFIX_PATH_MAX];
	scoped(close_fd) int lock = -1;
	struct config c;
	int code = key_lock(&lock);

	if (code == CTL_DONE)
		code = key_config(&c, path);
	if (code == CTL_DONE)
		code = key_init(&c);
	if (code == CTL_DONE && (a->seen & OPT(OPT_SEAL)))
		code = seal_live(a, &c);
	return code;
}

/* -- status --------------------------------------------------------------------- */

/* Numbers; the rest are words, or a day. */
static bool number_of(const char *item, const char *value, uint32_t *out)
{
	static const char *const numbers[] = {
		"epoch", "previous_epoch", "unbound", "left_over",
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(numbers[i], item))
			return value_u32(value, out);
	return false;
}

/* Why a sealed key does not serve: of the two live ones' the first. */
static void tell_sealed(void)
{
	char path[PREFIX_PATH_MAX];
	struct config_error e = { "" };
	struct config c;

	if (prefix_path(PATH_CONFIG, path, sizeof(path)) != R_OK ||
	    config_read(path, &c, &e) != R_OK || c.provider != PROVIDER_LOCAL)
		return;		/* which is doctor's to tell */
	fflush(stdout);
	if (seal_tell(c.epoch) < SEALED_DEAD && c.previous_epoch)
		(void)seal_tell(c.previous_epoch);
}

int cmd_key_status(const struct arguments *a)
{
	struct key_status s = { 0 };
	struct json j = json_to(stdout);
	int code = key_status_ask(&s);

	if (code != CTL_DONE || strcmp(key_status_get(&s, "key"), "present"))
		tell_sealed();
	if (code != CTL_DONE)
		return code;
	if (!(a->seen & OPT(OPT_JSON))) {
		for (size_t i = 0; i < s.n; i++)
			printf("%-16s  %s\n", s.at[i].item, s.at[i].value);
		return CTL_DONE;
	}
	json_object(&j, NULL);
	for (size_t i = 0; i < s.n; i++) {
		const char *item = s.at[i].item, *value = s.at[i].value;
		uint32_t n;

		if (number_of(item, value, &n))
			json_number(&j, item, n);
		else
			json_string(&j, item, value);
	}
	json_end(&j);
	return CTL_DONE;
}

/* -- backup and restore ----------------------------------------------------------- */

/* The epoch that --previous means, or the current one. */
static int which_epoch(const struct arguments *a, const struct config *c,
		       uint32_t *epoch)
{
	*epoch = a->seen & OPT(OPT_PREVIOUS) ? c->previous_epoch : c->epoch;
	if (c->provider != PROVIDER_LOCAL) {
		struct msg_admin_done no = { .reason = REASON_KEY_CUSTODY };

		return talk_result(R_OK, &no);
	}
	if (*epoch)
		return CTL_DONE;
	complain("--previous: there is no epoch before the current one");
	return CTL_USAGE;
}

int cmd_key_backup(const struct arguments *a)
{
	struct backup_wish w = { .what = WISH_BACKUP };
	char path[PREFIX_PATH_MAX];
	struct config c;
	uint32_t epoch = 0;
	int code = key_config(&c, path);

	if (code == CTL_DONE)
		code = which_epoch(a, &c, &epoch);
	if (code == CTL_DONE)
		code = backup_wish_set(&w, a->value[OPT_TO_KEY], a->operand);
	if (code == CTL_DONE)
		code = backup_make(&w, epoch);
	if (code == CTL_DONE)
		backup_end();
	return code;
}

struct staged {			/* SECRET: identity */
	char line[KEY_LINE_MAX];
	uint8_t key[ELEMENT_SIZE];
};

static int stage_identity(const char *from, const char *to)
{
	scoped(secret_page_free) void *page = NULL;
	struct staged *s;
	struct sink in;
	enum result r = secret_page_new(&page);

	if (r != R_OK) {
		complain("system error: memory can't be locked");
		return CTL_SYSTEM;
	}
	s = page;
	in = SINK(s->line);
	r = file_read(from, FILE_ANY, &in);
	if (r == R_OK)
		r = key_line_get(KEY_SECRET, sink_span(&in), s->key);
	if (r != R_OK) {
		complain(r == R_ABSENT ? "%s: no such file" :
			 "%s is not the secret half of a pair", from);
		return CTL_USAGE;
	}
	r = stage_secret(to, sink_span(&in));
	return r == R_OK ? CTL_DONE : CTL_SYSTEM;
}

/* cnied sees neither homes nor sticks: it gets copies below /run/cnie. */
static int restore_staged(const struct arguments *a, const char *stage,
			  uint32_t epoch)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_RESTORE,
				       .epoch = epoch };
	int code;

	if ((size_t)snprintf(m.file, sizeof(m.file), "%s/backup", stage) >=
		    sizeof(m.file) ||
	    (size_t)snprintf(m.identity, sizeof(m.identity), "%s/" STAGE_SECRET,
			     stage) >= sizeof(m.identity))
		return CTL_SYSTEM;
	if (stage_file(a->operand, m.file, KEY_BACKUP_MAX) != R_OK) {
		complain("%s can't be read, or is no backup", a->operand);
		return CTL_USAGE;
	}
	code = stage_identity(a->value[OPT_IDENTITY], m.identity);
	return code == CTL_DONE ? key_request(&m, "key", "restored") : code;
}

int cmd_key_restore(const struct arguments *a)
{
	char path[PREFIX_PATH_MAX], stage[STAGE_PATH_MAX];
	struct config c;
	scoped(close_fd) int lock = -1;
	uint32_t epoch = 0;
	bool dead = false;
	int code = key_lock(&lock);

	if (code == CTL_DONE)
		code = key_config(&c, path);
	if (code == CTL_DONE)
		code = which_epoch(a, &c, &epoch);
	if (code == CTL_DONE)
		code = seal_unblock(&c, epoch, a->seen & OPT(OPT_WITHOUT_TPM),
				    &dead);
	if (code != CTL_DONE)
		return code;
	if (stage_new(stage, sizeof(stage)) != R_OK) {
		complain(DIR_RUN ": a folder can't be made there");
		return CTL_SYSTEM;
	}
	code = restore_staged(a, stage, epoch);
	stage_remove(stage);
	if (code == CTL_DONE && dead)
		code = seal_forget(epoch);
	if (code == CTL_DONE)
		puts("It is a plain file now: cniectl key init --seal seals "
		     "it, where there is a TPM. The backup\nis as good as "
		     "before. Next: cniectl doctor");
	return code;
}
