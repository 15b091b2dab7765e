// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Chip Authentication: sessions of four real chips that another reader, gmrtd,
 * publishes as its tests (chipauth/chip_auth_test.go): Austria, Germany,
 * Malaysia, France. Keys and protocol objects, no personal data.
 */
#include "emrtd/chip_auth.h"

#include "check_main.h"
#include "emrtd/sm.h"
#include "emrtd/vectors.h"

#define CA_AES128 "04007F00070202030202"
#define CA_3DES   "04007F00070202030201"
#define CA_DH_AES "04007F00070202030102"
#define CA_DH_3DES "04007F00070202030101"

/* The explicit parameters of brainpoolP256r1 and P-256, up to the octets 00
 * (of the bit string) and 04 (of the point). */
#define SPKI_BP256 \
	"308201333081EC06072A8648CE3D02013081E0020101302C06072A8648CE3D0101" \
	"022100A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E" \
	"5377304404207D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B" \
	"44F330B5D9042026DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCC" \
	"DC18FF8C07B60441048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C2" \
	"3A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C" \
	"1D54C72F046997022100A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6" \
	"F7901E0E82974856A70201010342000" "4"
#define SPKI_P256 \
	"308201333081EC06072A8648CE3D02013081E0020101302C06072A8648CE3D0101" \
	"022100FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFF" \
	"FFFF30440420FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFF" \
	"FFFFFFFFFC04205AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE" \
	"3C3E27D2604B0441046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0" \
	"F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECB" \
	"B6406837BF51F5022100FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E" \
	"84F3B9CAC2FC632551020101034200" "04"

struct session {
	const char *oid, *spki, *domain;
	uint32_t id;			/* 0: the key has no name */
	const char *sk;			/* the terminal's */
	enum info_cipher before;
	const char *enc, *mac, *ssc;	/* before it */
	const char *command[2], *answer[2];
	const char *new_enc, *new_mac;	/* after it */
	const char *select, *selected;	/* the first exchange under them */
};

#define AT 0
#define DE 1
#define FR 2
#define MY 3

