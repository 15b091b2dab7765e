#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# install.sh DESTDIR B PREFIX LIBEXEC LIBDIR PAMDIR UNITDIR: what `make
# install` does. It starts nothing, enables nothing, writes no file of
# /etc/cnie and touches no PAM stack.
set -euo pipefail

if [ $# -ne 7 ]; then
	echo "usage: ${0##*/} DESTDIR B PREFIX LIBEXEC LIBDIR PAMDIR UNITDIR" >&2
	exit 2
fi
dest=$1 build=$2 prefix=$3 libexec=$4 libdir=$5 pamdir=$6 unitdir=$7
cd "$(dirname "$0")/.."

put() {	# MODE DIRECTORY FILE...
	local mode=$1 dir=$dest$2
	shift 2
	install -d -m 0755 "$dir"
	install -m "$mode" "$@" "$dir"
}

put_as() {	# MODE TARGET FILE
	install -d -m 0755 "$dest$(dirname "$2")"
	install -m "$1" "$3" "$dest$2"
}

man() {	# SECTION FILE...
	local s=$1 f
	shift
	for f; do
		install -d -m 0755 "$dest$prefix/share/man/man$s"
		gzip -9n <"$f" >"$dest$prefix/share/man/man$s/${f##*/}.gz"
		chmod 0644 "$dest$prefix/share/man/man$s/${f##*/}.gz"
	done
}

put 0755 "$libexec" "$build"/cnied "$build"/cnie-{card,inspect,face,sector}
# my-data is for everybody, and only root has sbin in the PATH
put 0755 "$prefix/bin" "$build/cniectl"
put 0644 "$libdir" "$build/libnss_cnie.so.2"
put 0644 "$pamdir" "$build/pam_cnie.so"

# the units name the directories the programs went to
unit=$(mktemp)
trap 'rm -f "$unit"' EXIT
sed "s|@LIBEXEC@|$libexec|" packaging/systemd/cnied.service >"$unit"
put_as 0644 "$unitdir/cnied.service" "$unit"
sed "s|@BIN@|$prefix/bin|" packaging/systemd/cnie-csca-check.service >"$unit"
put_as 0644 "$unitdir/cnie-csca-check.service" "$unit"
put 0644 "$unitdir" packaging/systemd/cnie-csca-check.timer
put 0644 "$unitdir" packaging/systemd/cnie-{login,admin}.socket
put 0644 "$prefix/lib/sysusers.d" packaging/sysusers.d/cnie.conf
put 0644 "$prefix/lib/tmpfiles.d" packaging/tmpfiles.d/cnie.conf
put 0644 "$prefix/lib/udev/rules.d" udev/70-cnie.rules
put 0644 "$prefix/share/polkit-1/rules.d" packaging/polkit/cnie.rules
put 0644 "$prefix/share/pam-configs" packaging/pam-configs/cnie
# read only there, whatever the prefix
put 0644 /etc/apparmor.d/abstractions/nameservice.d packaging/apparmor/cnie

# /usr/share/cnie is where the programs look, whatever the prefix
put 0644 /usr/share/cnie/profiles packaging/profiles/{cnie2,uto}.conf
put 0755 /usr/share/cnie helpers/face/fetch_models.sh
put 0644 /usr/share/cnie helpers/face/models.manifest
install -d -m 0755 "$dest/usr/share/cnie/models"
install -d -m 0755 "$dest/etc/cnie" "$dest/etc/cnie/csca" \
	"$dest/etc/cnie/profile.d"

man 8 pam_cnie/pam_cnie.8 helpers/ctl/cniectl.8 helpers/service/cnied.8
man 5 packaging/cnie.conf.5
put 0644 "$prefix/share/doc/cnie" README.md CHANGELOG.md LICENSE \
	packaging/authorisation.conf.example

[ -n "$dest" ] || cat <<'EOF'
Installed; nothing was started. Next, as root:
  systemd-sysusers && systemd-tmpfiles --create
  systemctl daemon-reload && udevadm control --reload
  systemctl reload apparmor                     # where AppArmor is used
  systemctl enable --now pcscd.socket cnie-login.socket cnie-admin.socket
  /usr/share/cnie/fetch_models.sh /usr/share/cnie/models
  cniectl setup --sector URN --csca DIR --to PUB --backup FILE
  systemctl enable --now cnie-csca-check.timer
EOF
