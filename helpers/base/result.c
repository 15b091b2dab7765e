// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/result.h"

const char *result_name(enum result r)
{
	switch (r) {
	case R_OK:        return "R_OK";
	case R_DENIED:    return "R_DENIED";
	case R_MALFORMED: return "R_MALFORMED";
	case R_ABSENT:    return "R_ABSENT";
	case R_BUSY:      return "R_BUSY";
	case R_TIMEOUT:   return "R_TIMEOUT";
	case R_INTERNAL:  return "R_INTERNAL";
	}
	return "unknown result";
}
