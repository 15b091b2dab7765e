/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls, and what one takes. */
#include <dlfcn.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdlib.h>
#include <time.h>

#include "nss_bench.h"

#define BATCH 10
#define BATCHES_MAX 1000
#define PASSES 7
#define PASS_NS 200000000LL	/* at most, where a batch is quick */
#define BUDGET_NS 1500000000LL	/* for one number; one pass at least */
#define FEWEST 3		/* batches in a pass, however slow */

static const char *const call_name[CALLS] = {
	"getpwnam_r", "getpwuid_r", "initgroups", "miss" };

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

uint32_t pick(uint64_t *s, uint32_t n)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)(*s >> 20) % n;
}

void ask_for(uint32_t i, struct ask *out)
{
	out->i = i;
	people_name(i, out->name);
	people_name(people_n + 1 + i, out->nobody);
}

/* -- through glibc ------------------------------------------------- */

static void libc_name(const struct ask *a)
{
	struct passwd pw, *got = NULL;
	char buf[1024];

	getpwnam_r(a->name, &pw, buf, sizeof(buf), &got);
	need(got && got->pw_uid == people_uid(a->i), "getpwnam_r");
}

static void libc_uid(const struct ask *a)
{
	struct passwd pw, *got = NULL;
	char buf[1024];

	getpwuid_r(people_uid(a->i), &pw, buf, sizeof(buf), &got);
	need(got && got->pw_uid == people_uid(a->i), "getpwuid_r");
}

static void libc_groups(const struct ask *a)
{
	gid_t list[16];
	int n = 16;

	need(getgrouplist(a->name, PEOPLE_GID, list, &n) >= 2, "initgroups");
}

static void libc_miss(const struct ask *a)
{
	struct passwd pw, *got = NULL;
	char buf[1024];

	getpwnam_r(a->nobody, &pw, buf, sizeof(buf), &got);
	need(got == NULL, "miss");
}

void no_module(const struct ask *a)
{
	struct passwd pw, *got = NULL;
	char buf[1024];

	getpwnam_r(a->name, &pw, buf, sizeof(buf), &got);
	need(got == NULL, "no module");
}

const struct calls through_libc = {
	{ libc_name, libc_uid, libc_groups, libc_miss } };

/* -- the module's own ---------------------------------------------- */

static enum nss_status (*direct_name)(const char *, struct passwd *, char *,
				      size_t, int *);
static enum nss_status (*direct_uid)(uid_t, struct passwd *, char *, size_t,
				     int *);
static enum nss_status (*direct_groups)(const char *, gid_t, long int *,
					long int *, gid_t **, long int, int *);

void load_direct(void)
{
	void *h = dlopen("libnss_cnie.so.2", RTLD_NOW);

	need(h != NULL, "libnss_cnie.so.2");
	*(void **)&direct_name = dlsym(h, "_nss_cnie_getpwnam_r");
	*(void **)&direct_uid = dlsym(h, "_nss_cnie_getpwuid_r");
	*(void **)&direct_groups = dlsym(h, "_nss_cnie_initgroups_dyn");
	need(direct_name && direct_uid && direct_groups, "dlsym");
}

static void module_name(const struct ask *a)
{
	struct passwd pw;
	char buf[1024];
	int e;

	need(direct_name(a->name, &pw, buf, sizeof(buf), &e) ==
	     NSS_STATUS_SUCCESS && pw.pw_uid == people_uid(a->i), "name");
}

static void module_uid(const struct ask *a)
{
	struct passwd pw;
	char buf[1024];
	int e;

	need(direct_uid(people_uid(a->i), &pw, buf, sizeof(buf), &e) ==
	     NSS_STATUS_SUCCESS && pw.pw_uid == people_uid(a->i), "uid");
}

static void module_groups(const struct ask *a)
{
	static gid_t *list;
	static long int size;
	long int start = 0;
	int e;

	if (!list)
		list = malloc((size_t)(size = 16) * sizeof(gid_t));
	need(direct_groups(a->name, 1, &start, &size, &list, 0, &e) ==
	     NSS_STATUS_SUCCESS && start == 3, "groups");
}

static void module_miss(const struct ask *a)
{
	struct passwd pw;
	char buf[1024];
	int e;

	need(direct_name(a->nobody, &pw, buf, sizeof(buf), &e) ==
	     NSS_STATUS_NOTFOUND, "direct miss");
}

const struct calls direct = {
	{ module_name, module_uid, module_groups, module_miss } };

/* -- measuring ----------------------------------------------------- */

static double took[BATCHES_MAX];

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double batch(call_fn *call, uint64_t *seed, uint32_t hot)
{
	struct ask key[BATCH];
	int64_t start;

	for (int i = 0; i < BATCH; i++)
		ask_for(pick(seed, hot), &key[i]);
	start = now_ns();
	for (int i = 0; i < BATCH; i++)
		call(&key[i]);
	return (double)(now_ns() - start) / BATCH / 1000;
}

/* Median microseconds of one call in one pass. */
static double pass(call_fn *call, uint64_t *seed, uint32_t hot)
{
	int64_t end = now_ns() + PASS_NS;
	int n = 0;

	while (n < FEWEST || (n < BATCHES_MAX && now_ns() < end))
		took[n++] = batch(call, seed, hot);
	qsort(took, (size_t)n, sizeof(took[0]), by_size);
	return took[n / 2];
}

void measure(const char *source, const struct calls *of, uint32_t hot,
	     const char *bar)
{
	uint64_t seed = 88172645463325252u;

	for (int c = 0; c < CALLS; c++) {
		int64_t end = now_ns() + BUDGET_NS;
		double best = 0;

		if (!of->call[c])
			continue;
		for (int p = 0; p < PASSES && (p == 0 || now_ns() < end); p++) {
			double us = pass(of->call[c], &seed, hot);

			if (p == 0 || us < best)
				best = us;
		}
		line(source, call_name[c], best, 2, "us", bar);
	}
}

void touch_all(const struct calls *of)
{
	struct ask a;

	for (uint32_t i = 0; i < people_n; i++) {
		ask_for(i, &a);
		for (int c = 0; c < CALLS; c++)
			of->call[c](&a);
	}
}