static const struct session sessions[] = {
	{ CA_AES128, SPKI_BP256
	  "1983917269AC877C0B61544C2C022000D2A5ABA723E2D80141E648B40911DC34"
	  "59761F27480E4B57181A53D8FE1190EA86C939AC14363178CAFFC621F0F905C3",
	  "brainpoolP256r1", 0,
	  "80EBAFC8A51BECD4D90BB640EE38C9FD5C12748D28AAA37096B98C4533C4F5F5",
	  CIPHER_AES128, "524170DE3419B7AF2F23E45AD6EF9595",
	  "97893F5FDC29A5C13A924FE7D8ED44FD",
	  "000000000000000000000000000000F0",
	  { "0C2241A41D8711015D8F69B1EA365CCE4304970DB12421F38E085340D33812"
	    "8085E700",
	    "0C860000608751019E18F1BA79D805379752BB560EB70AAC3CE3BC5AFE2FDD"
	    "4AEB325CA8B578B4A93B9F66A5DF40005F8E878535251D33DD974AAF77FB85"
	    "8773E5799FA9DC1034E89B1150EC7F0BB3DB4BF37A1B9EA4458A9701008E08"
	    "9D204D950C0B95DB00" },
	  { "990290008E083F5136E82A6C34779000",
	    "8711010B0A5DFFC7432DE4DEB604291377A05B990290008E08B3384A1F5D15"
	    "79739000" },
	  "C8E27260EFD3F318D18C080CBF11C7E6",
	  "A942190365204A21409EB28B52BF9160",
	  "0CA4020C1D8711011B2EE500E84960DF7F37AFE7ADFF53838E084500F3B43E19"
	  "2A5700", "990290008E0803C4B125B4218CEF9000" },
	{ CA_AES128, SPKI_BP256
	  "7036BC5D0BCF31913B59103BB6F2C0C98C99EF4C19B9517340B76BFE4EE2194C"
	  "76C3F3314E021D4B092DB5A32AB7D6E297F2FBEAE45AA28DEFC4DA750FEAD54E",
	  "brainpoolP256r1", 195,
	  "84A5145885678EE9307C28C52736896267511203B7B8009C5FE27ABCBAECDCAA",
	  CIPHER_AES128, "CC86415F2ED7E8FD663B754265695AE1",
	  "581E84B8EE06C4D3EEE30461498D7FB3",
	  "000000000000000000000000000000BA",
	  { "0C2241A41D871101980953D37F67558690045D78A853B18A8E08929767A2CE"
	    "F172E200",
	    "0C8600006087510161912C367A6322D24AA1D4522DC47A7345369257672DF1"
	    "D1163D506EB6489395D8083FAD393A394297CE8703C42F22C864C1F4C8E70E"
	    "E1CF9B497ACF6579190D90F36CF9E16FE2149FF57247285D9E1E9701008E08"
	    "A1D7A16EFBFD932C00" },
	  { "990290008E08FC873EBB62219C8A9000",
	    "87110123E7159AC9B0EF92CE1F6755B89697E3990290008E088972F1595E15"
	    "08C29000" },
	  "AF0EEDB52E87B945FC5503B1C6875C1C",
	  "CEB85BEDCECFF1DD1E25DFB672C4A5BF",
	  "0CA4020C1D871101FAD37EADBCDE7E6A0833035A9FFF5B708E0836560BBCE1FE"
	  "CD5F00", "990290008E0829D0E1EBBB61BE7A9000" },
	/* MSE:Set KAT, with 3DES under AES-256 */
	{ CA_3DES, SPKI_P256
	  "8367FC170D90AD53A28C6526A9C7EC4F5C59C4F7F5D992583F951A1654B4D1D6"
	  "332163A33D82CBF245154887A8812ED9A55C15AD9D5C5C463851875BBA9AEABD",
	  "prime256v1", 0,
	  "D9C3B06A4DCB735351429403FCB56DB520DC882512D775971F724D6112F96586",
	  CIPHER_AES256, "17DA5D46E356F5B31C3D65B1369EF531"
	  "CA811EFFC76967D2B62335E1AD9FE5CB",
	  "5CB99A25E6081581FAC80C8DA621087939B6BDE273F2F7C65693B3A0EA3051ED",
	  "000000000000000000000000000000C6",
	  { "0C2241A65D8751013AE386873DF68BD7E9F8D7AB2E696CED29EEB8DA78D502"
	    "645B5E97D566361341E2EAA56318F6D84BF0BC44F7808AFAF14798D16048AA"
	    "B03545F017F557D2CCE9DEE724F099E3D643ABD0FB03E567D9B18E08F2D238"
	    "DEDE5ABBF100", NULL },
	  { "990290008E089666AC14D11E8C2C9000", NULL },
	  "8AE910A12991FBFE5E37C2C726A2DF29",
	  "1ADAC8970843D9BF8570737A04A8D50D",
	  "0CA4020C15870901DB66E918FE3525F98E08D870008CEA2BA80000",
	  "990290008E08420DEA0A913418AE9000" },
	/* 3DES too; that terminal took MSE:Set AT, which 6.2.4 allows where
	 * Set KAT is there: its commands are not ours, its keys are */
	{ CA_3DES, SPKI_BP256
	  "A04F85AFDFC316FB5E9F33F94CA45837D20D9D91AD5002307C3F124B6EF5B925"
	  "65D018A6B7F69DB73976BFBB4278757405C64E96104D161649E8A94078EAEFCE",
	  "brainpoolP256r1", 0,
	  "3A31F4E18418312FCB40F3EFBE719182C046A9719E1ED8C376197AA9E8ED7465",
	  CIPHER_3DES, "896DE34A942C7076FEC207207ACB79C2",
	  "D6C47FF4677AC8AE91CB49F4CE673432", "9646C154BFB7BE79",
	  { NULL, NULL }, { NULL, NULL },
	  "75B95468910849CDF1A1A2AE5452CE9B",
	  "CD0BEF85D5A82A7AE0FBC12368A41FEF",
	  "0CA4020C1587090106904D37288D69488E08A13B74E87B87E44600",
	  "990290008E08C2BF01FDDD1D599D9000" },
};

static struct sm before(const struct session *s)
{
	struct session_keys k = { .cipher = s->before };
	struct sm sm;
	HEX(e, s->enc);
	HEX(m, s->mac);
	HEX(c, s->ssc);

