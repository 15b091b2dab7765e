// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/refuse.h"
#include "base/scope.h"

enum file_kind { FILE_OTHER = 0, FILE_CERT, FILE_CRL };

static const struct {
	const char *suffix, *pem_name;
	enum file_kind kind;
	enum csca_bad (*add)(struct csca_store *store, struct span der);
} kinds[] = {
	{ ".cer", "CERTIFICATE", FILE_CERT, csca_add_cert },
	{ ".crt", "CERTIFICATE", FILE_CERT, csca_add_cert },
	{ ".der", "CERTIFICATE", FILE_CERT, csca_add_cert },
	{ ".pem", "CERTIFICATE", FILE_CERT, csca_add_cert },
	{ ".crl", "X509 CRL", FILE_CRL, csca_add_crl },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The row of `kinds` for this name, KINDS where there is none. */
static size_t kind_of(const char *name)
{
	size_t n = strlen(name);
	size_t i = 0;

	while (i < KINDS && (n <= 4 || name[0] == '.' ||
			     strcasecmp(name + n - 4, kinds[i].suffix) != 0))
		i++;
	return i;
}

/* The whole file into buf (CSCA_FILE_MAX bytes). */
static enum csca_bad read_file(int dir, const char *name, uint8_t *buf,
			       struct span *out)
{
	/* O_NONBLOCK: a fifo must not make us wait */
	scoped(close_fd) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC |
						    O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	size_t n = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return CSCA_BAD_OPEN;
	if (st.st_size <= 0 || st.st_size > CSCA_FILE_MAX)
		return CSCA_BAD_SIZE;
	while (n < CSCA_FILE_MAX &&
	       (got = read(fd, buf + n, CSCA_FILE_MAX - n)) != 0) {
		if (got < 0)
			return CSCA_BAD_OPEN;
		n += (size_t)got;
	}
	*out = span_of(buf, n);
	return CSCA_BAD_NONE;
}

/* Every block of a PEM file; text around them is passed over. The first
 * thing that is not good is returned, the good ones are kept. */
static enum csca_bad add_pem(struct csca_store *s, struct span text, size_t k)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	enum csca_bad bad = CSCA_BAD_NONE, one;
	char *name, *header;
	unsigned char *data;
	bool any = false;
	long n;

	while (bio && PEM_read_bio(bio, &name, &header, &data, &n) == 1) {
		one = CSCA_BAD_FORMAT;
		if (strcmp(name, kinds[k].pem_name) == 0 && header[0] == 0)
			one = kinds[k].add(s, span_of(data, (size_t)n));
		if (bad == CSCA_BAD_NONE)
			bad = one;
		any = true;
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	/* It ends with "no start line"; anything else is a broken block. */
	if (bad == CSCA_BAD_NONE &&
	    (!any || ERR_GET_REASON(ERR_peek_last_error()) !=
			     PEM_R_NO_START_LINE))
		bad = CSCA_BAD_FORMAT;
	BIO_free(bio);
	ERR_clear_error();
	return bad;
}

static void note_bad(struct csca_report *r, const char *name,
		     enum csca_bad why)
{
	char *out;

	if (r->bad < CSCA_BAD_NAMED) {
		out = r->first_bad[r->bad].name;
		for (size_t i = 0; i < 64 && name[i]; i++)
			out[i] = name[i] > 0x20 && name[i] < 0x7f ? name[i]
								  : '?';
		r->first_bad[r->bad].why = why;
	}
	r->bad++;
}

/* A SEQUENCE with a long length; "0" alone may begin a line of text. */
static bool is_der(struct span file)
{
	return file.n > 1 && file.p[0] == 0x30 && file.p[1] >= 0x80;
}

/* All files of one kind. */
static void add_files(struct csca_store *s, int dir, struct dirent **entry,
		      int count, enum file_kind kind, uint8_t *buf,
		      struct csca_report *report)
{
	for (int i = 0; i < count; i++) {
		const char *name = entry[i]->d_name;
		size_t k = kind_of(name);
		enum csca_bad bad;
		struct span file;

		if (k == KINDS || kinds[k].kind != kind)
			continue;
		bad = i < CSCA_FILES_MAX ? read_file(dir, name, buf, &file)
					 : CSCA_BAD_TOO_MANY;
		if (bad == CSCA_BAD_NONE)
			bad = is_der(file) ? kinds[k].add(s, file)
					   : add_pem(s, file, k);
		if (bad != CSCA_BAD_NONE)
			note_bad(report, name, bad);
	}
}

static int wanted(const struct dirent *e)
{
	return kind_of(e->d_name) < KINDS;
}

enum result csca_load(const char *dir, struct csca_report *report,
		      struct csca_store **out)
{
	scoped(close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY |
						    O_CLOEXEC);
	struct csca_report rep = { 0 };
	struct csca_store *store = NULL;
	struct dirent **entry = NULL;
	uint8_t *buf = malloc(CSCA_FILE_MAX);
	enum result r = R_INTERNAL;
	int count;

	/* sorted: the same store gives the same report everywhere */
	count = fd < 0 ? -1 : scandirat(fd, ".", &entry, wanted, alphasort);
	if (count < 0)
		r = R_ABSENT;
	else if (buf && csca_new(&store) == R_OK)
		r = R_OK;
	if (r == R_OK) {
		add_files(store, fd, entry, count, FILE_CERT, buf, &rep);
		add_files(store, fd, entry, count, FILE_CRL, buf, &rep);
		rep.anchors = csca_count(store);
		rep.crls = csca_crl_count(store);
		if (report)
			*report = rep;
		*out = store;
	}
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
	free(buf);
	return r;
}
