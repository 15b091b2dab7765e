#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh: what `make bench` prints. Each tests/bench/bench_*.sh measures one
# thing and prints lines "NAME<TAB>VALUE<TAB>UNIT<TAB>BAR" (BAR: what the design
# asks for, or "-"). What is a count or a ratio, and so the same on every
# machine, is held against baseline.tsv: twice as much fails. Nothing here
# decides whether a test passes.
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
unset CNIE_ROOT
build=${1:-build}

# the start of each program: ELF, libraries and nothing else
start_cost() {
	local program=$1 n=50 t0 t1
	[ -x "$build/$program" ] || return
	t0=$(date +%s%N)
	for ((i = 0; i < n; i++)); do
		"$build/$program" </dev/null >/dev/null 2>&1 3<&-
	done
	t1=$(date +%s%N)
	printf '%s: start and refusal\t%s\tus\t-\n' "$program" \
		$(((t1 - t0) / n / 1000))
}

size_of() {
	printf '%s: file\t%s\tKiB\t-\n' "$1" \
		$(($(stat -c %s "$build/$1") / 1024))
}

{
	for p in cnie-card cnie-inspect cnie-face cnie-sector; do
		start_cost "$p"
	done
	for f in pam_cnie.so libnss_cnie.so.2 cnied; do
		[ -f "$build/$f" ] && size_of "$f"
	done
	printf 'cnie-face: libraries\t%s\tlines of ldd\t< 40\n' \
		"$(ldd "$build/cnie-face" | wc -l)"
	for script in tests/bench/bench_*.sh; do
		[ -e "$script" ] || continue
		bash "$script" "$build" ||
			printf '%s\tfailed\t-\t-\n' "$(basename "$script")"
	done
} | tee build/bench.tsv |
	awk -F '\t' '{ printf "%-52s %12s %-14s %s\n", $1, $2, $3, $4 }'

# NAME<TAB>VALUE of counts ("-"), ratios (x) and bytes (B)
awk -F '\t' '
NR == FNR { if (!/^#/) was[$1] = $2; next }
($1 in was) && $2 + 0 > 2 * was[$1] {
	printf "REGRESSION %s: %s, was %s\n", $1, $2, was[$1]; bad = 1 }
$2 == "failed" { printf "FAILED %s\n", $1; bad = 1 }
{ seen[$1] = 1 }
END { for (n in was) if (!(n in seen)) {
		printf "MISSING %s\n", n; bad = 1 }
	exit bad }' tests/bench/baseline.tsv build/bench.tsv
