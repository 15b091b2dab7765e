// SPDX-License-Identifier: GPL-3.0-or-later
/* Each helper started with its configuration, for a login or a probe. */
#include <stdio.h>
#include <string.h>

#include "base/prefix.h"
#include "service/key.h"
#include "service/txn.h"

enum result staff_card(struct txn *t, bool fresh, uint32_t wait_ms)
{
	struct msg_card_config m = { .fresh = fresh, .wait_ms = wait_ms };
	enum result r = crew_start(&t->crew, HELPER_CARD, &t->config, NULL);

	snprintf(m.reader, sizeof(m.reader), "%s", t->request.reader[0] ?
		 t->request.reader : t->config.reader);
	snprintf(m.ignore, sizeof(m.ignore), "%s", t->config.ignore);
	return r == R_OK ? crew_send(&t->crew, HELPER_CARD, MSG_CARD_CONFIG,
				     &m) : r;
}

enum result staff_inspect(struct txn *t, enum inspect_mode mode)
{
	struct msg_inspect_config *m = &t->profile;
	enum result r = R_OK;

	m->mode = (uint8_t)mode;
	snprintf(m->signer, sizeof(m->signer), "%s", t->request.signer);
	if (t->request.csca[0])
		snprintf(m->csca_dir, sizeof(m->csca_dir), "%s",
			 t->request.csca);
	else
		r = prefix_path(PATH_CSCA_DIR, m->csca_dir,
				sizeof(m->csca_dir));
	if (r == R_OK)
		r = crew_start(&t->crew, HELPER_INSPECT, &t->config, NULL);
	return r == R_OK ? crew_send(&t->crew, HELPER_INSPECT,
				     MSG_INSPECT_CONFIG, m) : r;
}

enum result staff_face(struct txn *t)
{
	struct msg_face_config m = {
		.fmr_e6 = t->config.fmr_e6,
		.max_ms = t->config.helper_s * 1000,
	};
	enum result r = prefix_path(t->config.models_dir, m.models_dir,
				    sizeof(m.models_dir));

	snprintf(m.camera, sizeof(m.camera), "%s", t->config.camera);
	if (r == R_OK)
		r = crew_start(&t->crew, HELPER_FACE, &t->config, NULL);
	return r == R_OK ? crew_send(&t->crew, HELPER_FACE, MSG_FACE_CONFIG,
				     &m) : r;
}

enum result staff_sector_with(struct txn *t, struct msg_sector_config *m,
			      const struct sector_fds *fds)
{
	const struct config *c = &t->config;
	enum result r;

	m->provider = (uint8_t)c->provider;
	m->cache = c->provider == PROVIDER_TOKENISER && c->token_cache;
	snprintf(m->urn, sizeof(m->urn), "%s", c->urn);
	snprintf(m->number_regex, sizeof(m->number_regex), "%s",
		 t->profile.number_regex);
	snprintf(m->module, sizeof(m->module), "%s", c->token_module);
	snprintf(m->token, sizeof(m->token), "%s", c->token_label);
	memcpy(m->public_key, c->public_key, sizeof(m->public_key));
	memcpy(m->old_public_key, c->previous_public_key,
	       sizeof(m->old_public_key));
	r = crew_start(&t->crew, HELPER_SECTOR, c, fds);
	return r == R_OK ? crew_send(&t->crew, HELPER_SECTOR,
				     MSG_SECTOR_CONFIG, m) : r;
}

enum result staff_sector(struct txn *t)
{
	scoped(key_fds_close) struct sector_fds fds = { { -1, -1, -1 } };
	struct msg_sector_config m = {
		.mode = SECTOR_EVALUATE, .epoch = t->config.epoch,
		.old_epoch = t->config.previous_epoch,
	};
	enum result r = key_fds(&t->config, &fds);

	return r == R_OK ? staff_sector_with(t, &m, &fds) : r;
}
