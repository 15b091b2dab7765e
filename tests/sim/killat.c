// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * killat.so: a library in front of others (ld.so(8), LD_PRELOAD) that kills the
 * processes of one name before the n-th call by which they change a file or say
 * something. Beside it lie
 *
 *	killat.name	whom
 *	killat.count	two numbers of four bytes, as this machine writes them:
 *			the calls of all processes of that name so far, and n, 0
 *			for never
 *
 * opened at the start of a process, which may have no file system later. The
 * count goes on past n: a smaller one says that nothing was killed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct shared {
	atomic_uint calls, deadly;
};
static struct shared *shared;

static int beside(const char *name)
{
	char path[512];
	const char *slash;
	Dl_info me;

	if (!dladdr(&shared, &me) || !(slash = strrchr(me.dli_fname, '/')))
		return -1;
	snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - me.dli_fname),
		 me.dli_fname, name);
	return open(path, O_RDWR | O_CLOEXEC);
}

__attribute__((constructor)) static void begin(void)
{
	char name[32] = "";
	int whom = beside("killat.name"), numbers = beside("killat.count");
	void *page = MAP_FAILED;

	if (whom >= 0 && numbers >= 0 &&
	    read(whom, name, sizeof(name) - 1) > 0) {
		name[strcspn(name, "\n")] = '\0';
		if (!strcmp(name, program_invocation_short_name))
			page = mmap(NULL, sizeof(*shared),
				    PROT_READ | PROT_WRITE, MAP_SHARED,
				    numbers, 0);
	}
	if (page != MAP_FAILED)
		shared = page;
	if (whom >= 0)
		close(whom);
	if (numbers >= 0)
		close(numbers);
}

static void call(void)
{
	if (!shared || atomic_fetch_add(&shared->calls, 1) + 1 !=
			       atomic_load(&shared->deadly))
		return;
	syscall(SYS_kill, (long)getpid(), (long)SIGKILL);
	__builtin_trap();	/* behind a filter that forbids it */
}

/* The function behind ours. */
#define REAL(name) \
	static __typeof__(name) *real; \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, #name)

#define WRAP(type, name, with, ...) \
	__attribute__((visibility("default"))) type name with \
	{ \
		REAL(name); \
		call(); \
		return real(__VA_ARGS__); \
	}

WRAP(ssize_t, write, (int fd, const void *p, size_t n), fd, p, n)
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), fd, p, n, at)
WRAP(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at), fd, p,
     n, at)
WRAP(ssize_t, send, (int fd, const void *p, size_t n, int flags), fd, p, n,
     flags)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), fd, m,
     flags)
WRAP(int, connect, (int fd, const struct sockaddr *to, socklen_t n), fd, to, n)
WRAP(int, fsync, (int fd), fd)
WRAP(int, fdatasync, (int fd), fd)
WRAP(int, ftruncate, (int fd, off_t n), fd, n)
WRAP(int, ftruncate64, (int fd, off64_t n), fd, n)
WRAP(int, unlink, (const char *path), path)
WRAP(int, rmdir, (const char *path), path)
WRAP(int, mkdir, (const char *path, mode_t mode), path, mode)
WRAP(int, link, (const char *from, const char *to), from, to)
WRAP(int, rename, (const char *from, const char *to), from, to)
WRAP(int, renameat2, (int a, const char *from, int b, const char *to,
		      unsigned int flags), a, from, b, to, flags)
