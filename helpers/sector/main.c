/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cnie-sector: from a national number to the tags of this sector. It alone
 * holds the sector key. It reads one number, answers two tags, and is gone;
 * the number and the pseudonym never leave it. It has no network, no files
 * but the key's descriptor, and never sees a face.
 */
#include <errno.h>
#include <poll.h>
#include <sodium.h>

#include "base/channel.h"
#include "base/helper.h"
#include "base/sandbox.h"
#include "base/scope.h"
#include "base/secret.h"
#include "sector/tags.h"

#define CONFIG_WAIT_MS 5000

/* Everything secret, in one locked page. */
struct vault {
	struct sector_key key;
	struct msg_number number;
	struct tags_work work;
};
_Static_assert(sizeof(struct vault) <= SECRET_PAGE_SIZE, "one page");

static _Noreturn void fail(enum reason why)
{
	helper_fail(why, 0, 0);
}

static enum reason load_key(const struct msg_sector_config *config,
			    struct vault *v)
{
	enum result r = key_read(FD_KEY, config->urn, config->epoch, &v->key);

	close(FD_KEY);
	return r == R_OK ? REASON_NONE : REASON_NO_KEY;
}

static enum reason generate(const struct msg_sector_config *config)
{
	enum result r = key_generate(FD_KEY, config->urn, config->epoch);

	close(FD_KEY);
	return r == R_OK ? REASON_NONE :
	       r == R_DENIED ? REASON_NO_KEY : REASON_INTERNAL;
}

/* Until a number is there. Nothing may come on the control channel any more
 * but its end, and that ends this process. */
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
	struct provider local = provider_local(&v->key);

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
	return tags_make(canon, &local, config->urn, &v->number, &v->work,
			 out);
}

static void serve(const struct helper *h,
		  const struct msg_sector_config *config, struct vault *v)
{
	struct msg_sector_tags tags = { 0 };
	struct canon canon = { 0 };
	enum reason why = load_key(config, v);

	if (why == REASON_NONE && config->mode == SECTOR_EVALUATE &&
	    canon_init(&canon, config->number_regex) != R_OK)
		why = REASON_NOT_CONFIGURED;
	if (why == REASON_NONE && sandbox_enter(ROLE_SECTOR) != R_OK)
		why = REASON_INTERNAL;
	if (why != REASON_NONE)
		fail(why);
	helper_ready(h);
	if (config->mode == SECTOR_PROBE)
		return;
	why = evaluate(config, &canon, v, &tags);
	secret_wipe(v, sizeof(*v));
	if (why != REASON_NONE)
		fail(why);
	if (chan_send(FD_CONTROL, MSG_SECTOR_TAGS, &tags) != R_OK)
		helper_exit(1);
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
	if (!tags_urn_ok(config.urn))
		fail(REASON_NOT_CONFIGURED);
	if (sodium_init() < 0 || secret_page_new(&page) != R_OK)
		fail(REASON_INTERNAL);
	switch (config.mode) {
	case SECTOR_EVALUATE:
	case SECTOR_PROBE:
		serve(&h, &config, page);
		break;
	case SECTOR_KEYGEN:
		why = generate(&config);
		if (why != REASON_NONE)
			fail(why);
		helper_ready(&h);
		break;
	default:
		fail(REASON_HELPER_PROTOCOL);
	}
	secret_page_free(&page);
	helper_exit(0);
}
