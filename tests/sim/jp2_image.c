// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/jp2_image.h"

#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>

struct memory {
	uint8_t *p;
	size_t n, at, cap;
};

static OPJ_SIZE_T mem_write(void *from, OPJ_SIZE_T n, void *to)
{
	struct memory *m = to;

	if (m->at + n > m->cap)
		return (OPJ_SIZE_T)-1;
	memcpy(m->p + m->at, from, n);
	m->at += n;
	if (m->at > m->n)
		m->n = m->at;
	return n;
}

static OPJ_BOOL mem_seek(OPJ_OFF_T at, void *to)
{
	struct memory *m = to;

	if (at < 0 || (size_t)at > m->cap)
		return OPJ_FALSE;
	m->at = (size_t)at;
	return OPJ_TRUE;
}

static OPJ_OFF_T mem_skip(OPJ_OFF_T n, void *to)
{
	struct memory *m = to;

	return mem_seek((OPJ_OFF_T)m->at + n, m) ? n : -1;
}

static opj_stream_t *open_memory(struct memory *m)
{
	opj_stream_t *s = opj_stream_default_create(OPJ_FALSE);

	if (!s)
		return NULL;
	opj_stream_set_user_data(s, m, NULL);
	opj_stream_set_write_function(s, mem_write);
	opj_stream_set_seek_function(s, mem_seek);
	opj_stream_set_skip_function(s, mem_skip);
	return s;
}

static opj_image_t *to_image(const uint8_t *rgb, unsigned int width,
			     unsigned int height, unsigned int components,
			     const struct jp2_options *o)
{
	unsigned int step = o->subsampling ? (unsigned int)o->subsampling : 1;
	opj_image_cmptparm_t parm[3];
	opj_image_t *im;

	memset(parm, 0, sizeof(parm));
	for (unsigned int i = 0; i < components; i++) {
		parm[i].dx = parm[i].dy = step;
		parm[i].w = width;
		parm[i].h = height;
		parm[i].prec = o->depth ? (OPJ_UINT32)o->depth : 8;
	}
	im = opj_image_create(components, parm, components == 1 ?
			      OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB);
	if (!im)
		return NULL;
	im->x1 = (width - 1) * step + 1;
	im->y1 = (height - 1) * step + 1;
	for (size_t i = 0; i < (size_t)width * height; i++)
		for (unsigned int c = 0; c < components; c++)
			im->comps[c].data[i] = rgb[i * components + c];
	return im;
}

static void set_parameters(opj_cparameters_t *p, size_t raw_bytes,
			   unsigned int components,
			   const struct jp2_options *o)
{
	int layers = o->layers ? o->layers : 1;

	opj_set_default_encoder_parameters(p);
	p->tcp_numlayers = layers;
	p->cp_disto_alloc = 1;
	p->tcp_mct = components == 3;
	p->irreversible = o->bytes > 0;
	for (int i = 0; i < layers; i++)
		p->tcp_rates[i] = o->bytes ? (float)raw_bytes /
				  (float)o->bytes * (float)(layers - i) : 0;
	if (o->tile) {
		p->tile_size_on = OPJ_TRUE;
		p->cp_tdx = p->cp_tdy = o->tile;
	}
	if (o->precinct) {
		p->csty |= 1;
		p->res_spec = 1;
		p->prcw_init[0] = p->prch_init[0] = o->precinct;
	}
}

bool jp2_encode(const uint8_t *rgb, unsigned int width, unsigned int height,
		unsigned int components, const struct jp2_options *o,
		uint8_t **out, size_t *n)
{
	size_t raw = (size_t)width * height * components;
	struct memory m = { .cap = raw * 4 + 65536 };
	opj_codec_t *codec = opj_create_compress(o->raw ? OPJ_CODEC_J2K :
						 OPJ_CODEC_JP2);
	opj_image_t *im = to_image(rgb, width, height, components, o);
	opj_stream_t *stream = open_memory(&m);
	opj_cparameters_t parameters;
	bool ok = false;

	m.p = malloc(m.cap);
	set_parameters(&parameters, raw, components, o);
	if (m.p && codec && im && stream)
		ok = opj_setup_encoder(codec, &parameters, im) &&
		     opj_start_compress(codec, im, stream) &&
		     opj_encode(codec, stream) &&
		     opj_end_compress(codec, stream);
	opj_stream_destroy(stream);
	opj_image_destroy(im);
	opj_destroy_codec(codec);
	if (!ok) {
		free(m.p);
		return false;
	}
	*out = m.p;
	*n = m.n;
	return true;
}
