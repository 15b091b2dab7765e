/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/custody.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/refuse.h"
#include "base/secret.h"

/* -- what may be asked ----------------------------------------------- */

bool custody_in_token(const struct msg_sector_config *config)
{
	return config->provider == PROVIDER_PKCS11 || config->machine_key ||
	       (config->provider == PROVIDER_TOKENISER && config->cache);
}

/* By mode: the providers whose key it can do it to. */
static const uint8_t held[] = {
#define P(provider) (1u << (provider))
	[SECTOR_EVALUATE] = P(PROVIDER_LOCAL) | P(PROVIDER_PKCS11) |
			    P(PROVIDER_TOKENISER),
	[SECTOR_PROBE] = P(PROVIDER_LOCAL) | P(PROVIDER_PKCS11) |
			 P(PROVIDER_TOKENISER),
	[SECTOR_KEYGEN] = P(PROVIDER_LOCAL) | P(PROVIDER_PKCS11),
	[SECTOR_DESTROY] = P(PROVIDER_LOCAL) | P(PROVIDER_PKCS11),
	[SECTOR_BACKUP] = P(PROVIDER_LOCAL),
	[SECTOR_RESTORE] = P(PROVIDER_LOCAL),
#undef P
};

static bool known(const struct msg_sector_config *config)
{
	return config->mode >= SECTOR_EVALUATE &&
	       config->mode <= SECTOR_DESTROY &&
	       config->provider >= PROVIDER_LOCAL &&
	       config->provider <= PROVIDER_TOKENISER;
}

static bool pinned(const uint8_t key[ELEMENT_SIZE])
{
	return !sodium_is_zero(key, ELEMENT_SIZE);
}

static bool coherent(const struct msg_sector_config *config)
{
	bool service = config->provider == PROVIDER_TOKENISER;

	if (!tags_urn_ok(config->urn) || config->epoch == 0 ||
	    config->old_epoch == config->epoch)
		return false;
	if (config->cache && !service)
		return false;
	return !service || config->machine_key ||
	       (pinned(config->public_key) &&
		(!config->old_epoch || pinned(config->old_public_key)));
}

enum reason custody_check(const struct msg_sector_config *config)
{
	refuse_if(!known(config), REASON_HELPER_PROTOCOL);
	/* only the making of it speaks of the machine's key */
	refuse_if(config->machine_key &&
		  (config->mode != SECTOR_KEYGEN ||
		   config->provider == PROVIDER_LOCAL),
		  REASON_HELPER_PROTOCOL);
	refuse_if(!coherent(config), REASON_NOT_CONFIGURED);
	refuse_if(!config->machine_key &&
		  !(held[config->mode] & 1u << config->provider),
		  REASON_KEY_CUSTODY);
	return REASON_NONE;
}

/* -- the token ------------------------------------------------------- */

/* A library's own descriptors must not come to lie on the fixed numbers, where
 * the filter has rules for something else. */
static enum result fill_fixed_numbers(void)
{
	for (int fd = 0; fd <= FD_LAST; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, fd) != fd)
			return R_INTERNAL;
	}
	return R_OK;
}

enum reason custody_token(const struct msg_sector_config *config,
			  bool writable, struct custody *out)
{
	enum result r = token_pin_read(FD_KEY, &out->pin);
	enum reason why = REASON_TOKEN;

	close(FD_KEY);
	if (r == R_OK && fill_fixed_numbers() != R_OK)
		r = R_INTERNAL;
	out->token.fault = r == R_MALFORMED ? TOKEN_FAULT_PIN_FILE :
					      TOKEN_FAULT_NONE;
	if (r == R_OK)
		why = token_open(config->module, config->token, &out->pin,
				 writable, &out->token);
	token_pin_wipe(&out->pin);
	return why;
}

/* Found, and used once: what the library loads at its first use is loaded
 * before the lock-down. */
