# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # nobody logs in from outside unless the document says so
  services.openssh.enable = false;
}
