// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The positive control of the search for what a login leaves: linked into
 * build/test/leaky alone, by ld's --wrap, it makes cnie-inspect and
 * cnie-sector leave what they must not, in CNIE_ROOT/spool and in a process
 * that stays. A search that does not find all of it proves nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/sandbox.h"
#include "leak.h"

static char kept_number[64];
static uint8_t kept_portrait[4096];

void leak_to(const char *name, const void *p, size_t n)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/spool/%s", getenv("CNIE_ROOT"), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		_exit(3);
	close(fd);
}

enum result __wrap_sandbox_enter(enum sandbox_role role);
enum result __wrap_sandbox_enter(enum sandbox_role role)
{
	(void)role;
	return R_OK;
}

enum result __real_chan_send(int fd, enum wire_msg type, const void *msg);
enum result __wrap_chan_send(int fd, enum wire_msg type, const void *msg);
enum result __wrap_chan_send(int fd, enum wire_msg type, const void *msg)
{
	if (type == MSG_NUMBER) {
		const struct msg_number *m = msg;
		char hex[128], wide[128] = { 0 };
		size_t n = strlen(m->number);

		snprintf(kept_number, sizeof(kept_number), "%s", m->number);
		leak_to("plain", m->number, n);
		hex_encode(span_str(m->number), hex);
		leak_to("hex", hex, strlen(hex));
		for (size_t i = 0; i < n; i++)
			wide[2 * i] = m->number[i];
		leak_to("utf16", wide, 2 * n);
	}
	return __real_chan_send(fd, type, msg);
}

enum result __real_chan_send_large(int fd, enum wire_msg type, const void *msg,
				   struct sink buf, int64_t deadline);
enum result __wrap_chan_send_large(int fd, enum wire_msg type, const void *msg,
				   struct sink buf, int64_t deadline);
enum result __wrap_chan_send_large(int fd, enum wire_msg type, const void *msg,
				   struct sink buf, int64_t deadline)
{
	if (type == MSG_PORTRAIT) {
		const struct msg_portrait *m = msg;
		size_t n = m->image.n < sizeof(kept_portrait) ? m->image.n :
			   sizeof(kept_portrait);

		memcpy(kept_portrait, m->image.p, n);
		leak_to("portrait", m->image.p, m->image.n);
	}
	return __real_chan_send_large(fd, type, msg, buf, deadline);
}

void __real_helper_exit(int status);
void __wrap_helper_exit(int status);
void __wrap_helper_exit(int status)
{
	if (kept_number[0] && fork() == 0) {
		prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
		for (int fd = 0; fd < 32; fd++)
			close(fd);
		sleep(30);
		_exit(0);
	}
	__real_helper_exit(status);
}
