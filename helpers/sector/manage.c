/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/manage.h"

#include "base/sandbox.h"

/* -- in the token ---------------------------------------------------- */

static enum reason manage_in_token(const struct msg_sector_config *config,
				   struct custody *c)
{
	const char *label = config->machine_key ? TOKEN_MACHINE_KEY :
						  TOKEN_SECTOR_KEY;
	uint32_t id = config->machine_key ? TOKEN_MACHINE_ID : config->epoch;
	enum reason why = custody_token(config, true, c);

	if (why != REASON_NONE)
		return why;
	if (sandbox_enter(ROLE_SECTOR_TOKEN_KEY) != R_OK)
		return REASON_INTERNAL;
	return config->mode == SECTOR_KEYGEN ?
	       token_key_make(&c->token, label, id) :
	       token_key_destroy(&c->token, label, id);
}

/* -- in a file ------------------------------------------------------- */

/* w->key, into the empty file. */
static enum reason write_key(const struct msg_sector_config *config,
			     struct manage_work *w)
{
	enum result r = key_put(&w->key, config->urn, config->epoch, &w->file);

	if (r == R_OK)
		r = key_write(FD_KEY, &w->file);
	return r == R_OK ? REASON_NONE :
	       r == R_DENIED ? REASON_KEY_EXISTS : REASON_INTERNAL;
}

static enum reason keygen(const struct msg_sector_config *config,
			  struct manage_work *w)
{
	oprf_random(w->key.scalar);
	return write_key(config, w);
}

static enum reason destroy(const struct msg_sector_config *config)
{
	switch (key_destroy(FD_KEY, config->urn, config->epoch)) {
	case R_OK:
		return REASON_NONE;
	case R_DENIED:
	case R_MALFORMED:
		return REASON_NO_KEY;
	case R_ABSENT:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	return REASON_INTERNAL;
}

static enum reason restore(const struct msg_sector_config *config,
			   struct manage_work *w)
{
	uint8_t sealed[BACKUP_SIZE + 1];
	struct sink backup = SINK(sealed), text = SINK(w->text);

	if (key_read_all(FD_BACKUP, &backup) != R_OK ||
	    key_read_all(FD_IDENTITY, &text) != R_OK ||
	    backup_identity_get(sink_span(&text), &w->identity) != R_OK ||
	    backup_open(sink_span(&backup), &w->identity, config->urn,
			config->epoch, &w->key) != R_OK)
		return REASON_KEY_BACKUP;
	return write_key(config, w);
}

enum reason manage_key(const struct msg_sector_config *config,
		       struct manage_work *w)
{
	if (custody_in_token(config))
		return manage_in_token(config, &w->custody);
	if (sandbox_enter(ROLE_SECTOR_KEY) != R_OK)
		return REASON_INTERNAL;
	switch (config->mode) {
	case SECTOR_KEYGEN:
		return keygen(config, w);
	case SECTOR_RESTORE:
		return restore(config, w);
	case SECTOR_DESTROY:
		return destroy(config);
	default:
		return REASON_HELPER_PROTOCOL;
	}
}

enum reason manage_backup(const struct msg_sector_config *config,
			  const struct custody *c, uint8_t out[BACKUP_SIZE])
{
	return backup_seal(&c->key[0], config->urn, config->epoch,
			   config->recipient, out) == R_OK ?
	       REASON_NONE : REASON_KEY_BACKUP;
}
