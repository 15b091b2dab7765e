// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * PACE with two real chips, as gmrtd publishes it in its tests
 * (pace/pace_test.go). The nonce stands here decrypted, because the password
 * was somebody's MRZ; the keys are all ephemeral, or the chip's public ones.
 */
#include "emrtd/pace.h"

#include "check_main.h"
#include "emrtd/pace_example.h"

static const struct {
	const char *oid, *nonce, *map_sk, *map_pk, *sk;
	const char *command[2];		/* after the mapping key */
	const char *answer[3];		/* to the mapping key and those */
	const char *ks_enc, *ks_mac;
} runs[] = {
	/* GM with 3DES, New Zealand */
	{ "04007F00070202040201",
	  "860E0FC6E8F46089663E923427A89585",
	  "2808272C0EC20E01A3450030EF32855E9FEB5CB17719E985389B1CF47609E6"
	  "9F",
	  "047706B2B6246AB4612229B8A11212DDBA7FEA0568C9C0975DEE22C0E3DD3A"
	  "3F0321E8AFEE836E373B570D24000D56FB195104D486E63321FF8C819DD5EE"
	  "018DCB",
	  "8F89449052DF6C7983750C7B042C3CEA12B36819174424C7CD28153F7B70B4"
	  "02",
	  {
	    "10860000457C43834104507A0156EFAE8FB8ACC519036C0B2FE0393C8787"
	    "44C7F91878EE4E07A41412BA5C0753D68A44A91E9F57F3F992AB689E6C20"
	    "65D3B2A27C3658A4FD632931EE3800",
	    "008600000C7C0A85088D7C617D43EFE09E00" },
	  {
	    "7C43824104780B4EDEC9B926F9F964FAD826D9990A667608D96BA7B397AE"
	    "8609B6533E0D036D148365DDF4E5FF6611C2B62AA17FC9899F327BC929DB"
	    "543E7ABD0EE724E4BE9000",
	    "7C438441042DBAF62E6FDFB31EB66F206493B9E7721586F0E5C93754D7BD"
	    "5A884CA251EE4D720AB539A60561BC46812FA289B58AC69F0C6E32ADBAF7"
	    "241049A31211F80F5B9000",
	    "7C0A8608CB57047C809079F69000" },
	  "430E4C8C38DFEFAED92067B919A897F8",
	  "C1BC1F075797B970B5A45E64A764B0CB" },
	/* CAM with AES-128, Germany */
	{ "04007F00070202040602",
	  "FC9BFC4C858A98DBD32E4FFE70ECA681",
	  "01FD26013F5BC41FAD8BB09811E435F16FBE2EB3C2E1D999B0F63DA8C3D58B"
	  "B5",
	  "04303F340815EEA501772393E299A4A6F6694600189C249C63A8513FF3FEFA"
	  "66E346D11970B5F76FB564C3B0E54B215528F647EC5A9AB209CDBE262E763D"
	  "6119A1",
	  "1FCD3D8AC4FAE3960A14FEA2925D75ADD335F13B248EBA192358DDED93A895"
	  "52",
	  {
	    "10860000457C438341048442B191EF5346A6B6DACB6CD5728C4A72F0CA7A"
	    "ECDF7AFDFB3EF175E12A6F7C74F509AF768B8DBE2CF42D16C1F00714691D"
	    "78A19CDF1B493390D1173785F2B700",
	    "008600000C7C0A8508FEE088A4D7BE1B7F00" },
	  {
	    "7C4382410476DC295C4FB14237D87318D70967E25EC45F74D6FD4AFF588C"
	    "90EFB3D868F05B450BA6B64967227C2246DBE2905522C8086DAC7F3BBE5C"
	    "F3B192F0A0C2D97EE59000",
	    "7C438441042315AE8143F21DE15B35F083CFA148C5FCBD9F2EB9DCDC4519"
	    "BCF337443E79E55B28A5E218FB919C30880D263E469645FF114C46ED2991"
	    "8910BE3453527D21649000",
	    "7C3C860819A2B9192E11512A8A30B3AE8830311B1D5605777F47CB4ED028"
	    "346CD00105D32859DE127DA3D8398865358F26F08EBE410864EAF6E39F33"
	    "F3F59000" },
	  "A8E85E938514EC67AE33CDA3D43D3C48",
	  "27F1ADEB705A049A305B0C619B14B9B3" },
};

