// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "check_main.h"
#include "ctl/store_files.h"

/* What cnie-inspect would make of each; the service's child has a copy. */
static struct msg_item known[16];
static size_t knows;
/* What the files to import hold. */
static struct msg_item offered[16];
static size_t offers;

void store_setup(void)
{
	service_setup();
	service_configure("");
	knows = offers = 0;
	ck_assert_int_eq(mkdir(service_path("from"), 0700), 0);
}

struct msg_item *store_know(struct msg_item m)
{
	known[knows] = item_listed(m);
	return &known[knows++];
}

struct msg_item *store_offer(struct msg_item m)
{
	offered[offers] = m;
	return &offered[offers++];
}

void store_put(const char *path, const char *name)
{
	service_put_file(service_path("%s", path), item_der(name), 0600);
}

const char *store_file(const char *name, const char *ending)
{
	return service_path("etc/cnie/csca/%s.%s", item_sha256(name), ending);
}

/* In the store as csca import writes it. */
void store_holds(struct msg_item m)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.%s", STORE, m.sha256,
		 m.kind == ITEM_CRL ? "crl" : "cer");
	service_put_file(path, m.der, 0644);
	store_know(m);
}

size_t store_occurs(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

const char *store_line(const char *format, const char *path)
{
	static char line[600];

	snprintf(line, sizeof(line), format, service_path("%s", path));
	return line;
}

void store_must_hold(const char *name, const char *ending)
{
	uint8_t room[64];
	struct sink in = SINK(room);
	struct stat st;

	ck_assert_int_eq(stat(store_file(name, ending), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(file_read(store_file(name, ending), FILE_ROOT_OWNED,
				   &in), R_OK);
	ck_assert(span_equal(sink_span(&in), item_der(name)));
}

/* -- scripts ------------------------------------------------------------------- */

static const struct msg_item *known_as(const char *sha256)
{
	for (size_t i = 0; i < knows; i++)
		if (!strcmp(known[i].sha256, sha256))
			return &known[i];
	return NULL;
}

void script_lists(int fd, const struct msg_admin_request *m)
{
	struct store_files s = { 0 };
	char row[32];
	size_t bad = 0;

	service_must(m->verb == ADMIN_CSCA_LIST && !m->csca[0] &&
		     !m->signer[0]);
	service_must(store_files_read(STORE, &s) == R_OK);
	for (size_t i = 0; i < s.n; i++) {
		const struct msg_item *item = known_as(s.at[i].sha256);

		if (item)
			service_say_item(fd, item);
		else
			bad++;
	}
	snprintf(row, sizeof(row), "bad\t%zu", bad);
	service_say_row(fd, row);
	service_end(fd, REASON_NONE, "");
}

void script_says_offered(int fd)
{
	struct msg_progress p = { 1, 600 };

	for (size_t i = 0; i < offers; i++)
		service_say_item(fd, &offered[i]);
	service_say(fd, MSG_ADMIN_PROGRESS, &p);
	service_say_row(fd, "other_country\t598");
	service_say_row(fd, "bad\t1");
}

void script_dies(int fd, const struct msg_admin_request *m)
{
	(void)m;
	script_says_offered(fd);
}

void script_cannot_load(int fd, const struct msg_admin_request *m)
{
	(void)m;
	service_end(fd, REASON_NOT_CONFIGURED, "");
}
