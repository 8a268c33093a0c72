# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  "adguard-password.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "admin-password.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "authelia-jwt.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "authelia-session.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "authelia-storage.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "authelia-users.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "cloudflare-dns-token.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "cloudflared.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "ntfy.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "restic-password.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "restic-repository.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "restic-ssh-key.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
  "vaultwarden.age".publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH"
  ];
}
