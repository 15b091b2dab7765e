#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh: what `make bench` prints. Each tests/bench/bench_*.sh measures one
# thing and prints lines "NAME<TAB>VALUE<TAB>UNIT<TAB>BAR" (BAR: what the design
# asks for, or "-"). Nothing here decides whether a test passes.
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
} | awk -F '\t' '{ printf "%-44s %12s %-14s %s\n", $1, $2, $3, $4 }'
