// SPDX-License-Identifier: GPL-3.0-or-later
#include "support_document.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "inspect/document.h"
#include "lds/mrz.h"
#include "support_exchange.h"

#define FILE_MAX 65536

struct msg_inspect_config document_profile;
uint32_t document_stages;

static struct {
	uint8_t b[FILE_MAX];
	size_t n;
} files[EF_COUNT];

static void put_hex(struct sink *out, const char *hex)
{
	size_t n = strlen(hex) / 2;

	ck_assert_uint_le(out->n + n, out->cap);
	ck_assert_int_eq(hex_decode(hex, out->p + out->n, n), R_OK);
	out->n += n;
}

static void add(struct chip *chip, enum ef ef, uint32_t tag, struct span body)
{
	struct sink out = SINK(files[ef].b);

	if (tag)
		pki_der(&out, tag, body);
	else
		sink_put(&out, body);
	ck_assert(!out.overflow);
	files[ef].n = out.n;
	chip->file[chip->files++] = (struct chip_file){
		.ef = ef, .bytes = sink_span(&out) };
}

/* -- SecurityInfos -- */

/* ChipAuthenticationPublicKeyInfo by the number of its curve (TR-03110-3
 * A.1.1.1, A.2.1.1) */
static void put_key(struct sink *out, const struct chip *chip)
{
	uint8_t a[64], s[512], i[640], bits[DOMAIN_PUBLIC_MAX + 1] = { 0 };
	struct sink algorithm = SINK(a), spki = SINK(s), info = SINK(i);
	struct span key = domain_public_span(chip->domain, chip->key.public);
	struct sink whole = SINK(i);

	put_hex(&algorithm, "060704007F0007010202" "01");
	sink_u8(&algorithm, chip->domain->parameter);
	pki_der(&spki, 0x30, sink_span(&algorithm));
	memcpy(bits + 1, key.p, key.n);
	pki_der(&spki, 0x03, span_of(bits, key.n + 1));
	put_hex(&info, "060904007F000702020102");
	pki_der(&info, 0x30, sink_span(&spki));
	whole.n = info.n;
	pki_der(out, 0x30, sink_span(&whole));
}

static struct span infos(const struct chip *chip, const char *hex, bool key,
			 uint8_t out[1024])
{
	uint8_t list[1000];
	struct sink l = SINK(list), set = sink_of(out, 1024);

	put_hex(&l, hex);
	if (key)
		put_key(&l, chip);
	pki_der(&set, 0x31, sink_span(&l));
	return sink_span(&set);
}

/* -- data groups -- */

static void checked(char *line, size_t from, size_t n)
{
	line[from + n] = mrz_check_digit(span_of(line + from, n));
}

static void field(char *line, size_t from, const char *text)
{
	memcpy(line + from, text, strlen(text));
}

/* 9303-5 4.2.2: TD1 */
static void make_dg1(struct chip *chip, const struct document *d)
{
	char m[91], composite[64];
	uint8_t body[128];
	struct sink out = SINK(body);
	size_t n = 0;

	memset(m, '<', 90);
	field(m, 0, d->codes ? d->codes : "ID");
	field(m, 2, "UTO");
	field(m, 5, DOCUMENT_NUMBER);
	checked(m, 5, 9);
	field(m, 15, d->optional1 ? d->optional1 : DOCUMENT_CIN);
	field(m, 30, DOCUMENT_BIRTH);
	checked(m, 30, 6);
	field(m, 37, "F");
	field(m, 38, DOCUMENT_EXPIRY);
	checked(m, 38, 6);
	field(m, 45, "UTO");
	memcpy(composite, m + 5, 25);
	n = 25;
	memcpy(composite + n, m + 30, 7);
	memcpy(composite + n + 7, m + 38, 7);
	memcpy(composite + n + 14, m + 48, 11);
	m[59] = mrz_check_digit(span_of(composite, n + 25));
	field(m, 60, "ESSAI<<MODELE");
	pki_der(&out, 0x5f1f, span_of(m, 90));
	add(chip, EF_DG1, 0x61, sink_span(&out));
}

/* 9303-10 4.7.2, ISO/IEC 19794-5: one frontal JPEG of no picture. */
static void make_dg2(struct chip *chip, size_t image)
{
	static uint8_t record[FILE_MAX], a[FILE_MAX], b[FILE_MAX];
	struct sink r = SINK(record), inner = SINK(a), outer = SINK(b);

	put_hex(&r, "46414300" "30313000");
	sink_u32(&r, (uint32_t)(14 + 32 + image));
	sink_u16(&r, 1);
	sink_u32(&r, (uint32_t)(32 + image));
	put_hex(&r, "0000" "0000000000000000000000000000");
	put_hex(&r, "0100" "00F0" "0140" "000000000000");
	put_hex(&r, "FFD8FFE0");
	for (size_t i = 4; i < image; i++)
		sink_u8(&r, (uint8_t)(i * 31));
	put_hex(&inner, "A103810102");
	pki_der(&inner, 0x5f2e, sink_span(&r));
	put_hex(&outer, "020101");
	pki_der(&outer, 0x7f60, sink_span(&inner));
	inner.n = 0;
	pki_der(&inner, 0x7f61, sink_span(&outer));
	add(chip, EF_DG2, 0x75, sink_span(&inner));
}

