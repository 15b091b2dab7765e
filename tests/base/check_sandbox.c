// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * For every role: a child enters it and does one thing with a raw system
 * call. What the table in sandbox.c does not allow must end the child with
 * SIGSYS; what it allows must pass. The child has what the acts need (all
 * fixed descriptors, a pipe), so that only the filter can be the cause.
 */
#include "check_main.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/wire.h"

#define C (1u << ROLE_CARD)
#define I (1u << ROLE_INSPECT)
#define F (1u << ROLE_FACE)
#define S (1u << ROLE_SECTOR)
#define K (1u << ROLE_SECTOR_KEY)
#define T (1u << ROLE_SECTOR_TOKEN)
#define M (1u << ROLE_SECTOR_TOKEN_KEY)
#define ALL (C | I | F | S | K | T | M)
#define NOBODY 0

#define LIBRARY_FD 20	/* stands for a library's own: the socket to pcscd */
#define REFUSED_HERE 77	/* the child's status: the kernel said no, not us */

struct act_row {
	const char *name;
	unsigned int allowed;	/* roles */
	long call, a[6];
};

static char buf[4096];
#define BUF ((long)buf)
#define PATH ((long)"/etc/passwd")
#define NEW_THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		    CLONE_THREAD | CLONE_SYSVSEM)
#define RW (PROT_READ | PROT_WRITE)
#define PRIV (MAP_PRIVATE | MAP_ANONYMOUS)

#define SPEAKS (C | I | S | K | T | M)	/* more than 64 bytes */
#define WRITE(roles, fd, n) { "write(" #fd ", " #n ")", roles, SYS_write, \
			      { fd, BUF, n } }

/* BUF and PATH are no constants: the tables are filled at run time. */
#define ACTS_MAX 64
#define GIVE(out, rows) (memcpy(out, rows, sizeof(rows)), \
			 sizeof(rows) / sizeof(rows[0]))

static size_t acts_on_files(struct act_row *out)
{
	const struct act_row rows[] = {
	{ "open", NOBODY, SYS_open, { PATH, O_RDONLY } },
	{ "openat", T | M, SYS_openat, { AT_FDCWD, PATH, O_RDONLY } },
	{ "openat to write", M, SYS_openat, { AT_FDCWD, PATH, O_WRONLY } },
	{ "openat for both", M, SYS_openat, { AT_FDCWD, PATH, O_RDWR } },
	{ "openat to make", M, SYS_openat,
	  { AT_FDCWD, (long)"/nonexistent/x", O_RDONLY | O_CREAT, 0600 } },
	{ "openat to empty", M, SYS_openat,
	  { AT_FDCWD, (long)"/nonexistent/x", O_RDONLY | O_TRUNC } },
	{ "openat2", NOBODY, SYS_openat2, { AT_FDCWD, PATH, BUF, 24 } },
	{ "creat", NOBODY, SYS_creat, { PATH, 0600 } },
	{ "unlink", M, SYS_unlink, { (long)"/nonexistent" } },
	{ "rename", M, SYS_rename, { (long)"/nonexistent", BUF } },
	{ "ftruncate", M, SYS_ftruncate, { FD_KEY, 4096 } },
	{ "fdatasync", M, SYS_fdatasync, { FD_KEY } },
	{ "fsync of the key", K | M, SYS_fsync, { FD_KEY } },
	{ "fsync", M, SYS_fsync, { LIBRARY_FD } },
	{ "lseek in the key", K | T | M, SYS_lseek, { FD_KEY, 0, 0 } },
	{ "lseek", T | M, SYS_lseek, { LIBRARY_FD, 0, 0 } },
	{ "fstat of the key", K | T | M, SYS_fstat, { FD_KEY, BUF } },
	{ "fstat", T | M, SYS_fstat, { LIBRARY_FD, BUF } },
	{ "newfstatat of the key", C | K | T | M, SYS_newfstatat,
	  { FD_KEY, (long)"", BUF, AT_EMPTY_PATH } },
	{ "newfstatat", C | T | M, SYS_newfstatat,
	  { AT_FDCWD, PATH, BUF, 0 } },
	{ "link", NOBODY, SYS_link, { PATH, (long)"/nonexistent/x" } },
	{ "symlink", NOBODY, SYS_symlink, { PATH, (long)"/nonexistent/x" } },
	{ "mkdir", NOBODY, SYS_mkdir, { (long)"/nonexistent/x", 0700 } },
	{ "readlink", NOBODY, SYS_readlink, { PATH, BUF, 100 } },
	{ "fchmod", M, SYS_fchmod, { FD_KEY, 0600 } },
	{ "chmod", NOBODY, SYS_chmod, { PATH, 0644 } },
	{ "getdents64", T | M, SYS_getdents64, { 3, BUF, 100 } },
	{ "stat", NOBODY, SYS_stat, { PATH, BUF } },
	{ "memfd_create", NOBODY, SYS_memfd_create, { PATH, 0 } },
	{ "truncate", NOBODY, SYS_truncate, { (long)"/nonexistent", 0 } },
	{ "io_uring_setup", NOBODY, SYS_io_uring_setup, { 1, BUF } },
	};

	return GIVE(out, rows);
}

