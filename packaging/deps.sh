#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# deps.sh [long]: install what building and testing need, on Debian 12, as
# root. Where all is there it does nothing and asks no network. `long` adds
# what make check-long and make fuzz need.
#
# vsmartcard-vpcd is left out on purpose: installed, it listens on all
# addresses and gives the machine's own pcscd a reader that comes over the
# network. The system tests unpack it under build/ instead.
set -euo pipefail

build=(gcc g++ make pkg-config binutils
	libpcsclite-dev libpam0g-dev libopencv-core-dev libopencv-imgproc-dev
	libopencv-dnn-dev libturbojpeg0-dev libopenjp2-7-dev libseccomp-dev
	libsystemd-dev libssl-dev libsodium-dev libsqlite3-dev libinih-dev
	libcrypt-dev libp11-kit-dev libeac-dev check)
run=(pcscd iproute2 util-linux ffmpeg openssl ca-certificates softhsm2
	minisign swtpm tpm2-tools libtss2-tcti-swtpm0 libtss2-esys-3.0.2-0
	libtss2-rc0 diffutils tzdata groff-base)
long=(clang llvm valgrind libclang-rt-14-dev)

packages=("${build[@]}" "${run[@]}")
case "${1-}" in
'') ;;
long) packages+=("${long[@]}") ;;
*)
	echo "usage: ${0##*/} [long]" >&2
	exit 2
	;;
esac

installed() {
	dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null |
		grep -qx installed
}

command -v dpkg-query >/dev/null || {
	echo "${0##*/}: this is not Debian; install what stands for:" >&2
	echo "  ${packages[*]} npm" >&2
	exit 1
}

# One question for all of them; only where one is missing, one each.
missing=()
have=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${packages[@]}" \
	2>/dev/null | sort -u | grep -c ' installed$' || true)
if [ "$have" -lt ${#packages[@]} ]; then
	for p in "${packages[@]}"; do
		installed "$p" || missing+=("$p")
	done
fi
# A Node.js from elsewhere brings its own npm, and Debian's conflicts with it.
command -v npm >/dev/null || missing+=(npm)

# The system tests fetch one more package, to unpack it: apt must know it.
unpacked() {
	compgen -G "$(dirname "$0")/../build/vpcd/*.deb" >/dev/null
}
if [ ${#missing[@]} -eq 0 ]; then
	unpacked || [ "$(id -u)" -ne 0 ] ||
		apt-cache show vsmartcard-vpcd >/dev/null 2>&1 ||
		apt-get -qq update
	exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
	echo "${0##*/}: missing packages; as root run:" >&2
	echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y install --no-install-recommends "${missing[@]}" >/dev/null

# The tests start a pcscd of their own. Where this script brought pcscd to
# the machine, the package's socket is not left listening.
case " ${missing[*]} " in
*' pcscd '*)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now pcscd.socket pcscd.service \
			>/dev/null 2>&1 || true
		echo "pcscd.socket was left disabled; to use a real reader:" \
			"systemctl enable --now pcscd.socket"
	fi
	;;
esac

for p in "${missing[@]}"; do
	[ "$p" = npm ] || installed "$p" || {
		echo "${0##*/}: $p could not be installed" >&2
		exit 1
	}
done
command -v npm >/dev/null || {
	echo "${0##*/}: npm could not be installed" >&2
	exit 1
}
