// SPDX-License-Identifier: GPL-3.0-or-later
/* cnie-inspect's import of whole master lists, in every form they come in,
 * under its real filter: every item is looked at, and the order of what it
 * says. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "inspect/csca.h"
#include "inspect/import.h"
#include "support_list.h"
#include "support_heard.h"
#include "support_process.h"

#define WORLD 650	/* certificates of a list; 9303-12's has about 600 */
#define OURS  500	/* of them, of UT */

static struct list_state state;
static char dir[64];
static struct msg_inspect_config config;
static struct sink certs, list, file;

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void setup(void)
{
	struct sink *const sinks[] = { &certs, &list, &file };

	signal(SIGPIPE, SIG_IGN);
	list_state_make(&state);
	for (size_t i = 0; i < 3; i++) {
		*sinks[i] = sink_of(malloc(LIST_ROOM), LIST_ROOM);
		ck_assert_ptr_nonnull(sinks[i]->p);
	}
	strcpy(dir, "/tmp/check_import.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(mkdir(at("in"), 0755), 0);
	config = (struct msg_inspect_config){ .mode = INSPECT_CSCA_IMPORT,
					      .country = "UT" };
	strcpy(config.csca_dir, at("in"));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	free(certs.p);
	free(list.p);
	free(file.p);
	list_state_free(&state);
}

static void write_file(const char *name, struct span bytes)
{
	FILE *f = fopen(at(name), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	ck_assert_int_eq(fclose(f), 0);
}

/* What is in `file`, which is empty then. */
static void put(const char *name)
{
	write_file(name, sink_span(&file));
	file.n = 0;
}

enum form { FORM_ICAO, FORM_BSI, FORM_LDIF, FORM_OLD_LDIF, FORM_PEM, FORM_BER,
	    FORMS };

/* `ours` CSCAs of UT and `others` of XX into certs, and their list signed into
 * `list`. */
static void make_list_as(long ours, long others, enum form form)
{
	struct sink content = sink_of(malloc(LIST_ROOM), LIST_ROOM);

	certs.n = list.n = 0;
	for (long i = 0; i < ours + others; i++) {
		X509 *c = list_csca(&state, i < ours ? "UT" : "XX", 100 + i);

		put_cert(&certs, c);
		X509_free(c);
	}
	put_list(&content, 0, sink_span(&certs));
	if (form == FORM_BER)
		put_streamed_list(&list, sink_span(&content), &state);
	else
		put_signed_list(&list, sink_span(&content), &state,
				form == FORM_BSI);
	free(content.p);
}

static void make_list(long ours, long others, bool by_key)
{
	make_list_as(ours, others, by_key ? FORM_BSI : FORM_ICAO);
}

/* -- what it says ---------------------------------------------------------- */

static void run(void)
{
	heard_run(&config, sink_span(&certs));
}

static void said(size_t anchors, size_t crls, uint32_t other, uint32_t bad)
{
	run();
	ck_assert_int_eq(heard.why, REASON_NONE);
	ck_assert_uint_eq(heard.anchors, anchors);
	ck_assert_uint_eq(heard.items, anchors + crls);
	ck_assert_uint_eq(heard.done.anchors, anchors);
	ck_assert_uint_eq(heard.done.crls, crls);
	ck_assert_uint_eq(heard.done.other_country, other);
	ck_assert_uint_eq(heard.done.bad, bad);
}

/* -- whole lists ----------------------------------------------------------- */

START_TEST(a_list_of_the_world_in_every_form)
{
	make_list_as(OURS, WORLD - OURS, (enum form)_i);
	switch (_i) {
	case FORM_LDIF:
		put_text(&file, "version: 1\n\n");
		put_ldif(&file, "pkdMasterListContent", sink_span(&list));
		break;
	case FORM_OLD_LDIF:
		put_ldif(&file, "CscaMasterListData", sink_span(&list));
		break;
	case FORM_PEM:
		put_pem(&file, "CMS", sink_span(&list));
		break;
	default:
		sink_put(&file, sink_span(&list));
	}
	put("in/list");
	said(OURS, 0, WORLD - OURS, 0);
	ck_assert_uint_ge(heard.progress, 10);
	ck_assert_uint_le(heard.progress, IMPORT_PROGRESS_MAX);
	ck_assert_uint_eq(heard.total, WORLD);
	ck_assert_uint_eq(heard.last, WORLD);
	/* a file alone is what a directory with it is */
	strcpy(config.csca_dir, at("in/list"));
	said(OURS, 0, WORLD - OURS, 0);
}
END_TEST

START_TEST(what_stands_in_several_files_is_told_once)
{
	uint8_t room[4096];
	struct span der;
	X509 *one;

	make_list(20, 10, false);
	one = list_csca(&state, "UT", 7);
	der = pki_cert_der(one, room, sizeof(room));
	sink_put(&certs, der);
	X509_free(one);
	write_file("in/one.cer", der);
	write_file("in/two.cer", der);
	put_pem(&file, "CERTIFICATE", der);
	put_pem(&file, "CERTIFICATE", der);
	put("in/three.pem");
	write_file("in/a.ml", sink_span(&list));
	write_file("in/b.ml", sink_span(&list));
	put_ldif(&file, "pkdMasterListContent", sink_span(&list));
	put_ldif(&file, "pkdMasterListContent", sink_span(&list));
	put("in/c.ldif");
	said(21, 0, 10, 0);
	ck_assert_uint_eq(heard.total, 31);
}
END_TEST

START_TEST(one_anchor_more_than_a_store_holds)
{
	make_list(CSCA_MAX + 1, 0, false);
	write_file("in/list.ml", sink_span(&list));
	said(CSCA_MAX, 0, 0, 1);
	ck_assert_uint_le(heard.progress, IMPORT_PROGRESS_MAX);
	ck_assert_uint_eq(heard.last, CSCA_MAX + 1);
}
END_TEST

START_TEST(an_empty_directory_says_so)
{
	said(0, 0, 0, 0);
	ck_assert_uint_eq(heard.progress, 0);
	ck_assert(heard.ready);
}
END_TEST

/* -- damage ---------------------------------------------------------------- */

/* Cut anywhere it is one unusable thing, and hides no other. */
START_TEST(truncated_lists_and_certificates)
{
	X509 *one = list_csca(&state, "UT", 7);
	char name[32];
	uint32_t cut = 0;
	size_t step;

	make_list(5, 5, false);
	step = list.n / 40;
	for (size_t n = 1; n < list.n; n += step, cut++) {
		snprintf(name, sizeof(name), "in/%03u.ml", cut);
		write_file(name, span_of(list.p, n));
	}
	ck_assert_uint_ge(cut, 40);
	put_cert(&file, one);
	for (size_t n = 1; n < file.n; n += 23, cut++) {
		snprintf(name, sizeof(name), "in/%03u.cer", cut);
		write_file(name, span_of(file.p, n));
	}
	certs.n = 0;
	put("in/good.cer");
	said(1, 0, 0, cut);
	X509_free(one);
}
END_TEST

/* Nothing of a list whose signature is not whole, or whose signer's time is
 * over, is taken. */
START_TEST(a_list_that_is_not_whole_gives_nothing)
{
	uint8_t *in;

	make_list(5, 5, false);
	in = memmem(list.p, list.n, certs.p, certs.n);
	ck_assert_ptr_nonnull(in);
	in[certs.n - 1] ^= 1;
	write_file("in/list.ml", sink_span(&list));
	said(0, 0, 0, 1);
	in[certs.n - 1] ^= 1;
	write_file("in/list.ml", sink_span(&list));
	said(5, 0, 5, 0);
}
END_TEST

static void put_crl_of(const char *name, X509 *issuer, EVP_PKEY *key)
{
	X509_CRL *crl = pki_crl(issuer, key, NULL, 5, PKI_DAY);

	put_crl(&file, crl);
	X509_CRL_free(crl);
	put(name);
}

START_TEST(crls_of_ours_of_others_and_of_nobody)
{
	X509 *absent = list_csca(&state, "UT", 7);

	put_cert(&file, state.ca);
	put("in/ca.cer");
	put_crl_of("in/good.crl", state.ca, state.ca_key);
	put_crl_of("in/other.crl", state.other, state.other_key);
	put_crl_of("in/forged.crl", state.ca, state.other_key);
	/* its anchor may be in the machine's store already */
	put_crl_of("in/absent.crl", absent, state.other_key);
	said(1, 2, 1, 1);
	X509_free(absent);
}
END_TEST

/* -- a signer -------------------------------------------------------------- */

static void name_signer(X509 *cert, bool pem)
{
	uint8_t der[4096];
	struct span s = pki_cert_der(cert, der, sizeof(der));

	if (pem)
		put_pem(&file, "CERTIFICATE", s);
	else
		sink_put(&file, s);
	put("signer");
	strcpy(config.signer, at("signer"));
}

START_TEST(a_list_of_the_signer_itself_and_of_whom_it_issued)
{
	make_list(5, 5, _i & 2);
	write_file("in/list.ml", sink_span(&list));
	name_signer(state.signer, _i & 1);
	said(5, 0, 5, 0);
	name_signer(state.ca, _i & 1);
	said(5, 0, 5, 0);
	name_signer(state.other, _i & 1);
	run();
	ck_assert_int_eq(heard.why, REASON_CSCA_UNKNOWN);
	ck_assert_uint_eq(heard.items, 0);
	ck_assert_uint_eq(heard.progress, 0);
}
END_TEST

/* An empty file names nobody: it must not mean "any". */
START_TEST(a_signer_that_is_empty_or_not_there)
{
	make_list(5, 5, false);
	write_file("in/list.ml", sink_span(&list));
	put("signer");
	strcpy(config.signer, at("signer"));
	run();
	ck_assert_int_eq(heard.why, REASON_FILE_MALFORMED);
	strcpy(config.signer, at("none"));
	run();
	ck_assert_int_eq(heard.why, REASON_NOT_CONFIGURED);
	ck_assert_uint_eq(heard.items, 0);
}
END_TEST

START_TEST(what_no_list_holds_is_not_taken_where_a_signer_is_named)
{
	X509 *loose = list_csca(&state, "UT", 7);

	make_list(5, 5, false);
	write_file("in/list.ml", sink_span(&list));
	put_cert(&file, loose);
	put("in/loose.cer");
	name_signer(state.ca, false);
	said(5, 0, 5, 1);
	config.signer[0] = '\0';
	certs.n = 0;
	said(6, 0, 5, 0);
	X509_free(loose);
}
END_TEST

/* -- the process ----------------------------------------------------------- */

/* Every descriptor is /dev/null, or the channel. */
static void holds_only_its_channel(pid_t pid)
{
	char path[64], to[128];
	struct dirent *e;
	size_t channels = 0;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);
		ck_assert_int_gt(n, 0);
		to[n] = '\0';
		if (strcmp(to, "/dev/null") == 0)
			continue;
		ck_assert_int_eq(strncmp(to, "socket:", 7), 0);
		ck_assert_int_eq(atoi(e->d_name), FD_CONTROL);
		channels++;
	}
	closedir(d);
	ck_assert_uint_eq(channels, 1);
}

