#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The packaged programs and modules, installed by `make install` and run at
# their real places, in a mount namespace that lays the installed tree over
# this machine's: nothing of the machine changes. Beside them the twins, in
# the very same environment, show that what is refused could have been done:
# the virtual reader, the replayed camera, the seat stub, CNIE_ROOT.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
places="/etc/cnie /run/cnie /var/lib/cnie /usr/share/cnie /usr/libexec/cnie"
seen() { ls -ld $places 2>&1 | sed 's/ \([^ ]*\)$/ \1/'; }
if [ "${1-}" != --inside ]; then
	before=$(seen)
	# in a cgroup namespace: who runs this may have a session of logind's
	alone=
	unshare -C true 2>/dev/null && alone="unshare -C"
	$alone "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
	status=$?
	if [ "$before" = "$(seen)" ]; then
		echo "ok nothing of the machine was changed"
	else
		echo "FAIL the machine was changed: $(seen)"
	fi
	exit $status
fi
. "$here/lab.sh"
. "$here/held.sh"
trap 'kill ${packaged_pid-} ${activate_pid-} 2>/dev/null
	umount -l "$ROOT/real/run/pcscd" 2>/dev/null
	umount -R -l /run /etc/cnie /var/lib/cnie 2>/dev/null
	umount -l /etc /var/lib /usr/share /usr/libexec /usr/bin \
		"$libdir" "$pamdir" 2>/dev/null
	lab_end' EXIT

# -- the twins' workstation -----------------------------------------------------------

lab_init
lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:twin --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die "setup: $(tail -n 2 "$lab_log")"
lab_set login card_wait_s 1
lab_set login services sudo
lab_camera holder
vcard_start
lab_authorise face+code
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --face --code 2>&1)
person=$(sed -n 's/^enrolled: //p' <<<"$out")
[ -n "$person" ] || die "enrol: $out"
twin_login() { lab_login login "$person" 123456 plain-Word-7; }
twin_login
expect "the twins log in here" PAM_SUCCESS ""

# -- installed --------------------------------------------------------------------------

dest=$ROOT/dest
multiarch=$(gcc -print-multiarch)
libdir=/usr/lib/$multiarch pamdir=/lib/$multiarch/security
(cd "$top" && env -u MAKEFLAGS -u MAKELEVEL make -s -o all B="${built%/test}" \
	DESTDIR="$dest" install) >"$ROOT/install.out" 2>&1 || {
	out=$(cat "$ROOT/install.out")
	fail "make install"
	exit 1
}
ok "make install"
mkdir -p "$dest/var/lib/cnie"

# Lay the installed tree over the machine's; what lab.sh mounted stays on top.
over() { mount -t overlay overlay -o "lowerdir=$dest$1:$1" "$1"; }
for d in /etc /var/lib /usr/share /usr/libexec /usr/bin "$libdir" "$pamdir"; do
	over "$d" || { fail "mount over $d"; exit 1; }
done
mkdir -p "$ROOT"/real/{etc,var,run/cnie,run/pcscd}
mount --bind "$ROOT/nsswitch.conf" /etc/nsswitch.conf &&
	mount --bind "$ROOT/passwd" /etc/passwd &&
	mount --bind "$ROOT/real/etc" /etc/cnie &&
	mount --bind "$ROOT/real/var" /var/lib/cnie &&
	mount --bind /run/pcscd "$ROOT/real/run/pcscd" &&
	mount --rbind "$ROOT/real/run" /run || { fail "mounts"; exit 1; }
for f in /usr/libexec/cnie/cnied /usr/libexec/cnie/cnie-{card,inspect,face,sector} \
		/usr/bin/cniectl "$libdir/libnss_cnie.so.2" "$pamdir/pam_cnie.so"; do
	check "installed: $f" cmp -s "$f" "${built%/test}/${f##*/}"
	check "packaged: ${f##*/} does not know CNIE_ROOT" \
		test "$(grep -c CNIE_ROOT "$f")" = 0
done

# what a program under AppArmor may read: with the parser where there is one
rules=/etc/apparmor.d/abstractions/nameservice.d/cnie
aa_view=$(sed -n 's/^#define DIR_STATE "\(.*\)"$/\1/p' "$top/helpers/base/prefix.h")/accounts.view
check "a confined program may read the view, and nothing else of ours" \
	test "$(sed '/^#/d' "$rules")" = "$aa_view r,"
