// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * activate NAME=SOCKET... -- PROGRAM [ARGS]: socket activation as systemd
 * does it for cnied (sd_listen_fds(3)). Listens at each SOCKET; when somebody
 * connects starts PROGRAM with the listeners as descriptors 3, 4, ... under
 * their NAMEs; when it ends, listens again. Standard output gets a line
 * "started" or "ended STATUS" each time. SIGTERM ends it and PROGRAM.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKETS_MAX 4
#define FIRST 3			/* SD_LISTEN_FDS_START */
#define ASIDE 20		/* ours, out of the way */

struct sockets {
	int fd[SOCKETS_MAX];
	char names[128];	/* "login:admin" */
	int n;
};

static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || chmod(path, 0666) ||
	    listen(fd, 16))
		return -1;
	return fd;
}

static int add(struct sockets *s, const char *arg)
{
	const char *eq = strchr(arg, '=');
	size_t n = strlen(s->names);
	int fd;

	if (!eq || s->n == SOCKETS_MAX ||
	    n + (size_t)(eq - arg) + 2 > sizeof(s->names))
		return -1;
	if (n)
		s->names[n++] = ':';
	memcpy(s->names + n, arg, (size_t)(eq - arg));
	s->names[n + (size_t)(eq - arg)] = '\0';
	fd = listen_at(eq + 1);
	if (fd < 0 || dup3(fd, ASIDE + s->n, O_CLOEXEC) < 0)
		return -1;
	close(fd);
	s->fd[s->n] = ASIDE + s->n;
	s->n++;
	return 0;
}

static void become(const struct sockets *s, char **argv)
{
	char text[32];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int i = 0; i < s->n; i++)
		if (dup2(s->fd[i], FIRST + i) < 0)	/* without CLOEXEC */
			_exit(126);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%d", s->n);
	setenv("LISTEN_FDS", text, 1);
	setenv("LISTEN_FDNAMES", s->names, 1);
	execv(argv[0], argv);
	_exit(127);
}

static int once(const struct sockets *s, char **argv)
{
	struct pollfd p[SOCKETS_MAX];
	int status;
	pid_t pid;

	for (int i = 0; i < s->n; i++)
		p[i] = (struct pollfd){ .fd = s->fd[i], .events = POLLIN };
	if (poll(p, (nfds_t)s->n, -1) <= 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become(s, argv);
	puts("started");
	fflush(stdout);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFEXITED(status))
		printf("ended %d\n", WEXITSTATUS(status));
	else
		printf("ended by signal %d\n", WTERMSIG(status));
	fflush(stdout);
	/* what can't start is not tried for ever */
	return WIFEXITED(status) && WEXITSTATUS(status) < 126 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct sockets s = { .n = 0 };
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--"); i++)
		if (add(&s, argv[i])) {
			perror(argv[i]);
			return 1;
		}
	if (s.n == 0 || i + 1 >= argc) {
		fprintf(stderr, "usage: activate NAME=SOCKET... -- PROGRAM [ARGS]\n");
		return 2;
	}
	while (once(&s, argv + i + 1) == 0)
		continue;
	return 1;
}
