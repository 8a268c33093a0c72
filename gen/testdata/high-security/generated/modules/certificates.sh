# Looks for certificates that end soon. Every one is printed, and one is enough
# to fail, as is one that is missing or ended.
#
# WITHIN   seconds in which none may end
# KEPT     files of certificates, one to a line
# SERVED   names that a proxy answers for, one to a line
# ADDRESS  where it listens, 127.0.0.1:443
set -u

failed=0

# judge WHAT CERTIFICATE. One that cannot be read has ended for whoever needs it.
judge() {
  if ends=$(echo "$2" | openssl x509 -noout -enddate -checkend "$WITHIN" 2>/dev/null); then
    return
  fi
  ends=$(echo "$ends" | sed -n 's/^notAfter=/ends /p')
  echo "certificate of $1: ${ends:-not found}"
  failed=1
}

while read -r file; do
  [ -z "$file" ] || judge "$file" "$(cat "$file" 2>/dev/null)"
done <<END
$KEPT
END

while read -r name; do
  [ -z "$name" ] || judge "$name" "$(openssl s_client -connect "$ADDRESS" -servername "$name" </dev/null 2>/dev/null)"
done <<END
$SERVED
END

exit "$failed"
