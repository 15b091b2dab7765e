// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cnied: ties a login together and decides. It never parses a card and never
 * holds an image or a national number. Socket-activated; exits when idle.
 *
 * MUST: every descriptor in the loop is non-blocking; nothing here waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/log.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "base/secret.h"
#include "service/bulk.h"

#define IDLE_MS 60000
#define REAP_MS 50
#define ACCEPT_MAX 16		/* connections a round */
#define BACKLOG 128

/* -- sockets ---------------------------------------------------------------------- */

static enum result bind_socket(const char *name, mode_t mode, int *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	scoped(close_fd) int fd = -1;
	char path[PREFIX_PATH_MAX];

	if (prefix_path(name, path, sizeof(path)) != R_OK ||
	    strlen(path) >= sizeof(a.sun_path))
		return R_MALFORMED;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return R_INTERNAL;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || chmod(path, mode) ||
	    listen(fd, BACKLOG))
		return R_INTERNAL;
	*out = fd;
	fd = -1;
	return R_OK;
}

static enum result bind_sockets(struct service *s)
{
	char dir[PREFIX_PATH_MAX];
	enum result r = prefix_path(DIR_RUN, dir, sizeof(dir));

	if (r == R_OK)
		r = file_mkdir(dir, 0755);
	if (r == R_OK)
		r = bind_socket(PATH_LOGIN_SOCK, 0666, &s->login_fd);
	if (r == R_OK)
		r = bind_socket(PATH_ADMIN_SOCK, 0600, &s->admin_fd);
	return r;
}

static enum result find_sockets(struct service *s)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	if (n <= 0)
		return bind_sockets(s);
	s->activated = true;
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		int up = fcntl(fd, F_DUPFD_CLOEXEC, 10);

		close(fd);
		if (up < 0 || fcntl(up, F_SETFL, O_NONBLOCK))
			return R_INTERNAL;
		if (!strcmp(names[i], "login"))
			s->login_fd = up;
		else if (!strcmp(names[i], "admin"))
			s->admin_fd = up;
		else
			close(up);
	}
	return s->login_fd >= 0 && s->admin_fd >= 0 ? R_OK : R_ABSENT;
}

/* -- the loop ------------------------------------------------------------------------- */

enum { AT_LOGIN, AT_ADMIN, AT_SIGNAL, AT_HELPERS,
       AT_CLIENTS = AT_HELPERS + HELPER_COUNT,
       POLL_COUNT = AT_CLIENTS + CLIENTS_MAX };

static void watch(struct service *s, int signals, struct pollfd p[POLL_COUNT])
{
	for (int i = 0; i < POLL_COUNT; i++)
		p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	p[AT_LOGIN].fd = s->login_fd;
	p[AT_ADMIN].fd = s->admin_fd;
	p[AT_SIGNAL].fd = signals;
	for (int i = 0; s->txn && i < HELPER_COUNT; i++)
		p[AT_HELPERS + i].fd = crew_fd(&s->txn->crew, i);
	for (int i = 0; i < CLIENTS_MAX; i++)
		p[AT_CLIENTS + i].fd = s->clients[i].fd;
	for (int i = 0; s->bulk && i < CLIENTS_MAX; i++)
		if (bulk_of(s, &s->clients[i]))
			p[AT_CLIENTS + i].events = bulk_events(s);
}

/* For its first message: it belongs to no transaction and no transfer. */
static bool waits(const struct service *s, const struct client *c)
{
	return c->fd >= 0 && (!s->txn || s->txn->client != c) &&
	       !bulk_of(s, c);
}

static int next_timeout(const struct service *s)
{
	int64_t at = bulk_deadline(s), left;

	if (s->txn && txn_deadline(s->txn) < at)
		at = txn_deadline(s->txn);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *c = &s->clients[i];

		if (waits(s, c) && c->deadline < at)
			at = c->deadline;
	}
	if (s->morgue.n > 0 && mono_ms() + REAP_MS < at)
		at = mono_ms() + REAP_MS;
	if (s->activated && !s->txn && !s->bulk &&
	    s->last_used + IDLE_MS < at)
		at = s->last_used + IDLE_MS;
	if (at == INT64_MAX)
		return -1;
	left = at - mono_ms();
	return left < 0 ? 0 : (int)left;
}

