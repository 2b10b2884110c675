package layers

import "kerasrun/internal/kern"

// sequenceRunner is a cell with a kernel for whole sequences.
type sequenceRunner[T Float] interface {
	// run computes the steps from..to of some rows, none of them masked.
	run(s steps[T], seq kern.Sequence[T], row int)
}

// runSequences runs all steps that count through the kernel of a cell: stretches
// in which every row counts for all rows at once, what is between row by row.
func runSequences[T Float](l sequenceRunner[T], s steps[T], in, units int, scratch []T) outputs[T] {
	for t := 0; t < s.n; {
		end, all := s.stretch(t)
		if all {
			l.run(s, s.sequence(0, s.rows, t, end, in, units, scratch), 0)
		} else {
			for r := range s.rows {
				for from, to := s.runOf(r, t, end); from < end; from, to = s.runOf(r, to, end) {
					l.run(s, s.sequence(r, 1, from, to, in, units, scratch), r)
				}
			}
		}
		t = end
	}
	if s.out == nil {
		return outputs[T]{y: s.state[:s.rows*units], row: units, last: true}
	}
	return outputs[T]{y: s.out, row: s.n * units}
}

// stretch is the end of the stretch from step t on in which either all rows
// count at every step, or some row is masked at every step.
func (s *steps[T]) stretch(t int) (end int, all bool) {
	if s.on == nil {
		return s.n, true
	}
	all = !s.masked(t)
	for end = t + 1; end < s.n && s.masked(end) != all; end++ {
	}
	return end, all
}

// runOf is the next run of steps of a row that count, from step t on and before
// end; both ends are end when there is none.
func (s *steps[T]) runOf(r, t, end int) (from, to int) {
	on := s.on[r*s.n:][:end]
	for t < end && !on[t] {
		t++
	}
	from = t
	for t < end && on[t] {
		t++
	}
	return from, t
}

// sequence describes the steps from..to of some rows to a kernel.
func (s *steps[T]) sequence(row, rows, from, to, in, units int, scratch []T) kern.Sequence[T] {
	seq := kern.Sequence[T]{
		X: s.x[(row*s.n+from)*in:], XRow: s.n * in, XTime: in,
		Batch: rows, Time: to - from,
		H: s.state[row*units:][:rows*units], Scratch: scratch,
	}
	if s.out != nil {
		seq.Y, seq.YRow, seq.YTime = s.out[(row*s.n+from)*units:], s.n*units, units
	}
	return seq
}