static size_t acts_on_others(struct act_row *out)
{
	const struct act_row rows[] = {
	{ "socket", NOBODY, SYS_socket, { AF_INET, SOCK_STREAM, 0 } },
	{ "socket unix", T | M, SYS_socket, { AF_UNIX, SOCK_STREAM, 0 } },
	{ "socket inet6", NOBODY, SYS_socket, { AF_INET6, SOCK_DGRAM, 0 } },
	{ "socket netlink", NOBODY, SYS_socket, { AF_NETLINK, SOCK_RAW, 0 } },
	{ "socket high", NOBODY, SYS_socket,
	  { AF_INET + 0x100000000, SOCK_STREAM, 0 } },
	{ "socketpair", NOBODY, SYS_socketpair, { AF_UNIX, 1, 0, BUF } },
	{ "connect", T | M, SYS_connect, { 3, BUF, 16 } },
	{ "listen", NOBODY, SYS_listen, { 3, 1 } },
	{ "bind", NOBODY, SYS_bind, { 3, BUF, 16 } },
	{ "accept", NOBODY, SYS_accept, { 3, 0, 0 } },
	{ "sendmsg", NOBODY, SYS_sendmsg, { 3, BUF, 0 } },
	{ "recvmsg", NOBODY, SYS_recvmsg, { 3, BUF, MSG_DONTWAIT } },
	{ "sendto an address", NOBODY, SYS_sendto,
	  { LIBRARY_FD, BUF, 8, 0, BUF, 16 } },
	{ "sendto", C | T | M, SYS_sendto, { LIBRARY_FD, BUF, 8, 0, 0, 0 } },
	{ "recvfrom", C | T | M, SYS_recvfrom,
	  { LIBRARY_FD, BUF, 8, MSG_DONTWAIT, 0, 0 } },
	{ "kill", NOBODY, SYS_kill, { 1, 0 } },
	{ "ptrace", NOBODY, SYS_ptrace, { 0, 0, 0, 0 } },
	{ "process_vm_readv", NOBODY, SYS_process_vm_readv,
	  { 1, BUF, 0, BUF, 0, 0 } },
	{ "shmget", NOBODY, SYS_shmget, { 0, 4096, 0 } },
	/* new programs and processes */
	{ "execve", NOBODY, SYS_execve, { PATH, 0, 0 } },
	{ "execveat", NOBODY, SYS_execveat, { AT_FDCWD, PATH, 0, 0, 0 } },
	{ "fork", NOBODY, SYS_fork, { 0 } },
	{ "vfork", NOBODY, SYS_vfork, { 0 } },
	{ "clone process", NOBODY, SYS_clone, { SIGCHLD, 0, 0, 0, 0 } },
	{ "clone thread", NOBODY, SYS_clone, { NEW_THREAD, BUF, 0, 0, 0 } },
	{ "clone3", NOBODY, SYS_clone3, { BUF, 64 } },
	{ "unshare", NOBODY, SYS_unshare, { CLONE_NEWNS } },
	{ "setns", NOBODY, SYS_setns, { 3, 0 } },
	};

	return GIVE(out, rows);
}

