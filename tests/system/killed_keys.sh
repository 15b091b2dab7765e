# SPDX-License-Identifier: GPL-3.0-or-later
#
# The life of a sector key with a program killed at every step; see killed.sh.

urn=urn:example:sector:killed
setup=(setup --sector $urn --profile uto --csca "$ROOT/store" --ids "$LAB_IDS"
	--to "$ROOT/pair.pub" --backup "$ROOT/stick/1")

# States: bare (nothing set up), one (epoch 1, somebody enrolled), lost (its key
# gone), two (rotated), bound (rotated, and everybody has logged in).
keys_states() {
	mkdir "$ROOT/stick"
	lab_card good
	cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
	ctl key pair "$ROOT/pair" >/dev/null || die "key pair"
	put_by bare
	out=$(ctl "${setup[@]}" 2>&1) || die "setup: $out"
	lab_set login card_wait_s 1
	vcard_start
	lab_put good
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol --code 2>&1)
	person=$(sed -n 's/^enrolled: //p' <<<"$out")
	[ -n "$person" ] || die "enrol: $out"
	key1=$(key_sum 1)
	put_by one
	rm "$ROOT/var/lib/cnie/key/sector-1.key"
	put_by lost
	bring_back one
	ctl key rotate --to "$ROOT/pair.pub" --backup "$ROOT/stick/2" \
		>/dev/null 2>&1 || die rotate
	key2=$(key_sum 2)
	put_by two
	logs_in || die "login: $out"
	put_by bound
}

was_set_up() {
	status && is key present && is epoch 1 && is backup "$(date -u +%Y%m%d)" &&
		[ "$(stat -c %s "$ROOT/stick/1")" = 164 ]
}
was_saved() {
	status && is backup "$(date -u +%Y%m%d)" && same_key 1 "$key1" &&
		[ "$(stat -c %s "$ROOT/stick/more")" = 164 ]
}
was_restored() { same_key 1 "$key1" && status && is key present &&
	logs_in; }
was_rotated() {
	status && is key present && is epoch 2 && is previous_epoch 1 &&
		is backup "$(date -u +%Y%m%d)" && same_key 1 "$key1" &&
		is unbound 1 && logs_in && status && is unbound 0
}
was_retired() {
	status && is key present && is epoch 2 && is previous_epoch 0 &&
		is left_over 0 && same_key 2 "$key2" &&
		[ ! -e "$ROOT/var/lib/cnie/key/sector-1.key" ] && logs_in
}
keys_made() {	# program
	killed_at_every_step "$1" "setup" bare was_set_up "${setup[@]}"
	killed_at_every_step "$1" "backup" one was_saved key backup \
		"$ROOT/stick/more" --to "$ROOT/pair.pub"
	killed_at_every_step "$1" "restore" lost was_restored key restore \
		"$ROOT/stick/1" --identity "$ROOT/pair"
}
keys_rotated() {	# program
	killed_at_every_step "$1" "rotate" one was_rotated key rotate \
		--to "$ROOT/pair.pub" --backup "$ROOT/stick/two"
}
keys_retired() {	# program
	killed_at_every_step "$1" "retire" bound was_retired key retire
}
