#!/bin/sh
# make deps: the system packages (Debian and kin) that make test would otherwise skip for, and make bench name absent. Needs root. A
# package that cannot be had is named and left out: its tests are skips.
packages="gcc g++ make clang libclang-rt-14-dev lld tcc valgrind qemu-user gcc-i686-linux-gnu libc6-dev-i386-cross gcc-s390x-linux-gnu
libc6-dev-s390x-cross gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-mingw-w64-x86-64-posix emscripten nodejs locales-all python3-venv
libdnnl-dev linux-perf chromium firefox-esr pkg-config cmake ninja-build debhelper mandoc zsh fish
qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi"
command -v apt-get > /dev/null || { echo "no apt-get here; the packages are: $packages"; exit 0; }
[ "$(id -u)" -eq 0 ] || { echo "make deps needs root: apt-get install $packages"; exit 0; }
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=600 update || echo "package lists not updated"
missing=
for package in $packages; do
    dpkg -s "$package" > /dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || { echo "all packages are there"; exit 0; }
# shellcheck disable=SC2086
apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing && exit 0
for package in $missing; do
    apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$package" > /dev/null 2>&1 || echo "not installed: $package"
done
exit 0
