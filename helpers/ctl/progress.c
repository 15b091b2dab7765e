// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR 40

static int hundredths(uint32_t done, uint32_t total)
{
	return done >= total ? 100 : (int)((uint64_t)done * 100 / total);
}

void progress_line(uint32_t done, uint32_t total, char out[PROGRESS_LINE_MAX])
{
	char bar[BAR + 1];
	uint32_t at = done > total ? total : done;
	int percent = hundredths(done, total), full = percent * BAR / 100;

	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)full);
	bar[BAR] = '\0';
	snprintf(out, PROGRESS_LINE_MAX, "[%s] %3d %%  %u of %u", bar,
		 percent, at, total);
}

static void show(const struct progress *p, const char *text)
{
	ssize_t n = write(p->fd, text, strlen(text));

	(void)n;	/* a bar that can't be shown is no error */
}

struct progress progress_on(int fd)
{
	return (struct progress){ isatty(fd) ? fd : -1, -1 };
}

void progress_step(struct progress *p, uint32_t done, uint32_t total)
{
	char line[PROGRESS_LINE_MAX];
	int now;

	if (p->fd < 0 || total == 0)
		return;
	now = hundredths(done, total);
	if (now == p->shown)
		return;
	p->shown = now;
	progress_line(done, total, line);
	show(p, "\r");
	show(p, line);
}

void progress_end(struct progress *p)
{
	if (p->fd >= 0 && p->shown >= 0)
		show(p, "\r\033[K");
	p->shown = -1;
}
