// SPDX-License-Identifier: GPL-3.0-or-later
/* Where the sector key is, and which epochs live: [sector], [token],
 * [tokeniser], [nss], [roster]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "check_main.h"

#define START "[users]\ncard=801:901\ninspect=802:902\nface=803:903\n" \
	"sector=804:904\n[sector]\nurn=urn:test:sector\n"
#define KEY_A "00112233445566778899aabbccddeeff" \
	      "00112233445566778899aabbccddeeff"
#define TOKEN "[token]\nmodule=/usr/lib/t.so\nlabel=cnie\n" \
	      "pin_file=/etc/cnie/pin\n"
#define SERVICE "[tokeniser]\nsocket=/run/cnie/tokeniser.sock\n" \
		"public_key=" KEY_A "\n"

static struct config_error error;

static enum result config_of(const char *text, struct config *c)
{
	char path[] = "/tmp/check_config_sector.XXXXXX";
	int fd = mkstemp(path);
	enum result r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "%s%s", START, text), 0);
	close(fd);
	r = config_read(path, c, &error);
	unlink(path);
	return r;
}

START_TEST(without_a_word_the_key_is_local_and_one_epoch_lives)
{
	struct config c;

	ck_assert_int_eq(config_of("", &c), R_OK);
	ck_assert_uint_eq(c.provider, PROVIDER_LOCAL);
	ck_assert_uint_eq(c.epoch, 1);
	ck_assert_uint_eq(c.previous_epoch, 0);
	ck_assert_uint_eq(c.token_cache, 0);
	ck_assert_uint_eq(c.enumerate, 0);
	ck_assert(!c.signer[0] && !c.tokeniser[0] && !c.token_module[0]);
}
END_TEST

START_TEST(everything_is_read)
{
	struct config c;

	ck_assert_int_eq(config_of("epoch=4\nprevious_epoch=3\n"
		"epoch_ends=2027-12-31\nprovider=tokeniser\n"
		TOKEN "cache=yes\n" SERVICE "previous_public_key=" KEY_A "\n"
		"[nss]\nenumerate=yes\n[roster]\nsigner=RWabc\n"
		"[login]\npass_services=login\n[users]\ntoken_gid=777\n", &c),
		R_OK);
	ck_assert_uint_eq(c.provider, PROVIDER_TOKENISER);
	ck_assert(c.epoch == 4 && c.previous_epoch == 3 &&
		  c.epoch_ends == 20271231 && c.token_cache == 1);
	ck_assert_str_eq(c.token_module, "/usr/lib/t.so");
	ck_assert_str_eq(c.token_label, "cnie");
	ck_assert_str_eq(c.token_pin_file, "/etc/cnie/pin");
	ck_assert_str_eq(c.tokeniser, "/run/cnie/tokeniser.sock");
	ck_assert_uint_eq(c.public_key[1], 0x11);
	ck_assert_uint_eq(c.previous_public_key[31], 0xff);
	ck_assert_uint_eq(c.enumerate, 1);
	ck_assert_uint_eq(c.token_gid, 777);
	ck_assert_str_eq(c.signer, "RWabc");
	ck_assert_str_eq(c.pass_services, "login");
}
END_TEST

static const struct { const char *text, *what; } bad[] = {
	{ "previous_epoch=1\n", "previous_epoch: less than epoch" },
	{ "epoch=2\nprevious_epoch=3\n", "previous_epoch: less" },
	{ "epoch=0\n", "[sector] epoch: 1 or more" },
	{ "provider=hsm\n", "[sector] provider: bad value" },
	{ "provider=pkcs11\n", "[token] module, label, pin_file" },
	{ "provider=pkcs11\n[token]\nmodule=t.so\nlabel=x\npin_file=/p\n",
	  "[token] module, label, pin_file" },
	{ "provider=pkcs11\n[token]\nmodule=/t.so\nlabel=x\npin_file=p\n",
	  "[token] module, label, pin_file" },
	{ "provider=pkcs11\n[token]\nmodule=/t.so\npin_file=/p\n",
	  "[token] module, label, pin_file" },
	{ "provider=pkcs11\n" TOKEN "cache=yes\n", "[token] cache" },
	{ TOKEN "cache=yes\n", "[token] cache" },
	{ "provider=tokeniser\n", "[tokeniser] socket" },
	{ "provider=tokeniser\n[tokeniser]\nsocket=/s\n",
	  "[tokeniser] socket" },
	{ "provider=tokeniser\n[tokeniser]\nsocket=s\npublic_key=" KEY_A
	  "\n", "[tokeniser] socket" },
	{ "provider=tokeniser\nepoch=2\nprevious_epoch=1\n" SERVICE,
	  "[tokeniser] previous_public_key" },
	{ "provider=tokeniser\n" TOKEN "cache=yes\n" SERVICE,
	  "[sector] epoch_ends" },
	{ "[tokeniser]\npublic_key=00\n", "[tokeniser] public_key: bad value" },
	{ "[nss]\nenumerate=maybe\n", "[nss] enumerate: bad value" },
};

START_TEST(what_can_not_be_is_named_and_changes_nothing)
{
	struct config c, before;

	memset(&c, 0x5a, sizeof(c));
	before = c;
	ck_assert_int_eq(config_of(bad[_i].text, &c), R_MALFORMED);
	ck_assert_mem_eq(&c, &before, sizeof(c));
	ck_assert_msg(strstr(error.text, bad[_i].what) != NULL, "%s: %s",
		      bad[_i].what, error.text);
	/* what stands in no one line names none */
	ck_assert_msg(!strstr(error.text, ":0:"), "%s", error.text);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("config_sector");
	TCase *t = tcase_create("all");

	tcase_add_test(t,
		       without_a_word_the_key_is_local_and_one_epoch_lives);
	tcase_add_test(t, everything_is_read);
	tcase_add_loop_test(t, what_can_not_be_is_named_and_changes_nothing, 0,
			    sizeof(bad) / sizeof(bad[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
