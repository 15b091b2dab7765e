// SPDX-License-Identifier: GPL-3.0-or-later
/* The encoder of tests/sim, for pictures that decoders must take or refuse. */
#include "sim/jp2_image.c"
