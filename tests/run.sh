#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BUILD [programs]
# Every test of `make check`: the check programs, the fuzzers' corpora, the
# scripts of tests/base and tests/system. What is run follows from the sources,
# so that a test which was not built is a failure, not a silence. With
# `programs`, the scripts are left out (sanitizer builds).
# Two at a time; a script with a line "# alone" runs by itself.
# Logs: BUILD/log/NAME.log. Last line: "N passed, M failed".
set -u
cd "$(dirname "$0")/.." || exit 2
build=${1:?usage: run.sh BUILD [programs]}
only=${2:-}
log=$build/log
limit=${CNIE_TEST_LIMIT:-300}
export LC_ALL=C
unset CNIE_ROOT
rm -rf "$log"
mkdir -p "$log" || exit 2
began=$SECONDS
log_abs=$(cd "$log" && pwd)

# result NAME PASSED FAILED SECONDS NOTE: one file each, so that two at a
# time can write.
result() {
	printf '%s %s %s\n' "$2" "$3" "$4" >"$log_abs/$1.result"
	if [ "$3" -gt 0 ]; then
		printf 'FAIL %-34s %4s passed %3s failed %4ss  %s\n' \
			"$1" "$2" "$3" "$4" "${5:-}"
		grep -v '^ok ' "$log_abs/$1.log" | tail -n 60 |
			sed 's/^/    | /'
	else
		printf 'ok   %-34s %4s passed            %4ss  %s\n' \
			"$1" "$2" "$4" "${5:-}"
	fi
}

# how a program or script ended, in words, or nothing
ending() {
	case $1 in
	0) ;;
	124|137) echo "stopped after $limit s" ;;
	*) echo "exit status $1" ;;
	esac
}

run_check() {
	local name=$1 start=$SECONDS rc=0 n f bad=0
	timeout -k 5 "$limit" "$build/test/$name" </dev/null \
		>"$log_abs/$name.log" 2>&1 || rc=$?
	read -r n f < <(awk '/^[0-9]+%: Checks: [0-9]+, Failures: /{
		gsub(/[^0-9 ]/, ""); n += $2; f += $3 + $4; seen = 1 }
		END { print seen ? n : "-", f + 0 }' "$log_abs/$name.log")
	if [ "$n" = - ]; then		# no libcheck program
		[ $rc -eq 0 ] || bad=1
		n=1 f=$bad
	elif [ "$n" -eq 0 ] || { [ $rc -ne 0 ] && [ "$f" -eq 0 ]; }; then
		n=$((n + 1)) f=$((f + 1))
	fi
	result "$name" $((n - f)) "$f" $((SECONDS - start)) "$(ending $rc)"
}

run_fuzz() {
	local name=$1 start=$SECONDS rc=0
	local corpus=tests/fuzz/corpus/$name
	if [ -z "$(find "$corpus" -type f ! -name '.*' 2>/dev/null | head -1)" ]
	then
		echo "$corpus: no corpus, or an empty one" >"$log_abs/$name.log"
		result "$name" 0 1 0
		return
	fi
	timeout -k 5 "$limit" "$build/test/$name" "$corpus" </dev/null \
		>"$log_abs/$name.log" 2>&1 || rc=$?
	if [ $rc -eq 0 ]; then
		result "$name" 1 0 $((SECONDS - start)) \
			"$(tail -n 1 "$log_abs/$name.log")"
	else
		result "$name" 0 1 $((SECONDS - start)) "$(ending $rc)"
	fi
}

run_script() {
	local name=$1 start=$SECONDS rc=0 p f
	timeout -k 5 "$limit" bash "$2" "$build" </dev/null \
		>"$log_abs/$name.log" 2>&1 || rc=$?
	p=$(grep -c '^ok ' "$log_abs/$name.log")
	f=$(grep -c '^FAIL ' "$log_abs/$name.log")
	if [ $((p + f)) -eq 0 ] || { [ $rc -ne 0 ] && [ "$f" -eq 0 ]; }; then
		f=$((f + 1))
	fi
	result "$name" "$p" "$f" $((SECONDS - start)) "$(ending $rc)"
}

running=0
start_one() {
	while [ "$running" -ge 2 ]; do
		wait -n
		running=$((running - 1))
	done
	"$@" &
	running=$((running + 1))
}

wait_all() {
	wait
	running=0
}

missing() {
	echo "$build/test/$1 was not built" >"$log_abs/$1.log"
	result "$1" 0 1 0
}

names=
for source in tests/*/check_*.c; do
	[ -e "$source" ] || continue
	name=$(basename "$source" .c)
	case " $names " in *" $name "*)		# make would build one of them
		echo "$source: another folder has a program of this name" \
			>"$log_abs/$name.twice.log"
		result "$name.twice" 0 1 0
		continue ;;
	esac
	names="$names $name"
	if [ -x "$build/test/$name" ]; then
		start_one run_check "$name"
	else
		missing "$name"
	fi
done
for source in tests/fuzz/fuzz_*.c; do
	[ -e "$source" ] || continue
	name=$(basename "$source" .c)
	if [ -x "$build/test/$name" ]; then
		start_one run_fuzz "$name"
	else
		missing "$name"
	fi
done
if [ "$only" != programs ]; then
	alone=
	for script in tests/base/*.sh tests/*/test_*.sh; do
		[ -e "$script" ] || continue
		name=$(basename "$(dirname "$script")").$(basename "$script" .sh)
		if grep -q '^# alone' "$script"; then
			alone="$alone $name:$script"
		else
			start_one run_script "$name" "$script"
		fi
	done
	wait_all
	for pair in $alone; do
		run_script "${pair%%:*}" "${pair#*:}"
	done
fi
wait_all

set -- $(cat "$log_abs"/*.result 2>/dev/null |
	awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
echo "total time $((SECONDS - began)) s, logs in $log"
echo "$1 passed, $2 failed"
[ "$2" -eq 0 ] && [ "$1" -gt 0 ]
