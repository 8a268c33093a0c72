package schema

// PostgreSQL is the database server of a host. A role logs in as the user of
// its name on the host or, over TCP, with a password.
type PostgreSQL struct {
	Mode      Value[Mode]             `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable    Value[bool]             `yaml:"enable" doc:"Run the database server."`
	Databases Map[UserName, Database] `yaml:"databases" doc:"Databases, each owned by the role of its name: NAME: SECRET, or NAME: {} without a password."`
	Tailnet   Value[bool]             `yaml:"tailnet" doc:"Listen on the host's tailnet address too. Access rules say for whom, as postgresql."`
	Dump      Value[bool]             `yaml:"dump" doc:"Dump all databases every night, right before the backup where the host has one."`
}

// Database is a database and the role that owns it.
type Database struct {
	Password Value[Name] `yaml:"password,short,secret" doc:"The secret holding the role's password, for clients over TCP. Without it the role logs in on the host alone, as the user of its name."`
}
