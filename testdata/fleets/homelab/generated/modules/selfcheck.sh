# Compares the running host with what was generated for it. Every difference is
# printed, and one is enough to fail. Nothing is changed.
#
# SSHD_CONFIG  the file that sshd was to read; empty without sshd
# SSHD_LIVE    the file that it does read
# RULESET      the file that nft was to load; empty without nftables
# TABLES       its tables, "family name", one to a line
# AUDIT_RULES  how many audit rules were to be loaded; empty without auditing
# TAILNET      1 if the host is in a tailnet
# SECRETS      files that must be readable and hold something, one to a line
# STORE        the store path to verify with all it needs; empty for none
set -u

differences=0
differs() {
  echo "differs: $1"
  differences=$((differences + 1))
}

work=$(mktemp --directory)
trap 'rm -r "$work"' EXIT

# same WHAT compares the files rendered and live, and shows how they differ.
same() {
  if ! diff --unified=0 --label rendered "$work/rendered" --label live "$work/live"; then
    differs "$1"
  fi
}

check_sshd() {
  if ! systemctl is-active --quiet sshd.service && ! systemctl is-active --quiet sshd.socket; then
    differs "sshd: neither the service nor its socket is active"
  fi
  if ! sshd -G -f "$SSHD_CONFIG" >"$work/rendered" || ! sshd -T -f "$SSHD_LIVE" >"$work/live"; then
    differs "sshd: it cannot read its configuration"
    return
  fi
  same "sshd: the settings that it reads"
}

# The ruleset is loaded into a network namespace of its own and listed by the
# same nft, without counters and without what sets collect. Tables of others,
# such as tailscaled's, are theirs.
check_ruleset() {
  while read -r family table; do
    # shellcheck disable=SC2016 # expanded by the inner shell
    if ! unshare --net sh -c 'nft -f "$1" && nft -s -t list table "$2" "$3"' sh "$RULESET" "$family" "$table" >"$work/rendered"; then
      differs "ruleset: the rendered table $family $table does not load"
      continue
    fi
    if ! nft -s -t list table "$family" "$table" >"$work/live"; then
      differs "ruleset: the table $family $table is not loaded"
      continue
    fi
    same "ruleset: the table $family $table"
  done <<EOF
$TABLES
EOF
}

check_audit() {
  if ! auditctl -s | grep --quiet '^enabled [12]$'; then
    differs "audit: the kernel records nothing"
  fi
  loaded=$(auditctl -l | grep --count '^-[aw]') || true
  if [ "$loaded" != "$AUDIT_RULES" ]; then
    differs "audit: $loaded rules of $AUDIT_RULES are loaded"
  fi
  if ! systemctl is-active --quiet auditd.service; then
    differs "audit: nobody keeps the trail, auditd is not active"
  fi
}

check_tailnet() {
  if ! tailscale status --peers=false; then
    differs "tailnet: the host is not connected"
  fi
}

check_secrets() {
  while read -r secret; do
    if ! head --bytes=1 "$secret" >"$work/first" || [ ! -s "$work/first" ]; then
      differs "secrets: $secret is empty or cannot be read"
    fi
  done <<EOF
$SECRETS
EOF
}

check_store() {
  if ! nix --extra-experimental-features nix-command store verify --no-trust --recursive "$STORE"; then
    differs "store: a file of the running system is not what Nix built"
  fi
}

if [ -n "$SSHD_CONFIG" ]; then check_sshd; fi
if [ -n "$RULESET" ]; then check_ruleset; fi
if [ -n "$AUDIT_RULES" ]; then check_audit; fi
if [ -n "$TAILNET" ]; then check_tailnet; fi
if [ -n "$SECRETS" ]; then check_secrets; fi
if [ -n "$STORE" ]; then check_store; fi

if [ "$differences" -gt 0 ]; then
  echo "$differences differences"
  exit 1
fi
echo "as generated"