if command -v apparmor_parser >/dev/null; then
	printf 'profile cnie_test {\n  include "%s"\n}\n' "$rules" >"$ROOT/aa"
	check "AppArmor's parser takes the rule" \
		apparmor_parser -Q -K "$ROOT/aa"
fi

# -- started, with CNIE_ROOT in the environment -------------------------------------------

packaged_log=$ROOT/packaged.log
/usr/libexec/cnie/cnied 2>"$packaged_log" </dev/null &
packaged_pid=$!
listens /run/cnie/login.sock /run/cnie/admin.sock
check "cnied ignores CNIE_ROOT: its sockets are in /run/cnie" \
	test -S /run/cnie/login.sock -a -S /run/cnie/admin.sock
twin_login
expect "and the twin at CNIE_ROOT keeps its own" PAM_SUCCESS ""
mode() { stat -c %a "$1"; }
check "login.sock is everybody's, admin.sock is root's" test \
	"$(mode /run/cnie/login.sock) $(mode /run/cnie/admin.sock)" = "666 600"

out=$(cniectl doctor 2>&1)
check "doctor before setup names what is missing" \
	grep -q '^fail  config  *.*/etc/cnie/cnie.conf' <<<"$out"
before=$(cd "$ROOT" && find etc var usr/share/cnie/profiles -type f | sort | xargs sha256sum)
out=$(cniectl setup --sector urn:example:sector:packaged --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup 2>&1)
check "cniectl setup succeeds" test $? = 0
check "cniectl ignores CNIE_ROOT: it wrote /etc/cnie/cnie.conf" \
	grep -q '^urn = urn:example:sector:packaged' /etc/cnie/cnie.conf
for f in /etc/cnie/profile.d/uto.conf /etc/cnie/csca/uto.cer \
		/var/lib/cnie/key/sector-1.key; do
	check "setup made $f" test -s "$f"
done
check "the key is root's alone" test "$(mode /var/lib/cnie/key) $(mode \
	/var/lib/cnie/key/sector-1.key)" = "700 400"
check "and nothing at CNIE_ROOT" test "$before" = "$(cd "$ROOT" &&
	find etc var usr/share/cnie/profiles -type f | sort | xargs sha256sum)"
out=$(cniectl setup --sector urn:example:sector:packaged --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup 2>&1)
check "setup again changes nothing" test $? = 0
out=$(cniectl account list 2>&1)
check "the packaged roster has nobody of the twin's" \
	test $? = 0 -a "$(grep -c "$person" <<<"$out")" = 0
out=$(ctl account list 2>&1)
check "the twin's has" grep -q "$person" <<<"$out"

# -- what stays out of packaged programs -----------------------------------------------------

sed -i "/^urn/i group = cnie" /etc/cnie/cnie.conf
cat >>/etc/cnie/cnie.conf <<-END
	card_wait_s = 1
	services = sudo

	[face]
	camera = $ROOT/persona/holder.mjpeg
	models_dir = /usr/share/cnie/models
END
cp "$ROOT/etc/cnie/authorisation.conf" /etc/cnie/
mount --bind "$top/build/models" /usr/share/cnie/models || fail "models"
row() { grep -E "^$1  +$2 " <<<"$out"; }
says() {	# state item text
	check "doctor: $1 $2: $3" grep -qE "^$1  +$2  +.*$3" <<<"$out"
}
out=$(cniectl doctor 2>&1)
check "doctor's exit status says that something fails" test $? != 0
says ok config 'sector urn:example:sector:packaged, epoch 1, uids 65536-99999'
says ok profile 'State UTO'
says ok authorisation 'DEMO-0 .*face.code'
says ok csca '1 anchors'
says warn key 'demonstration only'
says fail reader 'no card reader that may be used'
says fail face 'no usable camera'
says fail virtual-reader 'port 35963 listens'
says ok roster '0 accounts'
says ok nsswitch 'passwd asks cnie, after files'
says '(ok|fail)' pam .
says ok clock UTC
says '(ok|warn)' core .
says '(ok|warn)' attack-detection 'APCER'
says warn view-file 'not there yet'
out=$(ctl doctor 2>&1)
check "the twin's doctor: this very reader is good" \
	grep -qE '^ok  +reader  .*a card is in it' <<<"$out"
