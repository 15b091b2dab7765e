// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Signatures in minisign's format: a key and signatures that minisign 0.11
 * made, typed in; every bit of one turned; and, where minisign is installed,
 * each program's signatures verified by the other. The keys are synthetic.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "ctl/sign.h"

/* minisign -G -W; printf 'cnie\n' >vec; minisign -S -m vec -t ... */
#define KEY_LINE "RWQbQ3x+C3+m69EI1U9oRfM/iV/08asEuol8kiBOlgzDu47V3GpqBmzR"
#define KEY_FILE "untrusted comment: minisign public key EBA67F0B7E7C431B\n" \
		 KEY_LINE "\n"
#define CONTENT "cnie\n"
#define SIGNED_LINE "RUQbQ3x+C3+m6xwjpUx6zp721e0G+qPQyvN8nmQAHlCWVvpzV7BWzBp3" \
		    "jmmIQ9e2VvjkyVAaNcsUxyddlQX15Q6pE+P9F6KZ8Qs=\n"
#define WHOLE_LINE "nJcuAPROoIu3YojKs266bCIv8NGDGH1z14VGcN56T00tfM9HDgi8hVhafu4q" \
		   "ME0XAPwdY2Kelilrb52lDrs1Bw==\n"
#define SIGNATURE "untrusted comment: synthetic\n" SIGNED_LINE \
		  "trusted comment: a comment\twith a tab\n" WHOLE_LINE
/* minisign -S -l: over the file itself */
#define LEGACY \
	"untrusted comment: signature from minisign secret key\n" \
	"RWQbQ3x+C3+m63pb09dVAu5q2x0YMPBa+vzTfGtP7F5gjV4G2WirKPBd1Avny3GE4TPQB" \
	"ABWssZsx8A1fFImK5C6oUK5S8py1Qo=\n" \
	"trusted comment: timestamp:1795749181\tfile:vec\n" \
	"//zJJch8qOv6urAqeF1sLjA7N67vUUKIVjy2ihY1yzFYkvTliZ+mfZoCdAfwew2kQew3uf" \
	"PyZOPnuNCO9fadDA==\n"

static struct sign_key key;
static struct signature signature;
static uint8_t hash[SIGN_HASH_SIZE];

static void hash_of(struct span bytes, uint8_t out[SIGN_HASH_SIZE])
{
	struct sign_hash h;

	sign_hash_begin(&h);
	/* in two pieces: it is made as the bytes come */
	sign_hash_add(&h, span_of(bytes.p, bytes.n / 2));
	sign_hash_add(&h, span_of(bytes.p + bytes.n / 2,
				  bytes.n - bytes.n / 2));
	sign_hash_end(&h, out);
}

static void example(void)
{
	ck_assert_int_eq(sign_key_parse(span_str(KEY_FILE), &key), R_OK);
	ck_assert_int_eq(signature_parse(span_str(SIGNATURE), &signature),
			 R_OK);
	hash_of(span_str(CONTENT), hash);
}

START_TEST(what_minisign_signed_verifies)
{
	struct sign_key line;
	char id[SIGN_ID_TEXT];

	ck_assert_int_eq(signature_check(&signature, &key, hash), R_OK);
	ck_assert_str_eq(signature.comment, "a comment\twith a tab");
	ck_assert_int_eq(sign_key_text(KEY_LINE, &line), R_OK);
	ck_assert_mem_eq(&line, &key, sizeof(key));
	sign_key_id(key.id, id);
	ck_assert_str_eq(id, "EBA67F0B7E7C431B");
}
END_TEST

START_TEST(public_key_is_written_as_minisign_writes_it)
{
	uint8_t text[256];
	struct sink out = SINK(text);

	sign_key_write(&key, &out);
	ck_assert(span_equal(sink_span(&out), span_str(KEY_FILE)));
}
END_TEST

