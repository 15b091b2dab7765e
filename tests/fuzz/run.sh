#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh: every fuzzer of build/fuzz for FUZZ_SECONDS each (60), two at a time,
# from its corpus; what is new grows under build/corpus, a finding stays as
# build/corpus/NAME.crash-*. One line a fuzzer; last line "N passed, M failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
seconds=${FUZZ_SECONDS:-60}
grown=build/corpus
mkdir -p "$grown" build/log
export LC_ALL=C
rm -f build/log/*.fuzz

one() {
	local name=$1 rc=0 log=build/log/$1.long.log start=$SECONDS
	mkdir -p "$grown/$name"
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	timeout -k 10 $((seconds + 120)) "build/fuzz/$name" \
		-max_total_time="$seconds" -timeout=25 -rss_limit_mb=1500 \
		-artifact_prefix="$grown/$name." -print_final_stats=1 \
		"$grown/$name" "tests/fuzz/corpus/$name" \
		</dev/null >"$log" 2>&1 || rc=$?
	local runs
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
	if [ $rc -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
		echo 1 >"build/log/$name.fuzz"
		printf 'ok   %-28s %9s inputs %4ss\n' "$name" "$runs" \
			$((SECONDS - start))
	else
		echo 0 >"build/log/$name.fuzz"
		printf 'FAIL %-28s exit status %s\n' "$name" "$rc"
		grep -nE 'SUMMARY|ERROR|runtime error|Test unit' "$log" |
			head -20 | sed 's/^/    | /'
	fi
}

running=0
for source in tests/fuzz/fuzz_*.c; do
	[ -e "$source" ] || continue
	name=$(basename "$source" .c)
	if [ ! -x "build/fuzz/$name" ]; then
		echo "FAIL $name: build/fuzz/$name was not built"
		echo 0 >"build/log/$name.fuzz"
		continue
	fi
	[ "$running" -lt 2 ] || { wait -n; running=$((running - 1)); }
	one "$name" &
	running=$((running + 1))
done
wait
passed=$(cat build/log/*.fuzz 2>/dev/null | grep -c 1)
failed=$(cat build/log/*.fuzz 2>/dev/null | grep -c 0)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
