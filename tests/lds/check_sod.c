// SPDX-License-Identifier: GPL-3.0-or-later
/* helpers/lds/sod.c: shapes only; signatures are tests/inspect's. */
#include "lds/sod.h"

#include <string.h>

#include "check_main.h"
#include "support_hex.h"

static const struct {
	enum sod_digest id;
	const char *oid, *name;
	size_t size;
} digests[] = {
	{ SOD_SHA1, "06052b0e03021a", "sha1", 20 },
	{ SOD_SHA224, "0609608648016503040204", "sha224", 28 },
	{ SOD_SHA256, "0609608648016503040201", "sha256", 32 },
	{ SOD_SHA384, "0609608648016503040202", "sha384", 48 },
	{ SOD_SHA512, "0609608648016503040203", "sha512", 64 },
};

#define SHA256 "0609608648016503040201"
#define VERSION_INFO "300e1304303130381306303430303030"

static uint8_t all[2048];
static struct lds_security_object o;

struct spec {
	const char *version;		/* hexadecimal, NULL: 020100 */
	const char *algorithm;		/* inside of the SEQUENCE */
	size_t size;			/* of each hash */
	uint8_t dgs[20];		/* numbers, 0 ends */
	const char *after;		/* behind the list */
	const char *in_hash;		/* behind each hash */
	uint32_t hash_tag;
};

static struct span make(const struct spec *s)
{
	static uint8_t body[2048], list[2048];
	static const uint8_t filler[SOD_HASH_MAX + 1] = { 0xab };
	struct sink b = SINK(body), l = SINK(list), w = SINK(all);
	struct span part = hex_new(s->version ? s->version : "020100");

	sink_put(&b, part);
	span_free(part);
	part = hex_new(s->algorithm ? s->algorithm : SHA256 "0500");
	put_tlv(&b, 0x30, part);
	span_free(part);
	part = hex_new(s->in_hash ? s->in_hash : "");
	for (size_t i = 0; s->dgs[i]; i++) {
		uint8_t one[100], dg = s->dgs[i];
		struct sink h = SINK(one);

		put_tlv(&h, 0x02, span_of(&dg, 1));
		put_tlv(&h, s->hash_tag ? s->hash_tag : 0x04,
			span_of(filler, s->size ? s->size : 32));
		sink_put(&h, part);
		put_tlv(&l, 0x30, sink_span(&h));
	}
	span_free(part);
	put_tlv(&b, 0x30, sink_span(&l));
	part = hex_new(s->after ? s->after : "");
	sink_put(&b, part);
	span_free(part);
	put_tlv(&w, 0x30, sink_span(&b));
	return sink_span(&w);
}

START_TEST(every_digest_is_read)
{
	char alg[64];
	struct spec s = { .algorithm = alg, .size = digests[_i / 2].size,
			  .dgs = { 1, 2, 14 } };

	/* with NULL parameters and without */
	strcpy(alg, digests[_i / 2].oid);
	strcat(alg, _i % 2 ? "0500" : "");
	ck_assert_int_eq(lds_security_object_parse(make(&s), &o), R_OK);
	ck_assert_int_eq(o.digest, digests[_i / 2].id);
	ck_assert_uint_eq(o.version, 0);
	ck_assert_uint_eq(o.data_groups, 1u << 1 | 1u << 2 | 1u << 14);
	for (size_t i = 0; i <= SOD_DG_MAX; i++)
		ck_assert_uint_eq(o.hash[i].n, i == 1 || i == 2 || i == 14
						       ? s.size : 0);
	ck_assert_uint_eq(sod_digest_size(o.digest), s.size);
	ck_assert_str_eq(sod_digest_name(o.digest), digests[_i / 2].name);
}
END_TEST

START_TEST(all_sixteen_groups)
{
	struct spec s = { .dgs = { 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,
				   4, 3, 2, 1 } };

	ck_assert_int_eq(lds_security_object_parse(make(&s), &o), R_OK);
	ck_assert_uint_eq(o.data_groups, 0x1fffe);
}
END_TEST

START_TEST(version_one_says_which)
{
	struct spec s = { .version = "020101", .dgs = { 1, 2 },
			  .after = VERSION_INFO };

	ck_assert_int_eq(lds_security_object_parse(make(&s), &o), R_OK);
	ck_assert_uint_eq(o.version, 1);
}
END_TEST