	memcpy(k.enc, e.p, e.n);
	memcpy(k.mac, m.p, m.n);
	memcpy(k.ssc, c.p, c.n);
	sm_start(&sm, &k);
	return sm;
}

static struct chip_auth ready(const struct session *s)
{
	static struct chip_auth_keys keys;
	HEX(oid, s->oid);
	HEX(spki, s->spki);
	HEX(sk, s->sk);
	struct chip_auth ca;
	struct chip_key chip;
	struct domain_key *ours;

	ck_assert_int_eq(chip_key_parse(spki, &chip), R_OK);
	ck_assert_str_eq(chip.domain->name, s->domain);
	ours = &keys.pair[chip.domain->id];
	memcpy(ours->secret, sk.p, sk.n);
	ck_assert_int_eq(domain_multiply(chip.domain, sk.p, span_of(NULL, 0),
					 ours->public), R_OK);
	keys.made[chip.domain->id] = true;
	ck_assert_int_eq(chip_auth_start(&ca, protocol_by_oid(oid), &chip,
					 s->id ? &s->id : NULL, &keys), R_OK);
	return ca;
}

static void exchange(struct sm *sm, struct command c, const char *want,
		     const char *answer, struct response *r)
{
	static uint8_t buf[512], plain[512];
	struct sink out = SINK(buf), p = SINK(plain);
	HEX(a, answer);

	ck_assert_int_eq(sm_wrap(sm, &c, &out), R_OK);
	same(sink_span(&out), want);
	ck_assert_int_eq(sm_unwrap(sm, a, &p, r), R_OK);
	ck_assert_uint_eq(r->sw, SW_OK);
}

/* Without the parity bits of DES, which nobody looks at. */
static void same_key(enum info_cipher c, const uint8_t *key, const char *text)
{
	uint8_t mask = c == CIPHER_3DES ? 0xfe : 0xff;
	HEX(want, text);

	ck_assert_uint_eq(want.n, cipher_key_size(c));
	for (size_t i = 0; i < want.n; i++)
		ck_assert_uint_eq(key[i] & mask, want.p[i] & mask);
}

START_TEST(a_recorded_session_is_reproduced)
{
	static const uint8_t dg14[] = { 0x01, 0x0e };
	const struct session *s = &sessions[_i];
	struct chip_auth ca = ready(s);
	struct sm sm = before(s);
	struct session_keys k;
	struct command c;
	struct response r;

	for (unsigned int i = 0; i < 2 && s->command[i]; i++) {
		uint8_t buf[CHIP_AUTH_DATA_MAX];
		struct sink out = SINK(buf);

		ck_assert_int_eq(chip_auth_command(&ca, i, &out, &c), R_OK);
		exchange(&sm, c, s->command[i], s->answer[i], &r);
		ck_assert_int_eq(chip_auth_answer(&ca, i, r.data), R_OK);
	}
	/* the proof: the first answer under the new keys */
	ck_assert_int_eq(chip_auth_session(&ca, &k), R_OK);
	same_key(ca.protocol->cipher, k.enc, s->new_enc);
	same_key(ca.protocol->cipher, k.mac, s->new_mac);
	sm_start(&sm, &k);
	c = (struct command){ 0, 0xa4, 2, 0x0c, SPAN(dg14), 0 };
	exchange(&sm, c, s->select, s->selected, &r);
}
END_TEST

/* A clone has the files but not the key: it can only answer under others. */
START_TEST(an_answer_under_other_keys_is_no_proof)
{
	const struct session *s = &sessions[_i];
	struct chip_auth ca = ready(s);
	uint8_t buf[64], plain[64];
	struct sink out = SINK(buf), p = SINK(plain);
	struct command c = { 0, 0xb0, 0x81, 0, { 0 }, 8 };
	struct session_keys k;
	struct response r;
	struct sm sm;
	HEX(answer, s->selected);

	ca.ours.secret[31] ^= 1;
	ck_assert_int_eq(chip_auth_session(&ca, &k), R_OK);
	sm_start(&sm, &k);
	ck_assert_int_eq(sm_wrap(&sm, &c, &out), R_OK);
	ck_assert_int_eq(sm_unwrap(&sm, answer, &p, &r), R_DENIED);
}
END_TEST

