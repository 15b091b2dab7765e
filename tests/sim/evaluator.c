// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The other half of the tokeniser, for tests: an evaluator of blinded elements
 * (RFC 9497, VOPRF) on an AF_UNIX SOCK_SEQPACKET path. Its keys are derived
 * from a seed of 32 bytes and the epoch. It exists in no installed program.
 *
 * evaluator SOCKET SEED COUNT [MOOD]   serve; the number of requests so far is
 *                                      in COUNT, MOOD is read at each of them
 * evaluator public SEED EPOCH          the public key, hexadecimal
 *
 * MOOD is a file of one word; none, or none of these words, is honest:
 *
 *   other-key      evaluates, and proves, with a key of its own
 *   unproven       evaluates with another key, proves with the right one
 *   bad-proof      one bit of the proof is wrong
 *   identity       the element is the identity
 *   non-canonical  the element has a second form
 *   truncated      the last byte is missing
 *   too-long       one byte too many
 *   head           the packet is of another version
 *   status         a status that there is not
 *   told           a status of refusal, and an evaluation behind it
 *   silent         no answer
 *   close          the connection is closed instead
 *   twice          the answer comes twice
 *   unknown-epoch, quota, refused
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sector/oprf.h"

#define CLIENTS 32
#define REQUEST 42
#define ANSWER 102

struct evaluator {
	uint8_t seed[32];
	const char *count_path, *mood_path;
	unsigned long count;
};

struct request {
	uint32_t epoch;
	uint8_t blinded[32];
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "evaluator: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_seed(const char *path, uint8_t seed[32])
{
	FILE *f = fopen(path, "r");

	if (!f || fread(seed, 1, 32, f) != 32)
		die(path);
	fclose(f);
}

static void key_of(const uint8_t seed[32], uint32_t epoch, uint8_t sk[32],
		   uint8_t pk[32])
{
	char info[32];

	snprintf(info, sizeof(info), "epoch %u", epoch);
	if (oprf_derive_key_pair(OPRF_VERIFIABLE, span_of(seed, 32),
				 span_str(info), sk, pk) != R_OK)
		die("key");
}

static void read_mood(const char *path, char mood[32])
{
	FILE *f = path ? fopen(path, "r") : NULL;

	mood[0] = '\0';
	if (f) {
		if (fscanf(f, "%31s", mood) != 1)
			mood[0] = '\0';
		fclose(f);
	}
}

static void write_count(struct evaluator *e)
{
	FILE *f = fopen(e->count_path, "w");

	if (!f)
		die(e->count_path);
	fprintf(f, "%lu\n", ++e->count);
	fclose(f);
}

static bool get_request(const uint8_t *p, ssize_t n, struct request *out)
{
	struct span in = span_of(p, n > 0 ? (size_t)n : 0), magic, blinded;
	uint8_t version, suite;

	if (n != REQUEST || span_take(&in, 4, &magic) != R_OK ||
	    !span_equal(magic, span_str("CNTK")) ||
	    span_u8(&in, &version) != R_OK || version != 1 ||
	    span_u8(&in, &suite) != R_OK || suite != 1 ||
	    span_u32(&in, &out->epoch) != R_OK ||
	    span_take(&in, 32, &blinded) != R_OK || span_end(&in) != R_OK)
		return false;
	memcpy(out->blinded, blinded.p, 32);
	return true;
}

/* element, proof */
static bool evaluate(const struct evaluator *e, const struct request *q,
		     const char *mood, uint8_t out[96])
{
	uint8_t sk[32], pk[32], other[32], r[32], b[1][32], v[1][32];
	bool swapped = !strcmp(mood, "other-key");
	bool unproven = !strcmp(mood, "unproven");

	key_of(e->seed, q->epoch, sk, pk);
	oprf_random(other);
	oprf_random(r);
	memcpy(b[0], q->blinded, 32);
	if (swapped && oprf_public_key(other, pk) != R_OK)
		return false;
	if (oprf_blind_evaluate(swapped || unproven ? other : sk, b[0],
				v[0]) != R_OK ||
	    oprf_prove(swapped ? other : sk, pk, (const uint8_t (*)[32])b,
		       (const uint8_t (*)[32])v, 1, r, out + 32) != R_OK)
		return false;
	memcpy(out, v[0], 32);
	return true;
}

static uint8_t status_of(const char *mood)
{
	static const char *const words[] = { "unknown-epoch", "quota",
					     "refused", "status" };

	for (uint8_t i = 0; i < 4; i++)
		if (!strcmp(mood, words[i]))
			return (uint8_t)(i + 1);
	return 0;
}

static size_t put_answer(const struct evaluator *e, const struct request *q,
			 const char *mood, uint8_t *out, size_t cap)
{
	struct sink s = sink_of(out, cap);
	uint8_t status = status_of(mood), body[96] = { 0 };

	sink_put(&s, span_str("CNTK"));
	sink_u8(&s, strcmp(mood, "head") ? 1 : 2);
	sink_u8(&s, strcmp(mood, "told") ? status : 3);
	if (status)
		return s.n;
	if (!evaluate(e, q, mood, body))
		return 0;
	if (!strcmp(mood, "bad-proof"))
		body[60] ^= 4;
	if (!strcmp(mood, "identity"))
		memset(body, 0, 32);
	if (!strcmp(mood, "non-canonical"))
		body[31] |= 0x80;
	sink_put(&s, SPAN(body));
	if (!strcmp(mood, "too-long"))
		sink_u8(&s, 0);
	return s.n - (strcmp(mood, "truncated") ? 0 : 1);
}

/* One request. false: the client is done with. */
static bool serve(struct evaluator *e, int fd)
{
	uint8_t in[REQUEST + 1], out[ANSWER + 8];
	struct request q = { 0 };
	char mood[32];
	ssize_t n = read(fd, in, sizeof(in));
	size_t size;

	if (n <= 0 || !get_request(in, n, &q))
		return false;
	write_count(e);
	read_mood(e->mood_path, mood);
	if (!strcmp(mood, "silent"))
		return true;
	size = put_answer(e, &q, mood, out, sizeof(out));
	if (size == 0 || !strcmp(mood, "close"))
		return false;
	for (int i = 0; i < (strcmp(mood, "twice") ? 1 : 2); i++)
		if (write(fd, out, size) != (ssize_t)size)
			return false;
	return true;
}

static int listen_on(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		die(path);
	strcpy(a.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, CLIENTS))
		die(path);
	return fd;
}

