// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_login.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "base/scope.h"
#include "base/spawn.h"
#include "check_main.h"
#include "roster/code.h"
#include "service/throttle.h"

static char root[64];
int helper[HELPER_COUNT];
int person;
char name[NAME_MAX_LEN];
struct service service;

enum result spawn_helper(enum helper_kind kind, const struct spawn_fd *fds,
			 size_t n, pid_t *pid)
{
	close_fd(&helper[kind]);
	for (size_t i = 0; i < n; i++)
		if (fds[i].to == FD_CONTROL)
			helper[kind] = dup(fds[i].from);
	*pid = fork();
	if (*pid == 0)
		_exit(0);
	/* it held copies of our descriptors; crew.c reaps it */
	waitid(P_PID, (id_t)*pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	return *pid > 0 && helper[kind] >= 0 ? R_OK : R_INTERNAL;
}

/* -- a workstation in a folder ------------------------------------------------- */

void station_put(const char *path, const char *text, mode_t mode)
{
	char full[PREFIX_PATH_MAX];
	FILE *f;

	ck_assert_int_eq(prefix_path(path, full, sizeof(full)), R_OK);
	f = fopen(full, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	chmod(full, mode);
}

struct roster *roster(void)
{
	struct roster *r = NULL;
	char path[PREFIX_PATH_MAX];

	ck_assert_int_eq(prefix_path(PATH_ROSTER, path, sizeof(path)), R_OK);
	ck_assert_int_eq(roster_open(path, &r), REASON_NONE);
	return r;
}

void enrol_others(unsigned int n)
{
	struct roster_policy p = { .uid_min = UID_MIN, .uid_max = 79999,
				   .gid = 65536, .name_prefix = "u",
				   .home_dir = "/home", .shell = "/bin/sh" };
	struct roster *r = roster();

	for (unsigned int i = 1; i <= n; i++) {
		struct roster_new in = { .card = { .epoch = 1,
					 .expiry = 20991231 }, .face = true,
					 .now = 1 };
		struct roster_account a;

		memcpy(in.card.tag, &i, sizeof(i));
		memcpy(in.card.card_tag, &i, sizeof(i));
		ck_assert_int_eq(roster_enrol(r, &p, &in, &a), REASON_NONE);
	}
	roster_close(&r);
}

static void enrol_somebody(void)
{
	struct roster_policy p = { .uid_min = UID_MIN, .uid_max = 79999,
				   .gid = 65536, .name_prefix = "u",
				   .home_dir = "/home", .shell = "/bin/sh" };
	struct roster_new in = { .card = { .epoch = 1, .expiry = 20991231,
				 .tag = "tag", .card_tag = "card" },
				 .face = true, .now = 1 };
	struct roster_account a;
	struct roster *r = roster();

	ck_assert_int_eq(code_hash(CODE, in.code_hash), REASON_NONE);
	ck_assert_int_eq(roster_enrol(r, &p, &in, &a), REASON_NONE);
	strcpy(name, a.name);
	roster_close(&r);
}

static void folders(void)
{
	static const char *const dirs[] = { "/etc", DIR_ETC, PATH_PROFILE_DIR,
		"/run", DIR_RUN, "/var", "/var/lib", DIR_STATE, PATH_KEY_DIR };
	char full[PREFIX_PATH_MAX];

	strcpy(root, "/tmp/cnie-login.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	setenv("CNIE_ROOT", root, 1);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		ck_assert_int_eq(prefix_path(dirs[i], full, sizeof(full)),
				 R_OK);
		ck_assert_int_eq(mkdir(full, 0755), 0);
	}
}

void station_set_up(void)
{
	folders();
	station_put(PATH_CONFIG, "[sector]\nurn = urn:example:sector:login\n"
	    "uid_min = 70000\n[users]\ncard = 64101:64101\n"
	    "inspect = 64102:64102\nface = 64103:64103\n"
	    "sector = 64104:64104\n[login]\nprofile = uto\n", 0644);
	station_put(PATH_PROFILE_DIR "/uto.conf", "[profile]\nstate = UTO\n"
	    "country = UT\ndocument_codes = ID\nnumber_regex = [A-Z]+\n", 0644);
	station_put(PATH_KEY_DIR "/sector-1.key", "not read here", 0400);
	enrol_somebody();
	signal(SIGPIPE, SIG_IGN);
	service = (struct service){ .login_fd = -1, .admin_fd = -1 };
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		service.clients[i].fd = -1;
	for (int i = 0; i < HELPER_COUNT; i++)
		helper[i] = -1;
}

void station_take_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

void begin(const char *user)
{
	struct msg_login_start start = { .service = "login" };
	int pair[2];

	strcpy(start.user, user);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    pair), 0);
	person = pair[0];
	service.clients[0] = (struct client){
		.fd = pair[1], .peer = { 0, getpid() },
	};
	txn_start(&service, &service.clients[0], FOR_LOGIN, &start, NULL);
}

/* The last word that the person's side heard: a grant, or a reason. */
enum reason last_word(void)
{
	uint8_t buf[WIRE_MAX];
	struct msg_login_refuse refuse;
	struct msg_login_grant grant;
	struct span in;

	while (chan_recv(person, buf, sizeof(buf), 0, &in) == R_OK) {
		if (wire_get(in, MSG_LOGIN_REFUSE, &refuse) == R_OK)
			return (enum reason)refuse.reason;
		if (wire_get(in, MSG_LOGIN_GRANT, &grant) == R_OK) {
			ck_assert_str_eq(grant.name, name);
			ck_assert_uint_eq(grant.uid, UID_MIN);
			return GRANTED;
		}
	}
	return REASON_DISABLED;		/* none */
}

void authorise(void)
{
	station_put(PATH_AUTHORISATION, "[authorisation]\ncontroller = Synthetic\n"
	    "purpose = test\nreference = T-0\ncontact = nobody\n"
	    "not_before = 2020-01-01\nnot_after = 2099-12-31\nsites = *\n"
	    "assurance = face\nreport = none\n", 0644);
}
