# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # init=/bin/sh makes whoever is at the console root
  boot.loader.systemd-boot.editor = false;
}
