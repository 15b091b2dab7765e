# SPDX-License-Identifier: GPL-3.0-or-later
#
# For tests that kill a program at every step of a command: sourced after
# lab.sh, in a workstation where one person is enrolled as $person and every
# machine state that a command may begin with was put by with `put_by`.
#
# killed_with and killed_after name what is done before and after, else cnied is
# started again where it died.
#
#   killable PROGRAM; killed_at_every_step PROGRAM WHAT STATE CHECK COMMAND...
#
# PROGRAM (cniectl, cnied, cnie-sector) is killed before the first call by which
# it changes a file or says something, then before the second, and so on until
# the command runs through. Each time it is run again, by somebody who knows
# nothing but that it did not end well, and then CHECK must hold: nothing lost,
# nobody locked out, nothing half left behind.

states=$ROOT/states
mkdir -p "$states" "$B/killed"
cp "$B/killat.so" "$B/killed/"

ok() { echo "ok $1"; }
fail() {
	echo "FAIL $*"
	sed 's/^/#   /' <<<"${out-}" | tail -n 12
	tail -n 2 "$lab_log" | sed 's/^/# log: /'
}

# What a machine keeps: configuration, state, and the stick with its backups.
put_by() {	# name
	rm -rf "${states:?}/$1"
	mkdir -p "$states/$1"
	cp -a "$ROOT/etc" "$ROOT/var" "$ROOT/stick" "$states/$1/"
}

bring_back() {	# name
	rm -rf "$ROOT/var" "$ROOT/stick" "$ROOT/etc/cnie" "$ROOT"/run/cnie/ctl-*
	cp -a "$states/$1/var" "$states/$1/stick" "$ROOT/" &&
		cp -a "$states/$1/etc/cnie" "$ROOT/etc/" || die "state $1"
}

# Two numbers, written into the file that is mapped: the calls, and which one
# is the last.
numbers() {	# n
	printf '%b' "\\0\\0\\0\\0\\x$(printf '%x' $1)\\0\\0\\0" |
		dd of="$B/killed/killat.count" conv=notrunc status=none
}
calls() { od -An -N4 -tu4 "$B/killed/killat.count" | tr -d ' '; }

# The programs with the library in front. cnie-sector's environment is empty: it
# is started through a script.
killable() {	# program
	lab_cnied_stop
	mv "$B/cnie-sector" "$B/killed/"
	printf '#!/bin/sh\nLD_PRELOAD=%s exec %s\n' "$B/killed/killat.so" \
		"$B/killed/cnie-sector" >"$B/cnie-sector"
	chmod 755 "$B/cnie-sector"
	echo "$1" >"$B/killed/killat.name"
	numbers 0
	cnied_again
}
killable_ctl() { LD_PRELOAD=$B/killed/killat.so "$B/cniectl" "$@"; }

# Dead, or a zombie; kill -0 finds that one too.
cnied_gone() {
	! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$cnied_pid/status" 2>/dev/null
}

# Disowned, so that bash has nothing to say of each death. One that was killed
# has closed its sockets a moment before it is gone.
cnied_again() {
	local i
	[ "${killed-}" != cnied ] || for i in $(seq 500); do
		cnied_gone && break
		sleep 0.01
	done
	cnied_gone || return 0
	rm -f "$ROOT"/run/cnie/*.sock
	LD_PRELOAD=$B/killed/killat.so lab_cnied
	disown $cnied_pid
}

# Half a file, a folder of a dead cniectl: nothing of it may stay.
nothing_half() {
	local left
	left=$(find "$ROOT/etc/cnie" "$ROOT/var" "$ROOT/stick" "$ROOT/run/cnie" \
		\( -name '*.new' -o -name 'ctl-*' -o -name '*.begun' \
		-o -name '*.aside' -o -name '*.ending' \) 2>/dev/null)
	[ -z "$left" ] || { out+=" left: $left"; return 1; }
}

# What cnied says of the keys, and a row of it.
status() { st=$(ctl key status 2>&1) || { out+=" $st"; return 1; }; }
is() {		# row value
	local now
	now=$(sed -n "s/^$1  *//p" <<<"$st")
	[ "$now" = "$2" ] || { out+=" $1: $now, not $2"; return 1; }
}
key_sum() { sha256sum <"$ROOT/var/lib/cnie/key/sector-$1.key" 2>/dev/null; }
same_key() {	# epoch sum
	[ "$(key_sum "$1")" = "$2" ] || { out+=" another key $1"; return 1; }
}

# The card alone says who it is, and it is the account of before.
logs_in() {
	lab_calm
	lab_login login "" 123456 plain-Word-7
	[ "$result" = PAM_SUCCESS ] && grep -q "$person" <<<"$out" ||
		{ out+=" login: $result $code"; return 1; }
}

killed_at_every_step() {
	local program=$1 what=$2 state=$3 check=$4 n=1 first=0 again=0 kills=0
	local killed=
	# a slice of the steps; make check-long takes each
	local step=${CNIE_KILL_STEP:-6}
	shift 4
	while [ $n -lt 250 ]; do
		bring_back "$state"
		${killed_with:-true}
		numbers $n
		out=$(killable_ctl "$@" 2>&1)
		first=$?
		[ "$(calls)" -ge $n ] || break
		numbers 0
		killed=$program
		${killed_after:-cnied_again}
		killed=
		again=0		# cnied may have died after its last word
		[ $first = 0 ] || { out=$(ctl "$@" 2>&1); again=$?; }
		# run again it is done, or says that it was
		[ $again = 0 ] || { [ $again = 1 ] &&
			grep -qE 'are live|\(K08\)' <<<"$out"; } || {
			fail "$what, $program killed at $n: $again"; return; }
		$check && nothing_half || {
			fail "$what, $program killed at $n of $state"; return; }
		kills=$((kills + 1))
		n=$((n + step))
	done
	# cnied still has to write down what it has answered
	sleep 0.2
	numbers 0
	${killed_after:-cnied_again}
	[ $first = 0 ] && [ $n -gt 1 ] && $check ||
		{ fail "$what: $first after $n"; return; }
	ok "$what: $program killed at $kills steps, and run again"
}
