/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How it holds together. `current` names a slot. A reader adds itself to the
 * slot's count and looks at `current` again: still the same, so whoever
 * replaces it later will find the count. A replaced slot is RETIRED; whoever
 * then sees all of its counts at zero unmaps it: the one that replaced it, or
 * a reader as it leaves. Readers that came too late only touch the count, and
 * slots are never freed. All of it is sequentially consistent.
 *
 * Counts are spread over cache lines by processor, so that threads do not wait
 * for each other's lines.
 */
#include "pin.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "base/prefix.h"

#define SLOTS 8
#define SHARDS 8
#define LINE 128		/* processors fetch lines in pairs */
#define CHECK_MS 1000
#define TRIES 8

/* state = generation * STATES + one of these; the generation tells a slot
 * from the same slot used again */
enum { FREE, FILLING, LIVE, RETIRED, RECLAIMING, STATES };

struct count {
	_Alignas(LINE) atomic_uint readers;
};

struct slot {
	struct count count[SHARDS];
	_Atomic uint64_t state;
	struct view_map map;
	bool stays;		/* superseded, and at the path all the same */
};

static struct slot slots[SLOTS];
static atomic_uint current;		/* slot number + 1; 0 none */
static _Atomic int64_t next_check;	/* CLOCK_MONOTONIC_COARSE, ms */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Which count to use: two threads that run now are on two processors. A pin
 * remembers its shard, so moving in between does no harm. */
static unsigned int my_shard(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (unsigned int)cpu % SHARDS;
}

static bool step_state(struct slot *s, uint64_t from, unsigned int to)
{
	return atomic_compare_exchange_strong(&s->state, &from,
			(from / STATES + 1) * STATES + to);
}

static void reclaim(struct slot *s)
{
	uint64_t state = atomic_load(&s->state);

	if (state % STATES != RETIRED)
		return;
	for (int i = 0; i < SHARDS; i++)
		if (atomic_load(&s->count[i].readers))
			return;
	if (!step_state(s, state, RECLAIMING))
		return;		/* another one did, or the slot lives again */
	view_unmap(&s->map);
	atomic_store(&s->state, (state / STATES + 2) * STATES + FREE);
}

static void retire(struct slot *s)
{
	uint64_t state = atomic_load(&s->state);

	if (state % STATES == LIVE && step_state(s, state, RETIRED))
		reclaim(s);
}

static void leave(struct slot *s, unsigned int shard)
{
	atomic_fetch_sub(&s->count[shard].readers, 1);
	reclaim(s);
}

static struct slot *claim(void)
{
	for (int i = 0; i < SLOTS; i++) {
		uint64_t state = atomic_load(&slots[i].state);

		if (state % STATES == FREE &&
		    step_state(&slots[i], state, FILLING))
			return &slots[i];
	}
	return NULL;
}

/* open and close are where a thread ends that is cancelled. It would not come
 * back to glibc, which holds the lock of getpwnam and getpwent for it. */
static enum result map_path(struct view_map *m)
{
	char path[PREFIX_PATH_MAX];
	enum result r = prefix_path(PATH_VIEW, path, sizeof(path));
	int was;

	if (r != R_OK)
		return r;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &was);
	r = view_map_file(path, m);
	pthread_setcancelstate(was, NULL);
	return r;
}

static bool path_changed(const struct view_map *m)
{
	char path[PREFIX_PATH_MAX];

	return prefix_path(PATH_VIEW, path, sizeof(path)) != R_OK ||
	       !view_map_current(path, m);
}

static void pinned(struct pin *p, struct slot *s, unsigned int shard)
{
	p->slot = (unsigned int)(s - slots);
	p->shard = shard;
	p->view = &s->map.view;
}

/* Where no slot is free (forks at bad moments have taken them all). */
static void pinned_alone(struct pin *p, struct view_map m)
{
	p->own = m;
	p->slot = SLOTS;
	p->view = &p->own.view;
}