check "the twin's doctor: this very camera is good" \
	grep -qE '^ok  +face  +camera and models are ready' <<<"$out"
out=$(cniectl doctor --json 2>&1)
check "doctor --json" grep -q '"worst": *"fail"' <<<"$out"

# -- names --------------------------------------------------------------------------------------

out=$(getent -s cnie passwd "$person" 2>&1)
check "the NSS module ignores CNIE_ROOT: no view, no account" test -z "$out"
out=$(LD_LIBRARY_PATH=$B getent -s cnie passwd "$person" 2>&1)
check "the twin's finds it there" test -n "$out"
uid=$(cut -d: -f3 <<<"$out")

mkdir "$ROOT/pam"
put_pam() { printf '%s\n' "${@:2}" >"$ROOT/pam/$1"; }
p_login() {	# service user [options]: through the packaged module
	local service=$1 user=$2 lab_log=$packaged_log before t0
	shift 2
	before=$(wc -l <"$lab_log")
	t0=$(date +%s%N)
	out=$(printf 'can 123456\ncode plain-Word-7\n' |
		"$B/pamlogin" --service-dir "$ROOT/pam" --service "$service" \
		${user:+--user "$user"} --answers-fd 0 "$@" 2>&1)
	ms=$((($(date +%s%N) - t0) / 1000000))
	lab_read "$before"
}
for s in login sudo; do
	put_pam $s "auth required pam_cnie.so" "account required pam_cnie.so"
done
p_login login "$person"
expect "the PAM module ignores CNIE_ROOT: no view, not available" \
	PAM_AUTHINFO_UNAVAIL ""
n=1000
"$B/view_gen" $n /var/lib/cnie/accounts.view >/dev/null || fail view_gen
first=2013265920	# the uid of account 0; groups cnie, e0, s0
out=$(getent passwd $first)
name=${out%%:*}
check "getent passwd UID, by nsswitch.conf: $out" \
	test "$out" = "$name:*:$first:65536::/home/$name:/bin/bash"
check "getent passwd NAME" test "$(getent passwd "$name")" = "$out"
out=$(getent passwd $((first + n - 1)))
check "the last account" test -n "$out"
out=$(getent passwd $((first + n)))
check "none after it" test -z "$out"
check "getent group GID" test "$(getent group 100000 | cut -d: -f1)" = e0
check "getent group NAME" test "$(getent group s0 | cut -d: -f3)" = 200000
check "id: $(id "$name" 2>&1)" test "$(id -Gn "$name")" = "cnie e0 s0"
check "as nobody too" test -n \
	"$(setpriv --reuid 65534 --regid 65534 --clear-groups getent passwd $first)"
# the owner of a root directory that the namespace does not know is trusted as
# root is, where this machine lets users make one
apart() { setpriv --reuid 65534 --regid 65534 --clear-groups \
	unshare -U --map-current-user "$@"; }
if apart true 2>/dev/null; then
	check "and in a user namespace that does not know root" \
		test -n "$(apart getent passwd $first)"
	chown 4321 /var/lib/cnie/accounts.view
	check "but not a view of somebody else's" \
		test -z "$(getent passwd $first)"
	chown 0 /var/lib/cnie/accounts.view
fi
# with its roster: a view of another one would be written anew
cp "$ROOT"/var/lib/cnie/{roster.db*,accounts.view} /var/lib/cnie/
out=$(getent passwd "$person")
check "a view by the twin's enrolment: $out" \
	test "$out" = "$person:*:$uid:65536::/home/$person:/bin/bash"
out=$(cniectl doctor 2>&1)
says ok view-file 'bytes'

# -- logins -------------------------------------------------------------------------------------

p_login login "$person"
expect "packaged: no reader that may be used" PAM_AUTHINFO_UNAVAIL R02
twin_login
expect "where the twin reads the card" PAM_SUCCESS ""
p_login login ""
expect "packaged, card-first: the same" PAM_AUTHINFO_UNAVAIL R02

echo 'uid=0 active=yes remote=yes seat=-' |
	tee "$ROOT/run/cnie/seat-stub" >/run/cnie/seat-stub
twin_login
expect "the twin believes the seat stub" PAM_AUTHINFO_UNAVAIL S02
p_login login "$person"
expect "packaged cnied does not: a greeter without a session" \
	PAM_AUTHINFO_UNAVAIL R02
