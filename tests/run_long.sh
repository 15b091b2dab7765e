#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run_long.sh: what takes longer than `make check`. The check programs and the
# fuzzers' corpora built with AddressSanitizer and UndefinedBehaviorSanitizer
# (build-san), the check programs under valgrind, every combination of the
# card's protocols, every lie of a compromised cnie-card and every fault at
# every APDU, each refusal switched off in turn, the fuzzers for FUZZ_SECONDS
# each (60), and the hostile card for HOSTILE_SECONDS (3600). Last line "N
# passed, M failed".
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C
unset CNIE_ROOT
passed=0 failed=0
log=build/log-long
rm -rf "$log"
mkdir -p "$log"

# add "N passed, M failed"
add() {
	local p f
	p=$(printf '%s' "$1" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1/p')
	f=$(printf '%s' "$1" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\2/p')
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-1}))
}

echo '-- sanitizers'
# A process that may not be traced (dumpable 0, other ids, a filter) can't be
# searched for leaks by LeakSanitizer; such tests run in children that leave
# by _exit.
ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1 \
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
CK_DEFAULT_TIMEOUT=60 \
	bash tests/run.sh build-san programs | tee "$log/sanitizers"
add "$(tail -n 1 "$log/sanitizers")"

echo '-- threads'
# The one place where threads of a host meet in our code: the view's mapping.
if CK_DEFAULT_TIMEOUT=280 timeout -k 5 600 build-tsan/test/check_pin \
		>"$log/check_pin.tsan" 2>&1; then
	echo "ok   check_pin under ThreadSanitizer"
	add "1 passed, 0 failed"
else
	echo "FAIL check_pin under ThreadSanitizer"
	grep -E 'WARNING|SUMMARY|Failures' "$log/check_pin.tsan" | head -20
	add "0 passed, 1 failed"
fi

echo '-- valgrind'
# Not under valgrind, and why: a program, or FOLDER/PROGRAM, with * and ?.
not_here='
check_sandbox      the filter of the tests forbids what valgrind itself calls
check_helper_begin closes every descriptor, also those of valgrind
check_secret       asks the kernel about mappings; valgrind places and locks its own
check_spawn        starts programs, which valgrind would not follow
face/*             OpenCV, minutes a program; the sanitizer build covers it
check_durable      starts itself hundreds of times, preloaded; runs whole below
check_pin          eight threads, which valgrind runs one at a time: see -- threads
check_*_process    starts a real helper, which drops root and locks itself down
'

reason_not_here() {
	local pattern why
	while read -r pattern why; do
		[ -n "$pattern" ] || continue
		case $1 in
		$pattern|*/$pattern) echo "$why"; return ;;
		esac
	done <<<"$not_here"
}

grind() {
	local name=$1 rc=0 start=$SECONDS
	# valgrind does not know seccomp(2): cases tagged so run without it
	CK_EXCLUDE_TAGS=sandbox CK_DEFAULT_TIMEOUT=240 \
		timeout -k 5 900 valgrind -q \
		--error-exitcode=99 --leak-check=full \
		--errors-for-leak-kinds=definite --track-fds=no \
		"build/test/$name" </dev/null >"$log/$name.log" 2>&1 || rc=$?
	if [ $rc -eq 0 ]; then
		echo 1 >"$log/$name.valgrind"
		printf 'ok   %-30s %4ss\n' "$name" $((SECONDS - start))
	else
		echo 0 >"$log/$name.valgrind"
		printf 'FAIL %-30s exit status %s\n' "$name" "$rc"
		tail -n 60 "$log/$name.log" | sed 's/^/    | /'
	fi
}

running=0
for source in tests/*/check_*.c; do
	name=$(basename "$source" .c)
	why=$(reason_not_here "$(basename "$(dirname "$source")")/$name")
	if [ -n "$why" ]; then
		printf -- '-    %-30s %s\n' "$name" "$why"
		continue
	fi
	[ "$running" -lt 2 ] || { wait -n; running=$((running - 1)); }
	grind "$name" &
	running=$((running + 1))
done
wait
p=$(cat "$log"/*.valgrind 2>/dev/null | grep -c 1)
f=$(cat "$log"/*.valgrind 2>/dev/null | grep -c 0)
echo "$p passed, $f failed"
[ $((p + f)) -gt 0 ] || f=1
add "$p passed, $f failed"

# A system test in full: each line it prints counts.
whole() {	# SCRIPT [STEP]
	local name p f rc=0
	name=$(basename "$1" .sh)
	bash "$@" </dev/null >"$log/$name.log" 2>&1 || rc=$?
	p=$(grep -c '^ok ' "$log/$name.log")
	f=$(grep -c '^FAIL' "$log/$name.log")
	[ $rc -eq 0 ] && [ $((p + f)) -gt 0 ] || f=$((f + 1))
	grep -A 4 '^FAIL' "$log/$name.log" | head -n 60 | sed 's/^/    | /'
	printf '%-8s exit status %s, %s passed, %s failed\n' "$name" $rc "$p" "$f"
	add "$p passed, $f failed"
}

echo '-- every protocol, lie and fault'
whole tests/system/matrix.sh 1
whole tests/system/liar.sh 1
whole tests/system/cardfaults.sh 1

echo '-- every change of a file, the roster killed or the power gone there'
if CNIE_DURABLE_STEP=1 timeout -k 5 1800 build/test/check_durable \
		>"$log/check_durable.whole" 2>&1; then
	echo "ok   check_durable, each change"
	add "1 passed, 0 failed"
else
	echo "FAIL check_durable, each change"
	tail -n 60 "$log/check_durable.whole" | sed 's/^/    | /'
	add "0 passed, 1 failed"
fi

echo '-- the key of a sector, with a program killed at every step'
for script in tests/system/test_keys*killed*.sh; do
	name=$(basename "$script" .sh)
	if CNIE_KILL_STEP=1 timeout -k 5 1200 bash "$script" \
			>"$log/$name.whole" 2>&1 &&
			! grep -q '^FAIL' "$log/$name.whole"; then
		echo "ok   $name, each step"
		add "1 passed, 0 failed"
	else
		echo "FAIL $name, each step"
		grep -A8 '^FAIL' "$log/$name.whole" | sed 's/^/    | /'
		add "0 passed, 1 failed"
	fi
done

echo '-- mutation'
bash tests/mutation/run.sh | tee "$log/mutation"
add "$(tail -n 1 "$log/mutation")"

echo '-- fuzzing'
bash tests/fuzz/run.sh | tee "$log/fuzz"
add "$(tail -n 1 "$log/fuzz")"

echo '-- a hostile card'
bash tests/fuzz/hostile/run.sh "${HOSTILE_SECONDS:-3600}" | tee "$log/hostile"
add "$(tail -n 1 "$log/hostile")"

echo "-- $SECONDS s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
