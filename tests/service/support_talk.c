// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_talk.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/prefix.h"
#include "check_main.h"
#include "service/bulk.h"

void station_config(const char *sector, const char *sections)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "[sector]\nurn = urn:example:sector:login\nuid_min = 70000\n"
		 "%s[users]\ncard = 64101:64101\ninspect = 64102:64102\n"
		 "face = 64103:64103\nsector = 64104:64104\n"
		 "[login]\nprofile = uto\n%s", sector, sections);
	station_put(PATH_CONFIG, text, 0644);
}

void station_listen(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(prefix_path(path, a.sun_path, sizeof(a.sun_path)),
			 R_OK);
	unlink(a.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);	/* open until the test ends */
}

static struct client *connected(bool admin)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    pair), 0);
	person = pair[0];
	service.clients[0] = (struct client){
		.fd = pair[1], .admin = admin, .peer = { 0, getpid() },
	};
	return &service.clients[0];
}

void ask_admin(const struct msg_admin_request *m)
{
	struct client *c = connected(true);

	ck_assert_int_eq(chan_send(person, MSG_ADMIN_REQUEST, m), R_OK);
	client_first_message(&service, c);
}

void ask_login(const struct msg_login_start *m)
{
	struct client *c = connected(false);

	ck_assert_int_eq(chan_send(person, MSG_LOGIN_START, m), R_OK);
	client_first_message(&service, c);
}

void tell(enum source from, enum wire_msg type, const void *m)
{
	int fd = from == FROM_CLIENT ? person : helper[from];

	ck_assert_ptr_nonnull(service.txn);
	ck_assert_int_eq(chan_send(fd, type, m), R_OK);
	txn_message(service.txn, from);
}

void answer(const char *text)
{
	struct msg_login_answer m = { .declined = !*text };

	strcpy(m.text, text);
	tell(FROM_CLIENT, MSG_LOGIN_ANSWER, &m);
}

void ready(enum source from)
{
	struct msg_helper_ready m = { 1 };

	tell(from, MSG_HELPER_READY, &m);
}

void to_facts(void)
{
	struct msg_card_state card = { CARD_PRESENT, "reader" };
	struct msg_inspect_facts facts = {
		.flags = FACT_PA_CHAIN | FACT_PA_HASHES | FACT_PACE_SIGNED |
			 FACT_COUNTRY_DSC | FACT_COUNTRY_CSCA | FACT_STATE |
			 FACT_DOCUMENT_CODE | FACT_NUMBER_FORM |
			 FACT_NOT_EXPIRED | FACT_DATA_UNDER_PROOF,
		.proof = PROOF_CA, .channel = CHANNEL_CA,
		.access = CHANNEL_PACE, .expiry = 20991231,
	};

	ready(FROM_CARD);
	tell(FROM_CARD, MSG_CARD_STATE, &card);
	if (!service.txn || service.txn->state == ST_END)
		return;
	answer(CAN);
	ready(FROM_INSPECT);
	ready(FROM_SECTOR);
	tell(FROM_INSPECT, MSG_INSPECT_FACTS, &facts);
}

void tags(const struct msg_sector_tags *m)
{
	tell(FROM_SECTOR, MSG_SECTOR_TAGS, m);
}

void done_reading(void)
{
	struct msg_inspect_done m = { .apdus = 1 };

	tell(FROM_INSPECT, MSG_INSPECT_DONE, &m);
}

bool heard(enum wire_msg type, void *out)
{
	uint8_t buf[WIRE_MAX];
	struct span in;

	while (chan_recv(person, buf, sizeof(buf), 0, &in) == R_OK)
		if (wire_get(in, type, out) == R_OK)
			return true;
	return false;
}

void assert_asked_for(enum msg want)
{
	struct msg_login_ask ask;

	while (heard(MSG_LOGIN_ASK, &ask))
		if (ask.msg == want)
			return;
	ck_abort_msg("%d was not asked for", want);
}

enum reason admin_end(char *text, size_t cap)
{
	struct msg_admin_done m;

	ck_assert(heard(MSG_ADMIN_DONE, &m));
	if (text)
		snprintf(text, cap, "%s", m.text);
	return (enum reason)m.reason;
}
