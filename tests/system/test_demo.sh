#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make demo, as a test: every case of its table is a line.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$("$here/demo.sh" 2>&1)
status=$?
table=$(sed -n '/Result/,$p' <<<"$out")
sed -nE 's/^ok    ([^ ].*[^ ])  +PAM_.*/ok demo: \1/p
	s/^WRONG ([^ ].*[^ ])  +(PAM_.*|[^ ]+)$/FAIL demo: \1: \2/p' <<<"$table"
[ "$(grep -c '^ok ' <<<"$table")" -ge 25 ] || {
	echo "FAIL demo: fewer cases than it has"
	tail -n 30 <<<"$out"
}
[ $status = 0 ] || { echo "FAIL demo: exit status $status"; tail -n 40 <<<"$out"; }