static const struct {
	struct spec s;
	enum result r;
} wrong[] = {
	{ { .dgs = { 1, 2, 1 } }, R_MALFORMED },	/* twice */
	{ { .dgs = { 17, 1 } }, R_MALFORMED },
	{ { .dgs = { 1, 33 } }, R_MALFORMED },
	{ { .dgs = { 1, 128 } }, R_MALFORMED },		/* negative */
	{ { .dgs = { 1 } }, R_MALFORMED },		/* fewer than two */
	{ { .dgs = { 0 } }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .size = 31 }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .size = 33 }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .size = 64 }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .hash_tag = 0x03 }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .in_hash = "0500" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "020102" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "020102", .after = VERSION_INFO },
	  R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "0201ff" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .after = VERSION_INFO }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .after = "0500" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "020101" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "020101", .after = "3000" },
	  R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "020101",
	    .after = "300613043031303" "8" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .version = "020101",
	    .after = VERSION_INFO "0500" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .algorithm = "" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .algorithm = SHA256 "050100" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .algorithm = SHA256 "3000" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .algorithm = SHA256 "05000500" }, R_MALFORMED },
	{ { .dgs = { 1, 2 }, .algorithm = SHA256 "05" }, R_MALFORMED },
	/* MD5, SHA3-256: not ours */
	{ { .dgs = { 1, 2 }, .algorithm = "06082a864886f70d02050500" },
	  R_DENIED },
	{ { .dgs = { 1, 2 }, .algorithm = "0609608648016503040208" },
	  R_DENIED },
};

START_TEST(what_is_wrong_is_refused)
{
	memset(&o, 0x5a, sizeof(o));
	ck_assert_int_eq(lds_security_object_parse(make(&wrong[_i].s), &o),
			 wrong[_i].r);
	ck_assert_uint_eq(o.version, 0x5a);
}
END_TEST

START_TEST(truncated_at_every_length)
{
	struct spec s = { .version = "020101", .dgs = { 1, 2, 14, 15 },
			  .after = VERSION_INFO };
	struct span f = make(&s);

	ck_assert_int_eq(lds_security_object_parse(f, &o), R_OK);
	for (size_t n = 0; n < f.n; n++) {
		struct span c = cut_new(f, n);

		ck_assert_int_eq(lds_security_object_parse(c, &o),
				 R_MALFORMED);
		span_free(c);
	}
	all[f.n] = 0;
	ck_assert_int_eq(lds_security_object_parse(span_of(f.p, f.n + 1), &o),
			 R_MALFORMED);
}
END_TEST

START_TEST(cms_is_the_one_sequence_in_77)
{
	static const struct {
		const char *hex;
		enum result r;
	} files[] = {
		{ "77033001" "00", R_OK }, { "77023000", R_OK },
		{ "7700", R_MALFORMED }, { "770330010005", R_MALFORMED },
		{ "770430000500", R_MALFORMED }, { "77023100", R_MALFORMED },
		{ "76023000", R_MALFORMED }, { "3000", R_MALFORMED },
		{ "770430800000", R_MALFORMED }, { "", R_MALFORMED },
		{ "77", R_MALFORMED }, { "7703300100" "00", R_MALFORMED },
	};
	struct span f = hex_new(files[_i].hex), cms = { NULL, 77 };

	ck_assert_int_eq(sod_cms(f, &cms), files[_i].r);
	if (files[_i].r == R_OK)
		ck_assert(cms.p == f.p + 2 && cms.n == f.n - 2);
	else
		ck_assert_uint_eq(cms.n, 77);
	span_free(f);
}
END_TEST

static Suite *sod_suite(void)
{
	Suite *s = suite_create("sod");
	TCase *t = tcase_create("sod");

	tcase_add_loop_test(t, every_digest_is_read, 0, 10);
	tcase_add_test(t, all_sixteen_groups);
	tcase_add_test(t, version_one_says_which);
	tcase_add_loop_test(t, what_is_wrong_is_refused, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(t, truncated_at_every_length);
	tcase_add_loop_test(t, cms_is_the_one_sequence_in_77, 0, 12);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(sod_suite)
