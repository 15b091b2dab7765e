#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may include whom, which library stands in which file, what twins may
# contain, how large a file and a function may be, what the top level holds.
# One line a check: "ok layers: ..." or "FAIL layers: ... why".
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0

# say NAME [OFFENCES]: ok where there are none
say() {
	if [ -z "${2:-}" ]; then
		echo "ok layers: $1"
	else
		bad=1
		printf '%s\n' "$2" | head -20 | sed "s|^|FAIL layers: $1: |"
	fi
}

code() {	# the C and C++ files below the folders named
	find "$@" -type f \( -name '*.c' -o -name '*.h' -o -name '*.cc' \) |
		sort
}

rooms=$(cd helpers && ls -d -- */ | tr -d /)

# -- who may include whom: DESIGN.md section 3 ---------------------------------
# room: what it may include besides itself; a word with a slash is one header
may='
base:
lds: base
emrtd: lds base
card: base
inspect: emrtd lds base
face: base
sector: base
audit: base
roster: base
service: roster audit base
ctl: base
agent: base
tokend: base
pam_cnie: base roster/viewfmt.h
nss_cnie: base/bytes.h base/result.h base/prefix.h roster/viewfmt.h
'

check_room() {	# NAME FOLDER
	local allowed offences= file line target twin
	if ! printf '%s' "$may" | grep -q "^$1:"; then
		say "$1 is in the table" "$2 is no room of the design"
		return
	fi
	allowed=" $(printf '%s' "$may" | sed -n "s/^$1://p") "
	while read -r file line twin target; do
		[ -n "$file" ] || continue
		case "$twin $target" in
		?" $1"/*|"1 sim/replay_camera.h"|"1 sim/seat_stub.h") continue ;;
		esac
		case "$allowed" in
		*" ${target%%/*} "*|*" $target "*) continue ;;
		esac
		# a header beside the file itself
		[ "$target" = "${target##*/}" ] &&
			[ -e "$(dirname "$file")/$target" ] && continue
		offences="$offences$file:$line includes \"$target\"
"
	done < <(code "$2" | xargs -r awk '
		FNR == 1 { twin = 0 }
		/^#ifdef CNIE_TWIN/ { twin = 1 }
		/^#(else|endif)/ { twin = 0 }
		/^[ \t]*#[ \t]*include[ \t]*"/ {
			split($0, q, "\""); print FILENAME, FNR, twin, q[2] }')
	say "$1 includes only what it may" "${offences%
}"
}

for r in $rooms; do
	[ -n "$(code "helpers/$r")" ] || continue
	check_room "$r" "helpers/$r"
done
check_room pam_cnie pam_cnie
check_room nss_cnie nss_cnie

# -- libraries, each at home in few files ----------------------------------------

# only_in NAME PATTERN FILE-PATTERN...: an #include <PATTERN> stands nowhere else
only_in() {
	local what=$1 pattern=$2 f allowed offences=
	shift 2
	for f in $(code helpers pam_cnie nss_cnie | xargs grep -lE \
		"^[[:space:]]*#[[:space:]]*include[[:space:]]*<($pattern)"); do
		for allowed; do
			case $f in $allowed) continue 2 ;; esac
		done
		offences="$offences$f
"
	done
	say "$what" "${offences%
}"
}

only_in 'winscard only in card/pcsc.c' '(PCSC/)?(winscard|wintypes|pcsclite)' \
	'helpers/card/pcsc.c'
only_in 'libsecret only in agent/keyring.c' 'libsecret/' 'helpers/agent/keyring.*'
only_in 'OpenCV only in face/vision.cc' 'opencv2?/' 'helpers/face/vision.cc'
only_in 'SQLite only in roster' 'sqlite3' 'helpers/roster/*'
only_in 'libsodium only in sector, face/manifest and ctl' 'sodium' \
	'helpers/sector/*' 'helpers/face/*' 'helpers/ctl/*'
only_in 'OpenSSL only in emrtd and inspect' 'openssl/' \
	'helpers/emrtd/*' 'helpers/inspect/*'
only_in 'libsystemd only in service and audit' 'systemd/' \
	'helpers/service/*' 'helpers/audit/*'
only_in 'libcrypt only in roster and service' 'crypt\.h' \
	'helpers/roster/*' 'helpers/service/*'
only_in 'inih only in base/config.c' 'ini\.h' 'helpers/base/config.c'
only_in 'seccomp only in base/sandbox.c' 'seccomp\.h' 'helpers/base/sandbox.c'
only_in 'JPEG libraries only in face/image' 'turbojpeg|openjpeg|openjp2|opj' \
	'helpers/face/image*'
only_in 'video4linux only in face/camera and base/sandbox.c' \
	'linux/videodev2' 'helpers/face/camera*' 'helpers/base/sandbox.c'
only_in 'PAM only in pam_cnie' 'security/' 'pam_cnie/*'
only_in 'NSS only in nss_cnie and ctl/names_source.c' 'nss\.h' 'nss_cnie/*' \
	'helpers/ctl/names_source.c'
only_in 'PKCS#11 only in sector/token.c' 'p11-kit/' 'helpers/sector/token.c'
only_in 'no setlocale, no gettext' 'locale\.h|libintl' ''
only_in 'no threads but in nss_cnie' 'pthread|threads\.h' 'nss_cnie/*'

say 'C++ only in face/vision.cc' \
	"$(find helpers pam_cnie nss_cnie -name '*.cc' -o -name '*.cpp' |
		grep -v '^helpers/face/vision\.cc$')"

# -- what only test builds contain --------------------------------------------------

