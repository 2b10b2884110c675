package train

import "math"

func init() {
	schedules.add(newExponential, "ExponentialDecay")
	schedules.add(newInverseTime, "InverseTimeDecay")
	schedules.add(newPolynomial, "PolynomialDecay")
}

func floor(x float32) float32 { return float32(math.Floor(float64(x))) }

// stepDecay is what the exponential and the inverse time decay share.
type stepDecay struct {
	start, steps, rate float32
	staircase          bool
}

func readStepDecay(p *params) stepDecay {
	return stepDecay{readRate(p), readSteps(p, "decay_steps"), float32(p.float("decay_rate", 0)), p.flag("staircase", false)}
}

func (s *stepDecay) periods(iteration int64) float32 {
	p := float32(iteration) / s.steps
	if s.staircase {
		p = floor(p)
	}
	return p
}

// exponential is start·rate^periods.
type exponential struct{ stepDecay }

func newExponential(p *params) Schedule { return &exponential{readStepDecay(p)} }

func (s *exponential) Rate(iteration int64) float32 {
	return s.start * power(s.rate, s.periods(iteration))
}

// inverseTime is start/(1 + rate·periods).
type inverseTime struct{ stepDecay }

func newInverseTime(p *params) Schedule { return &inverseTime{readStepDecay(p)} }

func (s *inverseTime) Rate(iteration int64) float32 {
	return s.start / (1 + s.rate*s.periods(iteration))
}

// polynomial is (start-end)·(1 - s/steps)^power + end; with cycle, steps grows to
// the next multiple.
type polynomial struct {
	start, steps, end, power float32
	cycle                    bool
}

func newPolynomial(p *params) Schedule {
	return &polynomial{
		readRate(p), readSteps(p, "decay_steps"),
		float32(p.float("end_learning_rate", 1e-4)), float32(p.float("power", 1)), p.flag("cycle", false),
	}
}

func (s *polynomial) Rate(iteration int64) float32 {
	at, steps := float32(iteration), s.steps
	if !s.cycle {
		at = min(at, steps)
	} else if at != 0 {
		steps *= float32(math.Ceil(float64(at / steps)))
	}
	return (s.start-s.end)*power(1-at/steps, s.power) + s.end
}
