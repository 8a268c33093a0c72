# A module of a user who has not read what the firewall says of Docker.
{
  virtualisation.docker.enable = true;
}