static enum reason find_key(const struct token *t, const char *label,
			    uint32_t id, struct token_key *out)
{
	uint8_t mac[TOKEN_HMAC];
	enum reason why = token_key_find(t, label, id, out);

	if (why == REASON_NONE)
		why = token_hmac(out, span_str("cnie/probe/v1"), mac);
	secret_wipe(mac, sizeof(mac));
	return why;
}

static enum reason cache_index(void *ctx, struct span message,
			       uint8_t out[CACHE_INDEX])
{
	const struct token_key *machine = ctx;

	_Static_assert(CACHE_INDEX == TOKEN_HMAC, "one HMAC");
	return token_hmac(machine, message, out);
}

/* -- the three providers --------------------------------------------- */

static uint32_t epoch_of(const struct msg_sector_config *config, size_t i)
{
	return i == 0 ? config->epoch : config->old_epoch;
}

static enum reason open_local(const struct msg_sector_config *config,
			      struct custody *c)
{
	static const int fds[EPOCHS] = { FD_KEY, FD_KEY_OLD };

	for (size_t i = 0; i < c->n; i++) {
		enum result r = key_read(fds[i], config->urn,
					 epoch_of(config, i), &c->key[i]);

		close(fds[i]);
		if (r != R_OK)
			return REASON_NO_KEY;
		c->source[i].provider = provider_local(&c->key[i]);
	}
	return REASON_NONE;
}

static enum reason open_pkcs11(const struct msg_sector_config *config,
			       struct custody *c)
{
	enum reason why = custody_token(config, false, c);

	for (size_t i = 0; i < c->n && why == REASON_NONE; i++) {
		why = find_key(&c->token, TOKEN_SECTOR_KEY,
			       epoch_of(config, i), &c->token_key[i]);
		c->source[i].provider = provider_pkcs11(&c->token_key[i]);
	}
	return why;
}

static enum reason open_tokeniser(const struct msg_sector_config *config,
				  struct custody *c)
{
	const uint8_t *pins[EPOCHS] = { config->public_key,
					config->old_public_key };
	enum reason why = REASON_NONE;

	if (config->cache) {
		why = custody_token(config, false, c);
		if (why == REASON_NONE)
			why = find_key(&c->token, TOKEN_MACHINE_KEY,
				       TOKEN_MACHINE_ID, &c->machine);
	}
	for (size_t i = 0; i < c->n; i++) {
		struct tokeniser *t = &c->tokeniser[i];

		*t = (struct tokeniser){ FD_TOKENISER, epoch_of(config, i),
					 { 0 }, TOKENISER_WAIT_MS,
					 TOKENISER_FAULT_NONE };
		memcpy(t->public_key, pins[i], OPRF_ELEMENT);
		c->source[i].provider = provider_tokeniser(t);
		c->source[i].cache = config->cache ? &c->cache : NULL;
		c->source[i].pinned = t->public_key;
	}
	return why;
}

enum reason custody_open(const struct msg_sector_config *config,
			 enum reason (*lookup)(void *ctx,
				const struct msg_sector_lookup *what,
				struct msg_sector_found *out),
			 struct custody *out)
{
	struct custody *c = out;

	c->n = config->old_epoch ? 2 : 1;
	c->cache = (struct tags_cache){ cache_index, lookup, &c->machine };
	for (size_t i = 0; i < c->n; i++)
		c->source[i].epoch = epoch_of(config, i);
	switch (config->provider) {
	case PROVIDER_LOCAL:
		return open_local(config, c);
	case PROVIDER_PKCS11:
		return open_pkcs11(config, c);
	case PROVIDER_TOKENISER:
		return open_tokeniser(config, c);
	default:
		return REASON_HELPER_PROTOCOL;
	}
}

enum reason custody_try(struct custody *c, struct psn *scratch)
{
	enum reason why = REASON_NONE;

	for (size_t i = 0; i < c->n && why == REASON_NONE; i++) {
		const struct provider *p = &c->source[i].provider;

		why = p->evaluate(p->ctx, span_str("cnie/probe/v1"), scratch);
	}
	secret_wipe(scratch, sizeof(*scratch));
	return why;
}
