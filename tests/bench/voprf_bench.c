// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * voprf_bench: what the tokeniser costs a login here, CPU time of this process,
 * the median of 200 runs, tab-separated: what, how much, unit, goal. And, for
 * information, what one evaluation costs the service.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sector/oprf.h"

#define RUNS 200
#define X "cnie/psn/v1 of nobody, as long as one of somebody would be"

struct exchange {
	uint8_t sk[32], pk[32], blind[32], b[1][32], e[1][32], r[32];
	uint8_t proof[64], psn[64];
};

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void must(enum result r)
{
	if (r != R_OK) {
		fprintf(stderr, "voprf_bench: %s\n", result_name(r));
		exit(1);
	}
}

static void begin(struct exchange *x)
{
	oprf_random(x->blind);
	must(oprf_blind(OPRF_VERIFIABLE, span_str(X), x->blind, x->b[0]));
}

static void serve(struct exchange *x)
{
	oprf_random(x->r);
	must(oprf_blind_evaluate(x->sk, x->b[0], x->e[0]));
	must(oprf_prove(x->sk, x->pk, (const uint8_t (*)[32])x->b,
			(const uint8_t (*)[32])x->e, 1, x->r, x->proof));
}

static void end(struct exchange *x)
{
	must(oprf_verify(x->pk, (const uint8_t (*)[32])x->b,
			 (const uint8_t (*)[32])x->e, 1, x->proof));
	must(oprf_finalize(span_str(X), x->blind, x->e[0], x->psn));
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double median_us(int64_t ns[RUNS])
{
	qsort(ns, RUNS, sizeof(ns[0]), ascending);
	return (double)(ns[RUNS / 2 - 1] + ns[RUNS / 2]) / 2000;
}

int main(void)
{
	int64_t client[RUNS], server[RUNS];
	uint8_t direct[64];
	struct exchange x;

	if (sodium_init() < 0)
		return 1;
	oprf_random(x.sk);
	must(oprf_public_key(x.sk, x.pk));
	for (int i = 0; i < RUNS; i++) {
		int64_t t0 = cpu_ns(), t1, t2;

		begin(&x);
		t1 = cpu_ns();
		serve(&x);
		t2 = cpu_ns();
		end(&x);
		client[i] = cpu_ns() - t2 + t1 - t0;
		server[i] = t2 - t1;
	}
	must(oprf_evaluate(OPRF_VERIFIABLE, x.sk, span_str(X), direct));
	if (memcmp(direct, x.psn, sizeof(direct)))
		return 1;
	printf("VOPRF login overhead: blind + verify + unblind\t%.0f\tus CPU\t"
	       "< 1500\n", median_us(client));
	printf("VOPRF at the service: evaluate + prove\t%.0f\tus CPU\t-\n",
	       median_us(server));
	return 0;
}
