// SPDX-License-Identifier: GPL-3.0-or-later
/* What must be proven, before the card is asked anything: the proof itself is
 * tests/emrtd/check_chip_auth.c and tests/system/test_reading.sh. */
#include "inspect/chip_proof.h"

#include <string.h>

#include "check_main.h"

/* ChipAuthenticationInfo, version and keyId as given */
#define CA_AES128 "300F060A04007F00070202030202020101"
#define CA_AES128_V2 "300F060A04007F00070202030202020102"
#define CA_AES128_KEY7 "3012060A04007F00070202030202020101020107"
#define CA_3DES "300F060A04007F00070202030201020101"
/* ChipAuthenticationPublicKeyInfo: brainpoolP256r1 by its number, its
 * generator; and a curve of 320 bits, by its number, no point of which
 * matters */
#define KEY_BP \
	"305F060904007F0007020201023052300C060704007F0007010202010D034200" \
	"048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE32" \
	"62547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F0469" \
	"97"
#define KEY_320 \
	"301E060904007F0007020201023011300C060704007F0007010202010E030100"

static enum reason transmit(void *context, struct span apdu, struct sink *out)
{
	(void)context;
	(void)apdu;
	(void)out;
	return REASON_CARD_REMOVED;	/* it was asked */
}

static const struct {
	const char *infos;
	bool required;
	enum reason why;
} cases[] = {
	/* nothing signed */
	{ "3100", true, REASON_CHIP_PROOF_ABSENT },
	{ "3100", false, REASON_NONE },
	{ "3111" CA_AES128, false, REASON_NONE },
	/* a key and its protocol: the card is asked, required or not */
	{ "3172" CA_AES128 KEY_BP, true, REASON_CARD_REMOVED },
	{ "3172" CA_AES128 KEY_BP, false, REASON_CARD_REMOVED },
	/* a key, and no way here to prove it: never passed over */
	{ "3161" KEY_BP, false, REASON_CHIP_PROOF_ABSENT },
	{ "3172" CA_3DES KEY_BP, false, REASON_CHIP_PROOF_ABSENT },
	{ "3172" CA_AES128_V2 KEY_BP, false, REASON_CHIP_PROOF_ABSENT },
	{ "3175" CA_AES128_KEY7 KEY_BP, false, REASON_CHIP_PROOF_ABSENT },
	{ "3131" CA_AES128 KEY_320, false, REASON_CHIP_PROOF_ABSENT },
};

START_TEST(what_is_signed_decides_what_must_be_proven)
{
	static struct chip_auth_keys ephemeral;
	static struct security_infos infos;
	struct card_link l = { .transmit = transmit };
	struct chip_proof_result out = { PROOF_AA, "" };
	uint8_t set[256];
	size_t n = strlen(cases[_i].infos) / 2;

	ck_assert_int_eq(hex_decode(cases[_i].infos, set, n), R_OK);
	ck_assert_int_eq(security_infos_parse(span_of(set, n), &infos), R_OK);
	ck_assert_int_eq(chip_auth_prepare(&ephemeral), R_OK);
	ck_assert_int_eq(chip_proof_run(&l, &infos, cases[_i].required,
					&ephemeral, &out), cases[_i].why);
	ck_assert_int_eq(out.kind, cases[_i].why == REASON_NONE ? PROOF_NONE :
								  PROOF_AA);
}
END_TEST

START_TEST(without_dg14_there_is_nothing_to_prove)
{
	static struct chip_auth_keys ephemeral;
	struct card_link l = { .transmit = transmit };
	struct chip_proof_result out;

	ck_assert_int_eq(chip_proof_run(&l, NULL, true, &ephemeral, &out),
			 REASON_CHIP_PROOF_ABSENT);
	ck_assert_int_eq(chip_proof_run(&l, NULL, false, &ephemeral, &out),
			 REASON_NONE);
	ck_assert_int_eq(out.kind, PROOF_NONE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("chip proof");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, what_is_signed_decides_what_must_be_proven, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, without_dg14_there_is_nothing_to_prove);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
