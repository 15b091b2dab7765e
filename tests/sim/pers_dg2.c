/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DG2: the CBEFF template of 9303-10 4.7.2 around facial records. Only one
 * picture is the person's; the others that --faces asks for are grey.
 */
#include <stdlib.h>
#include <string.h>

#include "pers.h"

#define OVERHEAD 512	/* headers and tags of one image and its template */

/* The biometric header template, 9303-10 table 42; the format types are of
 * the registry of CBEFF formats: 0008 19794-5, 002A 39794-5. */
static void put_header(struct sink *s, bool new)
{
	size_t from = s->n;

	tlv_put(s, 0x80, span_of("\x01\x01", 2));	/* ICAO version */
	tlv_put(s, 0x81, span_of("\x02", 1));		/* facial features */
	tlv_put(s, 0x82, span_of("\x00", 1));		/* no subtype */
	tlv_put(s, 0x87, span_of("\x01\x01", 2));	/* format owner */
	tlv_put(s, 0x88, span_of(new ? "\x00\x2a" : "\x00\x08", 2));
	pers_wrap(s, from, 0xa1);
}

static void put_template(struct sink *s, const struct face *faces, size_t n,
			 bool new, const char *sex)
{
	size_t from = s->n, record;

	put_header(s, new);
	record = s->n;
	if (new)
		face_put_39794(s, faces, n);
	else
		face_put_19794(s, faces, n, sex);
	pers_wrap(s, record, new ? 0x7f2e : 0x5f2e);
	pers_wrap(s, from, 0x7f60);
}

/* Templates of faces, in the order of the options. */
struct plan {
	struct face face[FACES_MAX];
	size_t per_template[FACES_MAX];
	size_t faces, templates;
};

static enum result add_face(struct plan *p, const char *name, size_t n)
{
	static const char *const names[] = { "basic", "frontal", "token" };

	for (int i = 0; i < 3; i++) {
		if (strlen(names[i]) != n || memcmp(names[i], name, n) != 0)
			continue;
		if (p->faces == FACES_MAX)
			return pers_fail(R_MALFORMED, "--faces: at most %d",
					 FACES_MAX);
		p->face[p->faces++].kind = (enum face_kind)i;
		p->per_template[p->templates - 1]++;
		return R_OK;
	}
	return pers_fail(R_MALFORMED, "--faces: basic, frontal, token");
}

static enum result plan_faces(const char *list, struct plan *p)
{
	p->templates = 1;
	while (*list) {
		size_t n = strcspn(list, ",/");
		enum result r = add_face(p, list, n);

		if (r != R_OK)
			return r;
		if (list[n] == '/')
			p->templates++;
		list += n + (list[n] ? 1 : 0);
	}
	return p->per_template[p->templates - 1]
		? R_OK : pers_fail(R_MALFORMED, "--faces: an empty template");
}

/* A token image is a full frontal one too (ISO/IEC 19794-5 5.7.2, 9); the new
 * format has one kind for both (ISO/IEC 39794-5 annex D.1, MRTD). */
static bool frontal(enum face_kind kind, bool new)
{
	return kind == FACE_FRONTAL || (kind == FACE_TOKEN && !new);
}

/* The person is the first frontal one, without any the first. */
static size_t give_pictures(struct plan *p, bool new,
			    const struct portrait *person,
			    const struct portrait *grey)
{
	size_t chosen = 0, size = OVERHEAD;

	for (size_t i = p->faces; i > 0; i--)
		if (frontal(p->face[i - 1].kind, new))
			chosen = i - 1;
	for (size_t i = 0; i < p->faces; i++) {
		p->face[i].picture = i == chosen ? person : grey;
		size += p->face[i].picture->image.n + OVERHEAD;
	}
	return size;
}

static enum result put_all(const struct plan *p, bool new, const char *sex,
			   struct sink *s)
{
	const struct face *next = p->face;

	pers_put_number(s, 0x02, p->templates);
	for (size_t i = 0; i < p->templates; i++) {
		put_template(s, next, p->per_template[i], new, sex);
		next += p->per_template[i];
	}
	pers_wrap(s, 0, 0x7f61);
	pers_wrap(s, 0, 0x75);
	return sink_done(s);
}

static enum result load_pictures(const struct pers_options *o,
				 struct portrait *person,
				 struct portrait *grey)
{
	unsigned long pad_to = 0;
	enum result r = R_OK;

	if (o->pad_to)
		r = pers_number(o->pad_to, "pad-to", SIM_FILE_MAX / 2,
				&pad_to);
	if (r == R_OK)
		r = portrait_load(o->portrait, pad_to, person);
	return r == R_OK ? portrait_load(NULL, 0, grey) : r;
}

enum result pers_dg2(const struct pers_options *o, struct blob *out)
{
	scoped(portrait_done) struct portrait person = { 0 }, grey = { 0 };
	bool new = strcmp(o->dg2_format, "39794") == 0;
	struct plan plan = { 0 };
	enum result r = plan_faces(o->faces, &plan);

	if (!new && strcmp(o->dg2_format, "19794") != 0)
		return pers_fail(R_MALFORMED, "--dg2-format: 19794 or 39794");
	if (r == R_OK)
		r = load_pictures(o, &person, &grey);
	if (r != R_OK)
		return r;

	size_t cap = give_pictures(&plan, new, &person, &grey);
	scoped(blob_free) struct blob all = { malloc(cap), cap };
	struct sink s = sink_of(all.p, cap);
	if (!all.p)
		return R_INTERNAL;
	r = put_all(&plan, new, o->sex, &s);
	if (r != R_OK)
		return r;
	all.n = s.n;
	*out = all;
	all = (struct blob){ 0 };
	return R_OK;
}
