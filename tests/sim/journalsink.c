// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * journalsink OUT SOCKET...: stands in for journald and syslog in a mount
 * namespace of a test. Binds each SOCKET (datagrams) and appends what comes
 * to OUT: a line "== SOCKET", the datagram as it came, a new line. A message
 * that comes as a sealed memory file, as large ones do, is read from it.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKETS_MAX 4
#define MESSAGE_MAX (256 * 1024)

static int bind_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || chmod(path, 0666))
		return -1;
	return fd;
}

/* The descriptor that came along, or -1. */
static int passed(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void take(int fd, const char *path, FILE *out)
{
	static char buf[MESSAGE_MAX];
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec v = { buf, sizeof(buf) };
	struct msghdr h = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &h, MSG_CMSG_CLOEXEC);
	int file = n < 0 ? -1 : passed(&h);

	if (file >= 0) {
		n = pread(file, buf, sizeof(buf), 0);
		close(file);
	}
	if (n < 0)
		return;
	fprintf(out, "== %s\n", path);
	fwrite(buf, 1, (size_t)n, out);
	fputc('\n', out);
	fflush(out);
}

int main(int argc, char **argv)
{
	struct pollfd p[SOCKETS_MAX];
	int n = argc - 2;
	FILE *out;

	if (n < 1 || n > SOCKETS_MAX) {
		fprintf(stderr, "usage: journalsink OUT SOCKET...\n");
		return 2;
	}
	out = fopen(argv[1], "ae");
	for (int i = 0; i < n; i++) {
		p[i] = (struct pollfd){ bind_at(argv[i + 2]), POLLIN, 0 };
		if (!out || p[i].fd < 0) {
			perror(argv[i + 2]);
			return 1;
		}
	}
	while (poll(p, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++)
			if (p[i].revents)
				take(p[i].fd, argv[i + 2], out);
	return 1;
}
