/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The place of an enumeration belongs to the process (glibc manual, "Internals
 * of the NSS Module Functions"). It is a number and not a pointer into a view:
 * no mapping is held from one call to the next, a view may be replaced in
 * between, and a child forked in the middle has a place of its own. Nobody
 * waits: who finds the place moved looks again. An answer that did not fit
 * moves nothing.
 */
#include <errno.h>
#include <stdatomic.h>

#include "nss_cnie.h"
#include "pin.h"
#include "reply.h"

static atomic_uint next_account, next_group;

enum nss_status _nss_cnie_setpwent(int stayopen)
{
	(void)stayopen;		/* there is nothing to keep open */
	atomic_store(&next_account, 0);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_cnie_endpwent(void)
{
	atomic_store(&next_account, 0);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_cnie_getpwent_r(struct passwd *pw, char *buf, size_t n,
				     int *errnop)
{
	unsigned int i = atomic_load(&next_account);
	struct view_account a;
	int saved = errno;
	struct pin pin;
	enum result r = pin_take(&pin, FOR_ANY, 0);

	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	do {
		r = view_account_nth(pin.view, i, &a);
		if (r == R_OK)
			r = reply_passwd(&a, pw, buf, n);
	} while (r == R_OK && !atomic_compare_exchange_strong(&next_account,
							      &i, i + 1));
	pin_drop(&pin);
	return reply_result(r, saved, errnop);
}

enum nss_status _nss_cnie_setgrent(int stayopen)
{
	(void)stayopen;
	atomic_store(&next_group, 0);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_cnie_endgrent(void)
{
	atomic_store(&next_group, 0);
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_cnie_getgrent_r(struct group *gr, char *buf, size_t n,
				     int *errnop)
{
	unsigned int i = atomic_load(&next_group);
	struct view_group g;
	int saved = errno;
	struct pin pin;
	enum result r = pin_take(&pin, FOR_ANY, 0);

	if (r != R_OK)
		return reply_no_view(r, saved, errnop);
	do {
		r = view_group_nth(pin.view, i, &g);
		if (r == R_OK)
			r = reply_group(pin.view, &g, gr, buf, n);
	} while (r == R_OK && !atomic_compare_exchange_strong(&next_group, &i,
							      i + 1));
	pin_drop(&pin);
	return reply_result(r, saved, errnop);
}
