// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The search must be able to find. What is planted lives in a process of its
 * own program image (--hold), which gets it through a pipe: a forked copy
 * would hold the patterns themselves. Prints "ok ..."/"FAIL ..." lines.
 */
#include "sim/leaksearch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HELD (3 * 1024 * 1024)	/* so that some stand across two chunks */
#define STEP 4099		/* a prime: no form is aligned alike */

/* Made anew each run, so that they are not in the program's own image: a
 * synthetic number with ten digits (packed decimal is long enough then) and
 * bytes as of an image. */
static char number[13];
static uint8_t image[12];

static void make_markers(void)
{
	if (getrandom(image, sizeof(image), 0) != (ssize_t)sizeof(image))
		abort();
	memcpy(number, "ZZ", 2);
	for (size_t i = 0; i < 10; i++)
		number[2 + i] = (char)('0' + image[i] % 10);
	for (size_t i = 0; i < sizeof(image); i++)
		image[i] |= 0x80;	/* no digits, no packed decimal */
	image[0] = 0xfb;	/* some '+' and '/' in base64 */
	image[1] = 0xef;
	image[2] = 0xff;
}

static int say(const char *name, bool good)
{
	printf("%s %s\n", good ? "ok" : "FAIL", name);
	return good ? 0 : 1;
}

int leaksearch_hold(void)
{
	uint8_t *heap = malloc(HELD), *closed = mmap(NULL, HELD,
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t n = 0;
	ssize_t got;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!heap || closed == MAP_FAILED)
		return 2;
	while (n < HELD && (got = read(0, heap + n, HELD - n)) > 0)
		n += (size_t)got;
	memcpy(closed, heap, n);
	if (heap[0] == 'c') {	/* only where no access is allowed */
		explicit_bzero(heap, HELD);
		mprotect(closed, HELD, PROT_NONE);
	} else {
		explicit_bzero(closed, HELD);
	}
	if (write(1, "r", 1) != 1)
		return 2;
	for (;;)
		pause();
}

/* Every pattern, or none, between bytes that part them. */
static void plant(const struct search *s, uint8_t *out, uint8_t first,
		  bool markers)
{
	size_t at = STEP;

	memset(out, 0xee, HELD);
	out[0] = first;
	for (size_t i = 0; markers && i < s->n; i++, at += STEP)
		memcpy(out + at, s->patterns[i].b, s->patterns[i].n);
	for (size_t i = 0; markers && i < s->n; i++)	/* across the chunks */
		memcpy(out + 1024 * 1024 * (1 + i % 2) + 16 * STEP * (i / 2) +
		       STEP / 2, s->patterns[i].b, s->patterns[i].n);
	if (markers)
		memcpy(out + 1024 * 1024 - 3, s->patterns[0].b,
		       s->patterns[0].n);
}

static pid_t hold(const uint8_t *bytes)
{
	int in[2], out[2];
	char ready = 0;
	pid_t pid;

	if (pipe(in) || pipe(out))
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execl("/proc/self/exe", "leaksearch", "--hold", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	for (size_t n = 0; pid > 0 && n < HELD;) {
		ssize_t w = write(in[1], bytes + n, HELD - n);

		if (w <= 0)
			break;
		n += (size_t)w;
	}
	close(in[1]);
	if (read(out[0], &ready, 1) != 1)
		ready = 0;
	close(out[0]);
	return ready == 'r' ? pid : -1;
}

static void forget(struct search *s)
{
	s->found = 0;
	for (size_t i = 0; i < s->n; i++)
		s->patterns[i].found = false;
}

static bool all_found(const struct search *s)
{
	bool all = true;

	for (size_t i = 0; i < s->n; i++) {
		if (s->patterns[i].found)
			continue;
		printf("not found: marker %u (%s)\n", s->patterns[i].marker,
		       s->patterns[i].form);
		all = false;
	}
	return all && s->n > 15;
}

static bool in_process(struct search *s, uint8_t *bytes, uint8_t first,
		       bool markers)
{
	enum result r = R_INTERNAL;
	pid_t pid;

	plant(s, bytes, first, markers);
	forget(s);
	pid = hold(bytes);
	if (pid > 0) {
		r = search_process(s, pid);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return r == R_OK && (markers ? all_found(s) : s->found == 0);
}

static bool write_file(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");
	bool good = f && fwrite(bytes, 1, n, f) == n;

	return f && fclose(f) == 0 && good;
}

static int in_files(struct search *s, uint8_t *bytes)
{
	char dir[] = "/tmp/leaksearch-XXXXXX", sub[64], a[64], b[128], l[128];
	int bad = 0;

	if (!mkdtemp(dir))
		return say("a folder to search", false);
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	snprintf(a, sizeof(a), "%s/sub/plain", dir);
	snprintf(b, sizeof(b), "%s/x%sx", dir, number);
	snprintf(l, sizeof(l), "%s/link", dir);
	mkdir(sub, 0700);
	plant(s, bytes, 'h', false);
	bad |= !write_file(a, bytes, HELD);
	forget(s);
	bad |= say("a folder without markers: none found", !bad &&
		   search_folder(s, dir) == R_OK && s->found == 0);
	plant(s, bytes, 'h', true);
	bad |= !write_file(a, bytes, HELD);
	bad |= say("every form in a file below the folder", !bad &&
		   search_folder(s, dir) == R_OK && all_found(s));
	unlink(a);
	forget(s);
	bad |= symlink(number, l) != 0;
	bad |= say("a link's target", search_folder(s, dir) == R_OK &&
		   s->found == 1);
	unlink(l);
	forget(s);
	bad |= !write_file(b, bytes, 1);
	bad |= say("a file's name", search_folder(s, dir) == R_OK &&
		   s->found == 1);
	unlink(b);
	rmdir(sub);
	rmdir(dir);
	return bad;
}

int leaksearch_self_test(void)
{
	uint8_t *bytes = malloc(HELD);
	unsigned int a = 0, b = 0;
	struct search s;
	int bad = 0;

	signal(SIGPIPE, SIG_IGN);
	make_markers();
	if (!bytes || search_new(&s) != R_OK)
		return 2;
	s.quiet = true;
	if (search_add(&s, span_str(number), true, &a) != R_OK ||
	    search_add(&s, SPAN(image), true, &b) != R_OK)
		return 2;
	bad |= say("no form is too short", a + b == 0);
	bad |= say("a process without markers: none found",
		   in_process(&s, bytes, 'h', false));
	bad |= say("every form in a process's heap",
		   in_process(&s, bytes, 'h', true));
	bad |= say("every form in memory that may not be accessed",
		   in_process(&s, bytes, 'c', true));
	bad |= in_files(&s, bytes);
	bad |= say("a process that is gone is an error",
		   search_process(&s, 0x7ffffff0) == R_ABSENT);
	bad |= say("a folder that is not there is an error",
		   search_folder(&s, "/nonexistent") == R_ABSENT);
	search_free(&s);
	free(bytes);
	return bad ? 1 : 0;
}
