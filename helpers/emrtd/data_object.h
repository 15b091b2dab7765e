/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the data objects of commands (9303-11 9.4.1, ISO/IEC 7816-4 5.2.2);
 * lds/tlv.h reads them. */
#ifndef CNIE_EMRTD_DATA_OBJECT_H
#define CNIE_EMRTD_DATA_OBJECT_H

#include "base/bytes.h"

/* Tag (of one octet, or two: 7F49), the shortest length, value. */
void put_object(struct sink *out, uint16_t tag, struct span value);
/* Octets that a value of n takes with its tag of one octet and its length. */
size_t object_size(size_t n);

#endif
