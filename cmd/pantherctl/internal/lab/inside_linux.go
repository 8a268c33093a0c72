package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"syscall"
	"time"
)

// Inside does the work it reads from in and writes the report to out, as the
// first process of the namespaces.
func Inside(ctx context.Context, in io.Reader, out io.Writer) error {
	var w Work
	if err := json.NewDecoder(in).Decode(&w); err != nil {
		return fmt.Errorf("reading the work: %w", err)
	}
	if w.Patience == 0 {
		w.Patience = Patience
	}
	if w.NFT == "" {
		w.NFT = "nft"
	}
	// Mounts of this process are its own, and /proc shows its namespaces.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	started := time.Now()
	built, err := build(ctx, w)
	if err != nil {
		return err
	}
	report := Report{Faults: built.faults, Setup: time.Since(started)}
	started = time.Now()
	if w.Trace {
		report.Results, err = built.trace(ctx, w)
	} else {
		report.Results, err = built.probe(w)
	}
	if err != nil {
		return err
	}
	report.Probing = time.Since(started)
	return json.NewEncoder(out).Encode(report)
}