static _Noreturn void run(struct evaluator *e, int listener)
{
	struct pollfd p[CLIENTS + 1] = { { listener, POLLIN, 0 } };
	nfds_t n = 1;

	for (;;) {
		if (poll(p, n, -1) < 0)
			die("poll");
		for (nfds_t i = n - 1; i > 0; i--) {
			if (!p[i].revents || serve(e, p[i].fd))
				continue;
			close(p[i].fd);
			p[i] = p[--n];
		}
		if (p[0].revents && n <= CLIENTS) {
			int fd = accept(listener, NULL, NULL);

			if (fd >= 0)
				p[n++] = (struct pollfd){ fd, POLLIN, 0 };
		}
	}
}

static int print_public(const char *seed_path, const char *epoch)
{
	uint8_t seed[32], sk[32], pk[32];
	char hex[65];

	read_seed(seed_path, seed);
	key_of(seed, (uint32_t)strtoul(epoch, NULL, 10), sk, pk);
	hex_encode(SPAN(pk), hex);
	puts(hex);
	return 0;
}

int main(int argc, char **argv)
{
	struct evaluator e = { .count = 0 };

	if (argc < 4 || argc > 5 || sodium_init() < 0) {
		fprintf(stderr, "usage: evaluator SOCKET SEED COUNT [MOOD]\n"
			"       evaluator public SEED EPOCH\n");
		return 2;
	}
	if (!strcmp(argv[1], "public") && argc == 4)
		return print_public(argv[2], argv[3]);
	signal(SIGPIPE, SIG_IGN);
	read_seed(argv[2], e.seed);
	e.count_path = argv[3];
	e.mood_path = argc == 5 ? argv[4] : NULL;
	run(&e, listen_on(argv[1]));
}
