// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_key.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

const char *key_rows[16];
uint32_t key_epoch;
uint64_t key_number;
const char *key_file;

#define BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define PUBLIC_HEX \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

void key_setup(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	service_setup();
	ck_assert_int_eq(dup2(null, STDIN_FILENO), STDIN_FILENO);
	close(null);
	ck_assert_int_eq(mkdir(service_path("var/lib/cnie/key"), 0700), 0);
	memset(key_rows, 0, sizeof(key_rows));
	key_epoch = 1;
	key_number = 0;
	key_file = NULL;
	key_configure("", "");
}

void key_configure(const char *sector, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "# kept\n[sector]\nurn = urn:example:sector:test\n%s"
		 "[users]\ncard = 801:801\ninspect = 802:802\n"
		 "face = 803:803\nsector = 804:804\nvideo_gid = 44\n"
		 "[login]\nprofile = uto\n%s", sector, more);
	service_put_file(service_path("etc/cnie/cnie.conf"), span_str(text),
			 0644);
}

const char *key_conf(void)
{
	static char text[2048];
	int fd = open(service_path("etc/cnie/cnie.conf"),
		      O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

bool key_conf_has(const char *line)
{
	char want[128];

	snprintf(want, sizeof(want), "\n%s\n", line);
	return strstr(key_conf(), want) != NULL;
}

void key_pair_files(void)
{
	service_put_file(service_path("pair"), span_str(
		"cnie-backup-secret-1 " BASE64 "\n"), 0600);
	service_put_file(service_path("pair.pub"), span_str(
		"cnie-backup-public-1 " BASE64 "\n"), 0644);
}

int key_run(service_script *const *scripts, const char *line)
{
	int code;

	service_start(scripts);
	code = service_run(line);
	service_was_content();
	return code;
}

bool key_said(const char *text)
{
	return strstr(service_out, text) || strstr(service_err, text);
}

/* -- scripts ------------------------------------------------------------------- */

static void must_ask(const struct msg_admin_request *m, enum admin_verb verb)
{
	service_must(m->verb == verb);
	if (verb != ADMIN_KEY_STATUS && verb != ADMIN_KEY_UNBOUND &&
	    verb != ADMIN_KEY_MACHINE)
		service_must(m->epoch == key_epoch);
}

void key_says_made(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_MAKE);
	service_end(fd, REASON_NONE, "the sector key was made");
}

void key_says_needed(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_MAKE);
	service_end(fd, REASON_EPOCH_NEEDED,
		    reason_row(REASON_EPOCH_NEEDED)->text);
}

void key_says_machine(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_MACHINE);
	service_end(fd, REASON_NONE, "");
}

void key_says_status(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_STATUS);
	for (size_t i = 0; key_rows[i]; i++)
		service_say_row(fd, key_rows[i]);
	service_end(fd, REASON_NONE, "");
}

static void says_row(int fd, const struct msg_admin_request *m, const char *row)
{
	must_ask(m, ADMIN_KEY_STATUS);
	service_say_row(fd, row);
	service_end(fd, REASON_NONE, "");
}

void key_is_present(int fd, const struct msg_admin_request *m)
{
	says_row(fd, m, "key\tpresent");
}

void key_is_missing(int fd, const struct msg_admin_request *m)
{
	says_row(fd, m, "key\tmissing");
}

void key_left_over_0(int fd, const struct msg_admin_request *m)
{
	says_row(fd, m, "left_over\t0");
}

void key_left_over_1(int fd, const struct msg_admin_request *m)
{
	says_row(fd, m, "left_over\t1");
}

void key_gives_backup(int fd, const struct msg_admin_request *m)
{
	const struct msg_bulk bulk = { .last = 1,
				       .bytes = span_str(KEY_BACKUP_BYTES) };

	must_ask(m, ADMIN_KEY_BACKUP);
	service_must(!m->flags && !strcmp(m->text, PUBLIC_HEX));
	service_say(fd, MSG_ADMIN_BULK, &bulk);
	service_end(fd, REASON_NONE, "");
}

/* It is told only of a file that is there. */
void key_notes_backup(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_BACKUP);
	service_must(m->flags == ADMIN_BACKUP_STORED && key_file &&
		     service_there(key_file));
	service_end(fd, REASON_NONE, "");
}

void key_says_unbound_0(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_UNBOUND);
	service_end(fd, REASON_NONE, "0");
}

void key_says_unbound_2(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_UNBOUND);
	service_say_row(fd, "uaaaa\t65536");
	service_say_row(fd, "ubbbb\t65537");
	service_end(fd, REASON_NONE, "2");
}

/* cnie.conf names the epoch no more by then. */
void key_retires(int fd, const struct msg_admin_request *m)
{
	must_ask(m, ADMIN_KEY_RETIRE);
	service_must(m->number == key_number &&
		     !strstr(key_conf(), "previous_epoch"));
	service_end(fd, REASON_NONE, "");
}

void key_says_csca(int fd, const struct msg_admin_request *m)
{
	service_must(m->verb == ADMIN_CSCA_CHECK);
	service_end(fd, REASON_NONE, "");
}