# prefix, spawn: CNIE_ROOT; wait: virtual readers; face/main: the replay camera;
# viewfmt: a view owned by the caller; seat: the seat stub; crew: CPU times, for
# make bench
twin_files='helpers/base/prefix.c
helpers/base/prefix.h
helpers/base/spawn.c
helpers/card/wait.c
helpers/face/main.c
helpers/roster/viewfmt.c
helpers/service/crew.c
helpers/service/seat.c'
say 'CNIE_TWIN only in the files named for it' \
	"$(code helpers pam_cnie nss_cnie | xargs grep -l 'CNIE_TWIN' |
		grep -vxF "$twin_files")"
say 'CNIE_ROOT only in base/prefix and base/spawn' \
	"$(code helpers pam_cnie nss_cnie | xargs grep -l '"CNIE_ROOT' |
		grep -vxE 'helpers/base/(prefix|spawn)\.c')"
say 'getenv only as secure_getenv, but in the two programs of a person' \
	"$(code helpers pam_cnie nss_cnie |
		grep -vE '^helpers/(agent|ctl)/' | xargs grep -nE '(^|[^_a-z])getenv *\(')"

# -- manners --------------------------------------------------------------------------

sources=$(code helpers pam_cnie nss_cnie tests)

# longer_than LINES FILE...
longer_than() {
	local most=$1
	shift
	awk -v most="$most" '
		function judge() { if (n > most) print file ": " n " lines" }
		FNR == 1 { judge(); file = FILENAME }
		{ n = FNR }
		END { judge() }' "$@"
}
say 'no source longer than 500 lines' "$(longer_than 500 $sources)"
say 'no script longer than 500 lines' \
	"$(longer_than 500 $(find tests packaging -name '*.sh'))"

# A function: from a line that begins with a letter and ends with ")", or its
# continuation, up to "{" alone, to "}" alone in the first column.
long=$(printf '%s\n' "$sources" | grep -v '\.h$' | xargs awk '
	FNR == 1 { start = 0 }
	/^[A-Za-z_].*\(/ { name = $0; head = FNR }
	/^\{/ { start = FNR }
	/^\}/ { if (start && FNR - start - 1 > 60)
			print FILENAME ":" head ": " FNR - start - 1 " lines: " name
		start = 0 }')
say 'no function longer than 60 lines' "$long"

say 'every file names its licence' \
	"$({ printf '%s\n' "$sources"
	   find tests packaging -name '*.sh'; } | sort -u | while read -r f; do
		head -3 "$f" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
			echo "$f"
	done)"
say 'no work left in comments' \
	"$(printf '%s\n' "$sources" | xargs grep -nE '\b(TODO|FIXME)\b')"
say 'no alloca' \
	"$(code helpers pam_cnie nss_cnie | xargs grep -nE '\balloca *\(')"
say 'no sprintf, no gets' \
	"$(code helpers pam_cnie nss_cnie |
		xargs grep -nE '(^|[^a-z_])(sprintf|vsprintf|gets) *\(')"
say 'no popen or system' \
	"$(code helpers pam_cnie nss_cnie |
		xargs grep -nE '(^|[^a-z_.>])(popen|system) *\(')"
say 'check programs have names of their own' \
	"$(find tests -name 'check_*.c' -printf '%f\n' | sort | uniq -d)"
say 'a header guards itself by its path' \
	"$(find helpers pam_cnie nss_cnie -name '*.h' | while read -r f; do
		g=$(awk '/^#ifndef /{ print $2; exit }' "$f")
		[ -n "$g" ] && grep -q "^#define $g" "$f" || echo "$f"
	done)"

# -- the tree ----------------------------------------------------------------------------

say 'nothing else at the top level' \
	"$(ls | grep -vxE 'pam_cnie|nss_cnie|helpers|udev|tests|packaging|Makefile|README\.md|LICENSE|CHANGELOG\.md|build(-san|-tsan|-mutants)?')"
files=$(git ls-files --cached --others --exclude-standard 2>/dev/null |
	grep -vE '^build(-san|-tsan|-mutants)?/|^tests/fuzz/corpus/')
[ -n "$files" ] || files=$(find . -path ./.git -prune -o -path './build*' \
	-prune -o -path ./tests/fuzz/corpus -prune -o -type f -print)
say 'no binary files' \
	"$(printf '%s\n' "$files" | while read -r f; do
		[ -s "$f" ] || continue
		LC_ALL=C grep -qI . "$f" || echo "$f"
	done)"
say 'no file larger than 200 KB' \
	"$(printf '%s\n' "$files" | while read -r f; do
		[ -f "$f" ] && find "$f" -size +200k
	done; find tests/fuzz/corpus -size +64k 2>/dev/null)"
say 'each fuzzer has its corpus' \
	"$(for f in tests/fuzz/fuzz_*.c; do
		n=$(basename "$f" .c)
		[ -n "$(find "tests/fuzz/corpus/$n" -type f 2>/dev/null |
			head -1)" ] || echo "$f"
	done)"

# -- requirements ------------------------------------------------------------------------
say 'requirements R1 to R35 stand in order, each with its proof' "$(
	awk -F '\t' '/^#/ { next }
		$1 != "R" ++n { print "row " n " is " $1 }
		NF != 4 || $2 == "" { print $1 ": not four columns" }
		$3 !~ /^(tested|document|later)$/ { print $1 ": status " $3 }
		$3 == "later" && $4 != "-" { print $1 ": later, but a proof" }
		END { if (n != 35) print n " rows" }' tests/requirements.tsv
	awk -F '\t' '!/^#/ && $3 != "later" { print $1, $4 }' \
		tests/requirements.tsv | while read -r id file; do
		[ -f "$file" ] || echo "$id: $file does not exist"
	done)"
exit $bad
