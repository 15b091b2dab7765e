#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A login that was granted goes on through Debian's own account phase: the real
# pam_unix and common-account as pam-auth-update writes it, over accounts that
# only libnss_cnie knows. They have `*` for a password and no line in shadow.
# All persons are synthetic. Nothing of the machine is changed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${CNIE_BUILD:-${1:-$here/../../build}}
if [ "${2-}" != --inside ]; then
	exec unshare -m --propagation private bash "$0" "$build" --inside
fi
export LC_ALL=C
twin=$(cd "$build/test" && pwd) || exit 99
ROOT=$(mktemp -d) || exit 99
trap 'rm -rf "$ROOT"' EXIT
chmod 755 "$ROOT"
# a copy that every user can reach
mkdir -p "$ROOT/bin" "$ROOT/pam.d" "$ROOT/var/lib/cnie"
cp "$twin"/{libnss_cnie.so.2,pamlogin,view_gen} "$ROOT/bin/" || exit 99
export CNIE_ROOT=$ROOT LD_LIBRARY_PATH=$ROOT/bin
view=$ROOT/var/lib/cnie/accounts.view
"$ROOT/bin/view_gen" 20 "$view" >/dev/null || exit 99

printf 'passwd: files cnie\ngroup: files cnie\nshadow: files\n' \
	>"$ROOT/nsswitch.conf"
# of files: one in order, one expired in 1970, one whose shadow line is missing
{ grep '^root:' /etc/passwd
  printf '%s:x:%d:100::/:/bin/sh\n' fine 64200 expired 64201 \
	shadowless 64202; } >"$ROOT/passwd"
printf 'root:*:19000::::::\nfine:*:19000::::::\nexpired:*:19000::::::1:\n' \
	>"$ROOT/shadow"
for f in nsswitch.conf passwd shadow; do
	mount --bind "$ROOT/$f" "/etc/$f" || exit 99
done
chmod 640 "$ROOT/shadow"

# /usr/share/pam/common-account with the profile "unix" alone
{ echo 'auth required pam_permit.so'	# the login was granted
  sed -e 's/^\$account_additional$//' -e 's/^\$account_primary$/account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so/' \
	/usr/share/pam/common-account
  echo 'session required pam_permit.so'; } >"$ROOT/pam.d/stock" || exit 99
grep -q '^account.*pam_unix' "$ROOT/pam.d/stock" || exit 99

stack() {	# USER [OPTION...]: what the account phase said
	local user=$1
	shift
	"$ROOT/bin/pamlogin" --service-dir "$ROOT/pam.d" --service stock \
		--user "$user" "$@" </dev/null 2>&1 |
		sed -n 's/.*pam_acct_mgmt[^A-Z]*\(PAM_[A-Z_]*\).*/\1/p'
}

says() {	# WHAT WANTED USER [OPTION...]
	local what=$1 wanted=$2 got
	shift 2
	got=$(stack "$@")
	if [ "$got" = "$wanted" ]; then echo "ok $what: $got"
	else echo "FAIL $what: ${got:-nothing}, wanted $wanted"; fi
}

person=$(getent passwd 2013265923) || exit 99
IFS=: read -r name star uid _ <<<"$person"
if [ "$star" = '*' ] && ! getent shadow "$name" >/dev/null; then
	echo "ok the password of $uid is a star, and shadow has no line"
else
	echo "FAIL password or shadow of $uid: $person"
fi

says 'an account of the view goes through the stock account phase' \
	PAM_SUCCESS "$name"
says 'so it does for a locker that runs as its user' PAM_SUCCESS "$name" \
	--euid "$uid"
says 'and for what is set-user-id, called by that user' PAM_SUCCESS "$name" \
	--as "$uid"
says 'an account of files does too' PAM_SUCCESS fine
# it can refuse; PAM_AUTH_ERR is pam_deny's word for all that pam_unix does not
# let pass
says 'an expired account of files does not' PAM_AUTH_ERR expired
says 'nor one of which shadow should know and does not' PAM_AUTH_ERR shadowless
says 'nor one that nobody knows' PAM_AUTH_ERR nobodyatall
rm "$view"
says 'nor one whose view is gone' PAM_AUTH_ERR "$name"
