// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/config_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"

#define MINIMUM "[profile]\nstate=MAR\ncountry=MA\ndocument_codes=ID,I\n" \
		"number_regex=[A-Z]{1,2}[0-9]{1,7}\n"
#define USUAL (PROFILE_REQUIRE_CHIP_PROOF | PROFILE_NUMBER_IN_OPTIONAL1)

static struct config_error error;

static enum result profile_of(const char *text, struct msg_inspect_config *c)
{
	char path[] = "/tmp/check_config_value.XXXXXX";
	int fd = mkstemp(path);
	enum result r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dprintf(fd, "%s%s", MINIMUM, text),
			 (int)(strlen(MINIMUM) + strlen(text)));
	close(fd);
	r = config_read_profile(path, c, &error);
	unlink(path);
	return r;
}

static const struct { const char *text; uint32_t flags; } good[] = {
	{ "number = document\n", PROFILE_REQUIRE_CHIP_PROOF |
	  PROFILE_NUMBER_IN_DOCUMENT },
	{ "number = optional2\n", PROFILE_REQUIRE_CHIP_PROOF |
	  PROFILE_NUMBER_IN_OPTIONAL2 },
	{ "number = dg11\n", PROFILE_REQUIRE_CHIP_PROOF |
	  PROFILE_NUMBER_IN_DG11 },
	{ "password = can\n", USUAL },
	{ "password = mrz\n", USUAL | PROFILE_PASSWORD_MRZ },
	{ "password = mrz\nbac = yes\n", USUAL | PROFILE_PASSWORD_MRZ |
	  PROFILE_BAC },
	{ "accept = sha1\n", USUAL | PROFILE_ACCEPT_SHA1 },
	{ "accept = small-keys\n", USUAL | PROFILE_ACCEPT_SMALL_KEYS },
	{ "accept = dh-group-0\n", USUAL | PROFILE_ACCEPT_DH_GROUP_0 },
	{ "accept = dh-group-0,sha1,small-keys\n", USUAL |
	  PROFILE_ACCEPT_WEAK },
	{ "require_crl = yes\n", USUAL | PROFILE_REQUIRE_CRL },
	{ "require_crl = no\n", USUAL },
};

START_TEST(a_profile_says_what_a_card_may_be)
{
	struct msg_inspect_config c = { 0 };

	ck_assert_int_eq(profile_of(good[_i].text, &c), R_OK);
	ck_assert_uint_eq(c.flags, good[_i].flags);
	ck_assert_uint_eq(c.crl_grace_days, 0);
	ck_assert_uint_eq(c.pin_reference, 0);
}
END_TEST

START_TEST(grace_and_pin_are_numbers_of_the_file_alone)
{
	struct msg_inspect_config c = { .crl_grace_days = 9,
					.pin_reference = 9 };

	ck_assert_int_eq(profile_of("crl_grace_days = 30\n"
				    "pin_reference = 0x81\n", &c), R_OK);
	ck_assert_uint_eq(c.crl_grace_days, 30);
	ck_assert_uint_eq(c.pin_reference, 0x81);
	ck_assert_int_eq(profile_of("", &c), R_OK);
	ck_assert_uint_eq(c.crl_grace_days, 0);
	ck_assert_uint_eq(c.pin_reference, 0);
}
END_TEST

static const struct { const char *text, *what; } bad[] = {
	{ "number = optional3\n", "[profile] number: bad value" },
	{ "number = \n", "[profile] number: bad value" },
	{ "password = pin\n", "[profile] password: bad value" },
	{ "accept = \n", "[profile] accept: bad value" },
	{ "accept = md5\n", "[profile] accept: bad value" },
	{ "accept = sha1,\n", "[profile] accept: bad value" },
	{ "accept = sha1,,small-keys\n", "[profile] accept: bad value" },
	{ "accept = sha\n", "[profile] accept: bad value" },
	{ "accept = all\n", "[profile] accept: bad value" },
	{ "require_crl = 1\n", "[profile] require_crl: bad value" },
	{ "crl_grace_days = -1\n", "[profile] crl_grace_days: bad value" },
	{ "crl_grace_days = 3651\n", "[profile] crl_grace_days: bad value" },
	{ "crl_grace_days = x\n", "[profile] crl_grace_days: bad value" },
	{ "pin_reference = 256\n", "[profile] pin_reference: bad value" },
	{ "pin_reference = 0x100\n", "[profile] pin_reference: bad value" },
	{ "pin_reference = 0x\n", "[profile] pin_reference: bad value" },
	{ "pin_reference = 81h\n", "[profile] pin_reference: bad value" },
	{ "pin_reference =\n", "[profile] pin_reference: bad value" },
	{ "bac = yes\n", "[profile] bac = yes needs password = mrz" },
	{ "password = can\nbac = yes\n",
	  "[profile] bac = yes needs password = mrz" },
};

