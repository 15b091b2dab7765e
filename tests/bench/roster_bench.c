/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roster_bench [N]: a synthetic roster file of N accounts (1,000,000), one tag
 * and one card each, is imported into an empty roster and again as an update,
 * exported, and its view is built; each in a process of its own, so that its
 * memory is its own. Prints NAME<TAB>VALUE<TAB>UNIT<TAB>BAR.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "roster/exchange.h"
#include "roster/view.h"

#define CHUNK (32 * 1024)	/* as one message of cniectl carries */
#define URN "urn:example:bench"
#define TODAY 20260401
#define NOW UINT64_C(1775000000)

static char folder[64], db_path[96], view_path[96], text_path[96];
static uint32_t accounts;

static pid_t owner;		/* of the folder */

static void die(const char *what)
{
	fprintf(stderr, "roster_bench: %s\n", what);
	if (getpid() == owner)
		exit(1);
	_exit(1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(const char *name, double value, const char *unit,
		const char *bar)
{
	printf("roster: %s\t%.2f\t%s\t%s\n", name, value, unit, bar);
	fflush(stdout);
}

/* Spread like tags of a real key, and the same each time. */
static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void put_account(FILE *f, uint32_t n, const char *shell)
{
	uint32_t uid = 2013265920u + n;
	unsigned long long a = mixed(n), b = mixed(a);

	fprintf(f, "account\t%u\tu%07x\t65536\t/home/u%07x\t%s\t1"
		"\t1775000000\t-\t1\t-\t-\t-\n", uid, n, n, shell);
	fprintf(f, "tag\t%u\t1\t%016llx%016llx\n", uid, a, b);
	fprintf(f, "card\t%u\t1\t%016llx%016llx\t1\t20340101\t1775000000\n",
		uid, b, a);
	fprintf(f, "member\t%u\t70000\n", uid);
}

/* In the second version the shell of every hundredth is another. */
static void write_text(int version)
{
	FILE *f = fopen(text_path, "w");

	if (!f)
		die("no room for the file");
	fprintf(f, "cnie-roster\t2\t" URN "\t%d\t20260401\t20270401\n",
		version);
	fprintf(f, "group\tcnie\t65536\ngroup\tstaff.all\t70000\n");
	for (uint32_t n = 0; n < accounts; n++)
		put_account(f, n, version == 2 && n % 100 == 0 ? "/bin/sh" :
								"/bin/bash");
	fprintf(f, "end\t%llu\n", 4ull * accounts + 4);
	if (fclose(f))
		die("no room for the file");
}

static struct roster *open_roster(void)
{
	struct roster *r = NULL;

	if (roster_open(db_path, &r) != REASON_NONE)
		die("the roster does not open");
	return r;
}

/* The largest number of whole lines in n bytes. */
static size_t whole(const char *text, size_t n)
{
	while (n > 0 && text[n - 1] != '\n')
		n--;
	return n;
}

static void import_text(void)
{
	struct roster *r = open_roster();
	struct import_options o = { .kind = EXCHANGE_ROSTER, .urn = URN,
				    .today = TODAY, .now = NOW };
	struct import_summary sum;
	struct importer *i = NULL;
	static char text[CHUNK];
	FILE *f = fopen(text_path, "r");
	size_t have = 0, n, lines;
	uint64_t line = 0;

	if (!f || import_begin(r, &o, &i) != REASON_NONE)
		die("the import does not begin");
	while ((n = fread(text + have, 1, sizeof(text) - have, f)) > 0) {
		have += n;
		lines = whole(text, have);
		if (import_lines(i, span_of(text, lines), &line) !=
		    REASON_NONE) {
			fprintf(stderr, "line %llu\n",
				(unsigned long long)line);
			die("a line is refused");
		}
		memmove(text, text + lines, have - lines);
		have -= lines;
	}
	if (import_end(i, &sum) != REASON_NONE || sum.accounts != accounts)
		die("the import does not end");
	import_free(&i);
	fclose(f);
	roster_close(&r);
}

static void export_text(void)
{
	struct roster *r = open_roster();
	struct export_options o = { .kind = EXCHANGE_ROSTER, .urn = URN,
				    .today = TODAY, .expires = 20270401,
				    .now = NOW };
	struct exporter *e = NULL;
	static uint8_t text[CHUNK];
	bool last = false;

	if (export_begin(r, &o, &e) != REASON_NONE)
		die("the export does not begin");
	while (!last) {
		struct sink out = SINK(text);

		if (export_next(e, &out, &last) != REASON_NONE)
			die("the export does not end");
	}
	export_free(&e);
	roster_close(&r);
}

static void build_view(void)
{
	struct roster *r = open_roster();

	if (view_write(r, view_path, 0) != REASON_NONE)
		die("the view is not written");
	roster_close(&r);
}

static void propose(void)
{
	struct roster *r = open_roster();
	struct roster_policy p = {
		.name_prefix = "u", .uid_min = 2013265920u,
		.uid_max = 2097151999u, .gid = 65536, .home_dir = "/home",
		.shell = "/bin/bash",
	};
	struct roster_account a;

	if (roster_propose(r, &p, 0, &a) != REASON_NONE ||
	    a.uid != p.uid_min + accounts)
		die("no uid is proposed");
	roster_close(&r);
}

/* In a child: its time, and the most memory it had. */
static void measure(void (*what)(void), double *took, double *mib)
{
	double start = seconds();
	struct rusage use;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		what();
		_exit(0);
	}
	if (wait4(pid, &status, 0, &use) != pid || status)
		exit(1);
	*took = seconds() - start;
	*mib = (double)use.ru_maxrss / 1024;
}

static void step(const char *name, void (*what)(void), const char *bar,
		 const char *memory_bar)
{
	char text[96];
	double took, mib;

	measure(what, &took, &mib);
	snprintf(text, sizeof(text), "%s of %u accounts", name, accounts);
	say(text, took, "s", bar);
	snprintf(text, sizeof(text), "%s memory", name);
	say(text, mib, "MiB", memory_bar);
}

static void remove_all(void)
{
	static const char *const names[] = {
		"roster.db", "roster.db-wal", "roster.db-shm",
		"roster.db.marks", "accounts.view", "roster.txt",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

int main(int argc, char **argv)
{
	struct stat st;

	accounts = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
	if (accounts == 0 || accounts > 10 * 1000 * 1000) {
		fprintf(stderr, "usage: roster_bench [N]\n");
		return 2;
	}
	owner = getpid();
	strcpy(folder, "/tmp/roster_bench.XXXXXX");
	if (!mkdtemp(folder))
		die("no folder");
	atexit(remove_all);
	snprintf(db_path, sizeof(db_path), "%s/roster.db", folder);
	snprintf(view_path, sizeof(view_path), "%s/accounts.view", folder);
	snprintf(text_path, sizeof(text_path), "%s/roster.txt", folder);
	write_text(1);
	step("import", import_text, "< 60", "< 200");
	write_text(2);
	step("update", import_text, "< 60", "< 200");
	step("export", export_text, "-", "-");
	step("view", build_view, "< 5", "-");
	step("next free uid", propose, "-", "-");
	if (stat(db_path, &st) == 0)
		say("database, bytes an account",
		    (double)st.st_size / accounts, "B", "-");
	if (stat(view_path, &st) == 0)
		say("view, bytes an account", (double)st.st_size / accounts,
		    "B", "< 160");
	return 0;
}
