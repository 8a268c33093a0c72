package tailnet

// Text is a string of the policy file and the place it stands at.
type Text struct {
	Value string
	At    Position
}

// Texts makes positionless texts, for policies that are built and not read.
func Texts(values ...string) []Text {
	texts := make([]Text, len(values))
	for i, v := range values {
		texts[i] = Text{Value: v}
	}
	return texts
}

// Policy is a policy file. Names stay as written: what they mean depends on
// the network it is evaluated for. Sections keep the order of the file.
type Policy struct {
	Comment string // above everything

	Groups        []Entry // group:NAME -> users
	Hosts         []Entry // NAME -> one address or CIDR
	IPSets        []Entry // ipset:NAME -> targets, "add TARGET", "remove TARGET"
	Postures      []Entry // posture:NAME -> conditions
	TagOwners     []Entry // tag:NAME -> owners
	AutoApprovers AutoApprovers

	// ACLs and Grants are nil when the section is absent. A policy with
	// neither allows everything; with an empty one, nothing.
	ACLs   []ACL
	Grants []Grant

	DefaultSrcPosture []Text
	SSH               []SSHRule
	NodeAttrs         []NodeAttr
	Tests             []Test
	SSHTests          []SSHTest

	RandomizeClientPort bool
	DisableIPv4         bool
	OneCGNATRoute       string

	// Extra holds the sections that only pass through: derpMap, attrConfig
	// and disabled features, as standard JSON.
	Extra []RawSection
}

// Entry is a name and what it stands for.
type Entry struct {
	Comment string
	Name    Text
	Values  []Text
}

// RawSection is a section that is carried but has no meaning here.
type RawSection struct {
	Comment string
	Name    Text
	JSON    string
}

// AutoApprovers says whose advertised routes need no administrator.
type AutoApprovers struct {
	Routes   []Entry // CIDR -> approvers
	ExitNode []Text
}

// ACL is one entry of "acls".
type ACL struct {
	Comment    string
	At         Position
	Action     Text
	Proto      Text
	Src        []Text
	Dst        []Text // SELECTOR:PORTS
	SrcPosture []Text
}

// Grant is one entry of "grants".
type Grant struct {
	Comment    string
	At         Position
	Src        []Text
	Dst        []Text
	IP         []Text // [PROTO:]PORTS
	App        []Capability
	Via        []Text
	SrcPosture []Text
}

// Capability is one application capability of a grant.
type Capability struct {
	Name Text
	// JSON is the array of values as standard JSON.
	JSON string
}

// SSHRule is one entry of "ssh".
type SSHRule struct {
	Comment         string
	At              Position
	Action          Text
	Src             []Text
	Dst             []Text
	Users           []Text
	CheckPeriod     Text
	AcceptEnv       []Text
	SrcPosture      []Text
	Recorder        []Text
	EnforceRecorder bool
}

// NodeAttr is one entry of "nodeAttrs".
type NodeAttr struct {
	Comment string
	At      Position
	Target  []Text
	Attr    []Text
	IPPool  []Text
	App     []Capability
}

// Test is one entry of "tests": what Src must reach and must not reach.
type Test struct {
	Comment         string
	At              Position
	Src             Text
	Proto           Text
	Accept          []Text // SELECTOR:PORT
	Deny            []Text
	SrcPostureAttrs string // standard JSON
}

// SSHTest is one entry of "sshTests": as which users Src must get into Dst.
type SSHTest struct {
	Comment         string
	At              Position
	Src             Text
	Dst             []Text
	Accept          []Text
	Deny            []Text
	Check           []Text
	SrcPostureAttrs string // standard JSON
}

// hostTarget is what an entry of hosts stands for, the name of a host if it
// stands for nothing.
func hostTarget(e Entry) selector {
	if len(e.Values) == 0 {
		return selector{kind: host, at: e.Name.At}
	}
	return parseSelector(e.Values[0])
}

// find returns the entry of that name; the last of equal names counts, as in
// any JSON object.
func find(entries []Entry, name string) (Entry, bool) {
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Name.Value == name {
			return entries[i], true
		}
	}
	return Entry{}, false
}