/* Nobody reads: it waits with the list half told, holds no file, and all of it
 * arrives later. */
START_TEST(while_it_tells_it_holds_nothing_but_its_channel)
{
	int control;
	pid_t pid;

	make_list(OURS, WORLD - OURS, false);
	write_file("in/list.ml", sink_span(&list));
	pid = heard_start(&config, sink_span(&certs), &control);
	ck_assert(!heard_one(control));
	ck_assert(heard.ready);
	ck_assert(!heard_one(control));
	usleep(300000);
	holds_only_its_channel(pid);
	heard_finish(control, pid);
	ck_assert_uint_eq(heard.items, OURS);
}
END_TEST

START_TEST(it_ends_where_cnied_has_gone)
{
	int control;
	pid_t pid;

	make_list(OURS, WORLD - OURS, false);
	write_file("in/list.ml", sink_span(&list));
	pid = heard_start(&config, sink_span(&certs), &control);
	ck_assert(!heard_one(control));
	close(control);
	ck_assert_int_eq(process_end(pid), 1);
}
END_TEST

/* -- the machine's store --------------------------------------------------- */

START_TEST(a_store_of_many_with_crls_and_what_is_due)
{
	X509 *old = pki_cert(&(struct pki_cert){ .country = "UT",
			.name = "CSCA old", .key = state.other_key, .ca = true,
			.from = -9 * PKI_YEAR, .until = -PKI_YEAR });

	config.mode = INSPECT_CSCA_LIST;
	for (long i = 0; i < 120; i++) {
		X509 *c = list_csca(&state, "UT", 100 + i);
		uint8_t der[4096];

		put_pem(&file, "CERTIFICATE", pki_cert_der(c, der,
							   sizeof(der)));
		X509_free(c);
	}
	put("in/all.pem");
	put_cert(&file, old);
	put("in/old.cer");
	put_cert(&file, state.ca);
	put("in/ca.cer");
	put_crl_of("in/a.crl", state.ca, state.ca_key);
	put_crl_of("in/forged.crl", state.ca, state.other_key);
	said(122, 1, 0, 1);
	ck_assert_uint_eq(heard.done.expiring, 2);	/* old, the CRL */
	ck_assert_uint_eq(heard.last, 123);
	ck_assert_uint_le(heard.progress, IMPORT_PROGRESS_MAX);
	X509_free(old);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("inspect process: lists");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, a_list_of_the_world_in_every_form, 0, FORMS);
	tcase_add_test(t, what_stands_in_several_files_is_told_once);
	tcase_add_test(t, one_anchor_more_than_a_store_holds);
	tcase_add_test(t, an_empty_directory_says_so);
	tcase_add_test(t, truncated_lists_and_certificates);
	tcase_add_test(t, a_list_that_is_not_whole_gives_nothing);
	tcase_add_test(t, crls_of_ours_of_others_and_of_nobody);
	tcase_add_loop_test(t,
		a_list_of_the_signer_itself_and_of_whom_it_issued, 0, 4);
	tcase_add_test(t, a_signer_that_is_empty_or_not_there);
	tcase_add_test(t,
		what_no_list_holds_is_not_taken_where_a_signer_is_named);
#ifndef CNIE_MUTANTS	/* whose log is a file that the helper holds */
	tcase_add_test(t, while_it_tells_it_holds_nothing_but_its_channel);
#endif
	tcase_add_test(t, it_ends_where_cnied_has_gone);
	tcase_add_test(t, a_store_of_many_with_crls_and_what_is_due);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
