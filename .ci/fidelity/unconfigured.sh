#!/bin/sh
# unconfigured.sh ROOT: does to a root of unpacked packages what the cases need of their maintainer scripts, without running a
# program of its architecture: under qemu-user those take minutes.
set -eu
cd "$1"
mkdir -p etc tmp run root var/tmp var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers var/lib/apt/lists/partial \
  var/cache/apt/archives/partial etc/apt/apt.conf.d
chmod 1777 tmp var/tmp
touch var/lib/dpkg/status etc/machine-id
cp -n usr/share/base-passwd/passwd.master etc/passwd
cp -n usr/share/base-passwd/group.master etc/group
sed 's/^\([^:]*\):.*/\1:*:19000:0:99999:7:::/' etc/passwd > etc/shadow
chmod 640 etc/shadow
id=100
for user in postgres mysql redis mosquitto sshd dnsmasq memcache; do
  echo "$user:x:$id:$id::/var/lib/$user:/bin/sh" >> etc/passwd
  echo "$user:x:$id:" >> etc/group
  id=$((id + 1))
done
[ -e bin/sh ] || ln -s dash usr/bin/sh
# link NAME TARGET…: the first target that is there, as update-alternatives chooses.
link() {
  name=$1
  shift
  for target; do
    if [ ! -e "usr/bin/$name" ] && [ -e "usr/bin/$target" ]; then ln -s "$target" "usr/bin/$name"; fi
  done
}
link awk gawk mawk
link which which.debianutils
link vim vim.basic
link ksh ksh93
link guile guile-3.0
link lua lua5.4
link emacs emacs-nox
link nc nc.openbsd
link pager more
for php in usr/bin/php[0-9]*; do link php "${php##*/}"; done
for part in convert identify compare montage; do
  for magick in usr/bin/"$part"-im*; do link "$part" "${magick##*/}"; done
done
for modules in usr/share/php*/*/; do # php's modules are enabled by links.
  [ -d "$modules" ] || continue
  for version in etc/php/*/cli; do
    mkdir -p "$version/conf.d"
    for module in "$modules"*.ini; do [ ! -e "$module" ] || cp "$module" "$version/conf.d/20-${module##*/}"; done
  done
done
for font in etc/fonts/conf.avail usr/share/fontconfig/conf.avail; do
  if [ -d "$font" ]; then mkdir -p etc/fonts/conf.d && cp -n "$font"/60-latin.conf etc/fonts/conf.d/ 2> /dev/null || true; fi
done
mkdir -p var/lib/postgresql var/lib/mysql run/mysqld run/postgresql run/sshd var/log
