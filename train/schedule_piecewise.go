package train

// piecewise is values[i] for boundaries[i-1] < iteration <= boundaries[i].
type piecewise struct {
	boundaries []int64
	values     []float32
}

func init() {
	schedules.add(newPiecewise, "PiecewiseConstantDecay")
}

func newPiecewise(p *params) Schedule {
	s := &piecewise{}
	for _, b := range p.floats("boundaries") {
		s.boundaries = append(s.boundaries, int64(b))
	}
	for _, v := range p.floats("values") {
		s.values = append(s.values, float32(v))
	}
	if len(s.values) == 0 || len(s.boundaries) != len(s.values)-1 {
		p.fail("%d boundaries and %d values: want one value more than boundaries", len(s.boundaries), len(s.values))
	}
	return s
}

func (s *piecewise) Rate(iteration int64) float32 {
	for i, b := range s.boundaries {
		if iteration <= b {
			return s.values[i]
		}
	}
	return s.values[len(s.values)-1]
}
