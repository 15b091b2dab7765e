/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sector base */
/* A key file of any bytes: what is accepted is a scalar that can be used. */
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/scope.h"
#include "sector/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(close_fd) int fd = memfd_create("key", MFD_CLOEXEC);
	struct sector_key key;
	uint8_t pk[OPRF_ELEMENT];

	if (fd < 0 || sodium_init() < 0 || size > 4096 ||
	    write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		return 0;
	if (key_read(fd, "urn:example:sector:one", 1, &key) == R_OK &&
	    oprf_public_key(key.scalar, pk) != R_OK)
		abort();
	return 0;
}
