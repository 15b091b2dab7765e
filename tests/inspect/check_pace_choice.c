// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/pace_choice.h"

#include <string.h>

#include "base/wire.h"
#include "check_main.h"

/* PACEInfo: mapping and cipher as the OID's last two octets, version, and the
 * number of the domain parameters (9303-11 9.2.1, table 6) */
#define INFO(tail, version, id) \
	"3012060A04007F00070202" "04" tail "0201" version "0201" id
#define CAM_INFO(tail, id) INFO("06" tail, "02", id)
#define P256 "0C"
#define BP256 "0D"
#define P384 "0F"
#define P224 "0A"
#define DH0 "00"
#define DH2 "02"

static const struct {
	const char *infos[4];
	uint32_t profile;
	bool extended;
	int chosen;		/* -1: none */
} cases[] = {
	/* CAM, AES before 3DES, the longer key, GM before IM */
	{ { INFO("0202", "02", P256), CAM_INFO("02", P256) }, 0, false, 1 },
	{ { INFO("0204", "02", P256), CAM_INFO("02", P256) }, 0, false, 1 },
	{ { INFO("0201", "02", P256), INFO("0402", "02", P256) }, 0, false,
	  1 },
	{ { INFO("0202", "02", P256), INFO("0204", "02", P256) }, 0, false,
	  1 },
	{ { INFO("0402", "02", P256), INFO("0202", "02", P256) }, 0, false,
	  1 },
	{ { INFO("0201", "02", P256) }, 0, false, 0 },
	/* of one protocol the larger field; the protocol before the field */
	{ { INFO("0202", "02", P256), INFO("0202", "02", P384) }, 0, false,
	  1 },
	{ { INFO("0204", "02", BP256), INFO("0202", "02", P384) }, 0, false,
	  0 },
	/* weak parameters where the profile accepts them, and last */
	{ { INFO("0202", "02", P224) }, 0, false, -1 },
	{ { INFO("0202", "02", P224) }, PROFILE_ACCEPT_DH_GROUP_0, false, -1 },
	{ { INFO("0202", "02", P224) }, PROFILE_ACCEPT_SMALL_KEYS, false, 0 },
	{ { INFO("0202", "02", P224), INFO("0202", "02", P256) },
	  PROFILE_ACCEPT_SMALL_KEYS, false, 1 },
	{ { INFO("0102", "02", DH0) }, 0, false, -1 },
	{ { INFO("0102", "02", DH0) }, PROFILE_ACCEPT_SMALL_KEYS, true, -1 },
	{ { INFO("0102", "02", DH0) }, PROFILE_ACCEPT_DH_GROUP_0, false, 0 },
	/* a group of 2048 bits where extended commands get through */
	{ { INFO("0102", "02", DH2) }, 0, false, -1 },
	{ { INFO("0102", "02", DH2) }, 0, true, 0 },
	{ { INFO("0104", "02", DH2), INFO("0202", "02", P256) }, 0, false,
	  1 },
	/* what does not go together */
	{ { INFO("0102", "02", P256) }, 0, true, -1 },
	{ { INFO("0202", "02", DH2) }, 0, true, -1 },
	{ { INFO("0402", "02", P224) }, PROFILE_ACCEPT_SMALL_KEYS, false, -1 },
	/* another version, parameters that no table has, or none */
	{ { INFO("0202", "01", P256) }, 0, false, -1 },
	{ { INFO("0202", "01", P384), INFO("0202", "02", P256) }, 0, false,
	  1 },
	{ { INFO("0202", "02", "13") }, 0, false, -1 },
	{ { "300F060A04007F00070202040202020102" }, 0, false, -1 },
	/* not PACE */
	{ { "300F060A04007F00070202030202020101" }, 0, false, -1 },
	{ { "300D060804007F0007020202020101" }, 0, false, -1 },
};

START_TEST(the_best_that_profile_and_link_allow)
{
	static struct security_infos infos;
	struct card_link l = { 0 };
	struct pace_choice c;
	uint8_t set[128];
	struct sink s = SINK(set);

	sink_u8(&s, 0x31);
	sink_u8(&s, 0);
	for (int i = 0; i < 4 && cases[_i].infos[i]; i++) {
		size_t n = strlen(cases[_i].infos[i]) / 2;

		ck_assert_int_eq(hex_decode(cases[_i].infos[i], set + s.n, n),
				 R_OK);
		s.n += n;
	}
	set[1] = (uint8_t)(s.n - 2);
	ck_assert_int_eq(security_infos_parse(sink_span(&s), &infos), R_OK);
	if (cases[_i].extended)
		link_capacity(&l, 65536,
			      &(struct atr_caps){ .extended = true }, NULL);
	c = pace_choose(&infos, cases[_i].profile, &l);
	if (cases[_i].chosen < 0) {
		ck_assert_ptr_null(c.info);
	} else {
		ck_assert_ptr_eq(c.info, &infos.info[cases[_i].chosen]);
		ck_assert_uint_eq(c.domain->parameter, c.info->id);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pace choice");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, the_best_that_profile_and_link_allow, 0,
			    sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
