package train

import (
	"math/rand/v2"
)

func init() {
	schedules.add(newLinearCosine, "LinearCosineDecay")
	schedules.add(newNoisyLinearCosine, "NoisyLinearCosineDecay")
}

// linearCosine is tf_keras/src/optimizers/schedules/learning_rate_schedule.py
// LinearCosineDecay and, with noise, NoisyLinearCosineDecay; Keras 3 has neither.
// TensorFlow's random stream cannot be reproduced: the noise is our own, a
// function of seed and iteration, so a resumed run gets the same.
type linearCosine struct {
	start, steps, periods, alpha, beta float32
	noisy                              bool
	variance, varianceDecay            float32
	seed                               uint64
}

func newLinearCosine(p *params) Schedule { return readLinearCosine(p) }

func readLinearCosine(p *params) *linearCosine {
	return &linearCosine{
		start: readRate(p), steps: readSteps(p, "decay_steps"),
		periods: float32(p.float("num_periods", 0.5)), alpha: float32(p.float("alpha", 0)), beta: float32(p.float("beta", 0.001)),
	}
}

func newNoisyLinearCosine(p *params) Schedule {
	s := readLinearCosine(p)
	s.noisy = true
	s.variance, s.varianceDecay = float32(p.float("initial_variance", 1)), float32(p.float("variance_decay", 0.55))
	seed, _ := p.optional("seed")
	s.seed = uint64(seed)
	return s
}

func (s *linearCosine) Rate(iteration int64) float32 {
	at := min(float32(iteration), s.steps)
	linear := (s.steps - at) / s.steps
	if s.noisy {
		std := sqrt(s.variance / power(1+at, s.varianceDecay))
		linear += std * float32(rand.New(rand.NewPCG(s.seed, uint64(iteration))).NormFloat64())
	}
	return s.start * ((s.alpha+linear)*halfCosine(2*s.periods*(at/s.steps)) + s.beta)
}
