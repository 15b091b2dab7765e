#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# image.sh DIR: a Debian 12 guest in DIR (guest.raw, vmlinuz, initrd), made of
# this machine's own apt sources, as root. What is there already is kept.
set -euo pipefail

dir=$1
[ ! -s "$dir/guest.raw" ] || exit 0
packages="systemd-sysv udev dbus polkitd linux-image-amd64 initramfs-tools kmod
procps login passwd sudo libpam-modules libpam-runtime libpam-systemd pcscd
openssh-server openssh-client apparmor ffmpeg v4l2loopback-dkms linux-headers-amd64
libpcsclite1 libseccomp2 libopencv-core406 libopencv-imgproc406 libcrypt1
libopencv-dnn406 libturbojpeg0 libopenjp2-7 libsodium23 libsqlite3-0 libinih1
libsystemd0 libssl3"
sources=/etc/apt/sources.list.d/debian.sources
[ -e $sources ] || sources=/etc/apt/sources.list

files=$(mktemp -d)
trap 'rm -rf "$files" "$dir/tree"' EXIT
mkdir -p "$files"/etc/{initramfs-tools,modprobe.d} "$dir"
echo '127.0.0.1 localhost guest' >"$files/etc/hosts"
echo guest >"$files/etc/hostname"
echo '/dev/vda / ext4 noatime 0 1' >"$files/etc/fstab"
echo 'options v4l2loopback devices=1 video_nr=0 exclusive_caps=1' \
	>"$files/etc/modprobe.d/v4l2loopback.conf"
printf 'virtio_pci\nvirtio_blk\next4\ncrc32c_generic\n' \
	>"$files/etc/initramfs-tools/modules"
sed '/^#/d' "$sources" >"$files/apt.${sources##*.}"

rm -rf "$dir/tree"
mmdebstrap --quiet --variant=minbase \
	--aptopt='APT::Install-Recommends "false"' \
	--aptopt='Acquire::Check-Valid-Until "false"' \
	--include="${packages//$'\n'/ }" \
	--customize-hook="sync-in '$files/etc' /etc" \
	--customize-hook='mkdir -p "$1/mnt/host"' \
	--customize-hook='sed -i s/^MODULES=.*/MODULES=list/ "$1"/etc/initramfs-tools/initramfs.conf' \
	--customize-hook='chroot "$1" update-initramfs -u' \
	--customize-hook='chroot "$1" useradd -m -s /bin/bash user' \
	--customize-hook='printf "user:user\nroot:root\n" | chroot "$1" chpasswd' \
	--customize-hook='chroot "$1" systemctl enable serial-getty@ttyS0 ssh' \
	bookworm "$dir/tree" "$files/apt.${sources##*.}"

cp -L "$dir/tree/vmlinuz" "$dir/vmlinuz"
cp -L "$dir/tree/initrd.img" "$dir/initrd"
truncate -s 4G "$dir/guest.part"
mkfs.ext4 -q -F -d "$dir/tree" "$dir/guest.part"
mv "$dir/guest.part" "$dir/guest.raw"
