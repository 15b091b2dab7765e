#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# build.sh OUT ROOMS SOURCE... -- CFLAGS... -- CXXFLAGS... -- LDLIBS...
# One libFuzzer program with AddressSanitizer and UBSan, by clang.
set -eu
out=$1; shift 2
src=() cflags=() cxxflags=() ld=(); part=0
for a in "$@"; do
	if [ "$a" = -- ]; then part=$((part + 1)); continue; fi
	case $part in
	0) src+=("$a") ;; 1) cflags+=("$a") ;; 2) cxxflags+=("$a") ;; 3) ld+=("$a") ;;
	esac
done
common="-O1 -g -D_GNU_SOURCE -DCNIE_TWIN -Ihelpers -Itests
	-fsanitize=fuzzer-no-link,address,undefined"
objs=() cxx=clang
for s in "${src[@]}"; do
	o=$out.d/${s//\//_}.o
	mkdir -p "$out.d"
	if [ ! -f "$o" ] || [ -n "$(find helpers tests/fuzz tests/sim -newer "$o" \
			-name '*.[ch]*' -print -quit)" ]; then
		case $s in
		*.cc) clang++ -std=gnu++17 $common "${cxxflags[@]}" -c "$s" -o "$o" ;;
		*) clang -std=gnu17 $common "${cflags[@]}" -c "$s" -o "$o" ;;
		esac
	fi
	case $s in *.cc) cxx=clang++ ;; esac
	objs+=("$o")
done
$cxx -fsanitize=fuzzer,address,undefined -o "$out" "${objs[@]}" "${ld[@]}"
