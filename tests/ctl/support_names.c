// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_names.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void over(const char *name, const char *text)
{
	const char *path = service_path("%s", name + 5);	/* "/etc/" */

	service_put_file(path, span_str(text), 0644);
	ck_assert_int_eq(mount(path, name, NULL, MS_BIND, NULL), 0);
}

void names_nsswitch(const char *format, ...)
{
	char line[256], text[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "passwd: %s\ngroup: %s\n", line, line);
	service_put_file(service_path("nsswitch.conf"), span_str(text), 0644);
}

void names_passwd(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "root:x:0:0:root:/root:/bin/sh\n"
		 "person:x:70001:70001:synthetic:/home/person:/bin/sh\n%s",
		 more);
	service_put_file(service_path("passwd"), span_str(text), 0644);
}

void names_setup(void)
{
	service_setup();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	over("/etc/nsswitch.conf", "");
	over("/etc/passwd", "");
	names_passwd("");
	over("/etc/group", "root:x:0:\npeople:x:70002:\n");
	names_nsswitch("files cnie");
	unsetenv("CNIE_MUTE");
}

void names_teardown(void)
{
	umount("/etc/nsswitch.conf");
	umount("/etc/passwd");
	umount("/etc/group");
	service_teardown();
}

/* The modules, in a folder that the loader searches: it reads where once. */
static void build_modules(const char *dir)
{
	char cmd[2048];

	snprintf(cmd, sizeof(cmd), "set -e; cc=${CC:-cc}; d='%s'; "
		 "src=$(dirname '%s')/mute_module.c; "
		 "for m in cniemute cniedeaf cnie; do $cc -shared -fPIC "
		 "-D_GNU_SOURCE -DMODULE=_$m -o $d/libnss_$m.so.2 $src; done; "
		 "echo 'int cnie_gone(void) { return 0; }' >$d/gone.c; "
		 "$cc -shared -fPIC -o $d/libcniegone.so $d/gone.c; "
		 "$cc -shared -fPIC -o $d/libnss_cniehosts.so.2 $d/gone.c; "
		 "$cc -shared -fPIC -D_GNU_SOURCE -DLACKS -DMODULE=_cnielacks "
		 "-o $d/libnss_cnielacks.so.2 $src -L$d -lcniegone; "
		 "rm $d/libcniegone.so; echo junk >$d/libnss_cniebroken.so.2",
		 dir, __FILE__);
	if (system(cmd))
		exit(99);
}

int names_main(char **argv, Suite *(*suite)(void))
{
	char dir[] = "/tmp/cnie-names-XXXXXX", cmd[64];
	const char *at = getenv("CNIE_NAMES_MODULES");
	SRunner *runner;
	int failed;

	if (!at) {
		if (!mkdtemp(dir))
			return 99;
		build_modules(dir);
		setenv("LD_LIBRARY_PATH", dir, 1);
		setenv("CNIE_NAMES_MODULES", dir, 1);
		execv("/proc/self/exe", argv);
		return 99;
	}
	runner = srunner_create(suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", at);
	return system(cmd) || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
