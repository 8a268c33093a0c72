// Package tailnet is the Tailscale policy file as a language: it parses the
// file with positions, refuses what the service refuses in the service's own
// words, and evaluates the rest offline: what packet filter, SSH rules, exit
// nodes and attributes each node of a network gets.
//
// Text goes through three steps, each usable alone:
//
//	policy, err := tailnet.Parse(text)        // HuJSON -> Policy
//	err = policy.Validate(network)            // shapes, names, tests
//	eval := policy.Evaluate(network)          // -> rules per node
//
// The meaning of the language is what the service was recorded to answer;
// the recordings are under testdata. Where no recording speaks, the source of
// a fact stands beside it.
package tailnet
