/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Call every accessor over the bytes of a view, good or not, and touch every
 * byte that they hand out. */
#ifndef CNIE_TESTS_VIEW_READALL_H
#define CNIE_TESTS_VIEW_READALL_H

#include "sim/view_people.h"

static inline void touch(const void *p, size_t n)
{
	const uint8_t *b = p;
	volatile uint8_t sink_byte = 0;

	for (size_t i = 0; i < n; i++)
		sink_byte ^= b[i];
}

static inline void touch_account(const struct view_account *a)
{
	uint32_t gid;

	touch(a->name, a->name_n + 1u);
	touch(a->home, a->home_n + 1u);
	touch(a->shell, a->shell_n + 1u);
	touch(a->group_list.p, a->group_list.n);
	for (uint32_t i = 0; i <= a->groups; i++)
		if (view_account_group(a, i, &gid) == R_OK)
			touch(&gid, sizeof(gid));
}

static inline void touch_group(const struct view *v, const struct view_group *g)
{
	struct view_account a;

	touch(g->name, g->name_n + 1u);
	for (uint32_t i = 0; i <= g->members; i++)
		if (view_group_member(v, g, i, &a) == R_OK)
			touch_account(&a);
}

/* At most this many of each, whatever the header says. */
#define NTH_MAX 300

static inline unsigned int list_all(const struct view *v)
{
	struct view_account a;
	struct view_group g;
	unsigned int found = 0;

	for (uint32_t i = 0; i < NTH_MAX; i++)
		if (view_account_nth(v, i, &a) == R_OK) {
			touch_account(&a);
			found++;
		}
	for (uint32_t i = 0; i < NTH_MAX; i++)
		if (view_group_nth(v, i, &g) == R_OK) {
			touch_group(v, &g);
			found++;
		}
	if (view_account_nth(v, UINT32_MAX, &a) == R_OK ||
	    view_group_nth(v, UINT32_MAX, &g) == R_OK)
		found++;
	return found;
}

/* Answers how many records were found. */
static inline unsigned int read_all(struct span file)
{
	static const char *const groups[] = { "cnie", "e0", "s0", "s1", "" };
	static const uint32_t gids[] = { PEOPLE_GID, PEOPLE_ENTITY_GID,
					 PEOPLE_SITE_GID, 0, UINT32_MAX };
	struct view_account a;
	struct view_group g;
	unsigned int found = 0;
	struct view v;
	char name[16];

	if (view_check(file, &v) != R_OK)
		return 0;
	touch(&v, view_superseded(&v));
	for (uint32_t i = 0; i < 8; i++) {
		people_name(i, name);
		if (view_find_name(&v, span_str(name), &a) == R_OK) {
			touch_account(&a);
			found++;
		}
		if (view_find_uid(&v, people_uid(i), &a) == R_OK) {
			touch_account(&a);
			found++;
		}
	}
	for (int i = 0; i < 5; i++) {
		if (view_find_group(&v, span_str(groups[i]), &g) == R_OK) {
			touch_group(&v, &g);
			found++;
		}
		if (view_find_gid(&v, gids[i], &g) == R_OK) {
			touch_group(&v, &g);
			found++;
		}
	}
	return found + list_all(&v);
}

#endif
