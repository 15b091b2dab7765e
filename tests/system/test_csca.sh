#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The State's certificates from import to removal, with logins between: single
# files, directories, master lists in each form, link certificates, changed
# names, expired anchors, CRLs and their grace. All keys are made anew here.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT

ok() { echo "ok $1"; }
fail() {
	echo "FAIL $*"
	sed 's/^/#   /' <<<"$out" | tail -n 12
	tail -n 2 "$lab_log" | sed 's/^/# log: /'
}
does() {	# what status text, then cniectl's arguments
	local what=$1 want=$2 text=$3 status
	shift 3
	out=$(ctl "$@" 2>&1)
	status=$?
	if [[ $status == $want ]] && grep -qE -- "$text" <<<"$out"; then ok "$what"
	else fail "$what: exit $status, wanted $want and: $text"; fi
}
logs_in() {	# what
	lab_calm
	lab_login login "$person" 123456 plain-Word-7
	if [ "$result" = PAM_SUCCESS ]; then ok "$1"
	else fail "$1: $result $code"; fi
}
refused() {	# what code
	lab_calm
	lab_login login "$person" 123456 plain-Word-7
	if [ "$result $code" = "PAM_AUTH_ERR $2" ]; then ok "$1 ($2)"
	else fail "$1: $result $code, wanted $2"; fi
}
put() {
	vcard "load $ROOT/cards/$1" >/dev/null
	vcard reset >/dev/null
}
personalise() { "$B/personalise" "$@" >/dev/null || die "personalise $*"; }
store() { ls "$ROOT/etc/cnie/csca" | wc -l; }
profile_line() {
	sed -i "/^${1%%=*} *=/d" "$profile"
	echo "$1" >>"$profile"
}

lab_init
profile=$ROOT/etc/cnie/profile.d/uto.conf
lab_card good
ctl setup --sector urn:example:sector:csca --profile uto --ids "$LAB_IDS" --no-backup \
	>/dev/null 2>&1 || die setup
lab_set login card_wait_s 2
vcard_start
lab_put good

# -- in ----------------------------------------------------------------------------

does "an empty store is a failure" 1 'fail' csca check
does "one certificate" 0 '1' csca import "$ROOT/ca/uto/csca.cer"
[ "$(store)" = 1 ] && ok "it is in the store" || fail "store: $(store)"
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")
logs_in "with it the person logs in"
does "the same again changes nothing" 0 '' csca import "$ROOT/ca/uto/csca.cer"
[ "$(store)" = 1 ] && ok "and stands there once" || fail "store: $(store)"
does "it is listed" 0 '[0-9a-f]{16}.*' csca list
does "with its algorithm" 0 'ecdsa|bp256|brainpool' csca list --json
node -e 'JSON.parse(require("fs").readFileSync(0))' <<<"$out" 2>/dev/null &&
	ok "as JSON" || fail "as JSON"
does "a good store" 0 '' csca check
echo "no certificate" >"$ROOT/nothing.cer"
does "what is none is not taken" 1 '' csca import "$ROOT/nothing.cer"
does "a file that is not there" 2 '' csca import "$ROOT/not-there.cer"
[ "$(store)" = 1 ] && ok "and nothing was written" || fail "store: $(store)"

# another State's
lab_card foreign --ca "$ROOT/ca/xx" --country XX --state XXX
does "another State's certificate is counted and left" 1 '' \
	csca import "$ROOT/ca/xx/csca.cer"
[ "$(store)" = 1 ] && ok "and is not in the store" || fail "store: $(store)"

# -- master lists: 650 certificates, one State's ----------------------------------------