static void make_dg11(struct chip *chip, const char *number)
{
	uint8_t body[256];
	struct sink out = SINK(body);

	if (!number[0]) {	/* the group, and no number in it */
		put_hex(&out, "5C025F0E5F0E0141");
	} else {
		put_hex(&out, "5C025F10");
		pki_der(&out, 0x5f10, span_str(number));
	}
	add(chip, EF_DG11, 0x6b, sink_span(&out));
}

static void make_dg15(struct chip *chip)
{
	uint8_t *der = NULL;
	int n;

	chip->aa = chip->aa ? chip->aa : EVP_EC_gen("P-256");
	n = i2d_PUBKEY(chip->aa, &der);
	ck_assert_int_gt(n, 0);
	add(chip, EF_DG15, 0x6f, span_of(der, (size_t)n));
	OPENSSL_free(der);
}

/* -- what is signed -- */

static void make_sod(struct chip *chip, unsigned int leave_out)
{
	static uint8_t out[PKI_SOD_MAX], hashes[2048];
	struct pki_dg dg[EF_COUNT];
	struct pki_sod spec = { .dsc = dsc, .key = dsc_key };
	size_t n = 0;

	for (unsigned int number = 1; number <= 16; number++)
		for (size_t i = 0; i < chip->files; i++)
			if (number != leave_out &&
			    ef_row(chip->file[i].ef)->dg == number)
				dg[n++] = (struct pki_dg){ number,
						chip->file[i].bytes };
	spec.content = pki_lds(NULL, dg, n, hashes, sizeof(hashes));
	add(chip, EF_SOD, 0, pki_sod(&spec, out));
}

static void make_card_security(struct chip *chip, const struct document *d)
{
	static uint8_t out[PKI_SOD_MAX], content_[1024];
	/* id-SecurityObject, TR-03110-3 A.1.2.5 */
	static const uint8_t type[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x03,
					0x02, 0x01 };
	struct pki_sod spec = {
		.dsc = dsc, .key = dsc_key, .content_type = SPAN(type),
		.flaws = SOD_BARE,
		.content = infos(chip, d->card_security, d->card_security_key,
				 content_),
	};

	add(chip, EF_CARD_SECURITY, 0, pki_sod(&spec, out));
}

void document_make(struct chip *chip, const struct document *d)
{
	uint8_t buf[1024];
	struct sink atr = SINK(buf);

	*chip = (struct chip){ .can = DOCUMENT_CAN, .aa = chip->aa };
	chip->domain = domain_by_parameter(12);
	ck_assert_int_eq(domain_key_new(chip->domain, &chip->key), R_OK);
	if (d->offered)
		add(chip, EF_CARD_ACCESS, 0, infos(chip, d->offered, false,
						   buf));
	if (d->atr) {
		put_hex(&atr, d->atr);
		add(chip, EF_ATR, 0, sink_span(&atr));
	}
	make_dg1(chip, d);
	make_dg2(chip, d->portrait ? d->portrait : 600);
	if (d->dg11)
		make_dg11(chip, d->dg11);
	if (d->dg14)
		add(chip, EF_DG14, 0x6e, infos(chip, d->dg14, d->dg14_key,
					       buf));
	if (d->aa)
		make_dg15(chip);
	make_sod(chip, d->unsigned_dg);
	if (d->card_security)
		make_card_security(chip, d);
}

static struct chip_file *find(struct chip *chip, enum ef which)
{
	for (size_t i = 0; i < chip->files; i++)
		if (chip->file[i].ef == which)
			return &chip->file[i];
	ck_abort_msg("the document has no such file");
	return NULL;
}

uint8_t *document_file(struct chip *chip, enum ef which, size_t *n)
{
	(void)find(chip, which);
	*n = files[which].n;
	return files[which].b;
}

void document_withhold(struct chip *chip, enum ef which)
{
	find(chip, which)->withheld = true;
}

void document_clone(struct chip *chip)
{
	ck_assert_int_eq(domain_key_new(chip->domain, &chip->key), R_OK);
}

static void report(void *context, const struct msg_inspect_stage *s)
{
	(void)context;
	document_stages |= 1u << s->stage;
}

struct inspection *document_inspection(struct chip *chip)
{
	static struct inspection x;
	static regex_t form;

	inspection_wipe(&x);
	regfree(&form);
	ck_assert_int_eq(number_form("[A-Z]{1,2}[0-9]{1,7}", &form), R_OK);
	document_stages = 0;
	document_profile = (struct msg_inspect_config){
		.mode = INSPECT_ONLY,
		.flags = PROFILE_REQUIRE_CHIP_PROOF |
			 PROFILE_NUMBER_IN_OPTIONAL1,
		.profile = "utopia", .state = "UTO", .country = "UT",
		.document_codes = "ID", .aid = "A0000002471001",
		.number_regex = "[A-Z]{1,2}[0-9]{1,7}", .file_max = FILE_MAX,
	};
	x.profile = &document_profile;
	x.store = store;
	x.number_form = &form;
	x.now = PKI_NOW;
	x.report = report;
	x.go.kind = PASSWORD_CAN;
	strcpy(x.go.password, DOCUMENT_CAN);
	ck_assert_int_eq(pace_prepare(&x.pace_keys), R_OK);
	ck_assert_int_eq(chip_auth_prepare(&x.chip_keys), R_OK);
	ck_assert_int_eq(bac_prepare(&x.bac_random), R_OK);
	exchange_over(&x.link, chip_run, chip);
	return &x;
}
