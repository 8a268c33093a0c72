# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/certificates.nix ];

  pantherctl.certificates = {
    # renewal is due 30 days before the end: by then it has failed for two weeks
    within = 1209600;
    # as browsers get them
    served = [ "apps.example.org" ];
  };
}