echo 'uid=0 active=yes remote=no seat=seat0' |
	tee "$ROOT/run/cnie/seat-stub" >/run/cnie/seat-stub
lab_login sudo "$person" 123456 x
expect "the twin: sudo at the stub's seat, the card lying there" \
	PAM_AUTHINFO_UNAVAIL R09
p_login sudo "$person"
expect "packaged: sudo has no session" PAM_AUTHINFO_UNAVAIL S01
rm -f "$ROOT/run/cnie/seat-stub" /run/cnie/seat-stub

# -- the next module's turn -----------------------------------------------------------------------

recommended=$(sed -n '/^\.Ss Greeters and login/,/^\.Ed/s/^auth .*pam_cnie.so$/&/p' \
	"$top/pam_cnie/pam_cnie.8")
check "pam_cnie.8 recommends a line: $recommended" test -n "$recommended"
account=$(sed -n '/^\.Ss Revoked accounts/,/^\.Ed/s/^account .*pam_cnie.so$/&/p' \
	"$top/pam_cnie/pam_cnie.8")
for next in permit deny; do	# stand in for the password, right and wrong
	put_pam login "$recommended" "auth required pam_$next.so" "$account" \
		"account required pam_permit.so"
	want=PAM_SUCCESS
	[ $next = permit ] || want=PAM_AUTH_ERR
	p_login login "$person"
	check "no reader: the next module has its turn (pam_$next)" \
		test "$result" = $want -a "$code" = R02
	for u in root daemon nobody-has-this-name; do
		p_login login $u
		check "$u: passed by in $ms ms (pam_$next)" test "$ms" -lt 500 \
			-a "$result" = $want -a -z "$said"
	done
	p_login login "$person" --rhost 192.0.2.7
	check "remote: passed by in $ms ms (pam_$next)" test "$ms" -lt 500 \
		-a "$result" = $want -a -z "$said"
done

kill $packaged_pid
wait $packaged_pid 2>/dev/null
put_pam login "$recommended" "auth required pam_permit.so" "$account" \
	"account required pam_permit.so"
p_login login "$person"
check "cnied stopped, its sockets left: passed by in $ms ms" \
	test "$ms" -lt 500 -a "$result" = PAM_SUCCESS
rm -f /run/cnie/*.sock
p_login login "$person"
check "cnied never started: passed by in $ms ms" \
	test "$ms" -lt 500 -a "$result" = PAM_SUCCESS

# -- socket activation -----------------------------------------------------------------------------

"$B/activate" admin=/run/cnie/admin.sock login=/run/cnie/login.sock -- \
	/usr/libexec/cnie/cnied >"$ROOT/activate.out" 2>>"$packaged_log" &
activate_pid=$!
listens /run/cnie/login.sock
check "nothing runs before the first caller" test ! -s "$ROOT/activate.out"
put_pam login "auth required pam_cnie.so"
p_login login "$person"
expect "the first caller starts cnied by its socket" PAM_AUTHINFO_UNAVAIL R02
check "once" test "$(cat "$ROOT/activate.out")" = started
out=$(cniectl account list 2>&1)
check "cniectl reaches the same one" test $? = 0 -a \
	"$(cat "$ROOT/activate.out")" = started
out=$(setpriv --reuid 65534 --regid 65534 --clear-groups \
	/usr/bin/cniectl account list 2>&1)
check "and an ordinary user nobody, were admin.sock open to all: $out" \
	test $? != 0
child=$(cat /proc/$activate_pid/task/$activate_pid/children)
kill $child
for _ in $(seq 200); do
	grep -q ended "$ROOT/activate.out" && break
	sleep 0.01
done
check "SIGTERM ends it in order" grep -qx 'ended 0' "$ROOT/activate.out"
p_login login "$person"
expect "and the next caller starts it again" PAM_AUTHINFO_UNAVAIL R02

# -- nobody at pcscd ---------------------------------------------------------------------------------

kill "$(tr -d '\0' <"$PCSCD_PID_FILE")"
sleep 0.5
p_login login "$person"
expect "without pcscd" PAM_AUTHINFO_UNAVAIL R01
check "nobody's name is in cnied's log" \
	test "$(grep -c "$person\|$uid\|$name" "$packaged_log")" = 0