/* Where the key has a name it stands last, in both ways of asking. */
START_TEST(a_named_key_is_named)
{
	static const struct { uint32_t id; const char *data; } ids[] = {
		{ 0, "840100" }, { 195, "8401C3" }, { 256, "84020100" },
		{ 0xffffffff, "8404FFFFFFFF" },
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (int way = AT; way <= FR; way++) {
			struct chip_auth ca = ready(&sessions[way]);
			const size_t head = way == FR ? 67 : 12;
			uint8_t buf[CHIP_AUTH_DATA_MAX];
			struct sink out = SINK(buf);
			struct command c;

			ca.has_id = true;
			ca.id = ids[i].id;
			ck_assert_int_eq(chip_auth_command(&ca, 0, &out, &c),
					 R_OK);
			same(span_of(c.data.p + head, c.data.n - head),
			     ids[i].data);
		}
}
END_TEST

START_TEST(what_goes_unprotected_into_secure_messaging)
{
	struct chip_auth aes = ready(&sessions[AT]), tdes = ready(&sessions[FR]);
	uint8_t buf[CHIP_AUTH_DATA_MAX];
	struct sink out = SINK(buf);
	struct command c;

	ck_assert_int_eq(chip_auth_command(&aes, 0, &out, &c), R_OK);
	same(c.data, "800A" CA_AES128);
	ck_assert_uint_eq(c.p2, 0xa4);
	out.n = 0;
	ck_assert_int_eq(chip_auth_command(&aes, 1, &out, &c), R_OK);
	same(span_of(c.data.p, 4), "7C438041");
	ck_assert_mem_eq(c.data.p + 4, aes.ours.public, 65);
	ck_assert_uint_eq(c.le, 256);
	out.n = 0;
	ck_assert_int_eq(chip_auth_command(&aes, 2, &out, &c), R_ABSENT);
	ck_assert_int_eq(chip_auth_command(&tdes, 0, &out, &c), R_OK);
	same(span_of(c.data.p, 2), "9141");
	ck_assert_mem_eq(c.data.p + 2, tdes.ours.public, 65);
	ck_assert_uint_eq(c.p2, 0xa6);
	ck_assert_uint_eq(c.le, 0);
	ck_assert_int_eq(chip_auth_command(&tdes, 1, &out, &c), R_ABSENT);
}
END_TEST

START_TEST(the_answers_hold_what_they_must_and_no_more)
{
	const struct chip_auth aes = ready(&sessions[AT]),
			       tdes = ready(&sessions[FR]);
	static const uint8_t ok[] = { 0x7c, 0x00 }, more[] = { 0x7c, 2, 0x80, 0 };
	const struct span none = { 0 };

	ck_assert_int_eq(chip_auth_answer(&aes, 0, none), R_OK);
	ck_assert_int_eq(chip_auth_answer(&aes, 0, SPAN(ok)), R_MALFORMED);
	ck_assert_int_eq(chip_auth_answer(&aes, 1, SPAN(ok)), R_OK);
	ck_assert_int_eq(chip_auth_answer(&aes, 1, none), R_MALFORMED);
	ck_assert_int_eq(chip_auth_answer(&aes, 1, span_of(ok, 1)),
			 R_MALFORMED);
	ck_assert_int_eq(chip_auth_answer(&aes, 1, SPAN(more)), R_MALFORMED);
	ck_assert_int_eq(chip_auth_answer(&tdes, 0, none), R_OK);
	ck_assert_int_eq(chip_auth_answer(&tdes, 0, SPAN(ok)), R_MALFORMED);
}
END_TEST

static const struct {
	const char *oid;
	uint64_t parameter;
	enum result want;
} starts[] = {
	{ CA_AES128, 13, R_OK }, { CA_3DES, 18, R_OK }, { CA_AES128, 8, R_OK },
	{ CA_DH_AES, 2, R_OK }, { CA_DH_3DES, 0, R_OK },
	/* a group for ECDH, a curve for DH; a PACE; one that is not known */
	{ CA_AES128, 2, R_DENIED }, { CA_DH_AES, 13, R_DENIED },
	{ G1_OID, 13, R_DENIED }, { "04007F000702020309", 13, R_DENIED },
};

START_TEST(a_protocol_starts_with_its_kind_of_key)
{
	static struct chip_auth_keys keys;
	const struct domain *d = domain_by_parameter(starts[_i].parameter);
	struct chip_key chip = { .domain = d };
	struct session_keys a, b;
	struct domain_key theirs;
	struct chip_auth ca;
	uint8_t shared[DOMAIN_SHARED_MAX];
	HEX(oid, starts[_i].oid);

	ck_assert_int_eq(chip_auth_prepare(&keys), R_OK);
	ck_assert_int_eq(domain_key_new(d, &theirs), R_OK);
	memcpy(chip.public, theirs.public, sizeof(chip.public));
	ck_assert_int_eq(chip_auth_start(&ca, protocol_by_oid(oid), &chip,
					 NULL, &keys), starts[_i].want);
	if (starts[_i].want != R_OK)
		return;
	/* the chip comes to the same keys */
	ck_assert_int_eq(chip_auth_session(&ca, &a), R_OK);
	ck_assert_int_eq(domain_agree(d, theirs.secret, domain_public_span(d,
				      ca.ours.public), shared), R_OK);
	ck_assert_int_eq(kdf_session(ca.protocol->cipher,
				     span_of(shared, d->shared), &b), R_OK);
	ck_assert_mem_eq(&a, &b, sizeof(a));
}
END_TEST

/* A number of 2048 bits in 7C 82 .. 80 82 .. */
START_TEST(a_long_number_fits_its_command)
{
	static struct chip_auth_keys keys;
	const struct domain *d = domain_by_parameter(2);
	struct chip_key chip = { .domain = d };
	uint8_t buf[CHIP_AUTH_DATA_MAX];
	struct sink out = SINK(buf);
	const uint32_t id = 0xffffffff;
	struct chip_auth ca;
	struct command c;
	HEX(aes, CA_DH_AES);
	HEX(tdes, CA_DH_3DES);

	ck_assert_int_eq(chip_auth_prepare(&keys), R_OK);
	ck_assert_int_eq(chip_auth_start(&ca, protocol_by_oid(aes), &chip,
					 &id, &keys), R_OK);
	ck_assert_int_eq(chip_auth_command(&ca, 1, &out, &c), R_OK);
	ck_assert_uint_eq(c.data.n, 264);
	same(span_of(c.data.p, 8), "7C82010480820100");
	out.n = 0;
	ck_assert_int_eq(chip_auth_start(&ca, protocol_by_oid(tdes), &chip,
					 &id, &keys), R_OK);
	ck_assert_int_eq(chip_auth_command(&ca, 0, &out, &c), R_OK);
	ck_assert_uint_eq(c.data.n, 266);
	same(span_of(c.data.p, 4), "91820100");
	out = sink_of(buf, 265);
	ck_assert_int_eq(chip_auth_command(&ca, 0, &out, &c), R_INTERNAL);
}
END_TEST

START_TEST(key_pairs_are_new_each_time)
{
	static struct chip_auth_keys a, b;

	ck_assert_int_eq(chip_auth_prepare(&a), R_OK);
	ck_assert_int_eq(chip_auth_prepare(&b), R_OK);
	for (int i = 0; i < DOMAIN_COUNT; i++) {
		const struct domain *d = domain_at((enum domain_id)i);

		ck_assert_int_eq(a.made[i], !d->weak);
		if (a.made[i])
			ck_assert_mem_ne(a.pair[i].secret, b.pair[i].secret,
					 d->secret);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("chip_auth");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_recorded_session_is_reproduced, 0,
			    COUNT(sessions));
	tcase_add_loop_test(t, an_answer_under_other_keys_is_no_proof, 0,
			    COUNT(sessions));
	tcase_add_test(t, a_named_key_is_named);
	tcase_add_test(t, what_goes_unprotected_into_secure_messaging);
	tcase_add_test(t, the_answers_hold_what_they_must_and_no_more);
	tcase_add_loop_test(t, a_protocol_starts_with_its_kind_of_key, 0,
			    COUNT(starts));
	tcase_add_test(t, a_long_number_fits_its_command);
	tcase_add_test(t, key_pairs_are_new_each_time);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
