/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: nss_cnie roster base */
/*
 * A hostile view at its place, and everything that glibc may ask of the
 * module. The first octet: bit 0 puts magic, version and size right, so that
 * more than the header is read; the other bits are the size of the caller's
 * buffer, 8 bytes each. The rest is the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../nss_cnie/nss_cnie.h"
#include "sim/view_people.h"

#define FILE_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64], view[160], fresh[176];

static void demand(bool good)
{
	if (!good)
		abort();
}

static void clean(void)
{
	static const char *const parts[] = {
		"/var/lib/cnie/accounts.view", "/var/lib/cnie", "/var/lib",
		"/var", "",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		remove(path);
	}
}

static void make_root(void)
{
	static const char *const parts[] = { "/var", "/var/lib",
					     "/var/lib/cnie" };
	char path[128];

	if (root[0])
		return;
	/* memory: a disk would sync each rename */
	strcpy(root, access("/dev/shm", W_OK) ? "/tmp/fuzz_view.XXXXXX" :
						"/dev/shm/fuzz_view.XXXXXX");
	demand(mkdtemp(root) != NULL);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		demand(mkdir(path, 0755) == 0);
	}
	snprintf(view, sizeof(view), "%s/accounts.view", path);
	snprintf(fresh, sizeof(fresh), "%s.new", view);
	demand(setenv("CNIE_ROOT", root, 1) == 0);
	atexit(clean);
}

/* As the writer does it: renamed into place, the old one marked. */
static void put_view(const uint8_t *bytes, size_t n)
{
	static const uint8_t one = 1;
	int old = open(view, O_WRONLY), fd;

	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	demand(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
	demand(rename(fresh, view) == 0);
	if (old >= 0)
		demand(pwrite(old, &one, 1, VIEW_SUPERSEDED + 3) == 1);
	close(old);
}

/* -- asking -------------------------------------------------------- */

static char *buf;
static size_t room;

static bool inside(const char *p)
{
	return p >= buf && p < buf + room &&
	       memchr(p, '\0', (size_t)(buf + room - p)) != NULL;
}

static bool answered(enum nss_status s, int e)
{
	if (s == NSS_STATUS_SUCCESS)
		return true;
	demand(e != 0);
	demand(s == NSS_STATUS_TRYAGAIN ? e == ERANGE : e != ERANGE);
	demand(s == NSS_STATUS_TRYAGAIN || s == NSS_STATUS_NOTFOUND ||
	       s == NSS_STATUS_UNAVAIL);
	return false;
}

static bool passwd_ok(enum nss_status s, int e, const struct passwd *pw)
{
	if (!answered(s, e))
		return false;
	demand(view_id_ok(pw->pw_uid) && view_primary_gid_ok(pw->pw_gid));
	demand(inside(pw->pw_name) && inside(pw->pw_passwd) &&
	       inside(pw->pw_gecos) && inside(pw->pw_dir) &&
	       inside(pw->pw_shell));
	demand(strcmp(pw->pw_passwd, "*") == 0);
	return true;
}

static bool group_ok(enum nss_status s, int e, const struct group *gr)
{
	if (!answered(s, e))
		return false;
	demand(view_id_ok(gr->gr_gid) && inside(gr->gr_name) &&
	       inside((const char *)gr->gr_mem));
	for (char **m = gr->gr_mem; *m; m++)
		demand(inside(*m));
	return true;
}

static void ask_groups(const char *name)
{
	long int start = 0, size = 1;
	gid_t *list = malloc(sizeof(gid_t));
	enum nss_status s;
	int e = 0;

	s = _nss_cnie_initgroups_dyn(name, 1000, &start, &size, &list, 0, &e);
	demand(start == 0 || s == NSS_STATUS_SUCCESS);
	for (long int i = 0; i < start; i++)
		demand(view_id_ok(list[i]));
	free(list);
}

static void look_up(void)
{
	static const char *const groups[] = { "cnie", "e0", "s0", "root" };
	static const uint32_t ids[] = { PEOPLE_GID, PEOPLE_ENTITY_GID,
					PEOPLE_SITE_GID, 0, 65534, 65535,
					UINT32_MAX };
	enum nss_status s;
	struct passwd pw;
	struct group gr;
	char name[16];
	int e = 0;

	for (uint32_t i = 0; i < 7; i++) {
		people_name(i, name);
		s = _nss_cnie_getpwnam_r(name, &pw, buf, room, &e);
		passwd_ok(s, e, &pw);
		s = _nss_cnie_getpwuid_r(people_uid(i), &pw, buf, room, &e);
		passwd_ok(s, e, &pw);
		ask_groups(name);
		s = _nss_cnie_getpwuid_r(ids[i], &pw, buf, room, &e);
		passwd_ok(s, e, &pw);
		s = _nss_cnie_getgrgid_r(ids[i], &gr, buf, room, &e);
		group_ok(s, e, &gr);
	}
	for (int i = 0; i < 4; i++) {
		s = _nss_cnie_getgrnam_r(groups[i], &gr, buf, room, &e);
		group_ok(s, e, &gr);
	}
}

static void enumerate(void)
{
	enum nss_status s;
	struct passwd pw;
	struct group gr;
	unsigned int n = 0;
	int e = 0;

	_nss_cnie_setpwent(0);
	_nss_cnie_setgrent(0);
	do {
		s = _nss_cnie_getpwent_r(&pw, buf, room, &e);
		demand(n++ <= FILE_MAX / 4);
	} while (passwd_ok(s, e, &pw));
	do {
		s = _nss_cnie_getgrent_r(&gr, buf, room, &e);
		demand(n++ <= FILE_MAX / 4);
	} while (group_ok(s, e, &gr));
	_nss_cnie_endpwent();
	_nss_cnie_endgrent();
}

static void put_right(uint8_t *bytes, size_t n)
{
	struct sink s = sink_of(bytes, 12);

	if (n < VIEW_HEADER)
		return;
	sink_put(&s, span_str(VIEW_MAGIC));
	sink_u32(&s, VIEW_VERSION);
	s = sink_of(bytes + 16, 8);
	sink_u64(&s, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[FILE_MAX];

	if (size < 1 || size - 1 > FILE_MAX)
		return 0;
	make_root();
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & 1)
		put_right(bytes, size - 1);
	put_view(bytes, size - 1);
	room = 8u * (data[0] >> 1);
	buf = malloc(room ? room : 1);	/* exact, so that an overrun is seen */
	demand(buf != NULL);
	look_up();
	enumerate();
	free(buf);
	return 0;
}
