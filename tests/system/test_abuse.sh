#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Through pcscd and libpam, a card a line: chips with habits of their own that
# log in all the same, and chips, documents and readers' tricks that are
# refused, with the reason. All persons are synthetic.
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
	sed 's/^/#   /' <<<"$out" | tail -n 4
	tail -n 2 "$lab_log" | sed 's/^/# log: /'
}

lab_init
lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:abuse --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_set login card_wait_s 2
profile=$ROOT/etc/cnie/profile.d/uto.conf
cp "$profile" "$ROOT/uto.conf"
vcard_start
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")

set_profile() {	# + separated lines, - none
	cp "$ROOT/uto.conf" "$profile"
	local line
	[ "$1" != - ] || return 0
	tr + '\n' <<<"$1" | while read -r line; do
		sed -i "/^${line%%=*} *=/d" "$profile"
		echo "$line" >>"$profile"
	done
}

# WANTED PROFILE OPTIONS
while read -r wanted more options; do
	case $wanted in ''|'#'*) continue ;; esac
	set_profile "$more"
	rm -rf "$ROOT/cards/next"
	lab_card next $options
	vcard "load $ROOT/cards/next" >/dev/null
	vcard reset >/dev/null
	lab_calm
	birth=850615
	[[ $options != *58* ]] || birth='58<<<<'
	lab_answers="mrz X12345678 $birth 351231"$'\n'
	lab_login login "$person" 123456 plain-Word-7
	got=$code
	[ "$result" = PAM_SUCCESS ] && got=ok
	if [[ $got =~ ^($wanted)$ ]]; then ok "$got: $options"
	else fail "$got, wanted $wanted: $options ($more)"; fi
done <<-'END'
	# chips with habits
	ok - --quirks no-select-mf
	ok - --quirks no-select-mf,p1-02-only
	ok - --quirks p1-02-only
	ok - --quirks no-sfi
	ok - --quirks no-cardaccess-sfi
	ok - --quirks block-160:6282
	ok - --quirks block-128:6700
	ok - --quirks block-100:6b00
	ok - --quirks block-200:6c00
	ok - --quirks le-256-6700
	ok - --quirks 6c-le
	ok - --quirks 61-chain:64
	ok - --quirks 61-part:64
	ok - --quirks always-84
	ok - --quirks dh-padded --pace gm-dh-aes128:dh2
	ok - --quirks aa-b4 --no-ca --aa rsa-2048:sha256
	ok - --extended
	ok - --extended --ef-atr 4096:8192
	ok - --extended --ef-atr 4096:8192 --max-response 1000
	ok - --extended --ef-atr 4096:8192 --no-extended
	C04 - --quirks no-can
	ok password=mrz --quirks no-can
	# forms of documents
	ok - --birth 58<<<<
	ok password=mrz --birth 58<<<<
	ok bac=yes+password=mrz --birth 58<<<< --pace none --bac
	ok number=dg11 --form td2 --number AB --dg11 AB123456
	C19 number=dg11 --form td3 --dg11 AB123456
	ok number=dg11+document_codes=ID,P --form td3 --dg11 AB123456
	ok document_codes=P --form td3
	ok number=optional2 --optional2 AB123456 --number XY999
	ok number=dg11 --dg11 AB123456
	C20 number=dg11 --dg11 -
	C20 number=dg11 --lds-version 1
	ok - --dg2-format 39794
	ok - --faces basic,frontal,token
	# what PACE must not take
	C04 - --evil reflect-map
	C04 - --evil reflect-agree
	C04 - --evil infinity
	C04 - --evil infinity-map
	C04 - --evil off-curve
	C04 - --evil off-curve-map
	C04 - --evil small-subgroup
	C04 - --evil small-subgroup-map
	C04 - --evil null-key
	C04 - --evil short-nonce
	C04 - --evil long-nonce
	C03 - --evil wrong-token
	C04 - --evil extra-tlv
	C04 - --pace gm-dh-aes128:dh2 --evil reflect-map
	C04 - --pace gm-dh-aes128:dh2 --evil reflect-agree
	C04 - --pace gm-dh-aes128:dh2 --evil infinity
	C04 - --pace gm-dh-aes128:dh2 --evil infinity-map
	C04 - --pace gm-dh-aes128:dh2 --evil off-curve
	C04 - --pace gm-dh-aes128:dh2 --evil small-subgroup
	C04 - --pace gm-dh-aes128:dh2 --evil small-subgroup-map
	C04 - --pace im-ecdh-aes256:bp384 --evil reflect-agree
	C04 - --pace im-ecdh-aes256:bp384 --evil infinity
	C03 - --pace im-ecdh-aes256:bp384 --evil wrong-token
	# what CAM must not take
	C15 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --evil cam-wrong-scalar
	C04 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --evil cam-withheld
	C04 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --evil cam-bad-padding
	C10 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --cam-unsigned
	C15 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --cam-other-key
	C19 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --cam-foreign
	C07 - --pace cam-ecdh-aes128:bp256 --cam --no-ca --withhold cardsecurity
	# BAC
	C04 bac=yes+password=mrz --pace none --bac --evil bac-reflect
	C04 bac=yes+password=mrz --pace none --bac --evil bac-wrong-nonce
	C03 bac=yes+password=mrz --pace none --bac --evil bac-wrong-mac
	C17 bac=yes+password=mrz --bac --withhold cardaccess
	C04 bac=yes+password=mrz --pace none --evil open
	C02 - --pace none --evil open
	# other chips than the signed one
	C15 - --clone
	C15 - --evil ca-wrong-key
	C15 - --evil ca-keep-keys
	C15 - --no-ca --aa rsa-2048:sha256 --evil aa-wrong-key
	C15 - --no-ca --aa ecdsa-p256:sha256 --evil aa-wrong-key
	C15 - --no-ca --aa rsa-2048:sha256 --clone
	C07 - --no-ca --aa rsa-2048:sha256 --withhold dg15
	# secure messaging
	C05 - --evil skip-mac
	C05 - --evil no-99
	C05 - --evil sw-mismatch
	C05 - --evil bad-padding
	C05 - --evil stale-ssc
	# files
	C06 - --evil endless-ef
	C06 - --evil more-data
	C02 - --evil no-data
	C06 - --evil one-byte
	C06 - --alter cardaccess
	C09 - --alter sod
	C14 - --alter dg14
	C14 - --alter dg1
	C06 - --truncate dg1
	C06 - --lying-length dg1
	C06 - --oversize sod
	C07 - --no-sod
	C07 - --withhold dg14
	C07 - --withhold dg1
	# signatures and offers
	C17 - --downgrade
	C17 - --unsigned-pace
	C17 - --pace gm-ecdh-aes256:bp384,gm-ecdh-aes128:p256 --offer gm-ecdh-aes128:p256
	C11 - --expired-dsc
	C19 - --wrong-country-dsc
	C19 - --state XXX
	C18 - --expiry 200101
	C20 - --number 123
END
