// SPDX-License-Identifier: GPL-3.0-or-later
/* The compiler's calls, in the programs under test; itself not instrumented. */
#include "cover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostile.h"

void __sanitizer_cov_trace_pc_guard_init(uint32_t *from, uint32_t *to);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

static struct cover nowhere;
static struct cover *cover = &nowhere;

static void map(void)
{
	const char *dir = getenv(ENV_DIR);
	char path[4096];
	void *p;
	int fd;

	if (!dir || cover != &nowhere)
		return;
	snprintf(path, sizeof(path), "%s/cover.%s", dir,
		 program_invocation_short_name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*cover)) != 0)
		abort();
	p = mmap(NULL, sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 0);
	if (p == MAP_FAILED)
		abort();
	close(fd);
	cover = p;
}

void __sanitizer_cov_trace_pc_guard_init(uint32_t *from, uint32_t *to)
{
	if (from == to || *from)
		return;
	map();
	for (cover->edges = 0; from < to; from++)
		if (cover->edges + 1 < EDGES_MAX)
			*from = ++cover->edges;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	uint8_t *hit = &cover->hit[*guard];

	if (*hit != UINT8_MAX)
		++*hit;
}