static void expire(struct service *s)
{
	int64_t now = mono_ms();

	if (s->txn && now >= txn_deadline(s->txn))
		txn_expired(s->txn);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (waits(s, c) && now >= c->deadline)
			client_close(c);
	}
	bulk_expire(s);
	if (s->activated && !s->txn && !s->bulk && now >= s->last_used + IDLE_MS)
		s->stop = true;
}

static void bury(struct service *s)
{
	if (s->txn && s->txn->state == ST_END)
		txn_free(&s->txn);
}

/* One event a round: a handler may close any of these descriptors. */
static void serve_helper(struct service *s, const struct pollfd *p)
{
	for (int i = 0; s->txn && i < HELPER_COUNT; i++)
		if (p[AT_HELPERS + i].revents) {
			txn_message(s->txn, (enum source)i);
			return;
		}
}

static void serve_client(struct service *s, const struct pollfd *p)
{
	for (int i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];

		if (!p[AT_CLIENTS + i].revents || c->fd < 0 || bulk_of(s, c))
			continue;
		if (s->txn && s->txn->client == c)
			txn_message(s->txn, FROM_CLIENT);
		else
			client_first_message(s, c);
		return;
	}
}

static void serve_bulk(struct service *s, const struct pollfd *p)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (p[AT_CLIENTS + i].revents && bulk_of(s, &s->clients[i])) {
			bulk_ready(s);
			return;
		}
}

/* Each kind has its turn, so that a helper that does not stop talking, or a
 * crowd at the door, keeps nobody else waiting. */
static void serve(struct service *s, const struct pollfd p[POLL_COUNT])
{
	if (p[AT_SIGNAL].revents) {
		s->stop = true;
		return;
	}
	serve_helper(s, p);
	bury(s);
	serve_client(s, p);
	bury(s);
	serve_bulk(s, p);
	if (p[AT_ADMIN].revents)
		client_accept(s, s->admin_fd, true);
	for (int i = 0; p[AT_LOGIN].revents && i < ACCEPT_MAX; i++)
		if (!client_accept(s, s->login_fd, false))
			break;
}

static void run(struct service *s, int signals)
{
	struct pollfd p[POLL_COUNT];

	s->last_used = mono_ms();
	while (!s->stop) {
		watch(s, signals, p);
		if (poll(p, POLL_COUNT, next_timeout(s)) > 0) {
			serve(s, p);
			s->last_used = mono_ms();
		}
		expire(s);
		bury(s);
		morgue_tend(&s->morgue);
	}
	if (s->txn) {
		txn_refuse(s->txn, REASON_CANCELLED);
		txn_free(&s->txn);
	}
	bulk_cancel(s);
	for (int i = 0; morgue_tend(&s->morgue) && i < 100; i++)
		poll(NULL, 0, REAP_MS);
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	struct service s = { .login_fd = -1, .admin_fd = -1 };
	int signals;

	if (argc > 1) {
		printf("usage: %s\nThe login service of pam_cnie; it takes no arguments: see cnied(8).\n",
		       argv[0]);
		return strcmp(argv[1], "--help") ? 2 : 0;
	}
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s.clients[i].fd = -1;
	signals = watch_signals();
	if (signals < 0 || secret_no_dumps() != R_OK) {
		log_line(LOG_LINE_ERR, "cnied: can't set itself up");
		return 1;
	}
	if (find_sockets(&s) != R_OK) {
		log_line(LOG_LINE_ERR, "cnied: no sockets under " DIR_RUN);
		return 1;
	}
	refresh_view();
	sd_notify(0, "READY=1");
	run(&s, signals);
	return 0;
}