/*
 * Pin what stands at the path now, in the place of `old`. Where another thread
 * was faster, the new mapping is retired as soon as it is made: this one
 * reader has it, and unmaps it.
 */
static enum result replace(unsigned int old, unsigned int shard, struct pin *p)
{
	struct view_map m = { 0 };
	unsigned int expected = old;
	enum result r = map_path(&m);
	struct slot *s;
	uint64_t state;

	if (r != R_OK) {
		if (old && atomic_compare_exchange_strong(&current, &expected,
							  0))
			retire(&slots[old - 1]);
		return r;
	}
	s = claim();
	if (!s) {
		pinned_alone(p, m);
		return R_OK;
	}
	s->map = m;
	s->stays = view_superseded(&m.view) && !path_changed(&m);
	atomic_fetch_add(&s->count[shard].readers, 1);
	state = atomic_load(&s->state);
	atomic_store(&s->state, (state / STATES + 1) * STATES + LIVE);
	atomic_store(&next_check, now_ms() + CHECK_MS);
	if (!atomic_compare_exchange_strong(&current, &expected,
					    (unsigned int)(s - slots) + 1))
		retire(s);
	else if (old)
		retire(&slots[old - 1]);
	pinned(p, s, shard);
	return R_OK;
}

/* A superseded view may stand at the path: the file alone is mounted into a
 * container, or a power cut took the rename back. Mapping it for each look-up
 * would not make it newer, so there only the path tells. */
static bool stale(const struct slot *s)
{
	int64_t now, due;

	if (view_superseded(&s->map.view) && !s->stays)
		return true;
	/* in this order, so that it was set by an earlier clock than ours; due
	 * later than that, the clock was another time namespace's */
	due = atomic_load_explicit(&next_check, memory_order_acquire);
	now = now_ms();
	if (now < due && due - now <= CHECK_MS)
		return false;
	if (!atomic_compare_exchange_strong(&next_check, &due,
					    now + CHECK_MS))
		return false;	/* another thread looks */
	return path_changed(&s->map);
}

static void ask_ahead(const struct view *v, enum pin_for what, uint32_t hash)
{
	const struct view_index *const indexes[FOR_ANY] = {
		[FOR_NAME] = &v->names, [FOR_UID] = &v->uids,
		[FOR_GROUP] = &v->group_names, [FOR_GID] = &v->gids,
	};
	const struct view_index *index;

	if (what == FOR_ANY)
		return;
	index = indexes[what];
	if (index->slots > 0)
		__builtin_prefetch(v->file.p + index->offset + VIEW_SLOT *
				   (uint64_t)view_slot(hash, index->slots));
}

enum result pin_take(struct pin *p, enum pin_for what, uint32_t hash)
{
	unsigned int shard = my_shard();
	struct view_map m = { 0 };
	enum result r;

	for (int i = 0; i < TRIES; i++) {
		unsigned int c = atomic_load(&current);
		struct slot *s = c ? &slots[c - 1] : NULL;

		if (!s)
			return replace(0, shard, p);
		atomic_fetch_add(&s->count[shard].readers, 1);
		if (atomic_load(&current) == c) {
			ask_ahead(&s->map.view, what, hash);
			if (!stale(s)) {
				pinned(p, s, shard);
				return R_OK;
			}
			leave(s, shard);
			return replace(c, shard, p);
		}
		leave(s, shard);
	}
	r = map_path(&m);
	if (r == R_OK)
		pinned_alone(p, m);
	return r;
}

void pin_drop(struct pin *p)
{
	if (p->slot == SLOTS)
		view_unmap(&p->own);
	else
		leave(&slots[p->slot], p->shard);
	p->view = NULL;
}

/* dlclose leaves no mapping behind. At exit it is no harm: a thread that still
 * looks up keeps what it has pinned, or maps anew. */
__attribute__((destructor)) static void unload(void)
{
	unsigned int c = atomic_exchange(&current, 0);

	if (c)
		retire(&slots[c - 1]);
}
