// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_pam.h"

#include <check.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <netdb.h>
#include <nss.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/prefix.h"

/* -- the place --- */

static char root[64];
static char twins[512];		/* the directory of this program */

const char *place(const char *path)
{
	static char buf[256];

	snprintf(buf, sizeof(buf), "%s%s", root, path);
	return buf;
}

static void find_twins(void)
{
	ssize_t n = readlink("/proc/self/exe", twins, sizeof(twins) - 1);
	char *slash;

	ck_assert_int_gt(n, 0);
	twins[n] = '\0';
	slash = strrchr(twins, '/');
	ck_assert_ptr_nonnull(slash);
	*slash = '\0';
}

static void make_dir(const char *path)
{
	ck_assert_int_eq(mkdir(place(path), 0755), 0);
}

void write_service(const char *args)
{
	static const char *const groups[] = { "auth", "account", "password",
					      "session" };
	FILE *f = fopen(place("/pam/cnie-test"), "w");

	ck_assert_ptr_nonnull(f);
	/* every code of the module, as it is */
	for (size_t i = 0; i < 4; i++)
		fprintf(f, "%s [success=ok default=die] %s/pam_cnie.so %s\n",
			groups[i], twins, args);
	ck_assert_int_eq(fclose(f), 0);
	/* libpam logs where this one is missing */
	f = fopen(place("/pam/other"), "w");
	ck_assert_ptr_nonnull(f);
	fputs("auth required pam_deny.so\n", f);
	ck_assert_int_eq(fclose(f), 0);
}

/* The accounts of the view resolve through the twin of our own NSS module. */
static void use_our_nss(void)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/libnss_cnie.so.2", twins);
	ck_assert_msg(dlopen(path, RTLD_NOW) != NULL, "%s", dlerror());
	ck_assert_int_eq(__nss_configure_lookup("passwd", "files cnie"), 0);
}

void place_setup(void)
{
	static const char *const names[] = { "LANGUAGE", "LC_ALL",
					     "LC_MESSAGES", "LANG" };

	ck_assert_msg(geteuid() == 0, "these tests must run as root");
	umask(022);
	find_twins();
	strcpy(root, "/tmp/cnie-pam-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	make_dir("/run");
	make_dir("/run/cnie");
	make_dir("/var");
	make_dir("/var/lib");
	make_dir("/var/lib/cnie");
	make_dir("/pam");
	for (size_t i = 0; i < 4; i++)
		unsetenv(names[i]);
	setenv("CNIE_ROOT", root, 1);
	write_view(people, people_n);
	write_service("");
	use_our_nss();
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void place_teardown(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* -- the log: stands in front of libpam's --- */

struct logged logged[LOGGED_MAX];
size_t logged_n;

__attribute__((visibility("default"), format(printf, 3, 4)))
void pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	struct logged *l = &logged[logged_n % LOGGED_MAX];
	va_list args;

	(void)pamh;
	logged_n++;
	l->priority = priority;
	va_start(args, fmt);
	vsnprintf(l->text, sizeof(l->text), fmt, args);
	va_end(args);
}

bool log_has(int level, const char *part)
{
	for (size_t i = 0; i < logged_n && i < LOGGED_MAX; i++)
		if (logged[i].priority == (LOG_AUTHPRIV | level) &&
		    strstr(logged[i].text, part))
			return true;
	return false;
}

/* -- the application --- */

static void answer(struct app *a, int style, struct pam_response *r)
{
	const char *text = NULL;

	if (style != PAM_PROMPT_ECHO_ON && style != PAM_PROMPT_ECHO_OFF)
		return;
	if (a->answers_used < 8)
		text = a->answers[a->answers_used++];
	r->resp = text ? strdup(text) : NULL;
}

static int converse(int n, const struct pam_message **msg,
		    struct pam_response **resp, void *data)
{
	struct app *a = data;

	ck_assert_int_eq(n, 1);		/* pam_conv(3): portable */
	ck_assert_ptr_null(*resp);	/* and reset before the call */
	ck_assert_uint_lt(a->seen_n, SEEN_MAX);
	a->seen[a->seen_n].style = msg[0]->msg_style;
	snprintf(a->seen[a->seen_n].text, sizeof(a->seen[0].text), "%s",
		 msg[0]->msg);
	if (a->rename_to)
		pam_set_item(a->pamh, PAM_USER, a->rename_to);
	if (a->fail_at == (int)a->seen_n++)
		return PAM_CONV_ERR;
	*resp = calloc(1, sizeof(**resp));
	ck_assert_ptr_nonnull(*resp);
	answer(a, msg[0]->msg_style, *resp);
	return PAM_SUCCESS;
}

/* Instead of sleeping: what libpam would have slept by. */
static void delay(int code, unsigned int us, void *data)
{
	struct app *a = data;

	(void)code;
	a->delay_us = us;
	a->delays += us > 0;
}

void app_start(struct app *a, const char *user)
{
	struct pam_conv conv = { converse, a };

	*a = (struct app){ .fail_at = -1 };
	ck_assert_int_eq(pam_start_confdir("cnie-test", user, &conv,
					   place("/pam"), &a->pamh),
			 PAM_SUCCESS);
	ck_assert_int_eq(pam_set_item(a->pamh, PAM_FAIL_DELAY,
				      (const void *)delay), PAM_SUCCESS);
}

void app_end(struct app *a)
{
	ck_assert_int_eq(pam_end(a->pamh, 0), PAM_SUCCESS);
}

const char *app_user(struct app *a)
{
	const void *user = NULL;

	ck_assert_int_eq(pam_get_item(a->pamh, PAM_USER, &user), PAM_SUCCESS);
	return user ? user : "";
}

bool app_saw(const struct app *a, int style, const char *part)
{
	for (size_t i = 0; i < a->seen_n; i++)
		if (a->seen[i].style == style && strstr(a->seen[i].text, part))
			return true;
	return false;
}
