// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl key rotate: from one epoch to the next. What is done is found done by
 * the next run: a key that is there, a backup that is written, a line of
 * cnie.conf.
 *
 * MUST: cnie.conf names an epoch only after its key is there.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/config_value.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "ctl/key_backup.h"
#include "ctl/key_edit.h"
#include "ctl/key_seal.h"
#include "ctl/key_talk.h"
#include "ctl/talk.h"

struct rotation {
	struct config c;
	char path[PREFIX_PATH_MAX];
	struct backup_wish wish;
	const char *public_key, *ends;
	bool given_up;		/* --lost */
	bool lost;		/* the key of the epoch that ends */
};

/* One that is no key, or the old one, would refuse everybody. */
static int check_public_key(const struct rotation *r)
{
	uint8_t element[ELEMENT_SIZE];

	if (!value_element(r->public_key, element)) {
		complain("--public-key: 64 hexadecimal digits, lower case");
		return CTL_USAGE;
	}
	if (sodium_init() < 0)
		return CTL_SYSTEM;
	/* RFC 9496 4.3.1; sodium 1.0.18 does not look at the last bit */
	if (refused(sodium_is_zero(element, ELEMENT_SIZE) ||
		    (element[ELEMENT_SIZE - 1] & 0x80) ||
		    !crypto_core_ristretto255_is_valid_point(element))) {
		complain("--public-key: these digits are no public key of a "
			 "tokenisation service (RFC 9497, ristretto255): copy "
			 "them again from where it publishes them");
		return CTL_USAGE;
	}
	if (refused(!memcmp(element, r->c.public_key, ELEMENT_SIZE))) {
		complain("--public-key: this is the key of epoch %u, which "
			 "[tokeniser] public_key names already; that of %u is "
			 "another", r->c.epoch, r->c.epoch + 1);
		return CTL_USAGE;
	}
	return CTL_DONE;
}

/* --public-key where the tokeniser has the key, a backup where it is here. */
static int read_wishes(const struct arguments *a, struct rotation *r)
{
	uint32_t day;
	int code = backup_wish_read(a, &r->wish);

	r->given_up = a->seen & OPT(OPT_LOST);
	r->public_key = a->value[OPT_PUBLIC_KEY];
	r->ends = a->value[OPT_ENDS];
	if (code != CTL_DONE)
		return code;
	if (r->ends && !value_date(r->ends, &day)) {
		complain("--ends: YYYY-MM-DD");
		return CTL_USAGE;
	}
	if ((r->c.provider == PROVIDER_TOKENISER) != (r->public_key != NULL)) {
		complain("--public-key: needed with the provider tokeniser, "
			 "and only there; its service publishes the new "
			 "epoch's");
		return CTL_USAGE;
	}
	if (r->public_key && r->given_up) {
		complain("--lost: a tokeniser's key is not this machine's to "
			 "lose; where its service lost it, --public-key alone "
			 "and then cniectl key retire");
		return CTL_USAGE;
	}
	if (r->public_key)
		return check_public_key(r);
	if (r->c.provider != PROVIDER_LOCAL && r->wish.what == WISH_BACKUP) {
		struct msg_admin_done no = { .reason = REASON_KEY_CUSTODY };

		return talk_result(R_OK, &no);
	}
	return r->c.provider == PROVIDER_LOCAL ?
		       backup_wish_needed(&r->wish) : CTL_DONE;
}

/* Two epochs live already: a rotation that was killed late, or a second one. */
static int already(const struct config *c)
{
	const uint32_t live[2] = { c->epoch, c->previous_epoch };
	struct key_status s = { 0 };
	int code;

	backup_end();
	if (seal_there(c->previous_epoch)) {
		code = key_status_ask(&s);
		if (code != CTL_DONE)
			return code;
		if (strncmp(key_status_get(&s, "custody"), "sealed", 6))
			return seal_keys(live);
	}
	complain("epochs %u and %u are live, and more than two can't be: when "
		 "cniectl key status says that no account is unbound, cniectl "
		 "key retire", c->previous_epoch, c->epoch);
	return CTL_REFUSED;
}

static int write_rotation(const struct rotation *r)
{
	struct key_edits e = { 0 };
	char next[16], now[16], old_key[2 * ELEMENT_SIZE + 1];

	snprintf(next, sizeof(next), "%u", r->c.epoch + 1);
	snprintf(now, sizeof(now), "%u", r->c.epoch);
	hex_encode(SPAN(r->c.public_key), old_key);
	key_edit(&e, "sector", "epoch", next);
	if (!r->lost)
		key_edit(&e, "sector", "previous_epoch", now);
	if (r->ends)
		key_edit(&e, "sector", "epoch_ends", r->ends);
	if (r->public_key) {
		key_edit(&e, "tokeniser", "public_key", r->public_key);
		key_edit(&e, "tokeniser", "previous_public_key", old_key);
	}
	return key_edit_write(&e, r->path);
}

