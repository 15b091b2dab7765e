/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two threads against one, by the wall clock: short passes of one and of two
 * in turn, each thread on a processor of its own, every page touched before,
 * other keys in each pass (else one thread's keys stay in a cache that two
 * threads' do not fit in). Of the passes in which every thread had its
 * processor all the time (of all, where hardly one was so: with a lock, none
 * would be) the one counts that is quicker than 19 of 20: the others were
 * slowed by what else the machine does, also on the other processor. Beside it
 * the same for plain arithmetic: more than that no code can give.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nss_bench.h"

#define THREADS 2
#define PASS_NS 2000000LL
#define BUDGET_NS 4000000000LL
#define PASSES_MAX 1000
#define FEWEST 20		/* passes */
#define WHOLE 0.97		/* processor time in wall time */
#define ROUND 64		/* calls between two looks at the clock */
#define FORKS 200
#define BLOCKED_S 5

static atomic_int here;		/* threads that wait for the start */

struct runner {
	pthread_t thread;
	int number, of;
	uint64_t seed;
	call_fn *call;
	int64_t start, end, cpu;
	uint64_t calls;
};

struct pass { double rate; bool whole; };

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void arithmetic(const struct ask *a)
{
	volatile uint64_t out;
	uint64_t v = a->i + 1;

	for (int i = 0; i < 100; i++)
		v = v * UINT64_C(6364136223846793005) + 1442695040888963407u;
	out = v;
	(void)out;
}

static void sit_on(int number)
{
	cpu_set_t may, mine;
	int seen = 0;

	need(sched_getaffinity(0, sizeof(may), &may) == 0, "affinity");
	CPU_ZERO(&mine);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &may) && seen++ == number)
			CPU_SET(cpu, &mine);
	if (CPU_COUNT(&mine) == 1)
		sched_setaffinity(0, sizeof(mine), &mine);
}

static void *run(void *arg)
{
	struct runner *r = arg;
	struct ask a[ROUND];

	sit_on(r->number);
	for (int i = 0; i < ROUND; i++)
		ask_for(pick(&r->seed, people_n), &a[i]);
	atomic_fetch_add(&here, 1);
	while (atomic_load(&here) < r->of)
		;
	r->cpu = cpu_ns();
	r->start = now_ns();
	do {
		for (int i = 0; i < ROUND; i++) {
			ask_for(pick(&r->seed, people_n), &a[i]);
			r->call(&a[i]);
		}
		r->calls += ROUND;
		r->end = now_ns();
	} while (r->end - r->start < PASS_NS);
	r->cpu = cpu_ns() - r->cpu;
	return NULL;
}

/* Calls in a second, of all threads together. */
static struct pass one_pass(call_fn *call, int threads)
{
	static uint64_t seed = 88172645463325252u;
	struct runner r[THREADS] = { { 0 } };
	struct pass p = { 0, true };

	atomic_store(&here, 0);
	for (int i = 0; i < threads; i++) {
		r[i].number = i;
		r[i].of = threads;
		r[i].seed = seed += UINT64_C(0x9e3779b97f4a7c15);
		r[i].call = call;
		need(pthread_create(&r[i].thread, NULL, run, &r[i]) == 0,
		     "pthread_create");
	}
	for (int i = 0; i < threads; i++) {
		double wall;

		pthread_join(r[i].thread, NULL);
		wall = (double)(r[i].end - r[i].start);
		p.rate += (double)r[i].calls / (wall / 1e9);
		p.whole = p.whole && (double)r[i].cpu >= WHOLE * wall;
	}
	return p;
}

static int by_rate(const void *a, const void *b)
{
	const struct pass *x = a, *y = b;

	return x->rate < y->rate ? -1 : x->rate > y->rate;
}

static double undisturbed(struct pass *p, int n)
{
	int whole = 0;

	for (int i = 0; i < n; i++)
		if (p[i].whole) {
			struct pass t = p[whole];

			p[whole++] = p[i];
			p[i] = t;
		}
	if (whole >= FEWEST)
		n = whole;
	qsort(p, (size_t)n, sizeof(*p), by_rate);
	return p[n - 1 - n / 20].rate;
}

static double two_over_one(call_fn *call, double *one)
{
	static struct pass p[THREADS][PASSES_MAX];
	int64_t end = now_ns() + BUDGET_NS;
	int n = 0;

	for (; n < PASSES_MAX && (n < FEWEST || now_ns() < end); n++)
		for (int t = 0; t < THREADS; t++)
			p[t][n] = one_pass(call, t + 1);
	*one = undisturbed(p[0], n);
	return undisturbed(p[1], n) / *one;
}

void measure_threads(void)
{
	double one, times;

	touch_all(&direct);
	times = two_over_one(arithmetic, &one);
	line("machine", "two threads over one, arithmetic", times, 2, "x",
	     "-");
	times = two_over_one(direct.call[UID], &one);
	line("direct", "one thread", one / 1e6, 2, "M/s", "-");
	line("direct", "two threads over one", times, 2, "x", ">= 1.8");
	times = two_over_one(through_libc.call[UID], &one);
	line("cnie", "one thread", one / 1e6, 2, "M/s", "-");
	line("cnie", "two threads over one", times, 2, "x",
	     "glibc: about 1.2");
}

/* -- children ------------------------------------------------------ */

static atomic_bool stop;

static void *look_on(void *arg)
{
	uint64_t seed = 362436069362436069u;
	struct ask a;

	(void)arg;
	while (!atomic_load(&stop)) {
		ask_for(pick(&seed, people_n), &a);
		direct.call[UID](&a);
	}
	return NULL;
}

static int child_blocked(uint32_t i)
{
	int status;
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (pid == 0) {
		struct ask a;

		alarm(BLOCKED_S);
		for (uint32_t k = 0; k < 20; k++) {
			ask_for((i + k) % people_n, &a);
			direct.call[k % CALLS](&a);
		}
		_exit(0);
	}
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	return status != 0;
}

void measure_forks(void)
{
	pthread_t t[THREADS];
	int blocked = 0;

	for (int i = 0; i < THREADS; i++)
		need(pthread_create(&t[i], NULL, look_on, NULL) == 0,
		     "pthread_create");
	for (uint32_t i = 0; i < FORKS; i++)
		blocked += child_blocked(i);
	atomic_store(&stop, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	line("direct", "blocked of 200 children of a threaded process",
	     blocked, 0, "-", "0");
}
