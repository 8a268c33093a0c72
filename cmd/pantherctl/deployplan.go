package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// planned returns the store paths of a plan's systems by host, nil without a
// plan. A plan is bound to the document and to the bytes it was written as.
func (o *deployOptions) planned() (map[string]string, error) {
	if o.plan == "" {
		return nil, nil
	}
	text, err := readRegular(o.plan)
	if err != nil {
		return nil, hint(err, "pantherctl plan --out FILE writes one")
	}
	var file struct {
		Plan json.RawMessage `json:"plan"`
		Sum  string          `json:"sum"`
	}
	var plan struct {
		Version  int    `json:"version"`
		Document string `json:"document"` // SHA-256 of its bytes
		Hosts    []struct {
			Name string `json:"name"`
			New  string `json:"new"`
		} `json:"hosts"`
	}
	var compact bytes.Buffer
	err = json.Unmarshal(text, &file)
	if err == nil {
		err = errors.Join(json.Compact(&compact, file.Plan), json.Unmarshal(file.Plan, &plan))
	}
	const again = "make another: pantherctl plan --out FILE"
	switch {
	case err != nil:
		return nil, hint(fmt.Errorf("%s is no plan: %w", o.plan, err), again)
	case file.Sum != sumOf(compact.Bytes()):
		return nil, hint(fmt.Errorf("%s was changed since it was written", o.plan), again)
	case plan.Version != 1:
		return nil, hint(fmt.Errorf("%s has version %d, and 1 is read", o.plan, plan.Version), again)
	}
	if o.file != "-" {
		document, err := os.ReadFile(o.file)
		if err != nil {
			return nil, err
		}
		if plan.Document != sumOf(document) {
			return nil, hint(fmt.Errorf("the plan is stale: %s has changed since", o.name()), again)
		}
	}
	systems := map[string]string{}
	for _, h := range plan.Hosts {
		systems[h.Name] = h.New
	}
	return systems, nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
