// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/csca_list.h"

#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>
#include <string.h>

#include "base/refuse.h"
#include "ctl/client.h"
#include "ctl/ctl.h"

void csca_list_free(struct csca_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((void *)(uintptr_t)l->at[i].der.p);
	free(l->at);
	*l = (struct csca_list){ 0 };
}

void csca_list_drop(struct csca_list *l, size_t i)
{
	free((void *)(uintptr_t)l->at[i].der.p);
	l->n--;
	memmove(&l->at[i], &l->at[i + 1], (l->n - i) * sizeof(l->at[0]));
}

bool fingerprint_ok(const char *sha256)
{
	return strlen(sha256) == FINGERPRINT_MAX - 1 &&
	       strspn(sha256, "0123456789abcdef") == FINGERPRINT_MAX - 1;
}

void fingerprint_of(struct span der, char out[FINGERPRINT_MAX])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, der.p, der.n);
	hex_encode(SPAN(hash), out);
}

const struct msg_item *csca_list_find(const struct csca_list *l,
				      const char *sha256)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->at[i].sha256, sha256))
			return &l->at[i];
	return NULL;
}

/* What comes with its bytes will be a trust anchor. */
static enum result imported_ok(const struct msg_item *m, const char *country)
{
	char sha256[FINGERPRINT_MAX];

	if (m->der.n == 0)
		return R_MALFORMED;
	fingerprint_of(m->der, sha256);
	refuse_if(strcmp(sha256, m->sha256) != 0, R_DENIED);
	refuse_if(strcmp(country, m->country) != 0, R_DENIED);
	return R_OK;
}

static enum result append(struct csca_list *l, const struct msg_item *m)
{
	uint8_t *der = NULL;

	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *at = realloc(l->at, room * sizeof(*l->at));

		if (!at)
			return R_INTERNAL;
		l->at = at;
		l->room = room;
	}
	if (m->der.n > 0) {
		der = malloc(m->der.n);
		if (!der)
			return R_INTERNAL;
		memcpy(der, m->der.p, m->der.n);
	}
	l->at[l->n] = *m;
	l->at[l->n++].der = (struct span){ der, m->der.n };
	return R_OK;
}

enum result csca_list_add(struct csca_list *l, const struct msg_item *m,
			  const char *country)
{
	enum result r = R_OK;

	if (m->kind != ITEM_ANCHOR && m->kind != ITEM_CRL)
		return R_MALFORMED;
	refuse_if(!fingerprint_ok(m->sha256), R_MALFORMED);
	if (country)
		r = imported_ok(m, country);
	if (r != R_OK || csca_list_find(l, m->sha256))
		return r;
	return l->n < CSCA_ITEMS_MAX ? append(l, m) : R_MALFORMED;
}

enum result csca_list_count(struct csca_list *l, const char *row)
{
	const char *tab = strchr(row, '\t');
	unsigned long v;
	size_t n;
	char *end;

	if (!tab || tab == row || !tab[1] ||
	    strspn(tab + 1, "0123456789") != strlen(tab + 1) ||
	    strlen(tab + 1) > 9)
		return R_MALFORMED;
	v = strtoul(tab + 1, &end, 10);
	n = (size_t)(tab - row);
	if (n == strlen("bad") && !memcmp(row, "bad", n))
		l->bad = (uint32_t)v;
	else if (n == strlen("other_country") &&
		 !memcmp(row, "other_country", n))
		l->other_country = (uint32_t)v;
	return R_OK;
}

/* -- the conversation ------------------------------------------------------ */

struct asking {
	struct csca_list *list;
	const char *country;
	struct progress bar;
};

static enum result on_item(void *ctx, const struct msg_item *m)
{
	struct asking *a = ctx;
	enum result r = csca_list_add(a->list, m, a->country);

	if (r != R_DENIED)
		return r;
	progress_end(&a->bar);
	complain("what came is not what it says to be, or not of %s: it is "
		 "not believed, and nothing is taken", a->country);
	return R_MALFORMED;
}

static enum result on_progress(void *ctx, const struct msg_progress *m)
{
	struct asking *a = ctx;

	progress_step(&a->bar, m->done, m->total);
	return R_OK;
}

static enum result on_row(void *ctx, const char *text)
{
	struct asking *a = ctx;

	return csca_list_count(a->list, text);
}

enum result csca_list_ask(const struct msg_admin_request *request,
			  const char *country, int bar, struct csca_list *out,
			  struct msg_admin_done *done)
{
	struct csca_list list = { 0 };
	struct asking a = { &list, country, progress_on(bar) };
	const struct client client = { .ctx = &a, .row = on_row,
				       .item = on_item,
				       .progress = on_progress };
	enum result r = client_run(request, &client, done);

	progress_end(&a.bar);
	/* a list that was cut must not look whole */
	if (r == R_OK && done->reason == REASON_NONE)
		*out = list;
	else
		csca_list_free(&list);
	return r;
}
