#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A login leaves nothing: only roster, throttle state and log change; no
# process remains; the national number (plain, BCD, UTF-16, base64, hex), the
# pseudonym and bytes of the portrait are in no file written and in no
# surviving process's memory. Then the same search over a build that leaks on
# purpose, where every one of them must be found. The person is synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT

# made for this run, so that no other file or process can hold them
digits=$(od -An -N5 -tu8 /dev/urandom | tr -d ' ' | tail -c 11)
printf -v digits '%010d' "$((10#$digits))"
number=ZX$digits
urn=urn:example:sector:leak
regex='[A-Z]{2}[0-9]{10}'

ok() { echo "ok $1"; }
fail() { echo "FAIL $*"; }

workstation() {
	lab_init
	mkdir -m 1777 "$ROOT/spool"
	cp "$ROOT/persona/portrait.jp2" "$ROOT/portrait.jp2"
	lab_card good --number "$number" --portrait "$ROOT/portrait.jp2"
	cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
	sed -i "s/^number_regex.*/number_regex = $regex/" \
		"$ROOT/usr/share/cnie/profiles/uto.conf"
	ctl setup --sector $urn --profile uto --csca "$ROOT/store" \
		--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
	lab_camera holder
	vcard_start
	lab_authorise face+code
	lab_put good
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol --face --code 2>&1) || die "enrol: $out"
}

files() { (cd "$ROOT" && find etc run var usr/share/cnie/profiles spool \
	-type f -printf '%p ' -exec sha256sum {} \; | awk '{print $1, $2}' | sort); }

# processes that a login may have left: everything that is not this test, the
# card itself (its chip knows all this) or pcscd
survivors() {
	local p
	for p in /proc/[0-9]*; do
		case $(cat "$p/comm" 2>/dev/null) in
		cnied|cnie-*|pcscd|pamlogin) ;;
		*) continue ;;
		esac
		if [ "$(readlink "$p/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ]; then
			echo "${p#/proc/}"
		fi
	done
}

hexof() { od -An -v -tx1 | tr -d ' \n'; }

search() {	# prints what was found; 0 none, 1 found
	local pids=() p
	for p in $(survivors); do pids+=(--pid "$p"); done
	{
		printf %s "$number" | hexof; echo
		printf %s "$digits" | hexof; echo	# packed decimal is of digits
		"$B/psn" "$ROOT"/var/lib/cnie/key/sector-1.key $urn 1 "$regex" \
			<<<"UTO $number X12345678 20351231"
		dd if="$ROOT/portrait.jp2" bs=1 skip=6000 count=32 2>/dev/null |
			hexof; echo
	} | "$B/leaksearch" --derive --markers-fd 0 "${pids[@]}" \
		--dir "$ROOT/etc" --dir "$ROOT/run" --dir "$ROOT/var" \
		--dir "$ROOT/spool" --dir /run/pcscd --dir /dev/shm \
		--dir "$ROOT/log" 2>&1
}

# -- the real build -------------------------------------------------------------------

workstation
mkdir "$ROOT/log"
files >"$ROOT/before"
lab_login login "" 123456 plain-Word-7
if [ "$result" = PAM_SUCCESS ]; then ok "the login that is searched succeeds"
else fail "login: $result $code"; sed 's/^/# /' <<<"$out"; fi
files >"$ROOT/after"
changed=$(comm -3 "$ROOT/before" "$ROOT/after" | awk '{print $1}' | sort -u |
	grep -vE '^(var/lib/cnie/roster\.db(-wal|-shm)?|run/cnie/throttle/[0-9]+)$')
if [ -z "$changed" ]; then ok "only roster, throttle state and log change"
else fail "files changed: $changed"; fi

sleep 2.5
left=$(for p in $(survivors); do cat "/proc/$p/comm"; done | grep -v '^cnied$\|^pcscd$')
if [ -z "$left" ]; then ok "no process of the login remains"
else fail "processes remain: $left"; fi

cp "$lab_log" "$ROOT/log/"
found=$(search)
case $? in
0) ok "number, pseudonym and portrait are nowhere: $(tail -n 1 <<<"$found")" ;;
*) fail "found: $found" ;;
esac
code_hits=$(grep -rl 'plain-Word-7' "$ROOT"/{etc,run,var,log} 2>/dev/null)
[ -z "$code_hits" ] && ok "the code is in no file" || fail "the code is in $code_hits"
lab_end

# -- a refusal leaves nothing either ------------------------------------------------------

workstation
mkdir "$ROOT/log"
lab_camera impostor
lab_login login "" 123456 plain-Word-7
[ "$code" = F01 ] && ok "the refusal that is searched is one" || fail "refusal: $result $code"
sleep 2.5
cp "$lab_log" "$ROOT/log/"
found=$(search)
[ $? = 0 ] && ok "a refused login leaves nothing" || fail "found: $found"
lab_end

# -- the positive control -------------------------------------------------------------------

LAB_CNIED=leaky/cnied
workstation
mkdir "$ROOT/log"
lab_login login "" 123456 plain-Word-7
[ "$result" = PAM_SUCCESS ] && ok "the leaky build logs in" || fail "leaky login: $result $code"
cp "$lab_log" "$ROOT/log/"
found=$(search)
[ $? = 1 ] && ok "the leaky build is found out" || fail "the leaky build was not found out"
for f in plain hex utf16 bcd psn portrait; do
	if grep -q "spool/$f" <<<"$found"; then ok "found in the leaky build: $f"
	else fail "not found in the leaky build: $f"; fi
done
if grep -q '^pid ' <<<"$found"; then ok "found in the leaky build: memory of a process that stayed"
else fail "memory of the process that stayed"; fi
for p in $(survivors); do
	[ "$(cat "/proc/$p/comm")" = pcscd ] || kill -KILL "$p" 2>/dev/null
done
