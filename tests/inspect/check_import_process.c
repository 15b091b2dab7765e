// SPDX-License-Identifier: GPL-3.0-or-later
/* cnie-inspect as the store's own servant: what it says of the machine's store
 * and of foreign files, and what it refuses. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/channel.h"
#include "check_main.h"
#include "support_list.h"
#include "support_process.h"

static struct list_state state;
static char dir[64];
static struct msg_inspect_config config;
static int control[2];
static pid_t helper;
static struct sink file;

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	list_state_make(&state);
	file = sink_of(malloc(LIST_ROOM), LIST_ROOM);
	ck_assert_ptr_nonnull(file.p);
	strcpy(dir, "/tmp/check_import.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(mkdir(at("in"), 0755), 0);
	ck_assert_int_eq(mkdir(at("signers"), 0755), 0);
	config = (struct msg_inspect_config){ .mode = INSPECT_CSCA_IMPORT,
					      .country = "UT" };
	strcpy(config.csca_dir, at("in"));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	free(file.p);
	list_state_free(&state);
}

/* What is in `file`, which is empty then. */
static void put(const char *name)
{
	FILE *f = fopen(at(name), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(file.p, 1, file.n, f), file.n);
	ck_assert_int_eq(fclose(f), 0);
	file.n = 0;
}

static void put_certificate(const char *name, X509 *cert)
{
	put_cert(&file, cert);
	put(name);
}

static void put_both(const char *name)
{
	uint8_t certs[8192], list[8400];
	struct sink c = SINK(certs), l = SINK(list);

	put_cert(&c, state.ca);
	put_cert(&c, state.other);
	put_list(&l, 0, sink_span(&c));
	put_signed_list(&file, sink_span(&l), &state, false);
	put(name);
}

/* -- what it says ------------------------------------------------------------- */

static struct told {
	unsigned int items, progress;
	struct msg_inspect_done done;
	enum reason why;
	uint8_t der[4096];		/* of the first item */
	size_t der_n;
	char country[3];
} told;

static void take_item(struct span in)
{
	struct msg_item m;

	ck_assert_int_eq(wire_get(in, MSG_INSPECT_ITEM, &m), R_OK);
	if (told.items++ > 0)
		return;
	ck_assert_uint_le(m.der.n, sizeof(told.der));
	if (m.der.n)
		memcpy(told.der, m.der.p, m.der.n);
	told.der_n = m.der.n;
}

static void run(void)
{
	static uint8_t buf[WIRE_PORTRAIT_MAX + 4096];
	struct msg_helper_ready ready;
	struct msg_helper_fail fail;
	struct msg_progress progress;
	int fd[PROCESS_FDS] = { -1, -1, -1, -1 };
	struct span in;
	bool end = false;

	told = (struct told){ 0 };
	ck_assert_int_eq(chan_pair(control), R_OK);
	fd[0] = control[1];
	helper = process_start(fd);
	close(control[1]);
	process_configure(control[0], &config);
	while (!end) {
		ck_assert_int_eq(chan_recv(control[0], buf, sizeof(buf),
					   mono_ms() + PROCESS_WAIT_MS, &in),
				 R_OK);
		if (wire_get(in, MSG_HELPER_READY, &ready) == R_OK)
			continue;
		if (wire_get(in, MSG_INSPECT_PROGRESS, &progress) == R_OK)
			told.progress++;
		else if (wire_get(in, MSG_INSPECT_DONE, &told.done) == R_OK)
			end = true;
		else if (wire_get(in, MSG_HELPER_FAIL, &fail) == R_OK)
			end = true, told.why = (enum reason)fail.reason;
		else
			take_item(in);
	}
	close(control[0]);
	ck_assert_int_eq(process_end(helper), told.why ? 1 : 0);
}

static void said(unsigned int items, uint32_t other, uint32_t bad)
{
	run();
	ck_assert_int_eq(told.why, REASON_NONE);
	ck_assert_uint_eq(told.items, items);
	ck_assert_uint_eq(told.done.anchors + told.done.crls, items);
	ck_assert_uint_eq(told.done.other_country, other);
	ck_assert_uint_eq(told.done.bad, bad);
}

static void refused_with(enum reason why)
{
	run();
	ck_assert_int_eq(told.why, why);
	ck_assert_uint_eq(told.items, 0);
}

/* -- foreign files ---------------------------------------------------------------- */

