# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  programs.nh = {
    enable = true;

    clean = {
      # old generations fill the disk and the boot partition
      enable = true;
      dates = "weekly";
      # a way back for as long as a mistake may go unnoticed
      extraArgs = "--keep 3 --keep-since 30d";
    };
  };
}
