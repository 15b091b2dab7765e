// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void secret_wipe(void *p, size_t n)
{
	if (p && n)
		explicit_bzero(p, n);
}

enum result secret_page_new(void **out)
{
	void *p = mmap(NULL, SECRET_PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return R_INTERNAL;
	if (mlock(p, SECRET_PAGE_SIZE) ||
	    madvise(p, SECRET_PAGE_SIZE, MADV_DONTDUMP) ||
	    madvise(p, SECRET_PAGE_SIZE, MADV_WIPEONFORK)) {
		munmap(p, SECRET_PAGE_SIZE);
		return R_INTERNAL;
	}
	*out = p;
	return R_OK;
}

void secret_page_free(void **page)
{
	if (!*page)
		return;
	secret_wipe(*page, SECRET_PAGE_SIZE);
	munmap(*page, SECRET_PAGE_SIZE);
	*page = NULL;
}

enum result secret_no_dumps(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
		return R_INTERNAL;
	return R_OK;
}
