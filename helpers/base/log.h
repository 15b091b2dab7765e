/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line to standard error with a journald priority prefix, for the edges
 * that log (cnied's main, service). MUST: no identity, number or image.
 */
#ifndef CNIE_BASE_LOG_H
#define CNIE_BASE_LOG_H

enum log_level { LOG_LINE_ERR = 3, LOG_LINE_WARN = 4, LOG_LINE_NOTICE = 5,
		 LOG_LINE_INFO = 6 };

void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