static size_t acts_on_itself(struct act_row *out)
{
	const struct act_row rows[] = {
	{ "setuid", NOBODY, SYS_setuid, { 0 } },
	{ "setresuid", NOBODY, SYS_setresuid, { 0, 0, 0 } },
	{ "capset", NOBODY, SYS_capset, { BUF, BUF } },
	{ "prctl dumpable", NOBODY, SYS_prctl, { 4, 1, 0, 0, 0 } },
	{ "seccomp", NOBODY, SYS_seccomp, { 1, 0, BUF } },
	{ "setrlimit", NOBODY, SYS_setrlimit, { RLIMIT_CORE, BUF } },
	{ "prlimit64", NOBODY, SYS_prlimit64, { 0, RLIMIT_CORE, 0, BUF } },
	{ "keyctl", NOBODY, SYS_keyctl, { 0, 0, 0 } },
	{ "bpf", NOBODY, SYS_bpf, { 0, BUF, 16 } },
	/* descriptors */
	{ "dup", NOBODY, SYS_dup, { 3 } },
	{ "dup2", NOBODY, SYS_dup2, { 3, 5 } },
	{ "fcntl", NOBODY, SYS_fcntl, { 3, F_DUPFD, 10 } },
	{ "fcntl lock", T | M, SYS_fcntl, { FD_KEY, F_GETLK, BUF } },
	{ "fcntl owner", NOBODY, SYS_fcntl, { 3, F_SETOWN, 1 } },
	{ "pipe", NOBODY, SYS_pipe, { BUF } },
	{ "writev", NOBODY, SYS_writev, { FD_CONTROL, BUF, 0 } },
	{ "pwrite64", NOBODY, SYS_pwrite64, { FD_KEY, BUF, 1, 0 } },
	{ "pwrite64 above", M, SYS_pwrite64, { LIBRARY_FD, BUF, 1, 0 } },
	{ "sendfile", NOBODY, SYS_sendfile, { 3, 4, 0, 1 } },
	{ "splice", NOBODY, SYS_splice, { 3, 0, 4, 0, 1, 0 } },
	{ "tty ioctl", NOBODY, SYS_ioctl, { 3, TIOCSTI, BUF } },
	{ "FIONREAD", NOBODY, SYS_ioctl, { 3, FIONREAD, BUF } },
	{ "usbfs", T | M, SYS_ioctl, { 3, _IO('U', 21), 0 } },
	{ "VIDIOC_S_FMT", NOBODY, SYS_ioctl, { 8, VIDIOC_S_FMT, BUF } },
	{ "VIDIOC_DQBUF", F, SYS_ioctl, { 8, (long)VIDIOC_DQBUF, BUF } },
	{ "VIDIOC_QBUF", F, SYS_ioctl, { 8, (long)VIDIOC_QBUF, BUF } },
	{ "VIDIOC_STREAMON", F, SYS_ioctl, { 8, VIDIOC_STREAMON, BUF } },
	{ "VIDIOC_STREAMOFF", F, SYS_ioctl, { 8, VIDIOC_STREAMOFF, BUF } },
	};

	return GIVE(out, rows);
}

