# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # nodes of a hive; each is a module, beside those of the host
  colmena = {
    one = {
      deployment = {
        targetHost = "100.64.0.7";
        targetPort = 22;
        targetUser = "deploy";
        tags = [
          "vps"
          "web"
        ];
      };
    };
    two = {
      deployment = {
        targetHost = "two.tail1234.ts.net";
        targetPort = 22;
        targetUser = "deploy";
        tags = [ "vps" ];
      };
    };
    lan-only = {
      deployment = {
        targetHost = "192.168.1.4";
        targetPort = 2222;
        targetUser = "deploy";
        tags = [ ];
      };
    };
    glass = {
      deployment = {
        targetHost = "192.0.2.9";
        targetPort = 2222;
        targetUser = "deploy";
        tags = [ ];
      };
    };
    odd = {
      deployment = {
        # nobody may log in to deploy: colmena apply-local on the host
        targetHost = null;
        allowLocalDeployment = true;
        tags = [ ];
      };
    };
    laptop = {
      deployment = {
        # nobody may log in to deploy: colmena apply-local on the host
        targetHost = null;
        allowLocalDeployment = true;
        tags = [ ];
      };
    };
  };

  # deploy.nodes; what is missing is each profiles.system.path
  deploy-rs = {
    one = {
      hostname = "100.64.0.7";
      sshUser = "deploy";
      sshOpts = [
        "-p"
        "22"
      ];
      profiles.system.user = "root";
    };
    two = {
      hostname = "two.tail1234.ts.net";
      sshUser = "deploy";
      sshOpts = [
        "-p"
        "22"
      ];
      profiles.system.user = "root";
    };
    lan-only = {
      hostname = "192.168.1.4";
      sshUser = "deploy";
      sshOpts = [
        "-p"
        "2222"
      ];
      profiles.system.user = "root";
    };
    glass = {
      hostname = "192.0.2.9";
      sshUser = "deploy";
      sshOpts = [
        "-p"
        "2222"
      ];
      profiles.system.user = "root";
    };
  };
}
