/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * personalise: make the data of one simulated card, or a master list. The
 * identities are synthetic, the State does not exist, the keys are new.
 */
#include "pers.h"

int main(int argc, char **argv)
{
	struct pers_options o;
	bool done = false;
	int status = pers_command_line(argc, argv, &o, &done);

	if (done)
		return status;
	return pers_make(&o) == R_OK ? 0 : 1;
}
