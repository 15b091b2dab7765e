#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A slice of the matrix; all of it in check-long.
exec bash "$(dirname "${BASH_SOURCE[0]}")/matrix.sh" 19