static struct pace run(int number)
{
	const struct domain *d = domain_by_parameter(13);
	struct pace p = { 0 };
	HEX(nonce, runs[number].nonce);
	HEX(map_sk, runs[number].map_sk);
	HEX(sk, runs[number].sk);
	static struct pace_keys keys;

	memcpy(keys.map[d->id].secret, map_sk.p, map_sk.n);
	ck_assert_int_eq(domain_multiply(d, map_sk.p, span_of(NULL, 0),
					 keys.map[d->id].public), R_OK);
	same(domain_public_span(d, keys.map[d->id].public),
	     runs[number].map_pk);
	memcpy(keys.agree[d->id], sk.p, sk.n);
	keys.made[d->id] = true;
	ck_assert_int_eq(pace_start(&p, example_protocol(runs[number].oid), d,
				    PASSWORD_MRZ, span_str("somebody's"),
				    &keys), R_OK);
	p.step = PACE_MAP;
	p.nonce_n = nonce.n;
	memcpy(p.nonce, nonce.p, nonce.n);
	for (int i = 0; i < 3; i++) {
		uint8_t buf[300];
		struct sink apdu = SINK(buf);

		ck_assert_int_eq(pace_command(&p, &apdu), R_OK);
		if (i > 0)
			same(sink_span(&apdu), runs[number].command[i - 1]);
		ck_assert_int_eq(example_answer(&p, runs[number].answer[i]),
				 R_OK);
	}
	ck_assert(pace_done(&p));
	return p;
}

START_TEST(a_recorded_run_is_reproduced)
{
	const struct pace p = run(_i);
	struct session_keys k;
	uint8_t mask = p.protocol->cipher == CIPHER_3DES ? 0xfe : 0xff;
	HEX(enc, runs[_i].ks_enc);
	HEX(mac, runs[_i].ks_mac);

	ck_assert_int_eq(pace_session(&p, &k), R_OK);
	for (size_t i = 0; i < 16; i++) {	/* DES: without parity */
		ck_assert_uint_eq(k.enc[i] & mask, enc.p[i] & mask);
		ck_assert_uint_eq(k.mac[i] & mask, mac.p[i] & mask);
	}
}
END_TEST

/* Its EF.CardSecurity holds two keys, 13 and 72: the first is CAM's. */
START_TEST(the_german_chip_holds_the_first_of_its_signed_keys)
{
	const struct pace p = run(1);
	struct chip_key key;
	HEX(first, "3052300C060704007F0007010202010D034200"
	    "04614CD88B00821A887869D0060B44A9D18789353E8CF7DFBC3F29F79327DE30"
	    "B97B1B2DDA0BE77F24AD415C327C7B7AB2E9C10B0258F5BCBF90C01825FBDFDE"
	    "F7");
	HEX(second, "3052300C060704007F0007010202010D034200"
	    "048488A2DC34B6B36D6C01A8DFBD70A874610C53B32893A1DE3B1C4BBF477EEF"
	    "3761AA51DFD6B52DA43587E95386FC34FFE178D90086A7D646047C82BEBC27DA"
	    "3E");

	ck_assert_int_eq(chip_key_parse(first, &key), R_OK);
	ck_assert_int_eq(pace_cam_check(&p.cam, &key), R_OK);
	ck_assert_int_eq(chip_key_parse(second, &key), R_OK);
	ck_assert_int_eq(pace_cam_check(&p.cam, &key), R_DENIED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pace: recorded");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_recorded_run_is_reproduced, 0, 2);
	tcase_add_test(t, the_german_chip_holds_the_first_of_its_signed_keys);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
