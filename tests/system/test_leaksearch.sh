#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The search that later says "a login leaves nothing" must be able to find.
set -u
cd "$(dirname "$0")/../.." || exit 2
tool=${1:-build}/test/leaksearch
"$tool" --self-test | sed -E 's/^(ok|FAIL) /\1 leaksearch: /'
[ "${PIPESTATUS[0]}" -eq 0 ] || bad=1

# said NAME STATUS WANTED
said() {
	if [ "$2" -eq "$3" ]; then
		echo "ok leaksearch: $1"
	else
		echo "FAIL leaksearch: $1: exit status $2, not $3"
		bad=1
	fi
}
bad=${bad:-0}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
hex=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
echo "$hex" >"$dir/markers"
mkdir "$dir/clean" "$dir/leaky"
head -c 300000 /dev/zero >"$dir/clean/a"
{ head -c 300000 /dev/zero; printf '%s' "$hex"; } >"$dir/leaky/a"
"$tool" --derive --markers-fd 3 --dir "$dir/clean" 3<"$dir/markers" >"$dir/out"
said 'a clean folder is exit status 0' $? 0
"$tool" --derive --markers-fd 3 --dir "$dir/leaky" 3<"$dir/markers" >"$dir/out"
said 'a leak is exit status 1' $? 1
grep -q "^file $dir/leaky/a +0x493e0: marker 1 (hex)" "$dir/out"
said 'and says where it is' $? 0
"$tool" --markers-fd 3 --dir "$dir/leaky" 3<"$dir/markers" >"$dir/out"
said 'without --derive only the bytes themselves' $? 0
"$tool" --derive --markers-fd 3 --pid 2147483646 3<"$dir/markers" \
	>"$dir/out" 2>&1
said 'a process that is gone is exit status 2' $? 2
"$tool" --derive --markers-fd 3 3<"$dir/markers" >"$dir/out" 2>&1
said 'nothing to search is exit status 2' $? 2
echo 00 >"$dir/markers"
"$tool" --markers-fd 3 --dir "$dir/clean" 3<"$dir/markers" >"$dir/out" 2>&1
said 'a marker too short is exit status 2' $? 2
exit $bad
