// SPDX-License-Identifier: GPL-3.0-or-later
/* face_eval's arithmetic, for check_face_eval. */
#include "sim/face_eval_report.c"
