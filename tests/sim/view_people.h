/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Synthetic accounts for views of any size: account i of n has a name, a uid
 * and three groups (the sector's, an entity's of 1,000, a site's of 50) that
 * follow from i alone, so that a test or a bench can ask for any of them.
 */
#ifndef CNIE_TESTS_VIEW_PEOPLE_H
#define CNIE_TESTS_VIEW_PEOPLE_H

#include <stdio.h>
#include <string.h>

#include "roster/view.h"

#define PEOPLE_UID_BASE UINT32_C(2013265920)	/* 0x78000000 */
#define PEOPLE_GID 65536
#define PEOPLE_ENTITY_GID 100000
#define PEOPLE_SITE_GID 200000
#define PEOPLE_ENTITY 1000
#define PEOPLE_SITE 50

struct people {
	uint32_t n;
	uint32_t account, entity, site;		/* next to give */
	bool sector_given;
	char name[16], home[32], group[16];
	uint32_t groups[3];
};

/* "u" and seven characters of base32; i * odd is a bijection on 35 bits. */
static inline void people_name(uint32_t i, char out[16])
{
	static const char digit[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t v = (uint64_t)(i + 1) * UINT64_C(0x5851f42d5) &
		     UINT64_C(0x7ffffffff);

	out[0] = 'u';
	for (int k = 1; k < 8; k++, v >>= 5)
		out[k] = digit[v & 31];
	out[8] = '\0';
}

static inline uint32_t people_uid(uint32_t i)
{
	return PEOPLE_UID_BASE + i;
}

static inline void people_groups(uint32_t i, uint32_t out[3])
{
	out[0] = PEOPLE_GID;
	out[1] = PEOPLE_ENTITY_GID + i / PEOPLE_ENTITY;
	out[2] = PEOPLE_SITE_GID + i / PEOPLE_SITE;
}

static inline enum result people_group(void *ctx, struct view_group_entry *out)
{
	struct people *p = ctx;

	if (p->n == 0)
		return R_ABSENT;
	if (!p->sector_given) {
		p->sector_given = true;
		*out = (struct view_group_entry){ "cnie", PEOPLE_GID };
		return R_OK;
	}
	if (p->entity <= (p->n - 1) / PEOPLE_ENTITY) {
		snprintf(p->group, sizeof(p->group), "e%u", p->entity);
		out->gid = PEOPLE_ENTITY_GID + p->entity++;
	} else if (p->site <= (p->n - 1) / PEOPLE_SITE) {
		snprintf(p->group, sizeof(p->group), "s%u", p->site);
		out->gid = PEOPLE_SITE_GID + p->site++;
	} else {
		return R_ABSENT;
	}
	out->name = p->group;
	return R_OK;
}

static inline enum result people_account(void *ctx, struct view_entry *out)
{
	struct people *p = ctx;
	uint32_t i = p->account;

	if (i >= p->n)
		return R_ABSENT;
	p->account++;
	people_name(i, p->name);
	memcpy(p->home, "/home/", 6);
	memcpy(p->home + 6, p->name, sizeof(p->name));
	people_groups(i, p->groups);
	*out = (struct view_entry){
		.name = p->name, .home = p->home, .shell = "/bin/bash",
		.uid = people_uid(i), .gid = PEOPLE_GID,
		.expiry = i % 3 ? 0 : 20301231, .status = i % 10 == 9 ?
		VIEW_REVOKED : VIEW_ACTIVE, .groups = 3,
		.group_list = p->groups,
	};
	return R_OK;
}

static inline struct view_source people_source(struct people *p, uint32_t n)
{
	*p = (struct people){ .n = n };
	return (struct view_source){
		.next_group = people_group, .next_account = people_account,
		.ctx = p, .generation = 1795300000,
	};
}

#endif