for form in icao bsi ldif; do
	rm -f "$ROOT"/etc/cnie/csca/*
	personalise --master-list "$ROOT/$form.ml" --ca "$ROOT/ca/uto" \
		--count 650 --ml-form $form --ml-signer "$ROOT/$form.signer.cer"
	[ $form != ldif ] || mv "$ROOT/$form.ml" "$ROOT/$form.ldif"
	list=$ROOT/$form.ml
	[ -e "$list" ] || list=$ROOT/$form.ldif
	t0=$(date +%s%N)
	does "a master list of 650 ($form), signer checked" 0 '' \
		csca import "$list" --signer "$ROOT/$form.signer.cer"
	echo "# $form: $((($(date +%s%N) - t0) / 1000000)) ms: $(tail -n 1 <<<"$out")"
	grep -qE '64[0-9]|others|other' <<<"$out" && ok "the others are counted" ||
		fail "the others are counted"
	logs_in "with the certificate out of it the person logs in"
done
rm -f "$ROOT"/etc/cnie/csca/*
does "a list of another signer" 1 'signed neither by --signer' \
	csca import "$ROOT/icao.ml" --signer "$ROOT/ca/xx/csca.cer"
[ "$(store)" = 0 ] && ok "brings nothing" || fail "store: $(store)"
head -c 20000 "$ROOT/icao.ml" >"$ROOT/cut.ml"
does "a list that was cut" 1 '' csca import "$ROOT/cut.ml"
cp "$ROOT/icao.ml" "$ROOT/changed.ml"
printf 'X' | dd of="$ROOT/changed.ml" bs=1 seek=30000 conv=notrunc 2>/dev/null
does "a list that was changed" 1 '' csca import "$ROOT/changed.ml"
[ "$(store)" = 0 ] && ok "nothing of them is in the store" || fail "store: $(store)"
refused "without an anchor" C10

# -- generations ----------------------------------------------------------------------------

mkdir "$ROOT/dir"
cp "$ROOT/ca/uto/csca.cer" "$ROOT/dir/"
lab_card next --ca-next "$ROOT/ca/next" --csca-name 'CSCA of another name'
cp "$ROOT/ca/next/link.cer" "$ROOT/dir/"
does "a directory: an anchor and a link certificate" 0 '' csca import "$ROOT/dir"
put next
logs_in "the next generation, under another name, by its link certificate"
does "which is told" 0 'link' csca check
put good
logs_in "and the one before"

# expired, and not withdrawn
lab_card old --ca "$ROOT/ca/old" --expired-csca
rm -f "$ROOT"/etc/cnie/csca/*
does "an expired anchor is taken" 0 '' csca import "$ROOT/ca/old/csca.cer"
put old
logs_in "and verifies what it signed in its time"
does "check says that it is expired" '[06]' 'expired' csca check

# -- CRLs -----------------------------------------------------------------------------------

rm -f "$ROOT"/etc/cnie/csca/*
today=$(date -u +%Y%m%d)
lab_card crl --ca "$ROOT/ca/crl" --crl
lab_card revoked --ca "$ROOT/ca/crl" --crl --revoked-dsc
does "an anchor and its CRL" 0 '' csca import "$ROOT/ca/crl/csca.cer" \
	"$ROOT/ca/crl/csca.crl"
put revoked
refused "a revoked signer" C12
profile_line 'require_crl = yes'
lab_card crl2 --ca "$ROOT/ca/crl" --crl
put crl2
logs_in "a current CRL, where the profile requires one"
rm -f "$ROOT"/etc/cnie/csca/*.crl
refused "none, where the profile requires one" C25
lab_card stale --ca "$ROOT/ca/crl" --crl --crl-from 20260101 \
	--crl-next "$(date -u -d '5 days ago' +%Y%m%d)"
does "an old CRL" '[016]' '' csca import "$ROOT/ca/crl/csca.crl"
put stale
refused "one that is overdue" C25
does "check says so" 1 'crl|CRL' csca check
profile_line 'crl_grace_days = 30'
logs_in "within its grace"
does "and check warns" 6 'crl|CRL' csca check
out=$(ctl doctor 2>&1)
grep -qiE '^warn .*crl' <<<"$out" && ok "as doctor does" || fail "as doctor does"
profile_line 'require_crl = no'

# -- out ------------------------------------------------------------------------------------

does "without --yes nothing is removed where nobody can be asked" '[12]' '' \
	csca remove "$(ctl csca list | grep -oE '[0-9a-f]{16}' | head -n 1)"
print=$(ctl csca list --json | grep -oE '[0-9a-f]{64}' | head -n 1)
does "no such fingerprint" 1 '' csca remove --yes 0000000000000000
does "removed" 0 '' csca remove --yes "${print:0:16}"
out=$(ctl csca list --json)
grep -q "$print" <<<"$out" && fail "it is gone" || ok "it is gone"
for print in $(ctl csca list --json | grep -oE '[0-9a-f]{64}'); do
	ctl csca remove --yes "$print" >/dev/null 2>&1
done
refused "withdrawn: its cards are refused" C10

# -- the clock --------------------------------------------------------------------------------

touch -d '+10 days' "$ROOT/var/lib/cnie/roster.db"
does "a clock behind our newest file is named" '[16]' 'clock' csca check
[ -z "$(find "$ROOT/run/cnie" -name 'ctl-*')" ] && ok "no staged copy stays" ||
	fail "a staged copy stays"
