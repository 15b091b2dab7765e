// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "chip.h"
#include "random.h"

#define CONTROL	    3
#define CLIENTS_MAX 8

static struct pair pairs[16];
static struct hand hand;

static void say(const char *text)
{
	(void)!send(CONTROL, text, strlen(text), MSG_NOSIGNAL);
}

static void take_plan(const char *text)
{
	struct plan p;
	char reply[128];

	if (plan_read(text, &p) != R_OK ||
	    hand_plan(&hand, pairs, &p) != R_OK) {
		say("error plan");
		return;
	}
	snprintf(reply, sizeof(reply), "ok %s",
		 p.wrong_can ? "654321"
		 : hostile_cards[p.card].mrz ? hand.card->memory.mrz
					     : hand.card->memory.can);
	say(reply);
}

static void report(void)
{
	char reply[128];

	snprintf(reply, sizeof(reply),
		 "apdus=%u told=%x sealed=%u struck=%x", hand.apdus,
		 hand_told(&hand), hand.pieces ? 0 : hand.sealed,
		 hand.struck);
	say(reply);
}

static bool serve_control(void)
{
	char text[PLAN_TEXT_MAX + 8];
	ssize_t n = recv(CONTROL, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	if (strncmp(text, "plan ", 5) == 0)
		take_plan(text + 5);
	else
		report();
	return true;
}

static bool serve_client(int fd)
{
	static uint8_t in[70000], out[CARD_RESPONSE_MAX + 64];
	struct sink answer = sink_of(out + 4, sizeof(out) - 4);
	ssize_t n = recv(fd, in, sizeof(in), 0);
	uint32_t code = 0;

	if (n <= 0 || !hand.card)
		return false;
	if (in[0] == ASK_TRANSMIT)
		code = hand_transmit(&hand, span_of(in + 1, (size_t)n - 1),
				     &answer);
	else
		hand_atr(&hand, &answer);
	memcpy(out, &code, 4);
	return send(fd, out, 4 + answer.n, MSG_NOSIGNAL) > 0;
}

static int listen_at(const char *dir)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/chip.sock", dir);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    chmod(at.sun_path, 0666) != 0 || listen(fd, CLIENTS_MAX) != 0)
		return -1;
	return fd;
}

static void serve(int listener)
{
	struct pollfd p[2 + CLIENTS_MAX] = {
		{ CONTROL, POLLIN, 0 }, { listener, POLLIN, 0 },
	};

	for (int i = 2; i < 2 + CLIENTS_MAX; i++)
		p[i] = (struct pollfd){ -1, POLLIN, 0 };
	for (;;) {
		if (poll(p, 2 + CLIENTS_MAX, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents && !serve_control())
			return;
		for (int i = 2; i < 2 + CLIENTS_MAX; i++) {
			if (p[i].fd < 0 && p[1].revents) {
				p[i].fd = accept4(listener, NULL, NULL,
						  SOCK_CLOEXEC);
				p[i].revents = p[1].revents = 0;
			} else if (p[i].fd >= 0 && p[i].revents &&
				   !serve_client(p[i].fd)) {
				close(p[i].fd);
				p[i].fd = -1;
			}
		}
	}
}

int main(int argc, char **argv)
{
	int listener;

	if (argc != 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	random_fix(1);
	hand_init(&hand);
	if (chip_make_cards(argv[1], pairs) != R_OK)
		return 1;
	listener = listen_at(argv[1]);
	if (listener < 0)
		return 1;
	say("ready");
	serve(listener);
	_exit(0);	/* what is still kept is kept on purpose */
}
