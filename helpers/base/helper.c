// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/helper.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/secret.h"

#define BIT(fd) (1u << (fd))
#define STDIO (BIT(0) | BIT(1) | BIT(2))

static const struct {
	const char *name;
	unsigned int fds;	/* bit n: descriptor n stays */
	uint32_t caps;		/* capabilities kept after the drop */
} kinds[HELPER_COUNT] = {
	[HELPER_CARD] = { "cnie-card", BIT(FD_CONTROL) | BIT(FD_APDU), 0 },
	[HELPER_INSPECT] = { "cnie-inspect", BIT(FD_CONTROL) | BIT(FD_APDU) |
			     BIT(FD_PORTRAIT) | BIT(FD_NUMBER), 0 },
	[HELPER_FACE] = { "cnie-face", BIT(FD_CONTROL) | BIT(FD_PORTRAIT),
			  1u << CAP_IPC_LOCK },
	[HELPER_SECTOR] = { "cnie-sector", BIT(FD_CONTROL) | BIT(FD_NUMBER) |
			    BIT(FD_KEY) | BIT(FD_KEY_OLD) | BIT(FD_TOKENISER), 0 },
};

#define START_WAIT_MS 5000

const char *helper_name(enum helper_kind kind)
{
	return kinds[kind].name;
}

static enum result tidy_descriptors(unsigned int keep)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return R_INTERNAL;
	for (int fd = 0; fd <= FD_LAST; fd++) {
		if (BIT(fd) & STDIO) {
			if (null != fd && dup2(null, fd) != fd)
				return R_INTERNAL;
		} else if (!(keep & BIT(fd)) && fd != null) {
			close(fd);
		}
	}
	if (null > 2 && !(null <= FD_LAST && (keep & BIT(null))))
		close(null);
	if (syscall(SYS_close_range, FD_LAST + 1, ~0U, 0))
		return R_INTERNAL;
	return R_OK;
}

static enum result set_caps(uint32_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
	};

	return syscall(SYS_capset, &head, data) ? R_INTERNAL : R_OK;
}

static enum result drop_root(const struct msg_helper_start *m, uint32_t caps)
{
	gid_t extra = m->extra_gid;

	if (m->uid == 0 || m->gid == 0)
		return R_DENIED;
	if (prctl(PR_SET_KEEPCAPS, caps != 0, 0, 0, 0) ||
	    setgroups(extra ? 1 : 0, &extra) ||
	    setresgid(m->gid, m->gid, m->gid) ||
	    setresuid(m->uid, m->uid, m->uid))
		return R_INTERNAL;
	if (set_caps(caps) != R_OK || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return R_INTERNAL;
	if (setresuid(0, 0, 0) == 0 || getuid() != m->uid)
		return R_INTERNAL;	/* root could be taken back */
	return R_OK;
}

/* Who made the channel: cnied, also where it has died before we looked and
 * getppid() is somebody else already. */
static enum result who_started(pid_t *parent)
{
	struct ucred who = { 0 };
	socklen_t n = sizeof(who);

	if (getsockopt(FD_CONTROL, SOL_SOCKET, SO_PEERCRED, &who, &n))
		return R_ABSENT;
	*parent = who.pid;
	return R_OK;
}

/* After the drop: changing ids clears PDEATHSIG and the dumpable flag. */
static enum result bind_to_parent(void)
{
	pid_t parent = 0;
	enum result r = secret_no_dumps();

	if (r != R_OK || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return R_INTERNAL;
	r = who_started(&parent);
	return r != R_OK || getppid() == parent ? r : R_ABSENT;
}

enum result helper_begin(enum helper_kind kind, struct helper *out)
{
	struct helper h = { .started_us = mono_us() };
	struct msg_helper_start m;
	struct stat st;
	enum result r;

	if (fstat(FD_CONTROL, &st) || !S_ISSOCK(st.st_mode))
		return R_ABSENT;	/* started by hand */
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	r = tidy_descriptors(kinds[kind].fds);
	if (r == R_OK)
		r = chan_expect(FD_CONTROL, MSG_HELPER_START, &m,
				mono_ms() + START_WAIT_MS);
	if (r == R_OK)
		r = drop_root(&m, kinds[kind].caps);
	if (r == R_OK)
		r = bind_to_parent();
	if (r != R_OK)
		return r;
	h.now = m.now;
	*out = h;
	return R_OK;
}

void helper_ready(const struct helper *h)
{
	struct msg_helper_ready m = {
		.load_us = (uint32_t)(mono_us() - h->started_us),
	};

	if (chan_send(FD_CONTROL, MSG_HELPER_READY, &m) != R_OK)
		helper_exit(1);
}

void helper_fail(enum reason reason, uint16_t sw, uint8_t stage)
{
	struct msg_helper_fail m = { (uint16_t)reason, sw, stage };

	if (chan_send(FD_CONTROL, MSG_HELPER_FAIL, &m) != R_OK)
		helper_exit(2);
	helper_exit(1);
}

void helper_exit(int status)
{
	_exit(status);
}