START_TEST(any_bit_turned_is_refused)
{
	struct signature bad = signature;
	struct sign_key other = key;
	uint8_t h[SIGN_HASH_SIZE];
	size_t at = (size_t)_i / 8;
	uint8_t bit = (uint8_t)(1 << _i % 8);

	memcpy(h, hash, sizeof(h));
	h[at] ^= bit;
	ck_assert_int_eq(signature_check(&signature, &key, h), R_DENIED);
	bad.bytes[at] ^= bit;
	ck_assert_int_eq(signature_check(&bad, &key, hash), R_DENIED);
	bad = signature;
	bad.whole[at] ^= bit;
	ck_assert_int_eq(signature_check(&bad, &key, hash), R_DENIED);
	other.key[at % SIGN_KEY_SIZE] ^= bit;
	ck_assert_int_eq(signature_check(&signature, &other, hash), R_DENIED);
	other = key;
	other.id[at % SIGN_ID_SIZE] ^= bit;
	ck_assert_int_eq(signature_check(&signature, &other, hash), R_DENIED);
}
END_TEST

START_TEST(other_comment_is_refused)
{
	struct signature bad = signature;

	bad.comment[0] = 'A';
	ck_assert_int_eq(signature_check(&bad, &key, hash), R_DENIED);
	bad = signature;
	strcat(bad.comment, " ");
	ck_assert_int_eq(signature_check(&bad, &key, hash), R_DENIED);
	bad = signature;
	bad.comment[strlen(bad.comment) - 1] = '\0';
	ck_assert_int_eq(signature_check(&bad, &key, hash), R_DENIED);
}
END_TEST

START_TEST(cut_at_any_length_is_malformed)
{
	struct sign_key k;
	struct signature s;

	for (size_t n = 0; n < strlen(KEY_FILE); n++)
		ck_assert_int_eq(sign_key_parse(span_of(KEY_FILE, n), &k),
				 R_MALFORMED);
	for (size_t n = 0; n < strlen(SIGNATURE); n++)
		ck_assert_int_eq(signature_parse(span_of(SIGNATURE, n), &s),
				 R_MALFORMED);
	for (size_t n = 0; n < strlen(KEY_LINE); n++) {
		char line[sizeof(KEY_LINE)];

		memcpy(line, KEY_LINE, n);
		line[n] = '\0';
		ck_assert_int_eq(sign_key_text(line, &k), R_MALFORMED);
	}
}
END_TEST

static const char *const no_keys[] = {
	KEY_FILE "\n", KEY_FILE "x", KEY_LINE "\n", "\n" KEY_FILE,
	"comment: x\n" KEY_LINE "\n",
	"untrusted comment: x\r\n" KEY_LINE "\n",
	"untrusted comment: x\n" KEY_LINE "\r\n",
	"untrusted comment: x\n" KEY_LINE " \n",
	"untrusted comment: x\n" KEY_LINE "=\n",
	"untrusted comment: \033[2J\n" KEY_LINE "\n",
	/* "ED": of no key */
	"untrusted comment: x\n"
	"RUQbQ3x+C3+m69EI1U9oRfM/iV/08asEuol8kiBOlgzDu47V3GpqBmzR\n",
	"untrusted comment: x\nRWQbQ3x+C3+m69EI1U9oRfM_iV_08asEuol8kiBOlgzDu"
	"47V3GpqBmzR\n",
	/* octets that libsodium's decoder alone would take */
	"untrusted comment: x\nRWQbQ3x\325\274\314\324\222\311\306\272"
	"I1U9oRfM/iV/08asEuol8kiBOlgzDu47V3GpqBmzR\n",
	SIGNATURE,
};

START_TEST(what_is_no_public_key_is_malformed)
{
	struct sign_key k;

	ck_assert_int_eq(sign_key_parse(span_str(no_keys[_i]), &k),
			 R_MALFORMED);
}
END_TEST

static const char *const no_signatures[] = {
	LEGACY, SIGNATURE "\n", SIGNATURE SIGNATURE, KEY_FILE,
	"untrusted comment: x\n" SIGNED_LINE "comment: x\n" WHOLE_LINE,
	"untrusted comment: x\n" SIGNED_LINE "trusted comment: \x7f\n"
	WHOLE_LINE,
	"untrusted comment: x\n" SIGNED_LINE WHOLE_LINE,
	"untrusted comment: x\n" WHOLE_LINE "trusted comment: x\n" WHOLE_LINE,
	"untrusted comment: x\n" SIGNED_LINE "trusted comment: x\n"
	SIGNED_LINE,
	/* bits beyond the last octet */
	"untrusted comment: x\n" SIGNED_LINE "trusted comment: x\n"
	"nJcuAPROoIu3YojKs266bCIv8NGDGH1z14VGcN56T00tfM9HDgi8hVhafu4q"
	"ME0XAPwdY2Kelilrb52lDrs1Bx==\n",
};

