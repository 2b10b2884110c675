package train

import (
	"fmt"
	"slices"
)

// Apply makes one update in the order of operations of the era:
//
//	EraD  keras/src/optimizers/base_optimizer.py apply
//	EraC  tf_keras/src/optimizers/optimizer.py apply_gradients
//	EraB  tf_keras/src/optimizers/legacy/optimizer_v2.py apply_gradients
//	EraA  keras 2.3.1 keras/optimizers.py get_updates
func (o *optimizer[T]) Apply(vars []*Variable[T]) error {
	if err := o.checkVars(vars); err != nil {
		return err
	}
	if o.lossScale != 0 {
		scaleGrads(vars, func(g T) T { return g / o.lossScale })
	}
	if o.accumulate == 0 || o.gather(vars) {
		o.applyGradients(vars)
	}
	if o.useEMA {
		o.updateAverage(vars)
	}
	if o.era >= EraC {
		for _, v := range vars {
			if v.Constraint != nil && v.Grad != nil {
				v.Constraint.Apply(v.Value, v.Shape)
			}
		}
	}
	o.iterations++
	return nil
}

func (o *optimizer[T]) checkVars(vars []*Variable[T]) error {
	if len(vars) != len(o.built) {
		return fmt.Errorf("train: %s was built for %d variables and got %d: build it anew after freezing or unfreezing", o.class, len(o.built), len(vars))
	}
	some := false
	for i, v := range vars {
		if v != o.built[i] {
			return fmt.Errorf("train: %s does not know variable %q: build it anew", o.class, v.Path)
		}
		if err := v.checkGrad(); err != nil {
			return err
		}
		if o.era == EraB && v.Rows != nil && v.Constraint != nil {
			return fmt.Errorf("train: variable %q: %v cannot constrain an embedding table", v.Path, o.era)
		}
		some = some || v.Grad != nil
	}
	if !some {
		return fmt.Errorf("train: no gradient for any variable of %s", o.class)
	}
	return nil
}

// steps is the number of updates made so far.
func (o *optimizer[T]) steps() int64 {
	if o.accumulate > 0 {
		return o.iterations / o.accumulate
	}
	return o.iterations
}

func (o *optimizer[T]) applyGradients(vars []*Variable[T]) {
	o.clip(vars)
	lr := o.rate()
	if o.decay != 0 {
		if o.era.multiBackend() {
			lr *= 1 / (1 + o.decay*T(o.iterations))
		} else {
			lr /= 1 + o.decay*T(o.iterations)
		}
	}
	s := step[T]{t: T(o.steps() + 1), lr: lr}
	o.decayWeights(vars, lr)
	o.rule.begin(s)
	for i, v := range vars {
		if v.Grad == nil {
			continue
		}
		o.updateVariable(s, i, v)
		if o.era <= EraB && v.Constraint != nil {
			v.Constraint.Apply(v.Value, v.Shape)
		}
	}
}

// decayWeights is weight_decay: w -= w·wd·lr, before the update.
func (o *optimizer[T]) decayWeights(vars []*Variable[T], lr T) {
	special, has := o.rule.(interface {
		weightDecay(v *Variable[T]) (T, bool)
	})
	for _, v := range vars {
		wd, on := o.weightDecay, o.hasDecay
		if has {
			if w, own := special.weightDecay(v); own {
				wd, on = w, true
			}
		}
		if !on || v.NoDecay || v.Grad == nil {
			continue
		}
		for i, w := range v.Value {
			v.Value[i] = w - w*wd*lr
		}
	}
}

// lazy is what a rule of EraB implements when TensorFlow's sparse kernel touches
// only the rows of the batch.
type lazy interface{ lazy() bool }

type sparseScratch[T Float] struct {
	sq, abs []T
	rows    []int
}

// updateVariable runs the rule on the whole variable or, for a gradient by
// occurrence, as the era treats it (training.md 1.2): EraB lazily for some
// rules, EraC and the rest densely, EraD on TensorFlow with sums by occurrence.
func (o *optimizer[T]) updateVariable(s step[T], i int, v *Variable[T]) {
	g := gradient[T]{g: v.Grad}
	if v.Rows == nil {
		o.rule.update(s, v, v.Value, g, o.slots[i])
		return
	}
	scratch := &o.sparse[i]
	if o.era == EraD {
		if scratch.sq == nil {
			scratch.sq, scratch.abs = make([]T, len(v.Value)), make([]T, len(v.Value))
		}
		v.sumRows(scratch.sq, scratch.abs)
		g.sq, g.abs = scratch.sq, scratch.abs
	} else {
		v.sumRows(nil, nil)
	}
	l, ok := o.rule.(lazy)
	if o.era != EraB || !ok || !l.lazy() {
		o.rule.update(s, v, v.Value, g, o.slots[i])
		return
	}
	scratch.rows = append(scratch.rows[:0], v.Rows...)
	slices.Sort(scratch.rows)
	s.rows = slices.Compact(scratch.rows)
	if u, ok := o.rule.(rowUpdater[T]); ok {
		u.updateRows(s, v, g, o.slots[i])
		return
	}
	dim := v.Shape[1]
	for _, r := range s.rows {
		for k, slot := range o.slots[i] {
			o.rowSlots[k] = slot[r*dim : (r+1)*dim]
		}
		row := gradient[T]{g: v.Grad[r*dim : (r+1)*dim]}
		o.rule.update(s, v, v.Value[r*dim:(r+1)*dim], row, o.rowSlots)
	}
}

// rowUpdater is a lazy rule that does not simply skip the absent rows.
type rowUpdater[T Float] interface {
	updateRows(s step[T], v *Variable[T], g gradient[T], slots [][]T)
}

// scaleGrads maps f over every gradient, by occurrence where it lies so.
func scaleGrads[T Float](vars []*Variable[T], f func(T) T) {
	for _, v := range vars {
		g := v.gradValues()
		for i := range g {
			g[i] = f(g[i])
		}
	}
}

// gradValues is the gradient as the era clips it: by occurrence when it lies so.
func (v *Variable[T]) gradValues() []T {
	if v.Rows != nil {
		return v.RowGrad
	}
	return v.Grad
}
