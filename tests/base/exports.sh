#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# exports.sh BUILD: what the packaged programs and modules export, need and
# contain, read back from the files themselves. The twins in BUILD/test show
# that the searches can find what they look for.
# One line a check: "ok exports: ..." or "FAIL exports: ... why".
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${1:-build}
twin=$build/test
bad=0
export LC_ALL=C

say() {		# NAME [OFFENCES]
	if [ -z "${2:-}" ]; then
		echo "ok exports: $1"
	else
		bad=1
		printf '%s\n' "$2" | head -20 | sed "s|^|FAIL exports: $1: |"
	fi
}

helpers='cnie-card cnie-inspect cnie-face cnie-sector'
programs="$helpers cnied cniectl"
[ -e helpers/agent/main.c ] && programs="$programs cnie-agent"
modules='pam_cnie.so libnss_cnie.so.2'

# -- everything is there ----------------------------------------------------------
say 'all programs, modules and twins are built' "$(
	for f in $programs $modules; do
		[ -f "$build/$f" ] || echo "$build/$f is missing"
		[ -f "$twin/$f" ] || echo "$twin/$f is missing"
	done)"

# -- symbols -----------------------------------------------------------------------
defined() {
	nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//' | sort
}

pam_wanted='pam_sm_acct_mgmt
pam_sm_authenticate
pam_sm_chauthtok
pam_sm_close_session
pam_sm_open_session
pam_sm_setcred'
nss_wanted='_nss_cnie_endgrent
_nss_cnie_endpwent
_nss_cnie_getgrent_r
_nss_cnie_getgrgid_r
_nss_cnie_getgrnam_r
_nss_cnie_getpwent_r
_nss_cnie_getpwnam_r
_nss_cnie_getpwuid_r
_nss_cnie_initgroups_dyn
_nss_cnie_setgrent
_nss_cnie_setpwent'
for dir in "$build" "$twin"; do
	say "$dir/pam_cnie.so exports the six entry points and nothing else" \
		"$(diff <(defined "$dir/pam_cnie.so") <(echo "$pam_wanted") |
			grep '^[<>]')"
	say "$dir/libnss_cnie.so.2 exports the eleven functions and nothing else" \
		"$(diff <(defined "$dir/libnss_cnie.so.2") \
			<(echo "$nss_wanted") | grep '^[<>]')"
done
say 'programs export nothing of ours' "$(
	for f in $programs; do
		nm -D --defined-only "$build/$f" 2>/dev/null |
			awk '$2 ~ /[TDBR]/ { print $NF }' |
			grep -vE '^(_init|_fini|_IO_stdin_used|_edata|_end|__bss_start|environ|stdin|stdout|stderr|optarg|optind|opterr|optopt|program_invocation.*|_Z.*)(@.*)?$' |
			sed "s|^|$f: |"
	done)"
# no constructors, no thread-local storage: they run in other people's processes
say 'the modules have no constructors of their own' "$(
	for f in $modules; do
		n=$(readelf -SW "$build/$f" | sed -n \
			's/.* INIT_ARRAY *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p')
		# 8 bytes: the compiler's own frame_dummy
		[ $((16#${n:-ff})) -le 8 ] || echo "$f: .init_array of 0x$n bytes"
	done)"
say 'the modules have no thread-local storage' "$(
	for f in $modules; do
		readelf -lW "$build/$f" | grep -q ' TLS ' && echo "$f"
	done)"
say 'the NSS module carries its soname' "$(
	readelf -d "$build/libnss_cnie.so.2" |
		grep -q 'SONAME.*\[libnss_cnie.so.2\]' || echo missing)"

# -- what is needed -------------------------------------------------------------------
needed() {
	readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		sed 's/\.so\..*//; s/\.so$//' | grep -v '^ld-linux'
}

# FILE ALLOWED...: nothing else, and libc
may_need() {
	local f=$1 lib offences=
	shift
	for lib in $(needed "$build/$f"); do
		case " $* libc " in
		*" $lib "*) ;;
		*) offences="$offences$lib
" ;;
		esac
	done
	say "$f needs only: $* libc" "${offences%
}"
}

