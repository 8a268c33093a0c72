package run

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// Untracked are files that git does not track, so that a flake does not see
// them.
type Untracked struct {
	Files   []string // relative to the folder asked about, sorted
	Ignored bool     // .gitignore names some of them, so git add needs -f
	All     bool     // nothing else in the folder is untracked
}

// GitUntracked returns which of the files below a folder git does not track.
// There are none where git is missing or the folder is in no work tree: then
// no flake hides them.
func GitUntracked(ctx context.Context, r Runner, dir string, files []string) (Untracked, error) {
	tracked, err := gitList(ctx, r, dir, "--cached")
	if exit := (*ExitError)(nil); errors.Is(err, ErrNotFound) || errors.As(err, &exit) {
		return Untracked{}, nil
	}
	if err != nil {
		return Untracked{}, err
	}
	known := set(tracked)
	var u Untracked
	for _, f := range files {
		if !known[f] {
			u.Files = append(u.Files, f)
		}
	}
	if len(u.Files) == 0 {
		return u, nil
	}
	slices.Sort(u.Files)
	others, err := gitList(ctx, r, dir, "--others")
	if err != nil {
		return u, err
	}
	ignored, err := gitList(ctx, r, dir, "--others", "--ignored", "--exclude-standard")
	if err != nil {
		return u, err
	}
	missing := set(u.Files)
	u.All = !slices.ContainsFunc(others, func(f string) bool { return !missing[f] })
	u.Ignored = slices.ContainsFunc(ignored, func(f string) bool { return missing[f] })
	return u, nil
}

// gitList lists files below a folder, relative to it. The settings keep a
// repository from having a program of its own run.
func gitList(ctx context.Context, r Runner, dir string, which ...string) ([]string, error) {
	out, err := r.Run(ctx, Command{
		Dir: dir, Name: "git",
		Args: append([]string{"-c", "core.fsmonitor=false", "ls-files", "-z"}, which...),
		Env:  []string{"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"},
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

func set(names []string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, name := range names {
		s[name] = true
	}
	return s
}

// GitFile returns a file as of a revision. The name is relative to the working
// directory.
func GitFile(ctx context.Context, r Runner, revision, name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = "./" + name
	}
	return r.Run(ctx, Command{
		Name: "git",
		Args: []string{"-c", "core.fsmonitor=false", "cat-file", "blob", "--end-of-options", revision + ":" + name},
		Env:  []string{"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"},
	})
}
