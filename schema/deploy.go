package schema

// Deployment says what is written for deployers other than pantherctl.
type Deployment struct {
	Emit List[Deployer] `yaml:"emit,short" doc:"Deployers for which generated/deploy.nix holds where each host is and who logs in: colmena, deploy-rs."`
}

// Deployer is a program that brings systems to hosts.
type Deployer string

// The deployers that settings are written for.
const (
	Colmena  Deployer = "colmena"
	DeployRS Deployer = "deploy-rs"
)

func (*Deployer) words() []string { return []string{"colmena", "deploy-rs"} }
