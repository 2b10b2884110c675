package train

import "math"

func init() {
	schedules.add(newCosine, "CosineDecay")
	schedules.add(newRestarts, "CosineDecayRestarts")
}

// halfCosine is ½(1 + cos πx).
func halfCosine(x float32) float32 {
	return 0.5 * (1 + float32(math.Cos(float64(float32(math.Pi)*x))))
}

// cosine is CosineDecay: from start, or from the target after a linear warm-up,
// to alpha times that.
type cosine struct {
	start, steps, alpha float32
	warm                bool
	target, warmSteps   float32
}

func newCosine(p *params) Schedule {
	s := &cosine{start: readRate(p), steps: readSteps(p, "decay_steps"), alpha: float32(p.float("alpha", 0))}
	target, set := p.optional("warmup_target")
	s.warm, s.target = set, float32(target)
	s.warmSteps = float32(p.float("warmup_steps", 0))
	return s
}

func (s *cosine) Rate(iteration int64) float32 {
	from, at := s.start, float32(iteration)
	if s.warm {
		at = min(at, s.steps+s.warmSteps)
		if at < s.warmSteps {
			return (s.target-s.start)*(at/s.warmSteps) + s.start
		}
		from, at = s.target, at-s.warmSteps
	} else {
		at = min(at, s.steps)
	}
	return from * ((1-s.alpha)*halfCosine(at/s.steps) + s.alpha)
}

// restarts is CosineDecayRestarts (Loshchilov and Hutter 2016).
type restarts struct{ start, first, tMul, mMul, alpha float32 }

func newRestarts(p *params) Schedule {
	return &restarts{
		readRate(p), readSteps(p, "first_decay_steps"),
		float32(p.float("t_mul", 2)), float32(p.float("m_mul", 1)), float32(p.float("alpha", 0)),
	}
}

func (s *restarts) Rate(iteration int64) float32 {
	x := float32(iteration) / s.first
	var i float32
	if s.tMul == 1 {
		i = floor(x)
		x -= i
	} else {
		log := func(v float32) float32 { return float32(math.Log(float64(v))) }
		i = floor(log(1-x*(1-s.tMul)) / log(s.tMul))
		grown := power(s.tMul, i)
		x = (x - (1-grown)/(1-s.tMul)) / grown
	}
	return s.start * ((1-s.alpha)*(power(s.mMul, i)*halfCosine(x)) + s.alpha)
}
