package train

import (
	"context"
	"fmt"
	"strconv"
)

// runner runs batches through a target and keeps the running loss and metrics.
type runner[T Float] struct {
	target   Target[T]
	compiled *Compiled[T]
	outputs  []string
	logits   []bool // by output: the objective takes the logits

	batch   Batch[T]
	rows    []int
	grads   []OutputGradient[T]
	weights []T // scratch

	total, count float64   // of the loss, weighted by batch size
	losses       []float64 // by output
	parts        float64   // what losses are divided by; see part
	loss         T         // of the last batch
}

func newRunner[T Float](target Target[T], c *Compiled[T]) (*runner[T], error) {
	r := &runner[T]{target: target, compiled: c, outputs: target.Outputs()}
	n := len(r.outputs)
	if len(c.Objectives) != n {
		return nil, fmt.Errorf("train: %d losses for the outputs %q", len(c.Objectives), r.outputs)
	}
	r.logits, r.grads, r.losses = make([]bool, n), make([]OutputGradient[T], n), make([]float64, n)
	for i, o := range c.Objectives {
		if a := target.Activation(i); o != nil && a != "" {
			r.logits[i] = o.UseLogits(a)
		}
	}
	return r, nil
}

func (r *runner[T]) reset() {
	r.total, r.count, r.parts = 0, 0, 0
	clear(r.losses)
	for _, m := range r.compiled.Metrics {
		m.Reset()
	}
}

// run does one batch: forward, loss, in training backward, and the metrics on the
// same predictions.
func (r *runner[T]) run(b *Batch[T], training bool, seed uint64) error {
	outs, err := r.target.Forward(b.Inputs, training, seed)
	if err != nil {
		return err
	}
	if len(outs) != len(r.outputs) || len(b.Targets) != len(r.outputs) {
		return fmt.Errorf("train: %d targets for the outputs %q", len(b.Targets), r.outputs)
	}
	total := r.target.Penalty()
	scale := T(1)
	if training {
		scale = r.compiled.Optimizer.LossScale()
	}
	for i, o := range r.compiled.Objectives {
		r.grads[i].Data = r.grads[i].Data[:0]
		if o == nil {
			continue
		}
		p := outs[i].Tensor
		if r.logits[i] {
			p.Data = outs[i].Logits
		}
		var grad []T
		if training {
			grad = grow(r.grads[i].Data, len(p.Data))
			r.grads[i] = OutputGradient[T]{grad, r.logits[i]}
		}
		loss, err := o.Evaluate(b.Targets[i], p, b.weight(i), outs[i].Mask, grad)
		if err != nil {
			return fmt.Errorf("train: output %q: %w", r.outputs[i], err)
		}
		for k := range grad {
			grad[k] *= scale
		}
		total += o.Weight * loss
		r.losses[i] += float64(loss) * r.part(b)
	}
	r.loss = total
	r.total += float64(total) * float64(b.Rows)
	r.count += float64(b.Rows)
	r.parts += r.part(b)
	if training {
		if err := r.target.Backward(r.grads); err != nil {
			return err
		}
	}
	return r.updateMetrics(b, outs)
}

// part is the weight of a batch in the loss of one output of several. Keras 3 means
// its size, but takes it from a static shape, which does not know it
// (keras/src/trainers/compile_utils.py, CompileLoss.call): all batches count alike.
func (r *runner[T]) part(b *Batch[T]) float64 {
	if r.compiled.Era == EraD {
		return 1
	}
	return float64(b.Rows)
}

// weight is the weights of output i.
func (b *Batch[T]) weight(i int) []T {
	if i < len(b.Weights) {
		return b.Weights[i]
	}
	return nil
}

func (r *runner[T]) updateMetrics(b *Batch[T], outs []Output[T]) error {
	for _, m := range r.compiled.Metrics {
		out := outs[m.Output]
		var w []T
		if m.Weighted {
			w = b.weight(m.Output)
			if o := r.compiled.Objectives[m.Output]; o != nil && o.ClassWeight != nil {
				w = o.classWeights(b.Targets[m.Output], w, b.Rows)
			}
		}
		if out.Mask != nil {
			w = r.masked(w, out.Mask)
		}
		if err := m.Update(b.Targets[m.Output], out.Tensor, w); err != nil {
			return err
		}
	}
	return nil
}

// masked spreads w over the rows of mask, and sets it to 0 where they do not
// count.
func (r *runner[T]) masked(w []T, mask []bool) []T {
	r.weights = grow(r.weights, len(mask))
	for i, m := range mask {
		r.weights[i] = 0
		if m {
			r.weights[i] = 1
			if len(w) > 0 {
				r.weights[i] = w[i*len(w)/len(mask)]
			}
		}
	}
	return r.weights
}

// logs are the running loss and metrics.
func (r *runner[T]) logs(prefix string) *Logs {
	l := &Logs{}
	add := func(name string, v float64) { l.Set(prefix+name, v) }
	add("loss", ratio(r.total, r.count))
	if len(r.outputs) > 1 {
		for i, name := range r.outputs {
			if r.compiled.Objectives[i] != nil {
				add(name+"_loss", ratio(r.losses[i], r.parts))
			}
		}
	}
	for _, m := range r.compiled.Metrics {
		values := m.Result()
		for k, v := range values {
			key := m.Key
			if len(values) > 1 {
				key += "_" + strconv.Itoa(k)
			}
			add(key, v)
		}
	}
	if r.compiled.Era == EraD {
		l.sort()
	}
	return l
}

// pass runs all of data once, in order.
func (r *runner[T]) pass(ctx context.Context, data Data[T], batchSize, steps int) error {
	n := data.Len()
	for at, step := 0, 0; n < 0 || at < n; step++ {
		if steps > 0 && step == steps {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.rows = r.rows[:0]
		for i := at; i < at+batchSize && (n < 0 || i < n); i++ {
			r.rows = append(r.rows, i)
		}
		if err := data.Batch(r.rows, &r.batch); err != nil {
			return err
		}
		if r.batch.Rows > 0 {
			if err := r.run(&r.batch, false, 0); err != nil {
				return err
			}
		}
		at += len(r.rows)
		if n < 0 && r.batch.Rows < batchSize {
			break
		}
	}
	return nil
}

// Evaluate returns loss and metrics over data, as Keras's evaluate: penalties
// included, the last batch as short as it is. batchSize 0 means 32.
func Evaluate[T Float](ctx context.Context, target Target[T], c *Compiled[T], data Data[T], batchSize int) (*Logs, error) {
	if batchSize == 0 {
		batchSize = 32
	}
	r, err := newRunner(target, c)
	if err != nil {
		return nil, err
	}
	r.reset()
	if err := r.pass(ctx, data, batchSize, 0); err != nil {
		return nil, err
	}
	if r.count == 0 {
		return nil, fmt.Errorf("train: no samples to evaluate")
	}
	return r.logs(""), nil
}
