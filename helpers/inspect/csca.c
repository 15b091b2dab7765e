// SPDX-License-Identifier: GPL-3.0-or-later
#include "inspect/csca.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/scope.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192	/* larger only costs time: 9303-12 ends at 4096 */

struct csca_store {
	size_t count, crls;
	struct csca_anchor anchor[CSCA_MAX];	/* sorted by sha256 */
	X509_CRL *crl[CSCA_CRL_MAX];
};

static const int digests[] = {
	NID_sha224, NID_sha256, NID_sha384, NID_sha512
};

/* As EVP_PKEY_get_group_name() calls them. */
static const char *const curves[] = {
	"prime256v1", "secp384r1", "secp521r1", "brainpoolP256r1",
	"brainpoolP320r1", "brainpoolP384r1", "brainpoolP512r1",
};

bool csca_digest_strong(int nid)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (digests[i] == nid)
			return true;
	return false;
}

bool csca_key_strong(const EVP_PKEY *key)
{
	char name[64];
	size_t n;
	int bits;

	switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		bits = EVP_PKEY_get_bits(key);
		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
	case EVP_PKEY_EC:
		/* OpenSSL compares all of explicit parameters, the generator
		 * too, and gives no name where one differs. */
		if (EVP_PKEY_get_group_name(key, name, sizeof(name), &n) != 1)
			return false;
		for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
			if (strcmp(curves[i], name) == 0)
				return true;
		return false;
	default:
		return false;
	}
}