static void tell_rotated(const struct config *c)
{
	char text[96];

	snprintf(text, sizeof(text), "%u is the epoch now, %u lives on beside "
		 "it", c->epoch + 1, c->epoch);
	key_step("config", text);
	if (c->epoch_ends)
		key_step("config", "is epoch_ends still right?");
	puts("\nNothing changes for anybody: the next login of each account "
	     "binds it to the new key,\nand name, uid and home stay. Who has "
	     "not come yet: cniectl key status (unbound).\nWhen it is 0, or "
	     "those left are not to come back: cniectl key retire");
	if (c->provider == PROVIDER_PKCS11)
		puts("Where other machines share the token, all but the last "
		     "of them: cniectl key retire\n--keep-key");
}

static void tell_lost(const struct config *c)
{
	char text[96];

	snprintf(text, sizeof(text), "%u is the epoch now; the key of %u is "
		 "lost, and not named", c->epoch + 1, c->epoch);
	key_step("config", text);
	printf("\nNobody is found by the old key. Each person comes once, with "
	       "their card: cniectl\naccount rebind ACCOUNT; name, uid and home "
	       "stay. Should a backup turn up before:\nprevious_epoch = %u in "
	       "[sector], and cniectl key restore FILE --previous --identity\n"
	       "SECRET. When all are bound: cniectl key retire\n", c->epoch);
}

/* cnied has no use of the old key. Everybody would have to come with their
 * card: that is not for a wrong mode, or a TPM that sleeps, to decide. */
static int not_lost(const struct rotation *r, const struct key_status *s)
{
	char path[PREFIX_PATH_MAX];
	const char *how = key_status_get(s, "key");

	if (r->c.provider == PROVIDER_LOCAL)
		(void)seal_tell(r->c.epoch);
	if (r->c.provider == PROVIDER_LOCAL &&
	    seal_key_here(r->c.epoch, path))
		complain("%s is there, and can't be used: %s", path, how);
	else
		complain("the key of epoch %u can't be used: %s", r->c.epoch,
			 how);
	complain("put that right first: cniectl doctor, or cniectl key restore "
		 "FILE --identity SECRET");
	complain("where it is lost for good: cniectl key rotate --lost, and "
		 "each person comes with their card, cniectl account rebind");
	return CTL_REFUSED;
}

static int judge_old(struct rotation *r, const struct key_status *s)
{
	char path[PREFIX_PATH_MAX];

	if (!strcmp(key_status_get(s, "key"), "present")) {
		if (!refused(r->given_up))
			return CTL_DONE;
		complain("the key of epoch %u is there, and can be used: leave "
			 "--lost out", r->c.epoch);
		return CTL_REFUSED;
	}
	r->lost = r->given_up || (r->c.provider == PROVIDER_LOCAL &&
				  !seal_key_here(r->c.epoch, path));
	return refused(!r->lost) ? not_lost(r, s) : CTL_DONE;
}

/*
 * An old key that is lost must not be named: cnied evaluates under both, or
 * not at all. (Whether a tokeniser has its key we can't know.)
 */
static int look_for_old(struct rotation *r)
{
	struct key_status s = { 0 };
	bool dead = false;
	int code;

	if (r->c.provider == PROVIDER_TOKENISER)
		return CTL_DONE;
	/* a credential stays in the drop-in until it is given up */
	code = r->given_up ? seal_unblock(&r->c, r->c.epoch, true,
					   &dead) :
			     seal_recover(r->c.epoch);
	if (code == CTL_DONE)
		code = key_status_ask(&s);
	if (code == CTL_DONE)
		return judge_old(r, &s);
	if (code == CTL_NO_SERVICE && !r->given_up)
		(void)seal_tell(r->c.epoch);
	return code;
}

/* The next epoch's key is there: made here, or the service answers for it. */
static int make_next(const struct rotation *r)
{
	struct msg_admin_request m = { .verb = ADMIN_KEY_MAKE,
				       .epoch = r->c.epoch + 1 };

	if (r->public_key)
		snprintf(m.text, sizeof(m.text), "%s", r->public_key);
	return key_request(&m, "key", "it is there");
}

/* The key, its backup, and only then the line that names it. */
static int rotate(struct rotation *r)
{
	uint32_t next = r->c.epoch + 1;
	uint32_t epochs[2] = { next, r->c.epoch };
	int code = look_for_old(r);

	if (r->lost)
		epochs[1] = 0;
	if (code == CTL_DONE)
		code = make_next(r);
	if (code == CTL_DONE && r->c.provider == PROVIDER_LOCAL)
		code = backup_make(&r->wish, next);
	if (code == CTL_DONE)
		code = write_rotation(r);
	if (code != CTL_DONE)
		return code;
	backup_end();
	if (r->lost)
		tell_lost(&r->c);
	else
		tell_rotated(&r->c);
	return seal_there(r->c.epoch) ? seal_keys(epochs) : CTL_DONE;
}

int cmd_key_rotate(const struct arguments *a)
{
	scoped(close_fd) int lock = -1;
	struct rotation r = { 0 };
	int code = key_lock(&lock);

	if (code == CTL_DONE)
		code = key_config(&r.c, r.path);
	if (code == CTL_DONE && refused(r.c.previous_epoch != 0))
		return already(&r.c);
	if (code == CTL_DONE && r.c.epoch == UINT32_MAX) {
		complain("[sector] epoch: there is no number after this one");
		return CTL_REFUSED;
	}
	if (code == CTL_DONE)
		code = read_wishes(a, &r);
	return code == CTL_DONE ? rotate(&r) : code;
}