START_TEST(what_is_no_signature_is_malformed)
{
	struct signature s;

	ck_assert_int_eq(signature_parse(span_str(no_signatures[_i]), &s),
			 R_MALFORMED);
}
END_TEST

START_TEST(comment_has_its_length_and_no_more)
{
	char text[8192], comment[SIGN_COMMENT_MAX + 1];
	struct signature s;

	memset(comment, 'c', sizeof(comment));
	comment[SIGN_COMMENT_MAX - 1] = '\0';
	snprintf(text, sizeof(text), "untrusted comment: x\n" SIGNED_LINE
		 "trusted comment: %s\n" WHOLE_LINE, comment);
	ck_assert_int_eq(signature_parse(span_str(text), &s), R_OK);
	ck_assert_str_eq(s.comment, comment);
	comment[SIGN_COMMENT_MAX - 1] = 'c';
	comment[SIGN_COMMENT_MAX] = '\0';
	snprintf(text, sizeof(text), "untrusted comment: x\n" SIGNED_LINE
		 "trusted comment: %s\n" WHOLE_LINE, comment);
	ck_assert_int_eq(signature_parse(span_str(text), &s), R_MALFORMED);
}
END_TEST

/* -- ours ------------------------------------------------------------------------ */

START_TEST(what_we_sign_verifies)
{
	struct sign_secret secret, again;
	struct sign_key k;
	uint8_t text[SIGN_FILE_MAX], file[SIGN_SECRET_MAX];
	struct sink out = SINK(text), kept = SINK(file);
	struct signature s;

	ck_assert_int_eq(sign_secret_new(&secret), R_OK);
	ck_assert_int_eq(sign_secret_key(&secret, &k), R_OK);
	ck_assert_int_eq(signature_make(&secret, hash, "x\ty", &out), R_OK);
	ck_assert_int_eq(signature_parse(sink_span(&out), &s), R_OK);
	ck_assert_int_eq(signature_check(&s, &k, hash), R_OK);
	ck_assert_int_eq(signature_check(&s, &key, hash), R_DENIED);
	sign_secret_write(&secret, &kept);
	ck_assert_int_eq(sign_secret_parse(sink_span(&kept), &again), R_OK);
	ck_assert_mem_eq(&again, &secret, sizeof(secret));
	for (size_t n = 0; n < kept.n; n++)
		ck_assert_int_eq(sign_secret_parse(span_of(file, n), &again),
				 R_MALFORMED);
	sink_u8(&kept, '\n');
	ck_assert_int_eq(sign_secret_parse(sink_span(&kept), &again),
			 R_MALFORMED);
}
END_TEST

/* -- with minisign itself ------------------------------------------------------------ */

static char dir[64];

static const char *in_dir(const char *name)
{
	static char paths[8][128];
	static unsigned int next;
	char *out = paths[next++ % 8];

	snprintf(out, 128, "%s/%s", dir, name);
	return out;
}

static void write_to(const char *name, struct span bytes)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	close(fd);
}

static struct span read_from(const char *name)
{
	static uint8_t text[SIGN_FILE_MAX];
	int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));

	ck_assert_int_gt(n, 0);
	close(fd);
	return span_of(text, (size_t)n);
}

