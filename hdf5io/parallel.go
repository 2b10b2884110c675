package hdf5io

import (
	"runtime"
	"sync"
)

// parallel does n jobs in several goroutines and returns one of the errors.
// Each goroutine calls worker once, for a function with scratch memory of its
// own. After an error no job is begun.
func parallel(n int, worker func() func(job int) error) error {
	var (
		mu    sync.Mutex
		next  int
		group sync.WaitGroup
		fails error
	)
	take := func(err error) (job int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil && fails == nil {
			fails = err
		}
		next++
		return next - 1, fails == nil && next <= n
	}
	work := func() {
		do := worker()
		for job, ok := take(nil); ok; {
			job, ok = take(do(job))
		}
	}
	if n <= 1 {
		work()
		return fails
	}
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(work)
	}
	group.Wait()
	return fails
}
