/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main() of a check program: run one suite, exit by its failures. */
#ifndef CNIE_TESTS_CHECK_MAIN_H
#define CNIE_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

#define CHECK_MAIN(suite_function)                                    \
	int main(void)                                                \
	{                                                             \
		SRunner *runner = srunner_create(suite_function());   \
		int failed;                                           \
                                                                      \
		srunner_run_all(runner, CK_ENV);                      \
		failed = srunner_ntests_failed(runner);               \
		srunner_free(runner);                                 \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;          \
	}

#endif
