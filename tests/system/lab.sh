# SPDX-License-Identifier: GPL-3.0-or-later
#
# A workstation in a folder: sourced by the demo and the system tests, inside
# pcscd_env.sh (own mount and network namespaces). All persons are synthetic;
# the State is UTO, its CSCA made anew by lab_init.
#
#   lab_init; lab_card NAME OPTIONS...; lab_put NAME; lab_login ...; lab_end

. "$(dirname "${BASH_SOURCE[0]}")/listens.sh"
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
built=${CNIE_BUILD:-$top/build}/test
B=$built		# lab_init: a copy that every user can reach

# one-shot helpers run as these; no user of that number need exist
LAB_IDS=card=64101:64101,inspect=64102:64102,face=64103:64103,sector=64104:64104

die() { echo "lab: $*" >&2; exit 99; }

# One private nsswitch.conf and no journald: nothing of the machine is changed.
lab_names() {
	sed -E 's/^(passwd|group):.*/\1: files cnie/' /etc/nsswitch.conf \
		>"$ROOT/nsswitch.conf"
	grep -q '^passwd: files cnie' "$ROOT/nsswitch.conf" ||
		printf 'passwd: files cnie\ngroup: files cnie\n' >>"$ROOT/nsswitch.conf"
	cp /etc/passwd "$ROOT/passwd"
	mount --bind "$ROOT/nsswitch.conf" /etc/nsswitch.conf &&
		mount --bind "$ROOT/passwd" /etc/passwd || die "mount names"
	[ ! -d /run/systemd ] || mount -t tmpfs tmpfs /run/systemd
	[ ! -S /run/nscd/socket ] || mount -t tmpfs tmpfs /run/nscd
}

# /dev without the machine's log: its few nodes, and a place of our own
lab_dev() {
	local d
	mkdir "$ROOT/dev"
	mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev" || die "mount dev"
	for d in null zero full random urandom tty; do
		: >"$ROOT/dev/$d"
		mount --bind "/dev/$d" "$ROOT/dev/$d" || die "mount dev/$d"
	done
	mkdir -p -m 1777 "$ROOT/dev/shm"
	ln -s /proc/self/fd "$ROOT/dev/fd"
	ln -s fd/0 "$ROOT/dev/stdin"
	ln -s fd/1 "$ROOT/dev/stdout"
	ln -s fd/2 "$ROOT/dev/stderr"
	mount --move "$ROOT/dev" /dev || die "move dev"
}

# What pam_cnie.so tells syslog goes to the file $lab_syslog.
lab_syslog() {
	local i
	lab_dev
	lab_syslog=$ROOT/syslog
	"$B/journalsink" "$lab_syslog" /dev/log </dev/null &
	sinks+=" $!"
	for i in $(seq 200); do
		[ -S /dev/log ] && return 0
		sleep 0.01
	done
	die "no /dev/log"
}

lab_pam() {	# service...
	local s
	for s in "$@"; do
		cat >"$ROOT/etc/pam.d/$s" <<-END
			auth     required $B/pam_cnie.so
			account  required $B/pam_cnie.so
			session  required $B/pam_cnie.so
		END
	done
}

# A checkout may lie where only root comes (/root), and some programs here run
# as others: programs and modules are copied into the workstation.
lab_programs() {
	local f
	mkdir "$ROOT/bin"
	for f in "$built"/*; do
		case ${f##*/} in
		check_*|fuzz_*|obj|face_eval|nss_bench) ;;
		*) cp -r "$f" "$ROOT/bin/" || die "copy $f" ;;
		esac
	done
	B=$ROOT/bin
}

