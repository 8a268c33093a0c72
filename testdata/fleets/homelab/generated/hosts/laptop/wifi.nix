# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  networking.wireless.iwd = {
    enable = true;
    settings.General = {
      # nobody follows the host from place to place, and a network still knows it again
      AddressRandomization = "network";
      # half of an address would name the maker of the card
      AddressRandomizationRange = "full";
    };
  };

  # NetworkManager, where it runs, would start a second daemon
  networking.networkmanager.wifi.backend = "iwd";
}
