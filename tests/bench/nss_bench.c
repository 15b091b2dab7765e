/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a look-up costs: nss_bench FOLDER, the folder with libnss_cnie.so.2 and
 * view_gen (twins). For 100, 10,000 and 1,000,000 synthetic accounts, medians
 * of random keys, warm, in one process each (as root: mount namespaces):
 *   cnie    through glibc, alone on the line
 *   direct  the module's functions, without glibc around them
 *   files   glibc's own module over passwd and group files of the same people
 * and the first call, anonymous memory, and two threads against one.
 */
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/view_people.h"

#define BATCH 10
#define BATCHES_MAX 3000
#define BUDGET_NS 1500000000LL	/* for one number */

typedef enum nss_status name_fn(const char *, struct passwd *, char *, size_t,
				int *);
typedef enum nss_status uid_fn(uid_t, struct passwd *, char *, size_t, int *);
typedef enum nss_status groups_fn(const char *, gid_t, long int *, long int *,
				  gid_t **, long int, int *);

static name_fn *direct_name;
static uid_fn *direct_uid;
static groups_fn *direct_groups;
static uint32_t people_n;
static uint64_t seed = 88172645463325252u;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static uint32_t pick(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)(*s >> 20) % people_n;
}

static void need(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "nss_bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* -- one call each; a wrong answer ends the bench ------------------ */

static void libc_name(uint32_t i)
{
	struct passwd pw, *got = NULL;
	char name[16], buf[1024];

	people_name(i, name);
	getpwnam_r(name, &pw, buf, sizeof(buf), &got);
	need(got && got->pw_uid == people_uid(i), "getpwnam_r");
}

static void libc_uid(uint32_t i)
{
	struct passwd pw, *got = NULL;
	char buf[1024];

	getpwuid_r(people_uid(i), &pw, buf, sizeof(buf), &got);
	need(got != NULL, "getpwuid_r");
}

static void libc_groups(uint32_t i)
{
	gid_t list[16];
	int n = 16;
	char name[16];

	people_name(i, name);
	need(getgrouplist(name, PEOPLE_GID, list, &n) >= 3, "initgroups");
}

static void libc_miss(uint32_t i)
{
	struct passwd pw, *got = NULL;
	char name[16], buf[1024];

	people_name(people_n + 1 + i, name);
	getpwnam_r(name, &pw, buf, sizeof(buf), &got);
	need(got == NULL, "miss");
}

static void module_name(uint32_t i)
{
	struct passwd pw;
	char name[16], buf[1024];
	int e;

	people_name(i, name);
	need(direct_name(name, &pw, buf, sizeof(buf), &e) ==
	     NSS_STATUS_SUCCESS && pw.pw_uid == people_uid(i), "direct name");
}

static void module_uid(uint32_t i)
{
	struct passwd pw;
	char buf[1024];
	int e;

	need(direct_uid(people_uid(i), &pw, buf, sizeof(buf), &e) ==
	     NSS_STATUS_SUCCESS, "direct uid");
}

static void module_groups(uint32_t i)
{
	static gid_t *list;
	static long int size;
	long int start = 0;
	char name[16];
	int e;

	if (!list)
		list = malloc((size_t)(size = 16) * sizeof(gid_t));
	people_name(i, name);
	need(direct_groups(name, 1, &start, &size, &list, 0, &e) ==
	     NSS_STATUS_SUCCESS && start == 3, "direct groups");
}

static void module_miss(uint32_t i)
{
	struct passwd pw;
	char name[16], buf[1024];
	int e;

	people_name(people_n + 1 + i, name);
	need(direct_name(name, &pw, buf, sizeof(buf), &e) ==
	     NSS_STATUS_NOTFOUND, "direct miss");
}

/* -- measuring ----------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double took[BATCHES_MAX];

/* Median microseconds of one call. */
static double median(void (*call)(uint32_t))
{
	int64_t end;
	int n = 0;

	call(pick(&seed));
	for (end = now_ns() + BUDGET_NS; n < BATCHES_MAX &&
	     (n < 3 || now_ns() < end); n++) {
		uint32_t key[BATCH];
		int64_t start;

		for (int i = 0; i < BATCH; i++)
			key[i] = pick(&seed);
		start = now_ns();
		for (int i = 0; i < BATCH; i++)
			call(key[i]);
		took[n] = (double)(now_ns() - start) / BATCH / 1000;
	}
	qsort(took, (size_t)n, sizeof(took[0]), by_size);
	return took[n / 2];
}

static void row(const char *what, void (*const call[4])(uint32_t))
{
	printf("%-10s %8u", what, people_n);
	for (int i = 0; i < 4; i++) {
		printf(" %11.2f", median(call[i]));
		fflush(stdout);
	}
	printf("\n");
}

static long anonymous_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "RssAnon: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

struct runner {
	pthread_t thread;
	uint64_t seed;
	double rate;		/* calls in a second of its processor time */
};

#define THREAD_CALLS 1000000

static void *one_thread(void *arg)
{
	struct runner *r = arg;
	struct timespec a, b;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	for (int i = 0; i < THREAD_CALLS; i++)
		module_uid(pick(&r->seed));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	r->rate = THREAD_CALLS / ((double)(b.tv_sec - a.tv_sec) +
				  (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return NULL;
}

/* In processor time: whether the threads hinder each other, whatever else the
 * machine does. */
static double calls_per_second(int threads)
{
	struct runner r[2] = { { .seed = 88172645463325252u },
			       { .seed = 362436069362436069u } };
	double sum = 0;

	for (int i = 0; i < threads; i++)
		need(pthread_create(&r[i].thread, NULL, one_thread, &r[i]) == 0,
		     "pthread_create");
	for (int i = 0; i < threads; i++) {
		pthread_join(r[i].thread, NULL);
		sum += r[i].rate;
	}
	return sum;
}

/* -- the runs, each in a process of its own ------------------------ */

static void load_direct(void)
{
	void *h = dlopen("libnss_cnie.so.2", RTLD_NOW);

	need(h != NULL, "libnss_cnie.so.2");
	*(void **)&direct_name = dlsym(h, "_nss_cnie_getpwnam_r");
	*(void **)&direct_uid = dlsym(h, "_nss_cnie_getpwuid_r");
	*(void **)&direct_groups = dlsym(h, "_nss_cnie_initgroups_dyn");
	need(direct_name && direct_uid && direct_groups, "dlsym");
}

/* `source` alone on the lines of nsswitch.conf, in a mount namespace of our
 * own; glibc looks at that file in each call, and that is part of the cost. */
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
}

static void run_cnie(const char *root)
{
	static void (*const libc[4])(uint32_t) = {
		libc_name, libc_uid, libc_groups, libc_miss };
	static void (*const module[4])(uint32_t) = {
		module_name, module_uid, module_groups, module_miss };
	long before;
	int64_t start;
	double one, two;

	name_service(root, "cnie");
	memset(took, 1, sizeof(took));	/* the bench's own memory */
	anonymous_kib();
	before = anonymous_kib();
	start = now_ns();
	libc_name(0);
	start = now_ns() - start;
	row("cnie", libc);
	printf("           first call %.0f us, anonymous memory +%ld KiB\n",
	       (double)start / 1000, anonymous_kib() - before);
	load_direct();
	row("direct", module);
	one = calls_per_second(1);
	two = calls_per_second(2);
	printf("           %.2f M calls/s with one thread, two threads %.2fx\n",
	       one / 1e6, two / one);
}

static void write_files(const char *root)
{
	char passwd[256], group[256], name[16];
	FILE *p, *g;

	snprintf(passwd, sizeof(passwd), "%s/passwd", root);
	snprintf(group, sizeof(group), "%s/group", root);
	p = fopen(passwd, "w");
	g = fopen(group, "w");
	need(p && g, passwd);
	fprintf(g, "cnie:*:%u:", PEOPLE_GID);
	for (uint32_t i = 0; i < people_n; i++) {
		people_name(i, name);
		fprintf(p, "%s:*:%u:%u::/home/%s:/bin/bash\n", name,
			people_uid(i), PEOPLE_GID, name);
	}
	for (uint32_t i = 0; i < people_n; i++) {
		uint32_t groups[3];

		people_name(i, name);
		people_groups(i, groups);
		if (i % PEOPLE_SITE == 0)
			fprintf(g, "\ns%u:*:%u:", i / PEOPLE_SITE, groups[2]);
		fprintf(g, "%s%s", i % PEOPLE_SITE ? "," : "", name);
	}
	for (uint32_t i = 0; i < people_n; i++) {
		people_name(i, name);
		if (i % PEOPLE_ENTITY == 0)
			fprintf(g, "\ne%u:*:%u:", i / PEOPLE_ENTITY,
				PEOPLE_ENTITY_GID + i / PEOPLE_ENTITY);
		fprintf(g, "%s%s", i % PEOPLE_ENTITY ? "," : "", name);
	}
	fprintf(g, "\n");
	fclose(p);
	fclose(g);
	need(mount(passwd, "/etc/passwd", NULL, MS_BIND, NULL) == 0, passwd);
	need(mount(group, "/etc/group", NULL, MS_BIND, NULL) == 0, group);
}

static void run_files(const char *root)
{
	static void (*const libc[4])(uint32_t) = {
		libc_name, libc_uid, libc_groups, libc_miss };

	name_service(root, "files");
	write_files(root);
	row("files", libc);
}

static void in_child(const char *self, const char *mode, const char *n,
		     const char *root)
{
	int status;
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (pid == 0) {
		execl(self, self, mode, n, root, (char *)NULL);
		_exit(127);
	}
	need(waitpid(pid, &status, 0) == pid && status == 0, mode);
}

static void measure(const char *self, const char *folder, const char *n)
{
	char root[] = "/tmp/nss_bench.XXXXXX", command[1024];

	need(mkdtemp(root) != NULL, "mkdtemp");
	chmod(root, 0755);
	snprintf(command, sizeof(command), "mkdir -p %s/var/lib/cnie && "
		 "%s/view_gen %s %s/var/lib/cnie/accounts.view", root, folder,
		 n, root);
	printf("view       ");
	fflush(stdout);
	need(system(command) == 0, "view_gen");
	setenv("CNIE_ROOT", root, 1);
	setenv("LD_LIBRARY_PATH", folder, 1);
	in_child(self, "--cnie", n, root);
	in_child(self, "--files", n, root);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	need(system(command) == 0, "rm");
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = { "100", "10000", "1000000" };
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	need(n > 0, "/proc/self/exe");
	self[n] = '\0';
	if (argc == 4) {
		people_n = (uint32_t)strtoul(argv[2], NULL, 10);
		if (argv[1][2] == 'c')
			run_cnie(argv[3]);
		else
			run_files(argv[3]);
		return 0;
	}
	if (argc != 2) {
		fprintf(stderr, "usage: nss_bench FOLDER\n");
		return 2;
	}
	printf("%-10s %8s %11s %11s %11s %11s  (us, median)\n", "source",
	       "accounts", "getpwnam_r", "getpwuid_r", "initgroups", "miss");
	for (int i = 0; i < 3; i++)
		measure(self, argv[1], sizes[i]);
	return 0;
}