lab_init() {
	ROOT=$(mktemp -d /tmp/cnie.XXXXXX) && chmod 755 "$ROOT" || die mktemp
	export CNIE_ROOT=$ROOT
	mkdir -p "$ROOT"/{etc/cnie/profile.d,etc/pam.d,run/cnie,var/lib/cnie} \
		"$ROOT"/usr/share/cnie/{models,profiles} \
		"$ROOT"/{persona,cards,ca,store}
	lab_programs
	mount --bind "$top/build/models" "$ROOT/usr/share/cnie/models" &&
		mount --bind "$top/build/persona" "$ROOT/persona" || die mount
	cp "$top"/packaging/profiles/*.conf "$ROOT/usr/share/cnie/profiles/"
	lab_names
	lab_pam login sudo su
	lab_log=$ROOT/cnied.log
	: >"$lab_log"
	lab_cnied
}

# with the capabilities that cnied.service leaves it, and no more
caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$top/packaging/systemd/cnied.service" |
	tr A-Z a-z | sed 's/cap_/+/g; s/ /,/g')
[ -n "$caps" ] || die "no CapabilityBoundingSet in cnied.service"

lab_cnied() {
	setpriv --no-new-privs --bounding-set="-all,$caps" \
		"$B/${LAB_CNIED:-cnied}" 2>>"$lab_log" </dev/null &
	cnied_pid=$!
	listens "$ROOT/run/cnie/admin.sock" && kill -0 $cnied_pid 2>/dev/null ||
		die "cnied did not start: $(tail -n 1 "$lab_log")"
}

lab_cnied_stop() {
	kill "${cnied_pid:-0}" 2>/dev/null
	wait "${cnied_pid:-0}" 2>/dev/null
	rm -f "$ROOT"/run/cnie/*.sock
}

lab_end() {
	if [ -n "${vcard_pid-}" ]; then
		kill "$vcard_pid" 2>/dev/null
		wait "$vcard_pid" 2>/dev/null
		sleep 0.6	# pcscd polls; a card put in sooner is missed
	fi
	[ -z "${cnied_pid-}" ] || lab_cnied_stop
	[ -z "${sinks-}" ] || kill $sinks 2>/dev/null
	wait 2>/dev/null
	[ -z "${KEEP-}" ] || { echo "kept: $ROOT" >&2; return; }
	umount "$ROOT/usr/share/cnie/models" "$ROOT/persona" 2>/dev/null
	umount /etc/passwd /etc/nsswitch.conf 2>/dev/null
	case $ROOT in /tmp/cnie.*) rm -rf "$ROOT" ;; esac
}

# -- cards ------------------------------------------------------------------------

# Personalise a card of the lab's person. Later options win.
lab_card() {	# name options...
	local name=$1
	shift
	"$B/personalise" --out "$ROOT/cards/$name" --ca "$ROOT/ca/uto" \
		--state UTO --country UT --number AB123456 --document X12345678 \
		--birth 850615 --expiry 351231 --name 'SYNTHETIC<<PERSON' \
		--can 123456 --portrait "$ROOT/persona/portrait.jp2" \
		"$@" >/dev/null || die "personalise $name"
}

vcard_start() {	# options...
	rm -f "$ROOT/vcard.sock"
	"$B/vcard" --card "$ROOT/cards/good" --absent --control "$ROOT/vcard.sock" \
		"$@" </dev/null >>"$ROOT/vcard.log" 2>&1 &
	vcard_pid=$!
	listens "$ROOT/vcard.sock" || die "the card simulator did not start"
}

vcard() { "$B/vcard" --control "$ROOT/vcard.sock" --send "$1"; }

# The card NAME lies in the reader, faults forgotten.
lab_put() {
	vcard clear >/dev/null
	vcard "insert $ROOT/cards/$1" >/dev/null || die "insert $1"
}
# pcscd polls: it sees an insertion or a removal within 400 ms
lab_take() { vcard remove >/dev/null; sleep 0.6; }

# -- settings -----------------------------------------------------------------------

lab_set() {	# section key value: in cnie.conf
	local f=$ROOT/etc/cnie/cnie.conf
	sed -i -E "/^$2[ ]*=/d" "$f"
	grep -q "^\[$1\]" "$f" || printf '\n[%s]\n' "$1" >>"$f"
	sed -i "/^\[$1\]/a $2 = $3" "$f"
	grep -q "^$2 = $3\$" "$f" || die "set $2"
}

lab_camera() { lab_set face camera "$ROOT/persona/$1.mjpeg"; }

lab_authorise() {	# face | face+code
	cat >"$ROOT/etc/cnie/authorisation.conf" <<-END
		[authorisation]
		controller = Ministry of Examples (synthetic)
		purpose = workstation login, demonstration
		reference = DEMO-0
		contact = privacy desk, room 1
		not_before = 2020-01-01
		not_after = 2099-12-31
		sites = *
		assurance = $1
		report = demonstration only
	END
}
lab_no_authorisation() { rm -f "$ROOT/etc/cnie/authorisation.conf"; }
lab_calm() { rm -rf "$ROOT/run/cnie/throttle"; }

# -- logins -----------------------------------------------------------------------------

ctl() { "$B/cniectl" "$@"; }

# lab_login SERVICE USER CANS CODE [pamlogin options]: the whole conversation in
# $out, its PAM result name in $result, milliseconds in $ms, what the person
# read last in $said, its code in $code, cnied's reason in $reason. Further
# answers ("pin 1234") stand in $lab_answers, a line each.
lab_login() {
	local service=$1 user=$2 can=$3 pin=$4 before t0
	shift 4
	before=$(wc -l <"$lab_log")
	t0=$(date +%s%N)
	out=$({ printf '%s\n' ${can:+$(printf 'can_%s ' $can)} "code $pin" |
		tr _ ' '; printf '%s' "${lab_answers-}"; } |
		LD_LIBRARY_PATH=$B "$B/pamlogin" --service-dir "$ROOT/etc/pam.d" \
		--service "$service" ${user:+--user "$user"} --answers-fd 0 \
		"$@" 2>&1)
	ms=$((($(date +%s%N) - t0) / 1000000))
	lab_read "$before"
}

lab_read() {	# lines of the log before
	result=$(sed -n 's/^pam_[a-z_]*: \(PAM_[A-Z_]*\).*/\1/p' <<<"$out" |
		grep -v PAM_SUCCESS | head -n 1)
	[ -n "$result" ] || result=$(sed -n \
		's/^pam_authenticate: \(PAM_[A-Z_]*\).*/\1/p' <<<"$out")
	said=$(sed -n 's/^error: //p' <<<"$out" | tail -n 1)
	code=$(sed -n 's/.*(\([A-Z][0-9][0-9]\)).*/\1/p' <<<"$said")
	reason=$(tail -n +$(($1 + 1)) "$lab_log" |
		sed -n 's/.*event=[a-z]* result=[a-z]* reason=\([A-Z0-9]*\).*text="\(.*\)"/\1 \2/p' |
		tail -n 1)
}
