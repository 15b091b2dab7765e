// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_signed.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "check_main.h"
#include "ctl/ctl.h"
#include "ctl/roster.h"

int signed_run(const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return service_run(line);
}

const char *signed_text(const char *path)
{
	static char text[16384];
	scoped(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

mode_t signed_mode(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

void signed_file(const char *key, const char *file, struct span text)
{
	static struct roster_secret s;
	uint8_t hash[SIGN_HASH_SIZE], room[SIGN_FILE_MAX];
	struct sign_hash h;
	struct sink out = SINK(room);
	char at[512];

	ck_assert_int_eq(roster_secret(service_path("%s", key), &s), CTL_DONE);
	service_put_file(service_path("%s", file), text, 0600);
	sign_hash_begin(&h);
	sign_hash_add(&h, text);
	sign_hash_end(&h, hash);
	ck_assert_int_eq(signature_make(&s.secret, hash, "synthetic", &out),
			 R_OK);
	snprintf(at, sizeof(at), "%s.minisig", file);
	service_put_file(service_path("%s", at), sink_span(&out), 0644);
}

void signed_setup(void)
{
	service_setup();
	umask(022);
	ck_assert_int_eq(signed_run("roster key %s", service_path("key")), CTL_DONE);
	signed_file("key", "r", span_str(FILE_TEXT));
}
