# Looks at a running host and prints what it sees. pantherctl audit sends it to
# a shell of root, with these before it and "main" on the last line, so that a
# part of it that arrives does nothing:
#
# nonce     begins every line that frames a section
# config    what sshd is to read
# ruleset   what nft is to have loaded
# sysctls   patterns below /proc/sys, one to a line
# units     names of units to ask about
# homes     patterns of AuthorizedKeysFile, one to a line
# secrets   files that must be there, one to a line
# certs     patterns of certificates, one to a line
#
# Nothing is changed, and nothing written to a disk. Every section is cut at
# its limit. No password, hash or private key is read.

# daemon prints the sshd that runs, or else the one in PATH.
daemon() {
  pid=$(systemctl show --property=MainPID --value sshd.service 2>/dev/null </dev/null)
  case $pid in
  '' | 0 | *[!0-9]*) ;;
  *)
    running=$(readlink "/proc/$pid/exe")
    if [ -x "$running" ]; then
      printf '%s\n' "$running"
      return
    fi
    ;;
  esac
  command -v sshd
}

declared_sshd() { printf '%s\n' "$config" | timeout 10 "$sshd" -G -f /dev/stdin; }

# declared_rules has nft load the ruleset where it does nothing, and list it as
# it lists the one in force.
declared_rules() {
  printf '%s\n' "$ruleset" | timeout 20 unshare --net sh -c 'nft -f - && nft -j list ruleset'
}

read_sysctls() {
  printf '%s\n' "$sysctls" | while IFS= read -r pattern; do
    for path in /proc/sys/$pattern; do
      if [ -f "$path" ] && IFS= read -r value <"$path"; then
        printf '%s=%s\n' "${path#/proc/sys/}" "$value"
      fi
    done
  done
}

# authorized prints the keys that sshd reads: user, file, line.
authorized() { printf '%s\n' "$homes" | each_pattern; }

each_pattern() {
  while IFS= read -r pattern; do
    while IFS=: read -r user _ _ _ _ home _; do
      expand "$pattern"
      if [ -f "$file" ]; then
        head -c 65536 "$file" | each_key
      fi
    done </etc/passwd
  done
}

each_key() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in '' | '#'*) ;; *) printf '%s\t%s\t%s\n' "$user" "$file" "$line" ;; esac
  done
}

# expand PATTERN sets file to the file of $user, with home $home.
expand() {
  rest=$1
  file=
  while :; do
    case $rest in
    *%u* | *%h*) ;;
    *) break ;;
    esac
    file=$file${rest%%\%[uh]*}
    rest=${rest#"${rest%%\%[uh]*}"%}
    case $rest in
    u*) file=$file$user ;;
    *) file=$file$home ;;
    esac
    rest=${rest#?}
  done
  file=$file$rest
  case $file in /*) ;; *) file=$home/$file ;; esac
}

# without_password names accounts that need none, and never prints a hash.
without_password() {
  while IFS=: read -r user hash _; do
    if [ -z "$hash" ]; then printf '%s\n' "$user"; fi
  done </etc/shadow
}

missing_secrets() {
  printf '%s\n' "$secrets" | while IFS= read -r path; do
    if [ -n "$path" ] && ! [ -e "$path" ]; then printf '%s\n' "$path"; fi
  done
}

# certificates prints public certificates after the names of their files.
certificates() {
  printf '%s\n' "$certs" | while IFS= read -r pattern; do
    for path in $pattern; do
      if [ -f "$path" ]; then
        printf 'file %s\n' "$path"
        head -c 32768 "$path" | while IFS= read -r line; do
          case $line in
          *'BEGIN CERTIFICATE'*) inside=1 ;;
          ssh-* | ecdsa-*) printf '%s\n' "$line" ;;
          esac
          if [ "${inside-}" ]; then printf '%s\n' "$line"; fi
          case $line in *'END CERTIFICATE'*) break ;; esac
        done
      fi
    done
  done
}

stamps() {
  for path in /var/lib/systemd/timers/stamp-restic-backups-*.timer; do
    if [ -f "$path" ]; then stat -c '%Y %n' "$path"; fi
  done
}

links() {
  system=/nix/var/nix/profiles/system now=/run/current-system boot=/run/booted-system
  readlink -m $system $now $boot $now/kernel $boot/kernel $now/initrd $boot/initrd \
    $now/kernel-modules $boot/kernel-modules
}

main() {
  set -u
  export LC_ALL=C PATH="$PATH:/run/current-system/sw/bin"
  cd /
  sshd=$(daemon)
  section time 64 date +%s
  file hostname 256 /proc/sys/kernel/hostname
  file release 256 /proc/sys/kernel/osrelease
  file sshd-file 65536 /etc/ssh/sshd_config
  section sshd-live 65536 timeout 10 "$sshd" -T
  if [ "$config" ]; then section sshd-declared 65536 declared_sshd; fi
  section nft-live 2097152 timeout 20 nft -j list ruleset
  if [ "$ruleset" ]; then section nft-declared 2097152 declared_rules; fi
  section sysctl 131072 read_sysctls
  file cmdline 8192 /proc/cmdline
  file modules 65536 /proc/modules
  file lockdown 256 /sys/kernel/security/lockdown
  section sockets 262144 timeout 10 ss -Htulnp
  section failed 65536 timeout 10 systemctl list-units --state=failed --no-legend --plain --no-pager
  # shellcheck disable=SC2086 # names of units have no spaces
  if [ "$units" ]; then
    section units 65536 timeout 10 systemctl show --timestamp=unix --no-pager \
      --property=Id,LoadState,ActiveState,Result,ExecMainStatus,ExecMainExitTimestamp $units
  fi
  section stamps 8192 stamps
  file passwd 262144 /etc/passwd
  file group 262144 /etc/group
  file sudoers 65536 /etc/sudoers
  section open 8192 without_password
  section keys 524288 authorized
  section secrets 65536 missing_secrets
  section certificates 524288 certificates
  section tailscale 524288 timeout 10 tailscale status --json --peers=false
  section links 8192 links
  file isolated 64 /var/lib/pantherctl/isolated
  printf '\n@%s done\n' "$nonce"
}
