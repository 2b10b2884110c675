package train

// Schedule gives the learning rate of an update from the count of updates before
// it: the raw count, also under gradient accumulation. Keras computes them in
// float32 whatever the type of the variables, and so does this: at the restarts
// of a cosine the rounding decides.
type Schedule interface {
	Rate(iteration int64) float32
}

var schedules = &registry[func(*params) Schedule]{"learning rate schedule", map[string]registered[func(*params) Schedule]{}}

// ScheduleFromConfig makes the schedule of a serialized Keras object. The source
// of all but the two K2-only ones is
// keras/src/optimizers/schedules/learning_rate_schedule.py.
func ScheduleFromConfig(config map[string]any) (Schedule, error) {
	class, in, err := classOf(config)
	if err != nil {
		return nil, err
	}
	maker, class, err := schedules.find(class)
	if err != nil {
		return nil, err
	}
	p := newParams(class, in)
	p.ignore("name")
	s := maker(p)
	if err := p.done(); err != nil {
		return nil, err
	}
	return s, nil
}

// readSteps reads a number of steps that Keras wants above zero.
func readSteps(p *params, key string) float32 {
	n := p.float(key, 0)
	if n <= 0 {
		p.fail("%s is %v, want a number above 0", key, p.in[key])
	}
	return float32(n)
}

// readRate reads a rate that has no default.
func readRate(p *params) float32 {
	if !p.has("initial_learning_rate") {
		p.fail("initial_learning_rate is missing")
	}
	return float32(p.float("initial_learning_rate", 0))
}