static size_t acts_on_memory(struct act_row *out)
{
	const struct act_row rows[] = {
	{ "mmap", ALL, SYS_mmap, { 0, 4096, RW, PRIV, -1, 0 } },
	{ "mmap exec", NOBODY, SYS_mmap,
	  { 0, 4096, RW | PROT_EXEC, PRIV, -1, 0 } },
	{ "mmap only exec", NOBODY, SYS_mmap,
	  { 0, 4096, PROT_EXEC, PRIV, -1, 0 } },
	{ "mmap shared", NOBODY, SYS_mmap,
	  { 0, 4096, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0 } },
	{ "mmap of a file", NOBODY, SYS_mmap,
	  { 0, 4096, PROT_READ, MAP_PRIVATE, FD_KEY, 0 } },
	{ "mmap of a shared file", NOBODY, SYS_mmap,
	  { 0, 4096, PROT_READ, MAP_SHARED, FD_KEY, 0 } },
	{ "mprotect exec", NOBODY, SYS_mprotect,
	  { BUF & ~4095L, 4096, PROT_READ | PROT_EXEC } },
	{ "mprotect", ALL, SYS_mprotect, { BUF & ~4095L, 4096, RW } },
	{ "brk", ALL, SYS_brk, { 0 } },
	{ "madvise", ALL, SYS_madvise, { BUF & ~4095L, 0, MADV_NORMAL } },
	{ "munmap", ALL, SYS_munmap, { 0, 4096 } },
	{ "mlock", NOBODY, SYS_mlock, { BUF, 1 } },
	/* waiting and time */
	{ "read", ALL, SYS_read, { FD_KEY, BUF, 4 } },
	{ "poll", ALL, SYS_poll, { 0, 0, 1 } },
	{ "clock_gettime", ALL, SYS_clock_gettime, { CLOCK_MONOTONIC, BUF } },
	{ "futex wake", ALL, SYS_futex, { BUF, FUTEX_WAKE_PRIVATE, 1 } },
	{ "sched_yield", ALL, SYS_sched_yield, { 0 } },
	{ "close", ALL, SYS_close, { 8 } },
	{ "getrandom", C | I | S | K | T | M, SYS_getrandom, { BUF, 16, 0 } },
	{ "getpid", C | I | S | K | T | M, SYS_getpid, { 0 } },
	{ "clock_settime", NOBODY, SYS_clock_settime, { 0, BUF } },
	{ "rt_sigaction", NOBODY, SYS_rt_sigaction, { SIGSYS, 0, BUF, 8 } },
	};

	return GIVE(out, rows);
}

static size_t acts_of_speech(struct act_row *out)
{
	const struct act_row rows[] = {
	WRITE(ALL, FD_CONTROL, 1), WRITE(ALL, FD_CONTROL, 64),
	WRITE(SPEAKS, FD_CONTROL, 65), WRITE(SPEAKS, FD_CONTROL, 4096),
	WRITE(C | I, FD_APDU, 1), WRITE(I, FD_PORTRAIT, 1),
	WRITE(I, FD_NUMBER, 1), WRITE(K, FD_KEY, 1),
	WRITE(C, FD_KEY_OLD, 1), WRITE(C | S | T | M, FD_TOKENISER, 1),
	/* to /dev/null */
	WRITE(T | M, 0, 1), WRITE(T | M, 1, 1), WRITE(T | M, 2, 1),
	WRITE(C | T | M, 10, 1), WRITE(C | T | M, 15, 1),
	WRITE(C | T | M, LIBRARY_FD, 1), WRITE(C | T | M, 63, 1),
	WRITE(C | T | M, 127, 1), WRITE(C, 128, 1),
	{ "write(3, huge)", SPEAKS, SYS_write,
	  { FD_CONTROL, BUF, 0x100000001 } },
	/* the kernel takes the low half; cnie-card may write above FD_KEY,
	 * where the library's socket is, and has nothing else to reach */
	{ "write(3 + 2^32, 1)", C, SYS_write, { 0x100000003, BUF, 1 } },
	{ "write(7 + 2^32, 1)", C, SYS_write, { 0x100000007, BUF, 1 } },
	};
	return GIVE(out, rows);
}

static size_t (*const groups[])(struct act_row *) = {
	acts_on_files, acts_on_others, acts_on_itself, acts_on_memory,
	acts_of_speech,
};
#define GROUPS ((int)(sizeof(groups) / sizeof(groups[0])))

/* Descriptors as a helper would have them, and one more for the library. */
static void furnish(void)
{
	struct rlimit none = { 0, 0 };
	char name[] = "/tmp/cnie-sandbox-XXXXXX";
	int key, pair[2];

	setrlimit(RLIMIT_CORE, &none);
	key = mkstemp(name);
	unlink(name);
	if (key < 0 || ftruncate(key, 4096) || socketpair(AF_UNIX,
			SOCK_SEQPACKET, 0, pair))
		_exit(REFUSED_HERE);
	dup2(key, 30);
	dup2(pair[0], 31);
	dup2(pair[1], 32);	/* the other end stays open: no SIGPIPE */
	for (int fd = 0; fd <= FD_LAST; fd++)
		dup2(fd == FD_KEY ? 30 : 31, fd);
	dup2(31, LIBRARY_FD);
}

