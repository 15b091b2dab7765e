// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_service.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "check_main.h"
#include "ctl/ctl.h"

char service_root[64];
char service_out[16384], service_err[16384];
static pid_t service;

const char *service_path(const char *format, ...)
{
	static char paths[8][512];
	static unsigned int next;
	char *out = paths[next++ % 8];
	size_t n = (size_t)snprintf(out, 512, "%s/", service_root);
	va_list ap;

	va_start(ap, format);
	vsnprintf(out + n, 512 - n, format, ap);
	va_end(ap);
	return out;
}

void service_setup(void)
{
	static const char *const dirs[] = { "run", "run/cnie", "etc",
		"etc/cnie", "etc/cnie/csca", "etc/cnie/profile.d", "var",
		"var/lib", "var/lib/cnie" };

	signal(SIGPIPE, SIG_IGN);
	strcpy(service_root, "/tmp/cnie-service-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(service_root));
	ck_assert_int_eq(setenv("CNIE_ROOT", service_root, 1), 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ck_assert_int_eq(mkdir(service_path("%s", dirs[i]), 0755), 0);
	service = 0;
}

void service_stop(void)
{
	if (service > 0) {
		kill(service, SIGKILL);
		waitpid(service, NULL, 0);
	}
	service = 0;
}

void service_teardown(void)
{
	char cmd[128];

	service_stop();
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", service_root);
	ck_assert_int_eq(system(cmd), 0);
}

void service_put_file(const char *path, struct span bytes, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

bool service_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

size_t service_count(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

void service_configure(const char *more)
{
	char text[1024];

	service_put_file(service_path("etc/cnie/cnie.conf"), span_str(
		"[sector]\nurn = urn:example:sector:test\n"
		"[users]\ncard = 801:801\ninspect = 802:802\nface = 803:803\n"
		"sector = 804:804\nvideo_gid = 44\n"
		"[login]\nprofile = uto\n"), 0644);
	snprintf(text, sizeof(text),
		 "[profile]\nstate = UTO\ncountry = UT\n"
		 "document_codes = ID,I\naid = A0000002471001\n"
		 "number = optional1\nnumber_regex = [A-Z]{1,2}[0-9]{1,7}\n"
		 "require_chip_proof = yes\n%s", more);
	service_put_file(service_path("etc/cnie/profile.d/uto.conf"),
			 span_str(text), 0644);
}

/* -- the service -------------------------------------------------------------- */

static int listener(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(prefix_path(path, a.sun_path, sizeof(a.sun_path)),
			 R_OK);
	unlink(a.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	return fd;
}

void service_start(service_script *const *scripts)
{
	int l = listener(PATH_ADMIN_SOCK);

	service = fork();
	ck_assert_int_ge(service, 0);
	if (service == 0) {
		for (; *scripts; scripts++) {
			struct msg_admin_request m;
			int fd = accept(l, NULL, NULL);

			if (chan_expect(fd, MSG_ADMIN_REQUEST, &m,
					mono_ms() + 5000) != R_OK)
				_exit(2);
			(*scripts)(fd, &m);
			close(fd);
		}
		_exit(0);
	}
	close(l);
}

void service_start_login(service_login_script *script)
{
	int l = listener(PATH_LOGIN_SOCK);

	service = fork();
	ck_assert_int_ge(service, 0);
	if (service == 0) {
		struct msg_login_start m;
		int fd = accept(l, NULL, NULL);

		if (chan_expect(fd, MSG_LOGIN_START, &m,
				mono_ms() + 5000) != R_OK)
			_exit(2);
		script(fd, &m);
		close(fd);
		_exit(0);
	}
	close(l);
}

void service_was_content(void)
{
	int status;

	ck_assert_int_eq(waitpid(service, &status, 0), service);
	service = 0;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "the service's script ended with %d", status);
}

void service_must(bool good)
{
	if (!good)
		_exit(1);
}

/* cniectl may have gone, which it is then asked about. */
void service_say(int fd, enum wire_msg type, const void *m)
{
	uint8_t buf[WIRE_MAX];
	enum result r = chan_send_large(fd, type, m, SINK(buf),
					mono_ms() + 5000);

	service_must(r == R_OK || r == R_ABSENT);
}

void service_say_item(int fd, const struct msg_item *m)
{
	static uint8_t room[WIRE_PORTRAIT_MAX];
	enum result r = chan_send_large(fd, MSG_ADMIN_ITEM, m, SINK(room),
					mono_ms() + 5000);

	service_must(r == R_OK || r == R_ABSENT);
}

void service_say_row(int fd, const char *text)
{
	struct msg_admin_row m;

	snprintf(m.text, sizeof(m.text), "%s", text);
	service_say(fd, MSG_ADMIN_ROW, &m);
}

void service_say_bulk(int fd, const char *text, bool last)
{
	static uint8_t room[WIRE_BULK_MAX];
	const struct msg_bulk m = { last, span_str(text) };
	enum result r = chan_send_large(fd, MSG_ADMIN_BULK, &m, SINK(room),
					mono_ms() + 5000);

	service_must(r == R_OK || r == R_ABSENT);
}

bool service_hear_bulk(int fd, struct msg_bulk *out)
{
	static uint8_t packet[WIRE_BULK_MAX];
	struct span in;

	if (chan_recv(fd, packet, sizeof(packet), mono_ms() + 5000, &in) !=
	    R_OK)
		return false;
	service_must(wire_get(in, MSG_ADMIN_BULK, out) == R_OK);
	return true;
}

void service_end(int fd, enum reason why, const char *text)
{
	struct msg_admin_done m = { .reason = (uint16_t)why };

	snprintf(m.text, sizeof(m.text), "%s", text);
	service_say(fd, MSG_ADMIN_DONE, &m);
}

/* -- running ------------------------------------------------------------------- */

/* Send what is written to `fd` to a file of this process alone, as a script may
 * run a command beside the one that it answers; the descriptor as it was. */
static int catch(int fd)
{
	int was = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	int to = memfd_create("caught", MFD_CLOEXEC);

	ck_assert_int_ge(was, 0);
	ck_assert_int_ge(to, 0);
	ck_assert_int_eq(dup2(to, fd), fd);
	close(to);
	return was;
}

static void put_back(int fd, int was, char *text, size_t cap)
{
	off_t n = lseek(fd, 0, SEEK_END);

	ck_assert_int_lt(n, (off_t)cap);
	ck_assert_int_eq(pread(fd, text, (size_t)n, 0), n);
	text[n] = '\0';
	ck_assert_int_eq(dup2(was, fd), fd);
	close(was);
}

int service_run(const char *line)
{
	static char copy[1024];
	static struct arguments a;
	char *argv[32], *save = NULL, error[160];
	int argc = 0, out, err, code;

	snprintf(copy, sizeof(copy), "cniectl %s", line);
	for (char *w = strtok_r(copy, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	ck_assert_int_eq(options_parse(ctl_commands, argc, argv, &a, error,
				       sizeof(error)), PARSED_RUN);
	fflush(NULL);
	out = catch(STDOUT_FILENO);
	err = catch(STDERR_FILENO);
	code = a.command->run(&a);
	fflush(NULL);
	put_back(STDOUT_FILENO, out, service_out, sizeof(service_out));
	put_back(STDERR_FILENO, err, service_err, sizeof(service_err));
	return code;
}
