package train

// updateAverage is use_ema: after the update and before the constraint. EraD
// starts from the first updated weights, EraC from the weights at Build.
func (o *optimizer[T]) updateAverage(vars []*Variable[T]) {
	m := o.emaMomentum
	if o.era == EraD && o.steps() == 0 {
		m = 0
	}
	overwrite := o.emaOverwrite > 0 && (o.steps()+1)%o.emaOverwrite == 0
	for i, v := range vars {
		if o.era == EraC && v.Grad == nil {
			continue
		}
		a := o.average[i]
		for k, w := range v.Value {
			a[k] = m*a[k] + (1-m)*w
		}
		if overwrite {
			copy(v.Value, a)
		}
	}
}

// Finalize is keras/src/optimizers/base_optimizer.py finalize_variable_values.
func (o *optimizer[T]) Finalize(vars []*Variable[T]) {
	for i, a := range o.average {
		copy(vars[i].Value, a)
	}
}

// gather is gradient_accumulation_steps: it adds the gradients to the
// accumulators and reports whether an update is due; then the gradients are the
// means. Accumulators are dense, so gradients by occurrence become dense too.
func (o *optimizer[T]) gather(vars []*Variable[T]) bool {
	due := (o.iterations+1)%o.accumulate == 0
	for i, v := range vars {
		if v.Grad == nil {
			continue
		}
		if v.Rows != nil {
			v.sumRows(nil, nil)
			v.Rows, v.RowGrad = nil, nil
		}
		acc := o.gathered[i]
		if !due {
			for k, g := range v.Grad {
				acc[k] += g
			}
			continue
		}
		for k, g := range v.Grad {
			v.Grad[k] = (g + acc[k]) / T(o.accumulate)
		}
		clear(acc)
	}
	if due {
		for i := range o.gathered {
			clear(o.gathered[i])
		}
	}
	return due
}
