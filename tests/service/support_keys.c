// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_keys.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "check_main.h"

bool there(const char *name_in_dir)
{
	char path[PREFIX_PATH_MAX], full[128];

	snprintf(full, sizeof(full), PATH_KEY_DIR "/%s", name_in_dir);
	ck_assert_int_eq(prefix_path(full, path, sizeof(path)), R_OK);
	return access(path, F_OK) == 0;
}

void ask(struct msg_admin_request m)
{
	ask_admin(&m);
}

void over(enum reason want, const char *text)
{
	char said[300];

	ck_assert_int_eq(admin_end(said, sizeof(said)), want);
	if (text)
		ck_assert_str_eq(said, text);
	if (service.txn)
		txn_free(&service.txn);
}

/* What the started helper was told. */
struct msg_sector_config told(void)
{
	struct msg_sector_config c = { 0 };
	struct msg_helper_start s;

	ck_assert_int_eq(chan_expect(helper[FROM_SECTOR], MSG_HELPER_START,
				     &s, mono_ms() + 1000), R_OK);
	ck_assert_int_eq(chan_expect(helper[FROM_SECTOR], MSG_SECTOR_CONFIG,
				     &c, mono_ms() + 1000), R_OK);
	return c;
}

void helper_fails(enum reason why)
{
	struct msg_helper_fail m = { (uint16_t)why, 0, 0 };

	tell(FROM_SECTOR, MSG_HELPER_FAIL, &m);
}

void with_token(const char *sector)
{
	char text[256];

	snprintf(text, sizeof(text), "provider = pkcs11\n%s", sector);
	station_config(text, "[token]\nmodule = /t.so\nlabel = t\n"
		       "pin_file = /p\n");
	station_put("/p", "1234", 0400);
}

static char rows_text[32][1025];
static size_t rows_n;

void read_rows(void)
{
	struct msg_admin_row row;

	rows_n = 0;
	while (rows_n < 32 && heard(MSG_ADMIN_ROW, &row))
		strcpy(rows_text[rows_n++], row.text);
}

void assert_row(const char *want)
{
	for (size_t i = 0; i < rows_n; i++)
		if (!strcmp(rows_text[i], want))
			return;
	ck_abort_msg("no row %s", want);
}

bool row_has(const char *head, const char *part)
{
	for (size_t i = 0; i < rows_n; i++)
		if (!strncmp(rows_text[i], head, strlen(head)) &&
		    strstr(rows_text[i], part))
			return true;
	return false;
}

const char *content(const char *name_in_dir)
{
	static char text[256];
	char path[PREFIX_PATH_MAX], full[128];
	struct sink s = sink_of(text, sizeof(text) - 1);

	snprintf(full, sizeof(full), PATH_KEY_DIR "/%s", name_in_dir);
	ck_assert_int_eq(prefix_path(full, path, sizeof(path)), R_OK);
	ck_assert_int_eq(file_read(path, FILE_ANY, &s), R_OK);
	text[s.n] = '\0';
	return text;
}
