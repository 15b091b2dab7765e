// SPDX-License-Identifier: GPL-3.0-or-later
/* The signer's keys: cniectl roster key, and where keys are read from. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/config.h"
#include "base/file.h"
#include "base/prefix.h"
#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"
#include "ctl/ctl.h"
#include "ctl/newfile.h"
#include "ctl/roster.h"

/* -- reading --------------------------------------------------------------------- */

static enum result read_secret(const char *path, struct roster_secret *out)
{
	scoped(close_fd) int fd = -1;
	struct stat st;
	ssize_t n;
	enum result r = file_open(path, FILE_ANY, &fd);

	if (r != R_OK)
		return r;
	if (fstat(fd, &st))
		return R_INTERNAL;
	/* whose it is does not matter: who reads it is the signer */
	refuse_if((st.st_mode & (S_IRWXG | S_IRWXO)) != 0, R_DENIED);
	n = read(fd, out->text, sizeof(out->text));
	if (n < 0)
		return R_INTERNAL;
	return sign_secret_parse(span_of(out->text, (size_t)n), &out->secret);
}

int roster_secret(const char *path, struct roster_secret *out)
{
	switch (read_secret(path, out)) {
	case R_OK:
		return CTL_DONE;
	case R_ABSENT:
		complain("%s: there is no such file; cniectl roster key %s "
			 "makes one", path, path);
		return CTL_REFUSED;
	case R_DENIED:
		complain("%s: others can read it, or it is no plain file: "
			 "chmod 600 %s", path, path);
		return CTL_REFUSED;
	case R_MALFORMED:
		complain("%s is no secret key of cniectl roster key", path);
		return CTL_REFUSED;
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	complain("%s can't be read", path);
	return CTL_SYSTEM;
}

static int signer_of_file(const char *path, bool root, struct sign_key *out)
{
	uint8_t text[SIGN_FILE_MAX];
	struct sink room = SINK(text);
	enum result r = file_read(path, root ? FILE_ROOT_OWNED : FILE_ANY,
				  &room);

	if (r == R_OK)
		r = sign_key_parse(sink_span(&room), out);
	if (r == R_OK)
		return CTL_DONE;
	complain(r == R_DENIED && root ?
		 "%s: not a plain file of root's that nobody else can write "
		 "to" : r == R_MALFORMED ?
		 "%s is no public key as minisign writes them" :
		 "%s can't be read", path);
	return CTL_REFUSED;
}

static int configured_signer(struct sign_key *out)
{
	struct config config;
	struct config_error error = { "" };
	char path[PREFIX_PATH_MAX];
	enum result r = prefix_path(PATH_CONFIG, path, sizeof(path));

	if (r == R_OK)
		r = config_read(path, &config, &error);
	if (r != R_OK) {
		complain("%s", error.text[0] ? error.text :
			 PATH_CONFIG " can't be read");
		return CTL_REFUSED;
	}
	if (!config.signer[0]) {
		complain("whose signature? --signer FILE, or [roster] signer "
			 "in " PATH_CONFIG);
		return CTL_REFUSED;
	}
	if (sign_key_text(config.signer, out) == R_OK)
		return CTL_DONE;
	complain(PATH_CONFIG ": [roster] signer: no public key as minisign "
		 "writes them (RW...)");
	return CTL_REFUSED;
}

int roster_signer(const struct arguments *a, bool root, struct sign_key *out)
{
	return a->seen & OPT(OPT_ROSTER_SIGNER) ?
		signer_of_file(a->value[OPT_ROSTER_SIGNER], root, out) :
		configured_signer(out);
}

/* -- making ------------------------------------------------------------------------ */

/* Never over another: a key that is lost so is lost for good. */
static int write_new(const char *path, struct span bytes, mode_t mode)
{
	enum result r = newfile_write(path, bytes, mode, false);

	if (r == R_OK)
		return CTL_DONE;
	complain("%s %s", path, r == R_BUSY ? "is there already, and stays" :
					      "can't be written");
	return CTL_REFUSED;
}

static int write_public(const char *path, const struct sign_key *key)
{
	char at[PATH_MAX];
	uint8_t text[256];
	struct sink out = SINK(text);
	int n = snprintf(at, sizeof(at), "%s.pub", path);

	sign_key_write(key, &out);
	if (n <= 0 || (size_t)n >= sizeof(at) || sink_done(&out) != R_OK) {
		complain("%s: too long a path", path);
		return CTL_USAGE;
	}
	return write_new(at, sink_span(&out), 0644);
}

static int write_secret(const char *path, struct roster_secret *s)
{
	struct sink out = SINK(s->text);

	sign_secret_write(&s->secret, &out);
	if (sink_done(&out) != R_OK)
		return CTL_SYSTEM;
	return write_new(path, sink_span(&out), 0600);
}

static void tell(const char *path, const struct sign_key *key)
{
	char text[256];
	struct sink out = sink_of(text, sizeof(text) - 1);
	const char *line;

	sign_key_write(key, &out);
	text[out.n] = '\0';
	line = strchr(text, '\n');
	printf("%s is the secret key: who has it makes accounts on every "
	       "machine that believes it.\n%s.pub is the public one. On those "
	       "machines, in " PATH_CONFIG ":\n\n[roster]\nsigner = %s",
	       path, path, line ? line + 1 : "\n");
}

int cmd_roster_key(const struct arguments *a)
{
	scoped(secret_page_free) void *page = NULL;
	struct roster_secret *s;
	struct sign_key key;
	int code;

	if (secret_page_new(&page) != R_OK) {
		complain("memory can't be locked");
		return CTL_SYSTEM;
	}
	s = page;
	if (sign_secret_new(&s->secret) != R_OK ||
	    sign_secret_key(&s->secret, &key) != R_OK) {
		complain("no key can be made");
		return CTL_SYSTEM;
	}
	/* a public key without its secret one does no harm */
	code = write_public(a->operand, &key);
	if (code == CTL_DONE)
		code = write_secret(a->operand, s);
	if (code == CTL_DONE)
		tell(a->operand, &key);
	return code;
}
