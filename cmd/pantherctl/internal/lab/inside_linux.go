package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// Inside does the work it reads from in and writes the report to out, as the
// first process of the namespaces.
func Inside(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := run.Enter(); err != nil {
		return err
	}
	var w Work
	if err := json.NewDecoder(in).Decode(&w); err != nil {
		return fmt.Errorf("reading the work: %w", err)
	}
	if w.Patience == 0 {
		w.Patience = Patience
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
	report := Report{Setup: time.Since(started)}
	started = time.Now()
	if len(w.SSHDs) > 0 {
		report.SSHDs = logins(ctx, w)
	}
	if w.Trace {
		report.Results = built.trace(ctx, w)
	} else if report.Results, report.Floods, err = built.send(w); err != nil {
		return err
	}
	report.Faults, report.Sysctls = built.faults, built.sysctls
	report.Probing = time.Since(started)
	return json.NewEncoder(out).Encode(report)
}

// send sends probes and floods, which come from other addresses, at once.
func (l *lab) send(w Work) (results []Result, floods []Flooded, err error) {
	var (
		wg     sync.WaitGroup
		second error
	)
	wg.Go(func() { floods, second = l.flood(w) })
	results, err = l.probe(w)
	wg.Wait()
	return results, floods, errors.Join(err, second)
}