may_need pam_cnie.so libpam
may_need libnss_cnie.so.2
may_need cnie-card libpcsclite libseccomp
may_need cnie-inspect libcrypto libseccomp
may_need cnie-face libopencv_dnn libopencv_imgproc libopencv_core \
	libturbojpeg libopenjp2 libseccomp libstdc++ libgcc_s libm
may_need cnie-sector libsodium libcurl libp11-kit libseccomp
may_need cnied libsqlite3 libsystemd libcrypt libinih
may_need cniectl libsodium libinih
case " $programs " in *' cnie-agent '*)
	may_need cnie-agent libsecret-1 libglib-2.0 libgio-2.0 libgobject-2.0 ;;
esac
say 'every helper can lock itself down (libseccomp)' "$(
	for f in $helpers; do
		needed "$build/$f" | grep -qx libseccomp || echo "$f"
	done)"
say 'pam_cnie.so does need libpam' "$(
	needed "$build/pam_cnie.so" | grep -qx libpam || echo 'it does not')"
n=$(ldd "$build/cnie-face" | wc -l)
say "cnie-face loads fewer than 40 libraries ($n)" \
	"$([ "$n" -gt 4 ] && [ "$n" -lt 40 ] || echo "$n lines of ldd")"

# -- hardening ---------------------------------------------------------------------------
each() {	# NAME COMMAND: the command prints what is wrong with $f
	local name=$1 out= f
	shift
	for f in $programs $modules; do
		out="$out$("$@" "$build/$f" | sed "s|^|$f: |")"
	done
	say "$name" "$out"
}
no_relro() { readelf -lW "$1" | grep -q GNU_RELRO || echo 'no GNU_RELRO'; }
no_now() { readelf -dW "$1" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || echo lazy; }
no_pie() { readelf -hW "$1" | grep -q 'Type:.*DYN' || echo 'not DYN'; }
exec_stack() {
	readelf -lW "$1" | awk '/GNU_STACK/ { seen = 1; if (/RWE/) print "RWE" }
		END { if (!seen) print "no GNU_STACK" }'
}
write_exec() { readelf -lW "$1" | awk '/LOAD/ && /RWE/ { print "RWE LOAD" }'; }
rpath() { readelf -dW "$1" | grep -E 'RPATH|RUNPATH|TEXTREL'; }
no_canary() { nm -D "$1" | grep -q __stack_chk_fail || echo 'no stack guard'; }
each 'GNU_RELRO everywhere' no_relro
each 'all symbols bound at the start (BIND_NOW)' no_now
each 'position independent' no_pie
each 'no executable stack' exec_stack
each 'no segment both writable and executable' write_exec
each 'no RPATH, RUNPATH or text relocation' rpath
each 'stack guard' no_canary

# -- modules alone -------------------------------------------------------------------------
out=$(CNIE_MODULE_DIR="$PWD/$build" "$twin/check_dlopen" 2>&1) && out=
say 'the packaged modules load alone with RTLD_NOW' \
	"$(printf '%s' "$out" | grep -v '^Running')"

# -- what only test builds contain -----------------------------------------------------------
has() {		# FILE TEXT: in its strings or its symbols
	strings -a "$1" | grep -qF -- "$2" || nm "$1" 2>/dev/null |
		grep -qF -- "$2"
}
for text in CNIE_ROOT seat-stub seat_stub replay .mjpeg; do
	say "packaged files contain no \"$text\"" "$(
		for f in $programs $modules; do
			has "$build/$f" "$text" && echo "$build/$f"
		done)"
done
twin_has() {	# FILE TEXT: so that the search above can fail
	say "the twin of $1 contains \"$2\"" \
		"$(has "$twin/$1" "$2" || echo 'not found')"
}
for f in cnied cniectl pam_cnie.so libnss_cnie.so.2; do
	twin_has "$f" CNIE_ROOT
done
twin_has cnied seat-stub
twin_has cnied seat_stub
twin_has cnie-face replay
twin_has cnie-face .mjpeg
# the names by which a virtual reader is refused; a twin, which takes it,
# has no use for them
say 'packaged cnie-card knows virtual readers, to refuse them' "$(
	has "$build/cnie-card" vpcd || echo 'the names are missing')"
say 'the twin of cnie-card takes virtual readers' "$(
	has "$twin/cnie-card" vpcd && echo 'the names are there')"
exit $bad