int csca_signature_digest(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid;
	const void *value;
	RSA_PSS_PARAMS *pss = NULL;
	int type, nid = NID_undef;

	X509_ALGOR_get0(&oid, &type, &value, alg);
	if (OBJ_obj2nid(oid) != NID_rsassaPss) {
		OBJ_find_sigid_algs(OBJ_obj2nid(oid), &nid, NULL);
		return nid;
	}
	if (type == V_ASN1_SEQUENCE)
		pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (pss)	/* RFC 4055 3.1: SHA-1 where it is left out */
		nid = pss->hashAlgorithm
			      ? OBJ_obj2nid(pss->hashAlgorithm->algorithm)
			      : NID_sha1;
	RSA_PSS_PARAMS_free(pss);
	return nid;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What the C library asks of the system once, asked before the sandbox: its
 * first date opens a file, its first sorting of a kilobyte or more (a CRL's
 * serial numbers) wants the size of the memory. */
static void warm_libc(void)
{
	int numbers[1024] = { 0 };

	tzset();
	qsort(numbers, sizeof(numbers) / sizeof(numbers[0]),
	      sizeof(numbers[0]), by_value);
}

enum result csca_new(struct csca_store **out)
{
	struct csca_store *s;

	/* No openssl.cnf: it could bring other providers in, and would be
	 * opened late. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
				OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
		return R_INTERNAL;
	warm_libc();
	s = calloc(1, sizeof(*s));
	if (!s)
		return R_INTERNAL;
	*out = s;
	return R_OK;
}

void csca_free(struct csca_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		X509_free(store->anchor[i].cert);
	for (size_t i = 0; i < store->crls; i++)
		X509_CRL_free(store->crl[i]);
	free(store);
}

/* Where `sha256` stands, or would: *found tells which. */
static size_t anchor_place(const struct csca_store *s, const uint8_t *sha256,
			   bool *found)
{
	size_t i = 0;
	int cmp = 1;

	while (i < s->count &&
	       (cmp = memcmp(s->anchor[i].sha256, sha256, 32)) < 0)
		i++;
	*found = i < s->count && cmp == 0;
	return i;
}

static enum csca_bad store_cert(struct csca_store *s, X509 *cert)
{
	uint8_t sha256[32];
	unsigned int n = sizeof(sha256);
	bool found;
	size_t at;

	/* 1: a version 3 CA by basicConstraints, may sign certificates. */
	if (X509_check_ca(cert) != 1)
		return CSCA_BAD_NOT_CA;
	if (X509_digest(cert, EVP_sha256(), sha256, &n) != 1)
		return CSCA_BAD_FORMAT;
	at = anchor_place(s, sha256, &found);
	if (found)
		return CSCA_BAD_NONE;
	if (s->count == CSCA_MAX)
		return CSCA_BAD_TOO_MANY;
	if (X509_up_ref(cert) != 1)
		return CSCA_BAD_FORMAT;
	memmove(&s->anchor[at + 1], &s->anchor[at],
		(s->count - at) * sizeof(s->anchor[0]));
	s->anchor[at].cert = cert;
	memcpy(s->anchor[at].sha256, sha256, sizeof(sha256));
	s->count++;
	return CSCA_BAD_NONE;
}

enum csca_bad csca_add_cert(struct csca_store *store, struct span der)
{
	const unsigned char *p = der.p;
	enum csca_bad bad = CSCA_BAD_FORMAT;
	X509 *cert = NULL;

	if (der.n > 0 && der.n <= CSCA_FILE_MAX)
		cert = d2i_X509(NULL, &p, (long)der.n);
	if (cert && p == der.p + der.n)
		bad = store_cert(store, cert);
	X509_free(cert);
	ERR_clear_error();
	return bad;
}

/* A CRL only ever refuses, but one that anybody could have written would
 * lock a State's citizens out: an anchor must have signed it. */
static bool crl_signed(const struct csca_store *s, X509_CRL *crl)
{
	const X509_ALGOR *alg;

	X509_CRL_get0_signature(crl, NULL, &alg);
	if (!csca_digest_strong(csca_signature_digest(alg)))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		X509 *ca = s->anchor[i].cert;
		EVP_PKEY *key = X509_get0_pubkey(ca);

		if (X509_NAME_cmp(X509_get_subject_name(ca),
				  X509_CRL_get_issuer(crl)) == 0 &&
		    csca_key_strong(key) && X509_CRL_verify(crl, key) == 1)
			return true;
	}
	return false;
}

enum csca_bad csca_add_crl(struct csca_store *store, struct span der)
{
	const unsigned char *p = der.p;
	enum csca_bad bad = CSCA_BAD_FORMAT;
	X509_CRL *crl = NULL;

	if (der.n > 0 && der.n <= CSCA_FILE_MAX)
		crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (crl && p == der.p + der.n)
		bad = crl_signed(store, crl) ? CSCA_BAD_NONE
					     : CSCA_BAD_CRL_SIGNER;
	if (bad == CSCA_BAD_NONE && store->crls == CSCA_CRL_MAX)
		bad = CSCA_BAD_TOO_MANY;
	if (bad == CSCA_BAD_NONE)
		store->crl[store->crls++] = crl;
	else
		X509_CRL_free(crl);
	ERR_clear_error();
	return bad;
}

/* -- the directory ----------------------------------------------------------- */

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
		rep.anchors = store->count;
		rep.crls = store->crls;
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

size_t csca_count(const struct csca_store *store)
{
	return store->count;
}

const struct csca_anchor *csca_anchor(const struct csca_store *store,
				      size_t i)
{
	return &store->anchor[i];
}

size_t csca_crl_count(const struct csca_store *store)
{
	return store->crls;
}

X509_CRL *csca_crl(const struct csca_store *store, size_t i)
{
	return store->crl[i];
}

static char capital(unsigned char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return c >= 'A' && c <= 'Z' ? (char)c : '\0';
}

void csca_name_country(const X509_NAME *name, char out[3])
{
	int at = X509_NAME_get_index_by_NID(name, NID_countryName, -1);
	const ASN1_STRING *s;
	const unsigned char *p;

	memset(out, 0, 3);
	if (at < 0 ||
	    X509_NAME_get_index_by_NID(name, NID_countryName, at) >= 0)
		return;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	if (!s || ASN1_STRING_length(s) != 2)
		return;
	/* capitals by 9303-12 7.1, small letters in practice */
	p = ASN1_STRING_get0_data(s);
	if (capital(p[0]) && capital(p[1])) {
		out[0] = capital(p[0]);
		out[1] = capital(p[1]);
	}
}

void csca_country(const X509 *cert, char out[3])
{
	csca_name_country(X509_get_subject_name(cert), out);
}

void csca_subject(const X509 *cert, char *out, size_t cap)
{
	char line[512];	/* cut before it, and again to the caller's room */
	size_t i;

	if (!X509_NAME_oneline(X509_get_subject_name(cert), line,
			       sizeof(line)))
		line[0] = '\0';
	for (i = 0; i + 1 < cap && line[i]; i++)
		out[i] = line[i] >= 0x20 && line[i] < 0x7f ? line[i] : '?';
	if (cap > 0)
		out[i] = '\0';
	ERR_clear_error();
}

const char *csca_bad_text(enum csca_bad why)
{
	switch (why) {
	case CSCA_BAD_NONE:
		return "good";
	case CSCA_BAD_OPEN:
		return "can't be read, or is not a regular file";
	case CSCA_BAD_SIZE:
		return "is empty or too large";
	case CSCA_BAD_FORMAT:
		return "is no certificate or CRL in DER or PEM";
	case CSCA_BAD_NOT_CA:
		return "is not the certificate of a certification authority";
	case CSCA_BAD_CRL_SIGNER:
		return "is a CRL that no certificate of the store signed, or "
		       "signed weakly";
	case CSCA_BAD_TOO_MANY:
		return "is beyond the number of files that are read";
	}
	return "is not known";
}