START_TEST(of_foreign_files_the_countrys_are_told)
{
	uint8_t der[4096];
	struct span ours = pki_cert_der(state.ca, der, sizeof(der));

	put_both("in/list.ml");
	put_text(&file, "nothing");
	put("in/text");
	said(1, 1, 1);
	/* as it stood in the list */
	ck_assert_uint_eq(told.der_n, ours.n);
	ck_assert_mem_eq(told.der, ours.p, ours.n);
	ck_assert_uint_gt(told.progress, 0);
}
END_TEST

START_TEST(crls_come_after_the_anchors_that_signed_them)
{
	X509_CRL *crl = pki_crl(state.ca, state.ca_key, NULL, 5, PKI_DAY);

	put_crl(&file, crl);
	X509_CRL_free(crl);
	put("in/a.crl");
	put_certificate("in/b.cer", state.ca);
	said(2, 0, 0);
	ck_assert_uint_eq(told.done.anchors, 1);
	ck_assert_uint_eq(told.done.crls, 1);
}
END_TEST

/* "" is the country of a certificate that names none. */
START_TEST(a_profile_without_a_country_imports_nothing)
{
	X509 *none = pki_cert(&(struct pki_cert){ .name = "CSCA", .ca = true,
			.key = state.ca_key });

	put_certificate("in/none.cer", none);
	X509_free(none);
	config.country[0] = '\0';
	refused_with(REASON_NOT_CONFIGURED);
}
END_TEST

START_TEST(what_is_not_there_or_too_much_is_refused)
{
	strcpy(config.csca_dir, at("none"));
	refused_with(REASON_NOT_CONFIGURED);
	strcpy(config.csca_dir, at("in"));
	put("in/large");
	ck_assert_int_eq(truncate(at("in/large"), (32 << 20) + 1), 0);
	refused_with(REASON_FILE_MALFORMED);
}
END_TEST

/* -- a signer ------------------------------------------------------------------------ */

START_TEST(a_signer_is_one_file_with_one_certificate)
{
	put_both("in/list.ml");
	strcpy(config.signer, at("signers"));
	refused_with(REASON_FILE_MALFORMED);		/* none */
	put_certificate("signers/a.cer", state.ca);
	said(1, 1, 0);
	put_certificate("signers/b.cer", state.other);
	refused_with(REASON_FILE_MALFORMED);		/* two */
	strcpy(config.signer, at("signers/a.cer"));
	said(1, 1, 0);
	put_text(&file, "nobody");
	put("signers/a.cer");
	refused_with(REASON_FILE_MALFORMED);
}
END_TEST

/* No list was good: why, and nothing of it. With one that was, the bad one is
 * counted. */
START_TEST(a_list_that_is_not_the_signers_is_refused)
{
	put_both("in/list.ml");
	put_certificate("signers/a.cer", state.other);
	strcpy(config.signer, at("signers/a.cer"));
	refused_with(REASON_CSCA_UNKNOWN);
	/* without a named signer a list that is broken only counts */
	config.signer[0] = '\0';
	put_both("in/list.ml");
	ck_assert_int_eq(truncate(at("in/list.ml"), 100), 0);
	put_certificate("in/one.cer", state.ca);
	said(1, 0, 1);
	strcpy(config.signer, at("signers/a.cer"));
	put_certificate("signers/a.cer", state.ca);
	put_both("in/good.ml");
	said(1, 1, 1);
}
END_TEST

/* -- the machine's store --------------------------------------------------------------- */

START_TEST(the_machines_store_is_told_item_by_item)
{
	config.mode = INSPECT_CSCA_LIST;
	config.country[0] = '\0';
	put_certificate("in/a.cer", state.ca);
	put_certificate("in/b.cer", state.other);
	put_text(&file, "nothing");
	put("in/c.cer");
	said(2, 0, 1);
	ck_assert_uint_eq(told.der_n, 0);
	strcpy(config.csca_dir, at("none"));
	refused_with(REASON_NOT_CONFIGURED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("inspect process: the store");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, of_foreign_files_the_countrys_are_told);
	tcase_add_test(t, crls_come_after_the_anchors_that_signed_them);
	tcase_add_test(t, a_profile_without_a_country_imports_nothing);
	tcase_add_test(t, what_is_not_there_or_too_much_is_refused);
	tcase_add_test(t, a_signer_is_one_file_with_one_certificate);
	tcase_add_test(t, a_list_that_is_not_the_signers_is_refused);
	tcase_add_test(t, the_machines_store_is_told_item_by_item);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