static int shell(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
static int shell(const char *format, ...)
{
	char cmd[1024];
	va_list ap;
	int status;

	va_start(ap, format);
	vsnprintf(cmd, sizeof(cmd), format, ap);
	va_end(ap);
	status = system(cmd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool have_minisign(void)
{
	return shell("command -v minisign >/dev/null 2>&1") == 0;
}

/* Of sizes at which a hash's blocks begin and end. */
static const size_t sizes[] = { 0, 1, 127, 128, 129, 70000, 1000003 };

static struct span content(size_t n)
{
	static uint8_t bytes[1000003];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(i * 31 + n);
	return span_of(bytes, n);
}

START_TEST(minisign_verifies_ours)
{
	struct sign_secret secret;
	struct sign_key k;
	uint8_t text[SIGN_FILE_MAX], public[256];
	struct sink out = SINK(text), pub = SINK(public);

	if (!have_minisign())
		return;
	ck_assert_int_eq(sign_secret_new(&secret), R_OK);
	ck_assert_int_eq(sign_secret_key(&secret, &k), R_OK);
	sign_key_write(&k, &pub);
	write_to("f", content(sizes[_i]));
	hash_of(content(sizes[_i]), hash);
	ck_assert_int_eq(signature_make(&secret, hash, "made here", &out),
			 R_OK);
	write_to("f.minisig", sink_span(&out));
	write_to("pub", sink_span(&pub));
	ck_assert_int_eq(shell("cd %s && minisign -Vm f -p pub | "
			       "grep -q 'Trusted comment: made here'", dir), 0);
	ck_assert_int_eq(shell("cd %s && minisign -QVm f -P \"$(tail -n 1 "
			       "pub)\" >/dev/null", dir), 0);
	/* and it tells when they are not the bytes */
	ck_assert_int_eq(shell("cd %s && echo x >>f && ! minisign -Vm f -p "
			       "pub >/dev/null 2>&1", dir), 0);
}
END_TEST

START_TEST(we_verify_minisigns)
{
	struct sign_key k;
	struct signature s;

	if (!have_minisign())
		return;
	write_to("f", content(sizes[_i]));
	hash_of(content(sizes[_i]), hash);
	ck_assert_int_eq(shell("cd %s && rm -f k.pub k.sec && minisign -G -W "
			       "-p k.pub -s k.sec >/dev/null && minisign -S "
			       "-s k.sec -m f -t 'made there' >/dev/null",
			       dir), 0);
	ck_assert_int_eq(sign_key_parse(read_from("k.pub"), &k), R_OK);
	ck_assert_int_eq(signature_parse(read_from("f.minisig"), &s), R_OK);
	ck_assert_int_eq(signature_check(&s, &k, hash), R_OK);
	ck_assert_str_eq(s.comment, "made there");
	hash[0] ^= 1;
	ck_assert_int_eq(signature_check(&s, &k, hash), R_DENIED);
}
END_TEST

static void make_dir(void)
{
	strcpy(dir, "/tmp/cnie-sign-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_dir(void)
{
	ck_assert_int_eq(shell("rm -rf '%s'", dir), 0);
}

static Suite *suite(void)
{
	Suite *s = suite_create("ctl sign");
	TCase *t = tcase_create("sign"), *m = tcase_create("minisign");

	tcase_add_checked_fixture(t, example, NULL);
	tcase_add_test(t, what_minisign_signed_verifies);
	tcase_add_test(t, public_key_is_written_as_minisign_writes_it);
	tcase_add_loop_test(t, any_bit_turned_is_refused, 0, 8 * SIGN_SIZE);
	tcase_add_test(t, other_comment_is_refused);
	tcase_add_test(t, cut_at_any_length_is_malformed);
	tcase_add_loop_test(t, what_is_no_public_key_is_malformed, 0,
			    sizeof(no_keys) / sizeof(no_keys[0]));
	tcase_add_loop_test(t, what_is_no_signature_is_malformed, 0,
			    sizeof(no_signatures) / sizeof(no_signatures[0]));
	tcase_add_test(t, comment_has_its_length_and_no_more);
	tcase_add_test(t, what_we_sign_verifies);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(m, make_dir, remove_dir);
	tcase_set_timeout(m, 60);
	tcase_add_loop_test(m, minisign_verifies_ours, 0,
			    sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_loop_test(m, we_verify_minisigns, 0,
			    sizeof(sizes) / sizeof(sizes[0]));
	suite_add_tcase(s, m);
	return s;
}

CHECK_MAIN(suite)
