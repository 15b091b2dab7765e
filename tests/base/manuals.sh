#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# manuals.sh BUILD: what a program takes has a word in its manual, and what
# manuals and messages tell to type is something that it takes.
# One line a check: "ok manuals: ..." or "FAIL manuals: ... why".
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${1:-build}
bad=0
export LC_ALL=C

say() {		# NAME [OFFENCES]
	if [ -z "${2:-}" ]; then
		echo "ok manuals: $1"
	else
		bad=1
		printf '%s\n' "$2" | head -20 | sed "s|^|FAIL manuals: $1: |"
	fi
}

pages='helpers/ctl/cniectl.8 helpers/service/cnied.8 packaging/cnie.conf.5
	pam_cnie/pam_cnie.8'
plain() { sed 's/\\fR//g; s/\\f[BIP]//g; s/\\-/-/g' "$1"; }

# -- the configuration ---------------------------------------------------------------

keys=$(sed -nE 's/.*(STR|U32)\([^,]*, [A-Za-z]+, ([a-z_]+)\).*/\2/p
	s/.*IDS\("([a-z_]+)".*/\1/p
	s/^\t\{ ("[a-z]+"|P|A), "([a-z_0-9]+)".*/\2/p' <(
	sed -nE '/^static const struct key/,/^};/s/\), (STR|U32|IDS)/),\n\t\1/gp
		/^static const struct key/,/^};/p' helpers/base/config.c) |
	sort -u)
say 'the keys of config.c are found' "$(
	[ "$(wc -w <<<"$keys")" -ge 45 ] || echo "only $(wc -w <<<"$keys")")"
say 'each key stands in cnie.conf(5)' "$(for k in $keys; do
	grep -qE "^\.B[RI]?( .*)?\b$k\b" packaging/cnie.conf.5 || echo "$k"; done)"

# -- cniectl ---------------------------------------------------------------------------

ctl=$build/cniectl
options=$(sed -nE 's/^\t\[OPT_[A-Z_]+\] = \{ "(--[a-z-]+)".*/\1/p' \
	helpers/ctl/options.c | sort -u)
say 'the options of cniectl are found' "$(
	[ "$(wc -w <<<"$options")" -ge 30 ] || echo "only $(wc -w <<<"$options")")"
say 'each option stands in cniectl(8)' "$(for o in $options --help --version; do
	plain helpers/ctl/cniectl.8 | grep -qE -- "(^|[^-a-z])$o([^-a-z]|$)" ||
		echo "$o"; done)"

# What is told to be typed. C joins the two halves of a string; a manual and a
# message break lines anywhere.
told() {
	for f in $pages README.md; do plain "$f"; done
	cat helpers/ctl/*.c helpers/service/*.c helpers/base/*.c |
		sed -e ':a' -e '/"$/{N;s/"\n[ \t]*"//;ta}'
}
text=$(told | tr '\n\t' '  ' | sed 's/\\n/ /g')
first=$(sed -nE 's/^\t\{ (NULL|"([a-z-]+)"), "([a-z-]+)".*/\2 \3/p' \
	helpers/ctl/commands.c)
groups=$(awk 'NF == 2 { print $1 }' <<<"$first" | sort -u | tr '\n' ' ')
words=$(grep -oE "cniectl  *[a-z][a-z-]+( +[a-z-]+)?" <<<"$text" |
	sed 's/  */ /g' | sort -u)
say 'each "cniectl GROUP WORD" that is told to be typed exists' "$(
	while read -r _ a b; do
		case " $groups " in *" $a "*) ;; *) continue ;; esac
		[ -n "$b" ] && [ "$b" != help ] || continue
		grep -qx "$a $b" <<<"$first" || echo "cniectl $a $b"
	done <<<"$words")"
# whoever types what is told gets no "--sector URN is missing"
say 'setup is never told without its sector' "$(
	grep -oE "cniectl setup +--[a-z]+" <<<"$text" | grep -v -- '--sector' |
		sort -u)"
say 'a group of words has help' "$(while read -r a b; do
	"$ctl" $a $b --help >/dev/null 2>&1 || echo "$a $b"
	done <<<"$first")"

# -- the pages ---------------------------------------------------------------------------

say 'groff has nothing to say of the pages' "$(for p in $pages; do
	groff -mandoc -t -ww -z -Tutf8 "$p" 2>&1; done)"
exit $bad
