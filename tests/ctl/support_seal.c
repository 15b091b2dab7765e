// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

static const char creds[] =
	"#!/bin/sh\n"
	"root=${0%/usr/bin/*}\n"
	"for a; do case $a in\n"
	"	--name=*) name=${a#*=} ;;\n"
	"	--*) ;;\n"
	"	encrypt|decrypt) verb=$a ;;\n"
	"	*) in=${in:-$a} ;;\n"
	"esac; done\n"
	"[ -e $root/tpm ] || exit 1\n"
	"[ $in != - ] || in=/dev/stdin\n"
	"if [ $verb = encrypt ]; then\n"
	"	echo \"SEALED $name $(cat $root/tpm)\"\n"
	"	base64 <$in\n"
	"else\n"
	"	[ \"$(head -n 1 $in)\" = \"SEALED $name $(cat $root/tpm)\" ] ||\n"
	"		exit 1\n"
	"	tail -n +2 $in | base64 -d\n"
	"fi\n";

static const char systemctl[] =
	"#!/bin/sh\n"
	"root=${0%/usr/bin/*}\n"
	"echo \"$@\" >>$root/systemctl.log\n"
	"[ ! -e $root/systemctl.fails ]\n";

void seal_put(const char *name, const char *text, mode_t mode)
{
	service_put_file(service_path("%s", name), span_str(text), mode);
}

bool seal_has(const char *name)
{
	return service_there(service_path("%s", name));
}

const char *seal_text(const char *name)
{
	static char text[1024];
	int fd = open(service_path("%s", name), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

void seal_setup(void)
{
	static const char *const dirs[] = { "usr", "usr/bin", "run/systemd",
		"run/systemd/system", "etc/systemd", "etc/systemd/system" };

	key_setup();
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ck_assert_int_eq(mkdir(service_path("%s", dirs[i]), 0755), 0);
	seal_put("usr/bin/systemd-creds", creds, 0755);
	seal_put("usr/bin/systemctl", systemctl, 0755);
	ck_assert_int_eq(symlink("/usr/bin/cmp", service_path("usr/bin/cmp")),
			 0);
	seal_put("tpm", "as it left the factory", 0644);
	seal_put(SEAL_KEYS "sector-1.key", SEAL_KEY_1, 0400);
	key_rows[0] = "backup\t20261101";
}
