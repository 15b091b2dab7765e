// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_item.h"

#include <stdio.h>
#include <string.h>

#include "check_main.h"
#include "ctl/csca_list.h"

#define NAMES 64

struct span item_der(const char *name)
{
	static struct {
		char name[32];
		uint8_t der[36];
	} known[NAMES];
	size_t n = strlen(name), i = 0;

	ck_assert_uint_lt(n, 32);
	while (known[i].name[0] && strcmp(known[i].name, name))
		ck_assert_uint_lt(++i, NAMES);
	strcpy(known[i].name, name);
	known[i].der[0] = 0x30;
	known[i].der[1] = 0x82;
	known[i].der[3] = (uint8_t)n;
	memcpy(known[i].der + 4, name, n);
	return span_of(known[i].der, n + 4);
}

const char *item_sha256(const char *name)
{
	static char out[8][FINGERPRINT_MAX];
	static unsigned int next;
	char *s = out[next++ % 8];

	fingerprint_of(item_der(name), s);
	return s;
}

static struct msg_item item(enum item_kind kind, const char *name)
{
	struct msg_item m = { .kind = (uint8_t)kind, .country = "UT",
			      .algorithm = "rsa-4096 sha256" };

	m.der = item_der(name);
	fingerprint_of(m.der, m.sha256);
	return m;
}

struct msg_item item_anchor(const char *name)
{
	struct msg_item m = item(ITEM_ANCHOR, name);

	m.flags = ITEM_SELF_SIGNED;
	m.from = 20200101;
	m.until = 20400101;
	strcpy(m.serial, "01");
	snprintf(m.subject, sizeof(m.subject), "C=UT, CN=%s", name);
	return m;
}

struct msg_item item_crl(const char *name)
{
	struct msg_item m = item(ITEM_CRL, name);

	m.from = 20261101;
	m.until = 20270201;
	m.entries = 3;
	strcpy(m.subject, "C=UT, CN=CSCA-UTOPIA");
	return m;
}

struct msg_item item_listed(struct msg_item m)
{
	m.der = (struct span){ 0 };
	return m;
}
