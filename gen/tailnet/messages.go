package tailnet

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/tailscale/hujson"
)

// Rejection is why the service does not take a policy.
type Rejection struct {
	// Status is the HTTP status of the answer: 400, or 500 where the service
	// was recorded to give up.
	Status int
	// Message is the "message" of the answer, word for word where a recorded
	// or published answer is known, and in its style where none is.
	Message string
	// At is the place in the policy file. The service does not always say it.
	At Position
	// Failures says which tests failed, when that is the reason.
	Failures []TestFailure
}

// Error is the message alone, as the service gives it.
func (r *Rejection) Error() string { return r.Message }

// TestFailure is what failed for one entry of tests or sshTests.
type TestFailure struct {
	Src    string
	Errors []string
	At     Position
}

func reject(at Position, message string) *Rejection {
	return &Rejection{Status: 400, Message: message, At: at}
}

// Messages that recorded answers contain word for word.
const (
	selfAsSource    = `"autogroup:self" not valid on the src side of a rule`
	selfNeedsUsers  = "autogroup:self can only be used with users, groups, or supported autogroups"
	nestedGroup     = "groups[%q]: %q: group members cannot be recursive"
	badTagOwner     = "tagOwners[%q]: %s"
	tagNotFound     = "tag not found: %q"
	ipAndAppEmpty   = "ip and app can not both be empty"
	viaNotTag       = "via can only be a tag"
	capTailscale    = "capability name must not be in the tailscale.com domain"
	appInternet     = "cannot use app grants with autogroup:internet"
	defaultRouteDst = `dst %q: to allow all IP addresses, use "*" or "autogroup:internet"`
	poolReserved    = "IPPool(%s): network within reserved range"
	serverError     = "internal server error"
	sshBadAction    = "%q is not a valid action"
	sshUsersMissing = "users must be specified"
	sshBadUser      = "user %q is not valid"
	foreignDomain   = "%s is not associated with this Tailnet and cannot be used in user:*@<domain> expressions"
	periodNegative  = "checkPeriod %s must be a positive duration"
	periodAboveMax  = "checkPeriod %s is above the max (168h)"
	sshTestElement  = "SSH tests %s contains disallowed element %q"
	sshTestUnknown  = "SSH tests dst contains unknown tag %q"
	testsFailed     = "test(s) failed"
)

// Messages of the service as its users and its client's source quote them.
const (
	unknownField    = "json: unknown field %q"
	sshInvalidDst   = "invalid dst %q"
	sshInvalidSrc   = "[ssh] %q is not allowed in src"
	sshCheckTags    = `[ssh] "check" action does not support tags in src`
	sshOtherUser    = "users in dst are only allowed from the same user"
	unknownUserHost = "user or host is invalid: unknown user or host: %q"
	actionWant      = "action=%q is not supported"
	dangerAsDst     = "cannot use autogroup:danger-all as a dst"
	capForm         = "capability name must have the form {domain}/{path}"
	viaNotFound     = "tag %q not found"
	noActionGiven   = "action must be specified"
	emptyAcceptEnv  = "acceptEnv values cannot be empty"
	periodNotCheck  = `checkPeriod is only valid with action "check"`
	wantAcceptGot   = "[acl test error]: address %q%s: want: %s, got: %s"
	sshWantGot      = "[ssh test error]: src %q at %q, dst %q at %q, ssh user %q: want: %q got: %q"
	badOwner        = "tagOwners[%q]: %q: only tag:name, group:name, role autogroups, or user@domain are allowed"
)

// Messages in the service's style for which no answer of it is known.
const (
	groupNotFound    = "group not found: %q"
	hostNotFound     = "unknown user or host: %q"
	ipsetNotFound    = "ipset not found: %q"
	postureNotFound  = "posture not found: %q"
	notOnSide        = "%q not valid on the %s side of a rule"
	badGroupName     = "groups[%q]: group names must start with 'group:'"
	badGroupMember   = "groups[%q]: %q: group members must be users"
	badHostName      = "hosts[%q]: host names cannot contain '@'"
	badHost          = "hosts[%q]: %q is not an IP address or CIDR"
	badRoute         = "autoApprovers.routes[%q]: not a CIDR"
	poolOutOfRange   = "IPPool(%s): network not within 100.64.0.0/10"
	poolInvalid      = "IPPool(%s): not a CIDR"
	portsNeedTCPUDP  = "proto %q does not support specific ports, only \"*\" is allowed"
	notAnIPSetTarget = "ipsets[%q]: %q: targets must be addresses, CIDRs, hosts or ipsets"
)

// syntaxError reads the position out of hujson's error, which names it.
func syntaxError(err error) *Rejection {
	r := reject(Position{Line: 1, Column: 1}, err.Error())
	m := regexp.MustCompile(`line (\d+), column (\d+)`).FindStringSubmatch(err.Error())
	if m != nil {
		r.At.Line, _ = strconv.Atoi(m[1])
		r.At.Column, _ = strconv.Atoi(m[2])
	}
	return r
}

// wrongType names what is there and what should be.
func wrongType(v hujson.Value, want string) string {
	got := "something else"
	switch x := v.Value.(type) {
	case *hujson.Object:
		got = "an object"
	case *hujson.Array:
		got = "an array"
	case hujson.Literal:
		switch x.Kind() {
		case '"':
			got = "a string"
		case 't', 'f':
			got = "true or false"
		case '0':
			got = "a number"
		}
	}
	return fmt.Sprintf("json: cannot use %s as %s", got, want)
}

// checkTagName says what is wrong with a tag's name, as tailcfg.CheckTag does.
func checkTagName(name string) error {
	switch {
	case isTagName(name):
		return nil
	case len(name) < 4 || name[:4] != "tag:":
		return errors.New("tags must start with 'tag:'")
	case name == "tag:":
		return errors.New("tag names must not be empty")
	case !isLetter(name[4]):
		return errors.New("tag names must start with a letter, after 'tag:'")
	}
	return errors.New("tag names can only contain numbers, letters, or dashes")
}
