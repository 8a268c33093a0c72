package deploy

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Waves is the order in which the hosts of a fleet are deployed to.
type Waves struct {
	Canary      int           // this many hosts first, 0 for none
	Parallel    int           // at once, at least 1
	Soak        time.Duration // between the canaries' confirmation and the rest
	SkipOffline bool          // a host that does not answer stops nothing
}

// NotStarted is the outcome of hosts that were not begun with, as another
// failed or we were told to stop.
const NotStarted Outcome = "not started"

// Fleet deploys to hosts in waves, and hands over each result once it is there,
// one at a time. After the first host that ends otherwise than confirmed no
// other is begun with; those under way come to their end. The results are in
// the order of the jobs.
func (d *Deployer) Fleet(ctx context.Context, jobs []Job, w Waves, each func(Result)) []Result {
	f := &fleet{Deployer: d, waves: w, each: each, results: make([]Result, len(jobs)), jobs: jobs}
	canary := min(max(0, w.Canary), len(jobs))
	if canary == len(jobs) {
		canary = 0 // nobody to try it for
	}
	f.wave(ctx, 0, canary)
	if canary > 0 && !f.stopped() {
		f.soak(ctx, canary)
	}
	f.wave(ctx, canary, len(jobs))
	return f.results
}

// fleet is a deployment to several hosts, under way.
type fleet struct {
	*Deployer
	waves   Waves
	each    func(Result)
	jobs    []Job
	lock    sync.Mutex
	results []Result
	why     string // nothing more is begun with, "" if nothing stops it
}

func (f *fleet) stopped() bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.why != ""
}

// stop has no further host begun with. The first reason counts.
func (f *fleet) stop(why string) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if f.why == "" {
		f.why = why
	}
}

// wave deploys to the jobs from first up to last.
func (f *fleet) wave(ctx context.Context, first, last int) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, f.waves.Parallel))
	for i := first; i < last; i++ {
		slots <- struct{}{}
		if ctx.Err() != nil {
			f.stop("interrupted")
		}
		wg.Go(func() {
			defer func() { <-slots }()
			f.one(ctx, i)
		})
	}
	wg.Wait()
}

func (f *fleet) one(ctx context.Context, i int) {
	r := Result{Host: f.jobs[i].Host.Name, Outcome: NotStarted}
	f.lock.Lock()
	r.Reason = f.why
	f.lock.Unlock()
	if r.Reason == "" {
		r = f.Host(ctx, f.jobs[i])
		if r.Outcome != Confirmed && !(r.Outcome == Offline && f.waves.SkipOffline) {
			f.stop(fmt.Sprintf("%s was not confirmed", r.Host))
		}
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	f.results[i] = r
	f.each(r)
}

// soak waits, and looks again at the canaries.
func (f *fleet) soak(ctx context.Context, canary int) {
	select {
	case <-ctx.Done():
		f.stop("interrupted")
		return
	case <-time.After(f.waves.Soak):
	}
	if f.waves.Soak == 0 {
		return
	}
	for i, r := range f.results[:canary] {
		if r.Outcome != Confirmed {
			continue
		}
		if err := f.look(ctx, f.jobs[i], r); err != nil {
			f.stop(fmt.Sprintf("%s is not well after %s: %s", r.Host, f.waves.Soak, err))
		}
	}
}

// look reports what is wrong with a host some time after it was confirmed.
func (d *Deployer) look(ctx context.Context, job Job, confirmed Result) error {
	r := &deployment{Deployer: d, job: job, log: d.Log(job.Host.Name), result: confirmed}
	r.link = d.link(job, r.log)
	ctx, cancel := context.WithTimeout(ctx, d.Timing.Window)
	defer cancel()
	return r.health(ctx, nil)
}
