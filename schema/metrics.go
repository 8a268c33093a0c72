package schema

// Metrics are figures of the host for Prometheus, offered in the tailnet only.
type Metrics struct {
	Mode   Value[Mode] `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool] `yaml:"enable" doc:"Run the node exporter on the host's tailnet address. Access rules say who reads it, as node-exporter."`
}