static int in_child(enum sandbox_role role, const struct act_row *a)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		furnish();
		if (sandbox_enter(role) != R_OK)
			syscall(SYS_exit_group, REFUSED_HERE);
		syscall(a->call, a->a[0], a->a[1], a->a[2], a->a[3], a->a[4],
			a->a[5]);
		syscall(SYS_exit_group, 0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(each_role_may_do_what_its_table_says_and_no_more)
{
	struct act_row acts[ACTS_MAX];
	int role = _i / GROUPS;
	size_t n = groups[_i % GROUPS](acts);

	for (size_t i = 0; i < n; i++) {
		int status = in_child((enum sandbox_role)role, &acts[i]);

		if (acts[i].allowed & (1u << role))
			ck_assert_msg(WIFEXITED(status) &&
				      WEXITSTATUS(status) == 0,
				      "role %d, %s: status %x", role,
				      acts[i].name, (unsigned int)status);
		else
			ck_assert_msg(WIFSIGNALED(status) &&
				      WTERMSIG(status) == SIGSYS,
				      "role %d, %s: status %x", role,
				      acts[i].name, (unsigned int)status);
	}
}
END_TEST

static void *other_thread(void *arg)
{
	int *go = arg;

	while (!__atomic_load_n(go, __ATOMIC_ACQUIRE))
		sched_yield();
	syscall(SYS_memfd_create, "x", 0);
	return NULL;
}

/* OpenCV may have started threads before: TSYNC binds them too. */
START_TEST(the_filter_holds_for_threads_that_were_there_before)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t t;
		int go = 0;

		furnish();
		if (pthread_create(&t, NULL, other_thread, &go) ||
		    sandbox_enter((enum sandbox_role)_i) != R_OK)
			syscall(SYS_exit_group, REFUSED_HERE);
		__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
		for (;;)
			sched_yield();
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
END_TEST

#ifdef __x86_64__
/* int 0x80: the same numbers mean other calls there. */
START_TEST(another_architecture_is_no_way_round)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		long r = 20;	/* i386 getpid; x86-64 20 is writev */

		furnish();
		if (sandbox_enter((enum sandbox_role)_i) != R_OK)
			syscall(SYS_exit_group, REFUSED_HERE);
		__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
		syscall(SYS_exit_group, 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}
END_TEST
#endif

START_TEST(no_new_privileges_after_it)
{
	char path[64], line[128];
	int seen = 0;
	pid_t pid = fork();

	if (pid == 0) {
		furnish();
		if (sandbox_enter(ROLE_CARD) != R_OK)
			syscall(SYS_exit_group, REFUSED_HERE);
		for (;;)
			sched_yield();
	}
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	for (int tries = 0; tries < 200 && seen != 3; tries++) {
		FILE *f = fopen(path, "r");

		ck_assert_ptr_nonnull(f);
		seen = 0;
		while (fgets(line, sizeof(line), f)) {
			seen |= !strcmp(line, "NoNewPrivs:\t1\n") ? 1 : 0;
			seen |= !strcmp(line, "Seccomp:\t2\n") ? 2 : 0;
		}
		fclose(f);
		usleep(10000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(seen, 3);
}
END_TEST

static Suite *sandbox_suite(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, each_role_may_do_what_its_table_says_and_no_more,
			    0, ROLE_COUNT * GROUPS);
	tcase_add_loop_test(t, the_filter_holds_for_threads_that_were_there_before,
			    ROLE_CARD, ROLE_COUNT);
#ifdef __x86_64__
	tcase_add_loop_test(t, another_architecture_is_no_way_round,
			    ROLE_CARD, ROLE_COUNT);
#endif
	tcase_add_test(t, no_new_privileges_after_it);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(sandbox_suite)
