// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/crew.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/log.h"
#include "base/scope.h"
#include "base/spawn.h"

#define GRACE_MS 2000
#define SPAWN_FDS_MAX 4

void crew_init(struct crew *c)
{
	for (int i = 0; i < HELPER_COUNT; i++)
		c->m[i] = (struct member){ .fd = -1 };
	c->apdu = c->portrait = c->number = -1;
	c->nothing_leaves = false;
}

/* Give one end to this helper; keep or use up the other one. The first of
 * the two helpers at a channel makes the pair, the second takes its end. */
static enum result share(int *kept, int to, struct spawn_fd *fds, size_t *n)
{
	int pair[2];

	if (*kept >= 0) {
		fds[(*n)++] = (struct spawn_fd){ *kept, to };
		*kept = -1;
		return R_OK;
	}
	if (chan_pair(pair) != R_OK)
		return R_INTERNAL;
	fds[(*n)++] = (struct spawn_fd){ pair[0], to };
	*kept = pair[1];
	return R_OK;
}

static enum result channels(struct crew *c, enum helper_kind kind,
			    struct spawn_fd *fds, size_t *n)
{
	enum result r = R_OK;

	if (kind == HELPER_CARD || kind == HELPER_INSPECT)
		r = share(&c->apdu, FD_APDU, fds, n);
	if (c->nothing_leaves)
		return r;
	if (r == R_OK && (kind == HELPER_INSPECT || kind == HELPER_FACE))
		r = share(&c->portrait, FD_PORTRAIT, fds, n);
	if (r == R_OK && (kind == HELPER_INSPECT || kind == HELPER_SECTOR))
		r = share(&c->number, FD_NUMBER, fds, n);
	return r;
}

static enum result greet(int fd, enum helper_kind kind,
			 const struct config *config)
{
	struct msg_helper_start m = {
		.uid = config->users[kind].uid,
		.gid = config->users[kind].gid,
		.extra_gid = kind == HELPER_FACE ? config->video_gid :
			     kind == HELPER_SECTOR ? config->token_gid : 0,
		.now = (uint64_t)time(NULL),
	};

	return chan_send(fd, MSG_HELPER_START, &m);
}

enum result crew_start(struct crew *c, enum helper_kind kind,
		       const struct config *config,
		       const struct sector_fds *more)
{
	struct spawn_fd fds[SPAWN_FDS_MAX + SECTOR_FDS];
	int control[2];
	size_t n = 0, own;
	pid_t pid = 0;
	enum result r = chan_pair(control);

	if (r != R_OK)
		return r;
	fds[n++] = (struct spawn_fd){ control[1], FD_CONTROL };
	r = channels(c, kind, fds, &n);
	own = n;	/* these are ours to close; the caller's are not */
	for (int i = 0; more && i < SECTOR_FDS; i++)
		if (more->fd[i] >= 0)
			fds[n++] = (struct spawn_fd){ more->fd[i], FD_KEY + i };
	if (r == R_OK)
		r = spawn_helper(kind, fds, n, &pid);
	for (size_t i = 0; i < own; i++)
		close(fds[i].from);
	if (r != R_OK) {
		close(control[0]);
		return r;
	}
	/* from here on crew_end() ends and reaps it */
	c->m[kind] = (struct member){ .pid = pid, .fd = control[0] };
	if (fcntl(control[0], F_SETFL, O_NONBLOCK))
		return R_INTERNAL;
	return greet(control[0], kind, config);
}

int crew_fd(const struct crew *c, enum helper_kind kind)
{
	return c->m[kind].fd;
}

enum result crew_send(const struct crew *c, enum helper_kind kind,
		      enum wire_msg type, const void *msg)
{
	return c->m[kind].fd < 0 ? R_ABSENT :
				   chan_send(c->m[kind].fd, type, msg);
}

void crew_end(struct crew *c, enum helper_kind kind, struct morgue *morgue)
{
	struct member *m = &c->m[kind];

	if (m->fd >= 0 && kind == HELPER_CARD) {
		struct msg_card_end end = { 0 };

		/* where it is gone already there is nothing to unpower */
		if (chan_send(m->fd, MSG_CARD_END, &end) != R_OK)
			kill(m->pid, SIGKILL);
	}
	close_fd(&m->fd);
	if (m->pid > 0) {
		if (morgue->n < MORGUE_MAX) {
			morgue->gone[morgue->n].pid = m->pid;
			morgue->gone[morgue->n].kind = kind;
			morgue->gone[morgue->n].kill_at = mono_ms() + GRACE_MS;
			morgue->n++;
		} else {	/* cannot be: four a transaction, 2 s each */
			kill(m->pid, SIGKILL);
			waitpid(m->pid, NULL, 0);
		}
	}
	*m = (struct member){ .fd = -1 };
}

void crew_end_all(struct crew *c, struct morgue *morgue)
{
	for (int i = 0; i < HELPER_COUNT; i++)
		crew_end(c, i, morgue);
	close_fd(&c->apdu);
	close_fd(&c->portrait);
	close_fd(&c->number);
}

/* Killed by a signal that we did not send: what the sysadmin must see. */
static void report(enum helper_kind kind, int status,
		   const struct rusage *used)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

#ifdef CNIE_TWIN	/* for make bench */
	log_line(LOG_LINE_INFO, "cpu %s user_us=%lld system_us=%lld rss_kb=%ld",
		 helper_name(kind),
		 used->ru_utime.tv_sec * 1000000LL + used->ru_utime.tv_usec,
		 used->ru_stime.tv_sec * 1000000LL + used->ru_stime.tv_usec,
		 used->ru_maxrss);
#else
	(void)used;
#endif
	if (sig == SIGSYS)
		log_line(LOG_LINE_ERR,
			 "%s was stopped by its sandbox: a bug, or an attack",
			 helper_name(kind));
	else if (sig && sig != SIGKILL)
		log_line(LOG_LINE_ERR, "%s was killed by signal %d",
			 helper_name(kind), sig);
}

bool morgue_tend(struct morgue *m)
{
	int64_t now = mono_ms();

	for (size_t i = 0; i < m->n;) {
		pid_t pid = m->gone[i].pid;
		struct rusage used;
		int status = 0;

		if (wait4(pid, &status, WNOHANG, &used) != 0) {
			report(m->gone[i].kind, status, &used);
			m->gone[i] = m->gone[--m->n];
			continue;
		}
		if (now >= m->gone[i].kill_at)
			kill(pid, SIGKILL);
		i++;
	}
	return m->n > 0;
}
