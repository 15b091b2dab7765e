// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sandbox.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/scope.h"
#include "base/wire.h"

/* Which roles a row is for. */
#define C (1u << ROLE_CARD)
#define I (1u << ROLE_INSPECT)
#define F (1u << ROLE_FACE)
#define S (1u << ROLE_SECTOR)
#define ALL (C | I | F | S)

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
#define IOCTL(roles, request) \
	{ roles, SCMP_SYS(ioctl), 1, { { 1, SCMP_CMP_EQ, request, 0 } } }

static const struct rule rules[] = {
	ANY(ALL, read), ANY(ALL, close), ANY(ALL, poll), ANY(ALL, ppoll),
	ANY(ALL, brk), ANY(ALL, munmap), ANY(ALL, mremap), ANY(ALL, madvise),
	ANY(ALL, exit), ANY(ALL, exit_group),
	ANY(ALL, futex), ANY(ALL, sched_yield),
	ANY(ALL, clock_gettime), ANY(ALL, clock_nanosleep),
	ANY(ALL, gettimeofday), ANY(ALL, rt_sigreturn),
	ANY(ALL, restart_syscall), ANY(C | I | S, getrandom),
	ANY(C | I | S, getpid), ANY(C | I | S, gettid),

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
	WRITE_TO(C | I | S, FD_CONTROL),
	WRITE_TO(C | I, FD_APDU),
	WRITE_TO(I, FD_PORTRAIT),
	WRITE_TO(I, FD_NUMBER),
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
