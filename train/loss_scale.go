package train

import (
	"fmt"
	"math"
)

// lossScale is keras/src/optimizers/loss_scale_optimizer.py: it multiplies the
// loss, divides the gradients, skips updates whose gradients are not finite and
// adapts the factor. Up to tf_keras the file holds the inner optimizer's state
// with the factor in front of it or not at all; only EraD is restored.
type lossScale[T Float] struct {
	Optimizer[T]
	name       string
	config     map[string]any
	growth     int64
	iterations int64 // the wrapper's own: Keras counts it but never uses it
	rate       T
	steps      int64
	scale      T
}

func newLossScale[T Float](in map[string]any, era Era) (Optimizer[T], error) {
	if era != EraD {
		return nil, fmt.Errorf("train: LossScaleOptimizer of %v is not supported: restore the inner optimizer", era)
	}
	p := newParams("LossScaleOptimizer", in)
	l := &lossScale[T]{name: p.text("name", "loss_scale_optimizer")}
	l.scale = T(p.float("initial_scale", 32768))
	l.growth = int64(p.count("dynamic_growth_steps", 2000))
	p.ignore("inner_optimizer")
	for _, key := range []string{"weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor", "gradient_accumulation_steps"} {
		p.refuse(key)
	}
	p.ignore("learning_rate", "ema_momentum", "ema_overwrite_frequency")
	if err := p.done(); err != nil {
		return nil, err
	}
	inner, err := OptimizerFromConfig[T](in["inner_optimizer"], era)
	if err != nil {
		return nil, err
	}
	if o, ok := inner.(*optimizer[T]); ok {
		o.lossScale = 0
	}
	l.Optimizer, l.config = inner, p.out
	return l, nil
}

func (l *lossScale[T]) Name() string { return "LossScaleOptimizer" }

func (l *lossScale[T]) Config() map[string]any {
	config := map[string]any{}
	for k, v := range l.config {
		config[k] = v
	}
	config["inner_optimizer"] = l.Optimizer.Config()
	return map[string]any{"class_name": "LossScaleOptimizer", "config": config}
}

func (l *lossScale[T]) LossScale() T { return l.scale }

func (l *lossScale[T]) Apply(vars []*Variable[T]) error {
	for _, v := range vars {
		for _, g := range v.gradValues() {
			if f := float64(g); math.IsNaN(f) || math.IsInf(f, 0) {
				l.steps = 0
				l.scale *= 0.5
				return nil
			}
		}
	}
	scaleGrads(vars, func(g T) T { return g / l.scale })
	if err := l.Optimizer.Apply(vars); err != nil {
		return err
	}
	if l.steps == l.growth-1 {
		l.steps = 0
		l.scale *= 2
	} else {
		l.steps++
	}
	return nil
}

// State is the wrapper's four variables and the inner optimizer's.
func (l *lossScale[T]) State() []StateArray[T] {
	n, steps := l.iterations, l.steps
	own := []StateArray[T]{
		{Name: l.name + "/iteration", Count: &n},
		{Name: l.name + "/learning_rate", Values: []T{l.rate}},
		{Name: l.name + "/step_counter", Count: &steps},
		{Name: l.name + "/dynamic_scale", Values: []T{l.scale}},
	}
	return append(own, l.Optimizer.State()...)
}

func (l *lossScale[T]) SetState(arrays []StateArray[T]) error {
	if len(arrays) < 4 || arrays[0].Count == nil || len(arrays[1].Values) != 1 || arrays[2].Count == nil || len(arrays[3].Values) != 1 {
		return fmt.Errorf("train: the state of LossScaleOptimizer does not begin with iteration, learning_rate, step_counter and dynamic_scale")
	}
	if err := l.Optimizer.SetState(arrays[4:]); err != nil {
		return err
	}
	l.iterations, l.rate, l.steps, l.scale = *arrays[0].Count, arrays[1].Values[0], *arrays[2].Count, arrays[3].Values[0]
	return nil
}
