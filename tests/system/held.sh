# SPDX-License-Identifier: GPL-3.0-or-later
#
# Beside lab.sh, for tests: logins that are held where they ask or wait, so
# that something can be done meanwhile; and what a test says.
#
#   held_begin NAME SERVICE USER [pamlogin options]; held_sees NAME PATTERN
#   held_says NAME 'can 123456'; held_end NAME (then as after lab_login)

declare -A held_pid held_fd held_log

ok() { echo "ok $1"; }
fail() {
	echo "FAIL $*"
	sed 's/^/#   /' <<<"${out-}"
	tail -n 4 "$lab_log" | sed 's/^/# log: /'
}

# The last login must have ended so, with this code, and said so.
expect() {	# what wanted-result wanted-code-pattern
	if [[ $result == $2 && $code =~ ^($3)$ && ( -z $3 || -n $said ) ]]
	then ok "$1"
	else fail "$1: got '$result' '$code' '$said', wanted $2 $3"; fi
}

# check WHAT COMMAND...: ok where the command succeeds
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else fail "$what"; fi
}

held_begin() {
	local n=$1 s=$2 u=$3 f
	shift 3
	rm -f "$ROOT/$n.in"
	mkfifo "$ROOT/$n.in"
	held_log[$n]=$(wc -l <"$lab_log")
	(	# another login's answers end when that one says so
		for f in "${held_fd[@]}"; do exec {f}>&-; done
		LD_LIBRARY_PATH=$B exec "$B/pamlogin" \
			--service-dir "$ROOT/etc/pam.d" --service "$s" \
			${u:+--user "$u"} --answers-fd 0 "$@"
	) <"$ROOT/$n.in" >"$ROOT/$n.out" 2>&1 &
	held_pid[$n]=$!
	exec {f}>"$ROOT/$n.in"
	held_fd[$n]=$f
}

held_sees() {	# NAME PATTERN: a line of it comes within 5 s
	local i
	for i in $(seq 500); do
		grep -q -- "$2" "$ROOT/$1.out" && return 0
		sleep 0.01
	done
	return 1
}

# Where it has ended already nobody hears it.
held_says() { (printf '%s\n' "$2" >&"${held_fd[$1]}") 2>/dev/null || :; }

held_end() {
	local f=${held_fd[$1]}
	exec {f}>&-
	unset "held_fd[$1]"
	wait "${held_pid[$1]}"
	out=$(cat "$ROOT/$1.out")
	lab_read "${held_log[$1]}"
}

# The card lies in the reader, and pcscd has seen it.
held_lay() { lab_put "$1"; sleep 0.6; }

# cnied's child of this name, or nothing
helper_pid() {
	local c
	for c in $(cat "/proc/$cnied_pid/task/$cnied_pid/children"); do
		[ "$(cat "/proc/$c/comm" 2>/dev/null)" = "$1" ] &&
			{ echo "$c"; return; }
	done
}
