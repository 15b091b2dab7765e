#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [FILE...]: every refusal that decides security is written with
# base/refuse.h; each is switched off in turn ("drop") and turned round
# ("invert"), and some check program must fail for each. FILE limits it to the
# marks of these sources.
#
# The marks are read off the preprocessor, so that none is forgotten. Which
# programs reach which mark, and how long each takes, is found out by a first
# run of all; then the quickest that reaches a mark goes first. A mark that no
# program reaches is a survivor. Needs `make MUTANTS=1 tests`.
# Last line: "N passed, M failed", one for each mark and way.
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
unset CNIE_ROOT CNIE_MUTANT CNIE_MUTATION
B=build-mutants
log=$B/log
limit=60
rm -rf "$log"
mkdir -p "$log/reach" "$log/ms"

# SOURCE -> "file:line" of its marks
marks_of() {
	gcc -std=gnu17 -D_GNU_SOURCE -DCNIE_MUTANTS -DCNIE_TWIN \
		-D'mutant_refused(condition, file, line)=MARK file line' \
		-DHELPER_DIR='""' -Ihelpers -Itests -E -P \
		$(pkg-config --cflags libpcsclite p11-kit-1) "$1" 2>/dev/null |
		tr '\n' ' ' | grep -oE 'MARK "[a-z_./0-9]+" [0-9]+' |
		sed -E 's/MARK "(.*)" ([0-9]+)/\1:\2/' | grep "^$1:" | sort -u
}

sources=("$@")
[ $# -gt 0 ] || mapfile -t sources < <(grep -lE '\brefuse(d|_if)\(' \
	helpers/*/*.c pam_cnie/*.c nss_cnie/*.c | grep -v base/refuse.c)
for s in "${sources[@]}"; do marks_of "$s"; done >"$log/marks"
written=$(grep -hoE '\brefuse(d|_if)\(' "${sources[@]}" | wc -l)
found=$(wc -l <"$log/marks")
echo "$found marks in ${#sources[@]} files ($written written)"

programs=()
for source in tests/*/check_*.c; do
	case $source in tests/simcheck/*|tests/face/*) continue ;; esac
	programs+=("$(basename "$source" .c)")
done

reach() {
	local from=${EPOCHREALTIME/./}
	CNIE_MUTANT_LOG=$PWD/$log/reach/$1 timeout -k 5 "$limit" \
		"$B/test/$1" </dev/null >"$log/$1.out" 2>&1 ||
		echo "$1" >>"$log/red"
	echo $(((${EPOCHREALTIME/./} - from) / 1000)) >"$log/ms/$1"
	[ ! -e "$log/reach/$1" ] ||
		sort -u -o "$log/reach/$1" "$log/reach/$1"
}
export -f reach
export B log limit
printf '%s\n' "${programs[@]}" | xargs -P 2 -I{} bash -c 'reach {}'
if [ -s "$log/red" ]; then
	echo "without any mutant these fail: $(tr '\n' ' ' <"$log/red")"
	echo "0 passed, 1 failed"
	exit 1
fi

# "MILLISECONDS PROGRAM" of those that reach a mark, the quickest first; then
# those that start the room's process, whose reach can't be seen.
runners() {
	local mark=$1 room p
	room=$(cut -d/ -f2 <<<"$mark")
	{
		for p in $(cd "$log/reach" && grep -lxF "$mark" ./* |
				sed 's|.*/||'); do
			echo "0 $(cat "$log/ms/$p") $p"
		done
		for p in tests/*/check_*_process.c; do
			case $room in
			base|lds|emrtd|"$(cut -d/ -f2 <<<"$p")") ;;
			*) continue ;;
			esac
			p=$(basename "$p" .c)
			[ ! -e "$log/ms/$p" ] ||
				echo "1 $(cat "$log/ms/$p") $p"
		done
	} | sort -n -k1,1 -k2,2 | awk '!seen[$3]++ { print $2, $3 }'
}

# A mutant may hang: five times what the program takes is no answer.
killed_by() {	# MARK WAY
	local ms p
	while read -r ms p; do
		CNIE_MUTANT=$1 CNIE_MUTATION=$2 \
			timeout -k 5 $((10 + ms / 200)) "$B/test/$p" \
			</dev/null >/dev/null 2>&1 || { echo "$p"; return 0; }
	done < <(runners "$1")
	return 1
}

one() {
	local way p
	for way in drop invert; do
		if p=$(killed_by "$1" "$way"); then
			echo "ok $1 $way $p" >>"$log/results"
		else
			echo "FAIL $1 $way: no test fails" >>"$log/results"
		fi
	done
}
export -f runners killed_by one
xargs -P 2 -I{} bash -c 'one {}' <"$log/marks"

grep '^FAIL' "$log/results" 2>/dev/null | sort
p=$(grep -c '^ok' "$log/results" 2>/dev/null)
f=$(grep -c '^FAIL' "$log/results" 2>/dev/null)
# a mark that the preprocessor did not show is not tested
[ "$found" -ge "$written" ] || f=$((f + 1))
echo "$SECONDS s"
echo "${p:-0} passed, ${f:-1} failed"
[ "${f:-1}" -eq 0 ] && [ "${p:-0}" -gt 0 ]
