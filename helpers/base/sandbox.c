// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/scope.h"
#include "base/wire.h"

/* Which roles a row is for. */
#define C (1u << ROLE_CARD)
#define I (1u << ROLE_INSPECT)
#define F (1u << ROLE_FACE)
#define S (1u << ROLE_SECTOR)
#define K (1u << ROLE_SECTOR_KEY)
#define T (1u << ROLE_SECTOR_TOKEN)
#define M (1u << ROLE_SECTOR_TOKEN_KEY)
#define TM (T | M)
#define ALL (C | I | F | S | K | TM)

#define FACE_ANSWER_MAX 64

struct rule {
	unsigned int roles;
	int call;
	unsigned int n;
	struct scmp_arg_cmp arg[3];
};

#define ANY(roles, name) { roles, SCMP_SYS(name), 0, { { 0 } } }
#define WRITE_TO(roles, fd) \
	{ roles, SCMP_SYS(write), 1, { { 0, SCMP_CMP_EQ, fd, 0 } } }
#define ON(roles, name, fd) \
	{ roles, SCMP_SYS(name), 1, { { 0, SCMP_CMP_EQ, fd, 0 } } }
/* fstat, as the C library says it */
#define STAT_OF(roles, fd) \
	{ roles, SCMP_SYS(newfstatat), 2, { { 0, SCMP_CMP_EQ, fd, 0 }, \
		{ 3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0 } } }
/* Descriptors above the fixed numbers: a range whose length, a power of two,
 * divides its first. Not by SCMP_CMP_GT: of the 64 bits that it compares the
 * kernel takes 32. */
#define RANGE(roles, name, first, length) \
	{ roles, SCMP_SYS(name), 1, { { 0, SCMP_CMP_MASKED_EQ, \
		~(uint64_t)((length) - 1), first } } }
#define ABOVE(roles, name) \
	RANGE(roles, name, 10, 2), RANGE(roles, name, 12, 4), \
	RANGE(roles, name, 16, 16), RANGE(roles, name, 32, 32), \
	RANGE(roles, name, 64, 64)
/* For reading what is there: without any of these flags. */
#define OPEN_WITHOUT(roles, flags) \
	{ roles, SCMP_SYS(openat), 1, { { 2, SCMP_CMP_MASKED_EQ, flags, 0 } } }
#define FCNTL(roles, cmd) \
	{ roles, SCMP_SYS(fcntl), 1, { { 1, SCMP_CMP_EQ, cmd, 0 } } }
#define IOCTL(roles, request) \
	{ roles, SCMP_SYS(ioctl), 1, { { 1, SCMP_CMP_EQ, request, 0 } } }

