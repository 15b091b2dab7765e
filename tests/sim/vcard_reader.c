/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The client of vpcd: two bytes of length and a payload, both ways. A payload
 * of one byte from the host is a control: 0 off, 1 on, 2 reset, 4 asks for
 * the ATR. vpcd writes length and payload apart, and waits for our ACK in
 * between: TCP_QUICKACK before each recv() saves 40 ms per APDU, and the
 * reply leaves in one send().
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "vcard.h"

#define CONNECT_TRIES 100	/* of 50 ms: five seconds */
/*
 * No hand is faster than this, and pcscd looks every 400 ms: a card that went
 * and came in between leaves it with a reader it believes empty.
 */
#define ABSENCE_US 700000
#define MESSAGE_MAX 65535

enum { CTRL_OFF = 0, CTRL_ON = 1, CTRL_RESET = 2, CTRL_ATR = 4 };

static int connect_once(const struct vcard *v)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = -1, one = 1;

	if (getaddrinfo(v->host, v->port, &hints, &list) != 0)
		return -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0)
			close_fd(&fd);
	}
	freeaddrinfo(list);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Let the reader see that the card is out before it is in again. */
static void wait_absent(const struct vcard *v)
{
	struct timespec now;
	int64_t us;

	if (!v->gone.tv_sec || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return;
	us = (int64_t)(now.tv_sec - v->gone.tv_sec) * 1000000 +
	     (now.tv_nsec - v->gone.tv_nsec) / 1000;
	if (us < ABSENCE_US)
		sleep_us((uint64_t)(ABSENCE_US - us));
}

enum result reader_connect(struct vcard *v)
{
	wait_absent(v);
	for (int i = 0; i < CONNECT_TRIES && !told_to_end(); i++) {
		v->reader = connect_once(v);
		if (v->reader >= 0) {
			v->power = false;
			card_reset(&v->card);
			return R_OK;
		}
		sleep_us(50000);
	}
	return R_ABSENT;
}

void reader_disconnect(struct vcard *v)
{
	if (v->reader >= 0)
		clock_gettime(CLOCK_MONOTONIC, &v->gone);
	close_fd(&v->reader);
	v->power = false;
	card_reset(&v->card);
}

static enum result recv_all(int fd, uint8_t *p, size_t n)
{
	while (n) {
		int one = 1;
		ssize_t got;

		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
		got = recv(fd, p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return R_ABSENT;
		p += got;
		n -= (size_t)got;
	}
	return R_OK;
}

static enum result send_all(int fd, struct span s)
{
	while (s.n) {
		ssize_t put = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return R_ABSENT;
		s.p += put;
		s.n -= (size_t)put;
	}
	return R_OK;
}

static enum result send_message(int fd, struct span payload)
{
	uint8_t buf[2 + CARD_RESPONSE_MAX];
	struct sink s = SINK(buf);

	if (payload.n > MESSAGE_MAX)
		return R_INTERNAL;
	sink_u16(&s, (uint16_t)payload.n);
	sink_put(&s, payload);
	return send_all(fd, sink_span(&s));
}

/* One byte of the response after the other, until we are told to end. */
static enum result send_slowly(int fd, struct span payload, unsigned int ms)
{
	const uint8_t head[] = { (uint8_t)(payload.n >> 8),
				 (uint8_t)payload.n };
	enum result r = send_all(fd, SPAN(head));

	for (size_t i = 0; r == R_OK && i < payload.n && !told_to_end(); i++) {
		sleep_us((uint64_t)ms * 1000);
		r = send_all(fd, span_of(payload.p + i, 1));
	}
	return r;
}

static void power(struct vcard *v, bool on)
{
	card_reset(&v->card);
	v->power = on;
	if (!on)
		return;
	if (v->apdus)
		v->apdus_before = v->apdus;
	v->apdus = 0;
	v->sent = v->received = 0;
	v->powered++;
	if (v->load_at_reset[0]) {
		if (card_load(&v->card, v->load_at_reset) != R_OK)
			fprintf(stderr, "vcard: can't load %s\n",
				v->load_at_reset);
		v->load_at_reset[0] = 0;
	}
}

static enum result send_atr(struct vcard *v)
{
	uint8_t atr[CARD_ATR_MAX];
	struct sink s = SINK(atr);

	card_atr(&v->card, &s);
	return send_message(v->reader, sink_span(&s));
}

static enum result control(struct vcard *v, uint8_t code)
{
	switch (code) {
	case CTRL_OFF:
		power(v, false);
		return R_OK;
	case CTRL_ON:
	case CTRL_RESET:
		power(v, true);
		return R_OK;
	case CTRL_ATR:
		return send_atr(v);
	default:
		return R_OK;
	}
}

enum result vcard_swap(struct vcard *v, const char *dir)
{
	if (card_load(&v->card, dir) != R_OK)
		return R_MALFORMED;
	if (!v->inserted)
		return R_OK;
	reader_disconnect(v);
	return reader_connect(v);
}

static void print_apdu(const char *arrow, struct span apdu)
{
	fprintf(stderr, "%s ", arrow);
	for (size_t i = 0; i < apdu.n; i++)
		fprintf(stderr, "%02X", apdu.p[i]);
	fputc('\n', stderr);
}

/* Faults that replace the chip's answer. True: there is no answer to send. */
static bool strike(struct vcard *v, const struct fault *f,
		   struct sink *response)
{
	switch (f->kind) {
	case FAULT_REMOVE:
		v->inserted = false;
		reader_disconnect(v);
		return true;
	case FAULT_SWAP:
		if (vcard_swap(v, f->dir) != R_OK)
			fprintf(stderr, "vcard: can't load %s\n", f->dir);
		return true;
	case FAULT_SILENT:
		return true;
	case FAULT_MAC:
		if (response->n > 3)
			response->p[response->n - 3] ^= 0x01;
		return false;
	case FAULT_SW:
	case FAULT_LOOP61:
	case FAULT_LOOP6C:
		response->n = 0;
		sink_u16(response, f->kind == FAULT_SW ? f->sw :
				   f->kind == FAULT_LOOP61 ? 0x6110 : 0x6c10);
		return false;
	case FAULT_SHORT:	/* half a status word; vpcd can't carry none */
		response->n = 1;
		return false;
	case FAULT_REPLAY:
		if (v->last.p) {
			response->n = 0;
			sink_put(response, blob_span(&v->last));
		}
		return false;
	case FAULT_NONE:
	case FAULT_REMOVE_AFTER:
	case FAULT_SLIP:
	case FAULT_PLAIN:
	case FAULT_TRICKLE:
		break;
	}
	return false;
}

static enum result answer(struct vcard *v, const struct fault *f,
			  struct span response)
{
	enum result r = f->kind == FAULT_TRICKLE
		? send_slowly(v->reader, response, f->ms)
		: send_message(v->reader, response);

	if (f->kind == FAULT_REMOVE_AFTER) {
		v->inserted = false;
		reader_disconnect(v);
		return R_OK;
	}
	blob_free(&v->last);
	return r == R_OK ? blob_copy(response, &v->last) : r;
}

static enum result serve_apdu(struct vcard *v, struct span command)
{
	uint8_t buf[CARD_RESPONSE_MAX];
	struct sink response = SINK(buf);
	struct fault f = { 0 };
	bool protected = command.n && (command.p[0] & 0x0c);

	v->apdus++;
	v->sent += command.n;
	fault_take(v, &f);
	if (f.kind == FAULT_SLIP && card_load(&v->card, f.dir) != R_OK)
		fprintf(stderr, "vcard: can't load %s\n", f.dir);
	v->card.force_plain = f.kind == FAULT_PLAIN;
	card_apdu(&v->card, command, &response);
	if (v->verbose)
		print_apdu(">", command);
	if (strike(v, &f, &response))
		return R_OK;
	if (v->verbose)
		print_apdu("<", sink_span(&response));
	v->received += response.n;
	v->waited_us += link_wait(v->link, command.n + response.n,
				  v->card.ec_work, protected, v->slow_ms);
	return answer(v, &f, sink_span(&response));
}

enum result reader_serve(struct vcard *v)
{
	uint8_t buf[MESSAGE_MAX], head[2];
	size_t n;

	if (recv_all(v->reader, head, sizeof(head)) != R_OK)
		return R_ABSENT;
	n = (size_t)head[0] << 8 | head[1];
	if (recv_all(v->reader, buf, n) != R_OK)
		return R_ABSENT;
	return n == 1 ? control(v, buf[0]) : serve_apdu(v, span_of(buf, n));
}
