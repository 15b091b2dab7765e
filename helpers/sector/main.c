/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cnie-sector: from a national number to the tags of this sector. It alone
 * holds the sector key, or what leads to it: a key file's descriptor, a token's
 * session, the tokenisation service's socket. It reads one number, answers the
 * tags, and is gone; the number and the pseudonym never leave it. It has no
 * network and never sees a face.
 */
#include <errno.h>
#include <poll.h>
#include <sodium.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/refuse.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "sector/manage.h"

#define CONFIG_WAIT_MS 5000
#define FOUND_WAIT_MS 5000

/* Everything secret, in one locked page. */
struct vault {
	struct custody custody;
	struct msg_number number;
	struct tags_work work;
};
_Static_assert(sizeof(struct vault) <= SECRET_PAGE_SIZE &&
	       sizeof(struct manage_work) <= SECRET_PAGE_SIZE, "one page");

static _Noreturn void fail(enum reason why)
{
	helper_fail(why, 0, 0);
}

/* Before a key was found: the token may say which of its troubles it is. */
static _Noreturn void fail_token(enum reason why, const struct token *t)
{
	helper_fail(why, why == REASON_TOKEN ? (uint16_t)t->fault : 0, 0);
}

/* The same of the tokenisation service, while a key is used. */
static uint16_t fault(enum reason why, const struct custody *c)
{
	uint16_t said = 0;

	if (why == REASON_TOKEN)
		return (uint16_t)c->token.fault;
	for (size_t i = 0; i < c->n && why == REASON_TOKENISER && !said; i++)
		said = (uint16_t)c->tokeniser[i].fault;
	return said;
}

/* Nothing may come on the control channel that was not asked for; its end ends
 * this process. */
static void expect_silence(void)
{
	struct pollfd p = { .fd = FD_CONTROL, .events = POLLIN };

	if (refused(poll(&p, 1, 0) != 0))
		helper_exit(1);
}

/* What cnied remembers under this index. */
static enum reason lookup(void *ctx, const struct msg_sector_lookup *what,
			  struct msg_sector_found *out)
{
	(void)ctx;
	expect_silence();
	if (chan_send(FD_CONTROL, MSG_SECTOR_LOOKUP, what) != R_OK ||
	    chan_expect(FD_CONTROL, MSG_SECTOR_FOUND, out,
			mono_ms() + FOUND_WAIT_MS) != R_OK || out->found > 1)
		return REASON_HELPER_PROTOCOL;
	return REASON_NONE;
}

/* Until a number is there. */
static void wait_for_number(void)
{
	struct pollfd p[] = {
		{ .fd = FD_CONTROL, .events = POLLIN },
		{ .fd = FD_NUMBER, .events = POLLIN },
	};

	for (;;) {
		int n = poll(p, 2, -1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || p[0].revents)
			helper_exit(1);
		if (p[1].revents)
			return;
	}
}

/* Once. */
static enum reason evaluate(const struct msg_sector_config *config,
			    const struct canon *canon, struct vault *v,
			    struct msg_sector_tags *out)
{
	const struct custody *c = &v->custody;

	wait_for_number();
	switch (chan_expect(FD_NUMBER, MSG_NUMBER, &v->number,
			    mono_ms() + CONFIG_WAIT_MS)) {
	case R_OK:
		break;
	case R_ABSENT:		/* cnie-inspect refused, or was stopped */
		helper_exit(1);
	case R_DENIED:
	case R_MALFORMED:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		return REASON_HELPER_PROTOCOL;
	}
	return tags_make(canon, &c->source[0], c->n > 1 ? &c->source[1] : NULL,
			 config->urn, &v->number, &v->work, out);
}

static void answer_number(const struct msg_sector_config *config,
			  const struct canon *canon, struct vault *v)
{
	struct msg_sector_tags tags = { .has_old = 0 };
	enum reason why = evaluate(config, canon, v, &tags);
	uint16_t which = fault(why, &v->custody);

	secret_wipe(v, sizeof(*v));
	if (why != REASON_NONE)
		helper_fail(why, which, 0);
	expect_silence();
	if (chan_send(FD_CONTROL, MSG_SECTOR_TAGS, &tags) != R_OK)
		helper_exit(1);
}

static void answer_backup(const struct msg_sector_config *config,
			  struct vault *v)
{
	uint8_t sealed[BACKUP_SIZE];
	struct msg_sector_backup m = { SPAN(sealed) };
	enum reason why = manage_backup(config, &v->custody, sealed);

	secret_wipe(v, sizeof(*v));
	if (why != REASON_NONE)
		fail(why);
	if (chan_send(FD_CONTROL, MSG_SECTOR_BACKUP, &m) != R_OK)
		helper_exit(1);
}

/* The modes that use a key: it is found, then this process locks down. */
static void serve(const struct helper *h,
		  const struct msg_sector_config *config, struct vault *v)
{
	struct canon canon = { 0 };
	enum reason why = custody_open(config, lookup, &v->custody);

	if (why == REASON_NONE && config->mode == SECTOR_EVALUATE &&
	    canon_init(&canon, config->number_regex) != R_OK)
		why = REASON_NOT_CONFIGURED;
	if (why == REASON_NONE &&
	    sandbox_enter(custody_in_token(config) ? ROLE_SECTOR_TOKEN :
						     ROLE_SECTOR) != R_OK)
		why = REASON_INTERNAL;
	if (why == REASON_NONE && config->mode == SECTOR_PROBE)
		why = custody_try(&v->custody, &v->work.psn);
	if (why != REASON_NONE)
		helper_fail(why, fault(why, &v->custody), 0);
	helper_ready(h);
	if (config->mode == SECTOR_EVALUATE)
		answer_number(config, &canon, v);
	else if (config->mode == SECTOR_BACKUP)
		answer_backup(config, v);
}

/* The modes that change one. */
static void manage(const struct helper *h,
		   const struct msg_sector_config *config,
		   struct manage_work *w)
{
	enum reason why = manage_key(config, w);

	if (why != REASON_NONE)
		fail_token(why, &w->custody.token);
	helper_ready(h);
}

int main(void)
{
	struct msg_sector_config config;
	struct helper h;
	void *page = NULL;
	enum reason why;

	if (helper_begin(HELPER_SECTOR, &h) != R_OK)
		helper_exit(1);
	if (chan_expect(FD_CONTROL, MSG_SECTOR_CONFIG, &config,
			mono_ms() + CONFIG_WAIT_MS) != R_OK)
		fail(REASON_HELPER_PROTOCOL);
	if (sodium_init() < 0 || secret_page_new(&page) != R_OK)
		fail(REASON_INTERNAL);
	why = custody_check(&config);
	if (why != REASON_NONE)
		fail(why);
	if (config.mode == SECTOR_EVALUATE || config.mode == SECTOR_PROBE ||
	    config.mode == SECTOR_BACKUP)
		serve(&h, &config, page);
	else
		manage(&h, &config, page);
	/* without a token's farewell: its library may have more to do at its
	 * end than the filter lets it */
	secret_wipe(page, SECRET_PAGE_SIZE);
	helper_exit(0);
}
