#!/bin/sh
# Debian's Chromium, Korean fonts, PostgreSQL and Tesseract, for the tests that drive them; only when missing
# and only as root. Without them those tests are skipped and say why.
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr"
[ -f /usr/share/tesseract-ocr/5/tessdata/kor.traineddata ] || missing="$missing tesseract-ocr-kor"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Not installed:$missing. The tests that need them will be skipped."
  exit 0
fi
echo "Installing$missing ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
  echo "Could not install$missing. The tests that need them will be skipped."
exit 0
