// SPDX-License-Identifier: GPL-3.0-or-later
/* Two genuine cards of each kind, of one State. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../sim/pers.h"
#include "chip.h"

static void be_ca(struct pers_options *o, bool other)
{
	(void)o;
	(void)other;
}

static void be_cam(struct pers_options *o, bool other)
{
	(void)other;
	o->pace = "cam-ecdh-aes256:p384,gm-ecdh-aes128:bp256";
	o->cam = true;
}

static void be_im3des(struct pers_options *o, bool other)
{
	(void)other;
	o->pace = "im-ecdh-3des:p256";
	o->ca_curve = "p256";
	o->ca_cipher = "3des";
}

static void be_dh(struct pers_options *o, bool other)
{
	(void)other;
	o->pace = "gm-dh-aes128:dh1";
	o->ca_curve = "dh1";
}

static void be_aa_rsa(struct pers_options *o, bool other)
{
	o->no_ca = true;
	/* one RSA key of a length is made, for all cards */
	o->aa = other ? "rsa-3072:sha256" : "rsa-2048:sha256";
	o->sod_alg = "rsa-pss-2048";
	o->digest = "sha512";
}

static void be_aa_ecdsa(struct pers_options *o, bool other)
{
	(void)other;
	o->no_ca = true;
	o->aa = "ecdsa-p256:sha256";
	o->form = "td3";
	o->extra_infos = true;
}

static void be_bac(struct pers_options *o, bool other)
{
	(void)other;
	o->pace = "none";
	o->bac = true;
	o->lds_version = "1";
}

static void be_plain(struct pers_options *o, bool other)
{
	o->no_ca = true;
	o->form = "td2";	/* has less room */
	o->number = other ? "CD65432" : "AB12345";
}

static void be_pin(struct pers_options *o, bool other)
{
	(void)other;
	o->pin = "135790";
	o->ca_keyid = "3";
}

static void be_dg11(struct pers_options *o, bool other)
{
	(void)other;
	o->dg2_format = "39794";
	o->faces = "basic,frontal";
	o->sod_ski = true;
}

static void be_extended(struct pers_options *o, bool other)
{
	(void)other;
	o->extended = true;
	o->ef_atr = "1500:1500";
}

typedef void be(struct pers_options *o, bool other);
static be *const bes[] = {
	be_ca, be_cam, be_im3des, be_dh, be_aa_rsa, be_aa_ecdsa, be_bac,
	be_plain, be_pin, be_dg11, be_extended,
};

static enum result make_one(const char *dir, size_t i, int which,
			    struct card *out)
{
	struct pers_options o = pers_defaults();
	char path[4096], ca[4096];

	snprintf(path, sizeof(path), "%s/%s.%d", dir, hostile_cards[i].name,
		 which);
	snprintf(ca, sizeof(ca), "%s/ca", dir);
	o.out = path;
	o.ca = ca;
	o.pad_to = which ? "2900" : "3000";
	if (which) {
		o.document = "Y87654321";
		o.number = "CD654321";
		o.name = "OTHER<<PERSON";
		o.birth = "750505";
	}
	if (hostile_cards[i].setting == SET_DG11)
		o.dg11 = which ? "CD654321" : "AB123456";
	bes[i](&o, which);
	if (pers_make(&o) != R_OK)
		return R_INTERNAL;
	card_init(out);
	return card_load(out, path);
}

/* csca.cer alone, readable for whom cnie-inspect becomes. */
static enum result make_store(const char *dir)
{
	char ca[4096], store[4096];
	scoped(blob_free) struct blob cer = { 0 };

	snprintf(ca, sizeof(ca), "%s/ca", dir);
	snprintf(store, sizeof(store), "%s/csca", dir);
	if (sim_file_read(ca, "csca.cer", &cer) != R_OK ||
	    mkdir(store, 0755) != 0 ||
	    sim_file_write(store, "csca.cer", blob_span(&cer)) != R_OK)
		return R_INTERNAL;
	snprintf(store, sizeof(store), "%s/csca/csca.cer", dir);
	return chmod(store, 0644) == 0 ? R_OK : R_INTERNAL;
}

enum result chip_make_cards(const char *dir, struct pair *pairs)
{
	char ca[4096];

	_Static_assert(sizeof(bes) / sizeof(bes[0]) == 11, "hostile_cards");
	snprintf(ca, sizeof(ca), "%s/ca", dir);
	if (mkdir(ca, 0700) != 0)
		return R_INTERNAL;
	for (size_t i = 0; i < hostile_card_count; i++)
		for (int which = 0; which < 2; which++) {
			if (make_one(dir, i, which, &pairs[i].card[which]) !=
			    R_OK)
				return R_INTERNAL;
			pairs[i].own[which] = pairs[i].card[which].memory;
		}
	return make_store(dir);
}
