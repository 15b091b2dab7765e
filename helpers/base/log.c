// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LEN 1024

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_LEN];
	int saved = errno;
	int n = snprintf(line, sizeof(line), "<%d>", (int)level);
	va_list ap;
	size_t len;

	va_start(ap, format);
	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	len = strlen(line);
	line[len++] = '\n';
	while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
		continue;	/* any other error: nowhere left to say it */
	errno = saved;
}
