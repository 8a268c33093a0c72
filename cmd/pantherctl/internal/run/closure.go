package run

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
)

// Closure returns the sizes of a store path and of all it needs, in bytes, by
// path. The path must be in the store. Errors are [*NixError] or the context's.
func (n Nix) Closure(ctx context.Context, path string) (map[string]int64, error) {
	out, err := n.run(ctx, "path-info", "--json", "--recursive", path)
	if err != nil {
		return nil, err
	}
	sizes, err := pathSizes(out)
	if err != nil {
		return nil, &NixError{Kind: Other, Message: "nix path-info does not answer as known: " + err.Error()}
	}
	return sizes, nil
}

// pathInfo is what all shapes of `nix path-info --json` say of a path.
type pathInfo struct {
	Path    string // up to Nix 2.18
	NarSize int64
}

// pathSizes reads `nix path-info --json`: a list up to Nix 2.18, objects by path
// up to 2.32, then the same or, by base name, within a set called info.
func pathSizes(out []byte) (map[string]int64, error) {
	sizes := map[string]int64{}
	var listed []pathInfo
	if json.Unmarshal(out, &listed) == nil {
		for _, p := range listed {
			sizes[p.Path] = p.NarSize
		}
		return sizes, nil
	}
	var nested struct {
		StoreDir string
		Info     map[string]*pathInfo
	}
	byPath := map[string]json.RawMessage{}
	if err := json.Unmarshal(out, &byPath); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &nested); err == nil && nested.Info != nil {
		for name, p := range nested.Info {
			if p != nil {
				sizes[nested.StoreDir+"/"+name] = p.NarSize
			}
		}
		return sizes, nil
	}
	for path, text := range byPath {
		var p *pathInfo
		switch err := json.Unmarshal(text, &p); {
		case !strings.HasPrefix(path, "/"):
		case err != nil:
			return nil, err
		case p == nil:
			return nil, errors.New(path + " is not valid")
		default:
			sizes[path] = p.NarSize
		}
	}
	return sizes, nil
}
