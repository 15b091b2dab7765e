/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support_softhsm.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "%s: status %x (packages softhsm2)", argv[0],
		      (unsigned int)status);
}

static unsigned int owner;

static int give(const char *path, const struct stat *st, int type,
		struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return lchown(path, owner, owner);
}

static int drop(const char *path, const struct stat *st, int type,
		struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void softhsm_token(const struct softhsm *h, const char *label,
		   unsigned int uid)
{
	char *const argv[] = { (char *)"softhsm2-util", (char *)"--init-token",
			       (char *)"--free", (char *)"--label",
			       (char *)label, (char *)"--pin",
			       (char *)SOFTHSM_PIN, (char *)"--so-pin",
			       (char *)"87654321", NULL };

	run(argv);
	softhsm_give(h, uid);
}

void softhsm_give(const struct softhsm *h, unsigned int uid)
{
	owner = uid;
	if (geteuid() == 0)
		ck_assert_int_eq(nftw(h->dir, give, 8, FTW_PHYS), 0);
}

struct softhsm softhsm_new(unsigned int uid)
{
	struct softhsm h = { "/tmp/cnie-softhsm.XXXXXX", "" };
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(h.dir));
	snprintf(h.conf, sizeof(h.conf), "%s/softhsm2.conf", h.dir);
	f = fopen(h.conf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "directories.tokendir = %s\nobjectstore.backend = file\n"
		"log.level = ERROR\nslots.removable = false\n", h.dir);
	fclose(f);
	ck_assert_int_eq(setenv("SOFTHSM2_CONF", h.conf, 1), 0);
	softhsm_token(&h, SOFTHSM_TOKEN, uid);
	return h;
}

void softhsm_free(struct softhsm *h)
{
	ck_assert_int_eq(nftw(h->dir, drop, 8, FTW_PHYS | FTW_DEPTH), 0);
}

struct token_pin softhsm_pin(const char *text)
{
	struct token_pin pin = { .n = strlen(text) };

	memcpy(pin.b, text, pin.n);
	return pin;
}

void softhsm_key(const struct token *t, const struct softhsm_key *what)
{
	CK_FUNCTION_LIST *f = t->module;
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG length = 32;
	CK_BBOOL yes = CK_TRUE, extractable = what->extractable;
	CK_BBOOL sensitive = what->sensitive;
	CK_MECHANISM mechanism = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE made;
	uint8_t id[4];
	struct sink s = SINK(id);
	CK_ATTRIBUTE a[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_LABEL, (void *)what->label, strlen(what->label) },
		{ CKA_ID, id, sizeof(id) },
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_SIGN, &yes, 1 },
		{ CKA_EXTRACTABLE, &extractable, 1 },
		{ CKA_SENSITIVE, &sensitive, 1 },
		{ CKA_VALUE_LEN, &length, sizeof(length) },
	};
	CK_ULONG n = sizeof(a) / sizeof(a[0]);

	sink_u32(&s, what->id);
	if (what->value) {
		a[9] = (CK_ATTRIBUTE){ CKA_VALUE, (void *)what->value, 32 };
		ck_assert_uint_eq(f->C_CreateObject(t->session, a, n, &made),
				  CKR_OK);
	} else {
		ck_assert_uint_eq(f->C_GenerateKey(t->session, &mechanism, a,
						   n, &made), CKR_OK);
	}
}

unsigned long softhsm_read_value(const struct token_key *k)
{
	CK_FUNCTION_LIST *f = k->token->module;
	uint8_t value[64];
	CK_ATTRIBUTE a = { CKA_VALUE, value, sizeof(value) };

	return f->C_GetAttributeValue(k->token->session, k->object, &a, 1);
}