static const struct rule rules[] = {
	ANY(ALL, read), ANY(ALL, close), ANY(ALL, poll), ANY(ALL, ppoll),
	ANY(ALL, brk), ANY(ALL, munmap), ANY(ALL, mremap), ANY(ALL, madvise),
	ANY(ALL, exit), ANY(ALL, exit_group),
	ANY(ALL, futex), ANY(ALL, sched_yield),
	ANY(ALL, clock_gettime), ANY(ALL, clock_nanosleep),
	ANY(ALL, gettimeofday), ANY(ALL, rt_sigreturn),
	ANY(ALL, restart_syscall), ANY(C | I | S | K | TM, getrandom),
	ANY(C | I | S | K | TM, getpid), ANY(C | I | S | K | TM, gettid),

#ifdef __SANITIZE_ADDRESS__
	/* its run-time asks for the stack before a noreturn call */
	ANY(ALL, sigaltstack),
#endif

	/* memory: private, never executable */
	{ ALL, SCMP_SYS(mmap), 2, {
		{ 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 },
		{ 3, SCMP_CMP_MASKED_EQ, MAP_SHARED | MAP_ANONYMOUS,
		  MAP_ANONYMOUS } } },
	{ ALL, SCMP_SYS(mprotect), 1, {
		{ 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },

	/* what may be said, and to whom */
	WRITE_TO(C | I | S | K | TM, FD_CONTROL),
	WRITE_TO(C | I, FD_APDU),
	WRITE_TO(I, FD_PORTRAIT),
	WRITE_TO(I, FD_NUMBER),
	WRITE_TO(S | TM, FD_TOKENISER),
	{ F, SCMP_SYS(write), 2, {
		{ 0, SCMP_CMP_EQ, FD_CONTROL, 0 },
		{ 2, SCMP_CMP_LE, FACE_ANSWER_MAX, 0 } } },

	/* the reader's library talks to pcscd on the socket it has open */
	{ C, SCMP_SYS(sendto), 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
	{ C, SCMP_SYS(recvfrom), 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
	{ C, SCMP_SYS(write), 1, { { 0, SCMP_CMP_GT, FD_KEY, 0 } } },
	ANY(C, select), ANY(C, pselect6), ANY(C, nanosleep),
	/* libpcsclite looks for pcscd's socket file at each status change */
	ANY(C, newfstatat),

	/* A PKCS#11 library: SoftHSM opens its object files anew at each use
	 * and locks them, tpm2-pkcs11 has its device and SQLite its file open,
	 * a reader's driver talks to pcscd, or to usbfs ('U'). What they log
	 * goes to /dev/null, where 0 to 2 lead. */
	RANGE(TM, write, 0, 2), WRITE_TO(TM, 2), ABOVE(TM, write),
	OPEN_WITHOUT(T, O_ACCMODE | O_CREAT | O_TRUNC),
	FCNTL(TM, F_GETFD), FCNTL(TM, F_SETFD), FCNTL(TM, F_GETFL),
	FCNTL(TM, F_SETFL), FCNTL(TM, F_GETLK), FCNTL(TM, F_SETLK),
	FCNTL(TM, F_SETLKW),
	ANY(TM, newfstatat), ANY(TM, fstat), ANY(TM, lseek),
	ANY(TM, pread64), ANY(TM, getdents64), ANY(TM, readv),
	ANY(TM, access), ANY(TM, faccessat), ANY(TM, getuid),
	ANY(TM, geteuid), ANY(TM, getgid), ANY(TM, getegid),
	{ TM, SCMP_SYS(socket), 1, { { 0, SCMP_CMP_EQ, AF_UNIX, 0 } } },
	ANY(TM, connect),
	{ TM, SCMP_SYS(sendto), 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
	{ TM, SCMP_SYS(recvfrom), 1, { { 4, SCMP_CMP_EQ, 0, 0 } } },
	ANY(TM, select), ANY(TM, pselect6), ANY(TM, nanosleep),
	{ TM, SCMP_SYS(ioctl), 1, { { 1, SCMP_CMP_MASKED_EQ, 0xff00,
				      'U' << 8 } } },
	/* and where it changes what it keeps */
	ANY(M, openat), ANY(M, ftruncate), ANY(M, unlink), ANY(M, unlinkat),
	ANY(M, rename), ANY(M, renameat), ANY(M, fsync), ANY(M, fdatasync),
	ABOVE(M, pwrite64), ANY(M, fchmod),

	/* the key file, which cnied opened */
	WRITE_TO(K, FD_KEY), ON(K, fsync, FD_KEY), ON(K, lseek, FD_KEY),
	ON(K, fstat, FD_KEY), STAT_OF(K, FD_KEY),

	/* the camera, by request */
	IOCTL(F, VIDIOC_QBUF), IOCTL(F, VIDIOC_DQBUF),
	IOCTL(F, VIDIOC_STREAMON), IOCTL(F, VIDIOC_STREAMOFF),
};

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static enum result add_rules(scmp_filter_ctx ctx, unsigned int role)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		if (!(r->roles & role))
			continue;
		if (seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, r->call, r->n,
					   r->arg))
			return R_INTERNAL;
	}
	return R_OK;
}

enum result sandbox_enter(enum sandbox_role role)
{
	scoped(release) scmp_filter_ctx ctx = seccomp_init(
			SCMP_ACT_KILL_PROCESS);

	if (!ctx || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return R_INTERNAL;
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS))
		return R_INTERNAL;
	if (add_rules(ctx, 1u << role) != R_OK)
		return R_INTERNAL;
	return seccomp_load(ctx) ? R_INTERNAL : R_OK;
}