START_TEST(what_is_no_value_is_named_and_changes_nothing)
{
	struct msg_inspect_config c, before;

	memset(&c, 0x5a, sizeof(c));
	before = c;
	ck_assert_int_eq(profile_of(bad[_i].text, &c), R_MALFORMED);
	ck_assert_mem_eq(&c, &before, sizeof(c));
	ck_assert_ptr_nonnull(strstr(error.text, bad[_i].what));
}
END_TEST

START_TEST(a_bad_value_leaves_what_was_there)
{
	uint32_t flags = USUAL;
	uint16_t days = 7;
	uint8_t byte = 7;

	ck_assert(!value_weak("sha1,md5", &flags));
	ck_assert(!value_password("no", &flags));
	ck_assert(!value_number_field("no", &flags));
	ck_assert_uint_eq(flags, USUAL);
	ck_assert(!value_days("4000", &days));
	ck_assert_uint_eq(days, 7);
	ck_assert(!value_byte("0x1g", &byte));
	ck_assert_uint_eq(byte, 7);
	flags = PROVIDER_LOCAL;
	ck_assert(!value_provider("Local", &flags));
	ck_assert(!value_provider("", &flags));
	ck_assert_uint_eq(flags, PROVIDER_LOCAL);
	ck_assert(value_provider("tokeniser", &flags));
	ck_assert_uint_eq(flags, PROVIDER_TOKENISER);
	ck_assert(value_byte("0xfF", &byte));
	ck_assert_uint_eq(byte, 255);
	ck_assert(value_byte("0", &byte));
	ck_assert_uint_eq(byte, 0);
}
END_TEST

START_TEST(an_element_is_64_hexadecimal_digits)
{
	char text[2 * ELEMENT_SIZE + 2] = "";
	uint8_t element[ELEMENT_SIZE], before[ELEMENT_SIZE];

	memset(element, 0x5a, sizeof(element));
	memcpy(before, element, sizeof(before));
	for (size_t n = 0; n < 2 * ELEMENT_SIZE; n++) {
		ck_assert(!value_element(text, element));
		text[n] = "0123456789abcdef"[n % 16];
	}
	for (size_t i = 0; i < 2 * ELEMENT_SIZE; i++) {
		char was = text[i];

		text[i] = "gG:/ @`"[i % 7];
		ck_assert(!value_element(text, element));
		text[i] = was;
	}
	ck_assert_mem_eq(element, before, sizeof(before));
	ck_assert(value_element(text, element));
	ck_assert_uint_eq(element[0], 0x01);
	ck_assert_uint_eq(element[7], 0xef);
	ck_assert_uint_eq(element[31], 0xef);
	text[2 * ELEMENT_SIZE] = '0';
	ck_assert(!value_element(text, element));
}
END_TEST

static Suite *config_value_suite(void)
{
	Suite *s = suite_create("config_value");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_profile_says_what_a_card_may_be, 0,
			    sizeof(good) / sizeof(good[0]));
	tcase_add_test(t, grace_and_pin_are_numbers_of_the_file_alone);
	tcase_add_loop_test(t, what_is_no_value_is_named_and_changes_nothing,
			    0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, a_bad_value_leaves_what_was_there);
	tcase_add_test(t, an_element_is_64_hexadecimal_digits);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(config_value_suite)
