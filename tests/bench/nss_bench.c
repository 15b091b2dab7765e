/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a look-up costs: nss_bench FOLDER, the folder with libnss_cnie.so.2 and
 * view_gen (twins); as root, for mount namespaces. For 100, 10,000 and
 * 1,000,000 synthetic accounts, the median of random keys, warm, of the
 * quickest of up to seven passes, in a process each:
 *   none    glibc with no module to ask: what it costs by itself
 *   cnie    through glibc, alone on the lines of nsswitch.conf
 *   direct  the module's functions, without glibc around them
 *   files   glibc's own module over passwd and group files of the same people
 *   sss     sssd's memory cache, where sssd is installed, hot keys (sss.sh)
 * and the first call of a process (beside it that of libnss_compat, which is
 * glibc's and loaded as ours is), anonymous memory, threads, children.
 */
#include "nss_bench.h"

#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STARTS 41		/* processes whose first call is timed */

uint32_t people_n;

void line(const char *source, const char *what, double value, int digits,
	  const char *unit, const char *bar)
{
	printf("nss %s %u: %s\t%.*f\t%s\t%s\n", source, people_n, what, digits,
	       value, unit, bar);
	fflush(stdout);
}

void need(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "nss_bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Keys that a memory cache of sssd's usual size holds without trouble, and
 * that can be asked for through sssd in good time. */
static uint32_t hot_keys(void)
{
	return people_n <= 100 ? people_n : people_n <= 10000 ? 200 : 60;
}

/* `source` alone on the lines of nsswitch.conf, in a mount namespace of our
 * own, and no nscd; glibc looks at that file in each call, and that is part of
 * the cost. */
static void name_service(const char *root, const char *source)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/nsswitch.conf", root);
	f = fopen(path, "w");
	need(f != NULL, path);
	fprintf(f, "passwd: %s\ngroup: %s\ninitgroups: %s\n", source, source,
		source);
	fclose(f);
	need(unshare(CLONE_NEWNS) == 0, "unshare (root is needed)");
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount");
	need(mount(path, "/etc/nsswitch.conf", NULL, MS_BIND, NULL) == 0,
	     path);
	if (access("/run/nscd/socket", F_OK) == 0)
		need(mount("tmpfs", "/run/nscd", "tmpfs", 0, NULL) == 0,
		     "/run/nscd");
}

/* Exact, unlike the counters in /proc/self/status. */
static long anonymous_kib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char text[128];
	long kib = -1;

	while (f && fgets(text, sizeof(text), f))
		if (sscanf(text, "Anonymous: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	need(kib >= 0, "smaps_rollup");
	return kib;
}

/* -- the runs, each in a process of its own ------------------------ */

static void run_none(const char *root)
{
	static const struct calls none = { { no_module } };

	name_service(root, "nosuchmodule");
	measure("none", &none, people_n, "-");
}

static void run_cnie(const char *root)
{
	const char *bar = people_n > 10000 ? "<= 2.6, goal 1.6" :
					     "<= 2.0, goal 1.3";
	long before;

	name_service(root, "cnie");
	anonymous_kib();
	before = anonymous_kib();
	touch_all(&through_libc);
	line("cnie", "anonymous memory of 4 calls for each account",
	     (double)(anonymous_kib() - before), 0, "KiB", "< 64");
	measure("cnie", &through_libc, people_n, bar);
	load_direct();
	measure("direct", &direct, people_n, "-");
}

static void run_hot(const char *root)
{
	name_service(root, "cnie");
	measure("cnie hot keys", &through_libc, hot_keys(), "-");
}

/* Nanoseconds of the first call with `source` alone on the line. */
static void run_first(const char *root, const char *source)
{
	struct passwd pw, *got = NULL;
	char name[16], buf[1024];
	int64_t start;

	name_service(root, source);
	people_name(0, name);
	start = now_ns();
	getpwnam_r(name, &pw, buf, sizeof(buf), &got);
	printf("%lld\n", (long long)(now_ns() - start));
}

static void run_first_cnie(const char *root)
{
	run_first(root, "cnie");
}

static void run_first_compat(const char *root)
{
	run_first(root, "compat");
}

static void run_threads(const char *root)
{
	name_service(root, "cnie");
	load_direct();
	measure_threads();
	measure_forks();
}

static void write_people(FILE *p, FILE *g)
{
	uint32_t groups[3];
	char name[16];

	fprintf(g, "cnie:*:%u:", PEOPLE_GID);
	for (uint32_t i = 0; i < people_n; i++) {
		people_name(i, name);
		fprintf(p, "%s:*:%u:%u::/home/%s:/bin/bash\n", name,
			people_uid(i), PEOPLE_GID, name);
	}
	for (uint32_t i = 0; i < people_n; i++) {
		people_name(i, name);
		people_groups(i, groups);
		if (i % PEOPLE_SITE == 0)
			fprintf(g, "\ns%u:*:%u:", i / PEOPLE_SITE, groups[2]);
		fprintf(g, "%s%s", i % PEOPLE_SITE ? "," : "", name);
	}
	for (uint32_t i = 0; i < people_n; i++) {
		people_name(i, name);
		people_groups(i, groups);
		if (i % PEOPLE_ENTITY == 0)
			fprintf(g, "\ne%u:*:%u:", i / PEOPLE_ENTITY, groups[1]);
		fprintf(g, "%s%s", i % PEOPLE_ENTITY ? "," : "", name);
	}
	fprintf(g, "\n");
}

static void run_files(const char *root)
{
	char passwd[256], group[256];
	FILE *p, *g;

	snprintf(passwd, sizeof(passwd), "%s/passwd", root);
	snprintf(group, sizeof(group), "%s/group", root);
	p = fopen(passwd, "w");
	g = fopen(group, "w");
	need(p && g, passwd);
	write_people(p, g);
	fclose(p);
	fclose(g);
	name_service(root, "files");
	need(mount(passwd, "/etc/passwd", NULL, MS_BIND, NULL) == 0, passwd);
	need(mount(group, "/etc/group", NULL, MS_BIND, NULL) == 0, group);
	measure("files", &through_libc, people_n, "-");
}

/* sss.sh runs this twice: to bring the hot keys into the cache, and in another
 * process to ask for them. Who had to ask the daemon has a socket open. */
static void run_prime(const char *root)
{
	struct ask a;

	name_service(root, "sss");
	for (uint32_t i = 0; i < hot_keys(); i++) {
		ask_for(i, &a);
		for (int c = 0; c < MISS; c++)
			through_libc.call[c](&a);
	}
}

static void run_sss(const char *root)
{
	struct calls hits = through_libc;
	struct stat st;

	hits.call[MISS] = NULL;		/* each would ask the daemon */
	name_service(root, "sss");
	measure("sss memory-cache hit, hot keys", &hits, hot_keys(), "-");
	for (int fd = 3; fd < 64; fd++)
		need(fstat(fd, &st) || !S_ISSOCK(st.st_mode),
		     "sss: not all were in the memory cache");
}

static const struct {
	const char *name;
	void (*run)(const char *root);
} modes[] = {
	{ "none", run_none }, { "cnie", run_cnie }, { "hot", run_hot },
	{ "first", run_first_cnie }, { "first_compat", run_first_compat },
	{ "threads", run_threads },
	{ "files", run_files }, { "prime", run_prime }, { "sss", run_sss },
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

/* -- all of them --------------------------------------------------- */

static void in_child(const char *self, const char *mode, const char *root)
{
	int status;
	pid_t pid;
	char n[16];

	snprintf(n, sizeof(n), "%u", people_n);
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		execl(self, self, mode, n, root, (char *)NULL);
		_exit(127);
	}
	need(waitpid(pid, &status, 0) == pid && status == 0, mode);
}

static int by_size(const void *a, const void *b)
{
	const long long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void first_calls(const char *self, const char *root, const char *mode,
			const char *source, const char *bar)
{
	char command[512], text[32];
	long long ns[STARTS];

	for (int i = 0; i < STARTS; i++) {
		FILE *f;

		snprintf(command, sizeof(command), "exec %s %s %u %s", self,
			 mode, people_n, root);
		f = popen(command, "r");
		need(f && fgets(text, sizeof(text), f), command);
		need(pclose(f) == 0, command);
		ns[i] = atoll(text);
	}
	qsort(ns, STARTS, sizeof(ns[0]), by_size);
	line(source, "first call in a process, median",
	     (double)ns[STARTS / 2] / 1000, 0, "us", bar);
	line(source, "first call in a process, quickest",
	     (double)ns[0] / 1000, 0, "us", "-");
}

static void make_view(const char *folder, const char *root)
{
	char command[1024], text[256];
	double size, seconds;
	FILE *f;

	snprintf(command, sizeof(command), "mkdir -p %s/var/lib/cnie && "
		 "%s/view_gen %u %s/var/lib/cnie/accounts.view", root, folder,
		 people_n, root);
	f = popen(command, "r");
	need(f && fgets(text, sizeof(text), f) && sscanf(text, "%*u accounts,"
	     " %*u bytes, %lf bytes each, %lf s", &size, &seconds) == 2,
	     "view_gen");
	pclose(f);
	line("view", "bytes an account", size, 1, "B", "goal 160");
	line("view", "build", seconds, 2, "s",
	     people_n > 10000 ? "goal 5" : "-");
}

static void bench(const char *self, const char *folder, uint32_t n)
{
	char root[] = "/tmp/nss_bench.XXXXXX", command[1024];

	people_n = n;
	need(mkdtemp(root) != NULL, "mkdtemp");
	need(chmod(root, 0755) == 0, root);
	make_view(folder, root);
	setenv("CNIE_ROOT", root, 1);
	setenv("LD_LIBRARY_PATH", folder, 1);
	in_child(self, "none", root);
	in_child(self, "cnie", root);
	in_child(self, "hot", root);
	in_child(self, "threads", root);
	first_calls(self, root, "first", "cnie", "< 350");
	first_calls(self, root, "first_compat", "glibc's compat", "-");
	in_child(self, "files", root);
	snprintf(command, sizeof(command), "bash tests/bench/sss.sh %s %u %s",
		 self, n, root);
	if (system(command) != 0)
		printf("nss sss memory-cache hit %u\tfailed\t-\t-\n", n);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	need(system(command) == 0, "rm");
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 100, 10000, 1000000 };
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	need(n > 0, "/proc/self/exe");
	self[n] = '\0';
	for (size_t i = 0; argc == 4 && i < MODES; i++)
		if (strcmp(argv[1], modes[i].name) == 0) {
			people_n = (uint32_t)strtoul(argv[2], NULL, 10);
			modes[i].run(argv[3]);
			return 0;
		}
	if (argc != 2) {
		fprintf(stderr, "usage: nss_bench FOLDER\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench(self, argv[1], sizes[i]);
	return 0;
}
