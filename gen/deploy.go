package gen

import (
	"slices"
	"strconv"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// deployers is the deploy.nix of a fleet: where each host is and who logs in,
// as the deployers that the document names want it. It is values only, and nil
// if the document names none.
func deployers(fleet *policy.Fleet) *nix.File {
	body := nix.AttrSet{}
	for _, d := range []struct {
		name schema.Deployer
		node func(*policy.Fleet, *policy.Host) nix.AttrSet
		doc  string
	}{
		{schema.Colmena, colmena, "nodes of a hive; each is a module, beside those of the host"},
		{schema.DeployRS, deployRS, "deploy.nodes; what is missing is each profiles.system.path"},
	} {
		if !slices.Contains(fleet.Deploy.Emit.Values(), d.name) {
			continue
		}
		nodes := nix.AttrSet{}
		for _, h := range fleet.Hosts {
			if node := d.node(fleet, h); node != nil {
				nodes = append(nodes, nix.Binding{Path: nix.AttrPath{h.Name}, Value: node})
			}
		}
		bind(&body, nix.AttrPath{string(d.name)}, nodes, d.doc)
	}
	if len(body) == 0 {
		return nil
	}
	return &nix.File{Body: body}
}

// colmena is a node as colmena knows it (manual, deployment options). A host
// that nobody can log in to deploys itself.
func colmena(fleet *policy.Fleet, h *policy.Host) nix.AttrSet {
	set := nix.AttrSet{}
	if way, ok := fleet.DeployWay(h); ok {
		set = append(set,
			nix.Bind("targetHost", nix.String(way.Address)),
			nix.Bind("targetPort", nix.Int(way.Port)),
			nix.Bind("targetUser", nix.String(way.User)),
		)
	} else {
		set = append(set,
			nix.Bind("targetHost", nix.Null{}, "nobody may log in to deploy: colmena apply-local on the host"),
			nix.Bind("allowLocalDeployment", nix.Bool(true)),
		)
	}
	set = append(set, nix.Bind("tags", nix.Strings(h.Roles...)))
	return nix.AttrSet{nix.Bind("deployment", set)}
}

// deployRS is a node as deploy-rs knows it (its interface.json), nil for a host
// that nobody can log in to.
func deployRS(fleet *policy.Fleet, h *policy.Host) nix.AttrSet {
	way, ok := fleet.DeployWay(h)
	if !ok {
		return nil
	}
	return nix.AttrSet{
		nix.Bind("hostname", nix.String(way.Address)),
		nix.Bind("sshUser", nix.String(way.User)),
		nix.Bind("sshOpts", nix.Strings("-p", strconv.Itoa(way.Port))),
		nix.Bind("profiles.system.user", nix.String("root")),
	}
}
