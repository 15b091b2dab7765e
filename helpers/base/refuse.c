// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/refuse.h"

#ifdef CNIE_MUTANTS

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEN_MAX 1024

static struct {
	char file[128];
	int line;		/* 0: no mutant */
	bool invert;
	int log;		/* where marks that were reached are told */
} mutant = { .log = -1 };

/* Before main: helpers can open nothing later. */
__attribute__((constructor)) static void mutant_read(void)
{
	const char *which = secure_getenv("CNIE_MUTANT");
	const char *what = secure_getenv("CNIE_MUTATION");
	const char *log = secure_getenv("CNIE_MUTANT_LOG");
	const char *colon = which ? strrchr(which, ':') : NULL;

	if (colon) {
		snprintf(mutant.file, sizeof(mutant.file), "%.*s",
			 (int)(colon - which), which);
		mutant.line = atoi(colon + 1);
		mutant.invert = what && strcmp(what, "invert") == 0;
	}
	/* check programs alone: a helper's filter would end it here */
	if (log && strncmp(program_invocation_short_name, "check_", 6) == 0)
		mutant.log = open(log, O_WRONLY | O_APPEND | O_CREAT |
				       O_CLOEXEC, 0666);
}

static void tell(const char *file, int line)
{
	static struct { const char *file; int line; } seen[SEEN_MAX];
	char text[160];
	int n;

	for (size_t i = 0; i < SEEN_MAX; i++) {
		if (seen[i].file == file && seen[i].line == line)
			return;
		if (seen[i].file)
			continue;
		seen[i].file = file;
		seen[i].line = line;
		break;
	}
	n = snprintf(text, sizeof(text), "%s:%d\n", file, line);
	if (n > 0 && write(mutant.log, text, (size_t)n) != n)
		mutant.log = -1;
}

bool mutant_refused(bool condition, const char *file, int line)
{
	if (mutant.log >= 0)
		tell(file, line);
	if (line != mutant.line || strcmp(file, mutant.file) != 0)
		return condition;
	return mutant.invert && !condition;
}

#endif
