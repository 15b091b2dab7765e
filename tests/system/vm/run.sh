#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh: install the build into a Debian 12 guest and use it there. See README.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) && cd "$here/../../.."
vm=build/vm share=build/vm/share
person=(--state UTO --country UT --number AB123456 --document X12345678
	--birth 850615 --expiry 351231 --name 'SYNTHETIC<<PERSON' --can 123456)

"$here/image.sh" $vm
make -s all tools data
rm -rf $vm/{dest,share,card,ca} && mkdir -p $share/csca
make -s install DESTDIR="$PWD/$vm/dest"
build/test/personalise --out $vm/card --ca $vm/ca "${person[@]}" \
	--portrait build/persona/portrait.jp2
cp $vm/ca/csca.cer $share/csca/
cp -r build/models $share/
tar -C $vm/dest -cf $share/dest.tar .
ffmpeg -v error -y -i build/persona/holder.mjpeg -pix_fmt yuyv422 -f rawvideo \
	$share/holder.yuv
exec python3 "$here/vm.py" $vm build/test/vcard
