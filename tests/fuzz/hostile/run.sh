#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh SECONDS: the hostile card (AddressSanitizer, UBSan; build/fuzz/hostile),
# two at a time with different seeds, from the corpus of plans; what reaches
# something new grows under build/corpus/hostile, a finding stays as a file of
# build/corpus/hostile.found. HOSTILE_SEED (the time) begins the seeds;
# HOSTILE_BUILD (build) is where the programs are. Then all of those plans once
# more with build/fuzz/covered, and the lines of
# helpers/{card,inspect,emrtd,lds} that they reached.
# Last line "N passed, M failed".
set -u
cd "$(dirname "$0")/../../.." || exit 2
seconds=${1:?usage: run.sh SECONDS}
build=${HOSTILE_BUILD:-build}
seed=${HOSTILE_SEED:-$(date +%s)}
programs=$build/fuzz/hostile
grown=$build/corpus/hostile
found=$build/corpus/hostile.found
log=$build/log
export LC_ALL=C
mkdir -p "$grown" "$found" "$log"
if [ ! -x "$programs/hostile" ]; then
	echo "FAIL hostile: $programs/hostile was not built"
	echo "0 passed, 1 failed"
	exit 1
fi

one() {
	local n=$1 rc=0
	# what is new goes first into a folder of its own: the other one reads
	# the common one meanwhile
	mkdir -p "$grown.$n"
	timeout -k 10 $((seconds + 600)) "$programs/hostile" \
		--seconds "$seconds" --seed $((seed + n)) \
		--corpus tests/fuzz/corpus/hostile --corpus "$grown" \
		--grow "$grown.$n" --found "$found" \
		</dev/null >"$log/hostile.$n.log" 2>&1 || rc=$?
	echo $rc >"$log/hostile.$n.rc"
}

# The store's own files are no card's to reach: not counted in the last line.
coverage() {
	local profile covered=$build/fuzz/covered
	# for the helpers, which have given up root
	profile=$(mktemp -d) && chmod 777 "$profile" || return 1
	LLVM_PROFILE_FILE=$profile/%m.profraw timeout 1200 "$covered/hostile" \
		--measure --corpus tests/fuzz/corpus/hostile \
		--corpus "$grown" </dev/null >"$log/hostile.covered.log" 2>&1
	llvm-profdata merge -o "$profile/all" "$profile"/*.profraw &&
	llvm-cov report "$covered/cnie-inspect" \
		-object "$covered/cnie-card" -instr-profile="$profile/all" \
		helpers/card helpers/inspect helpers/emrtd helpers/lds \
		>"$log/hostile.covered"
	rm -rf "$profile"
	awk '$1 ~ /\.c$/ {
			n = $8; r = $8 - $9
			printf "     helpers/%-28s %4d of %4d lines %5.1f %%\n",
				$1, r, n, 100 * r / n
			if ($1 ~ /import|master_list|csca/)
				next
			lines += n; reached += r
		}
		END { if (lines)
			printf "   0 what a card can reach: %d of %d lines, %.1f %%\n",
				reached, lines, 100 * reached / lines }' \
		"$log/hostile.covered" | sort | sed 's/^   0 /     /'
	[ -s "$log/hostile.covered" ]
}

rm -f "$log"/hostile.*
one 1 &
one 2 &
wait
passed=0 failed=0
for n in 1 2; do
	if [ "$(cat "$log/hostile.$n.rc")" = 0 ]; then
		passed=$((passed + 1)) verdict=ok
	else
		failed=$((failed + 1)) verdict=FAIL
		grep -A 40 -m 5 FOUND "$log/hostile.$n.log" |
			sed 's/^/    | /'
	fi
	printf '%-4s %s\n' $verdict "$(tail -n 1 "$log/hostile.$n.log")"
	mv -n "$grown.$n"/* "$grown" 2>/dev/null
	rm -rf "$grown.$n"
done
if coverage; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	echo "FAIL the coverage was not measured"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
