#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# test_hostile.sh BUILD: the corpus of the hostile card: every plan ends as
# written beside it, and nothing that must not happen does; what ends otherwise
# is told.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${1:?usage: test_hostile.sh BUILD}
hostile=$build/test/hostile/hostile
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

say() {
	if [ "$1" -eq 0 ]; then
		echo "ok hostile: $2"
	else
		echo "FAIL hostile: $2"
		bad=1
		sed 's/^/    | /' "$work/out" | head -60
	fi
}

"$hostile" --corpus tests/fuzz/corpus/hostile >"$work/out" 2>&1
say $? "$(sed -n 's/^hostile: \([0-9]* plans of the corpus\).*/\1/p' \
	"$work/out") end as they must"

printf '%s\n' "C05 card=ca seed=1" \
	"R04 card=ca seed=1 reader/any/9/1/code/0/0" >"$work/wrong"
"$hostile" --corpus "$work/wrong" >"$work/out" 2>&1
[ $? -eq 1 ] && grep -q 'FOUND ended with OK and not with C05' "$work/out" &&
	grep -q '2 runs.* 1 found' "$work/out"
say $? "another end than the one written is told, and it alone"

exit $bad
