package train

import (
	"fmt"

	"kerasrun/keras"
	"kerasrun/layers"
)

// Model is an opened Keras model as the target of training: it brings the
// regularizers and constraints of the layers' configurations, and the gradients
// of embedding tables by occurrence where the era's optimizers want them.
type Model[T Float] struct {
	*keras.Trainer[T]
	era        Era
	vars       []*Variable[T]
	penalties  []penalty[T]
	statistics [][]T
	outputs    []string
	out        []Output[T]
	dout       []*layers.Tensor[T]
	logits     []bool
	tables     map[*layers.Param[T]]*Variable[T]
}

// penalty is the regularizer of one variable. grad is nil for a frozen variable,
// whose penalty Keras 2 goes on counting.
type penalty[T Float] struct {
	Regularizer[T]
	value, grad []T
	shape       []int
}

// NewModel makes the target for a trainer. backend is what the file says of its
// writer: on TensorFlow, which is assumed when it does not say, Keras 3 treats
// repeated ids of an Embedding one by one.
func NewModel[T Float](t *keras.Trainer[T], era Era, backend string) (*Model[T], error) {
	m := &Model[T]{Trainer: t, era: era, tables: map[*layers.Param[T]]*Variable[T]{}}
	for _, p := range t.Outputs() {
		m.outputs = append(m.outputs, p.Name)
	}
	for i, p := range t.Params() {
		raw := p.Config.Raw(p.Key + "_regularizer")
		r, err := RegularizerFromConfig[T](raw)
		if err != nil {
			return nil, fmt.Errorf("train: layer %q: %s: %w", p.Config.Name, p.Name, err)
		}
		if p.Config.Has("activity_regularizer") {
			return nil, fmt.Errorf("train: layer %q: training with activity_regularizer is not supported", p.Config.Name)
		}
		if r != nil && (p.Trainable || era != EraD) {
			m.penalties = append(m.penalties, penalty[T]{r, p.Data, t.Grad(p), p.Shape})
		}
		if !p.Trainable {
			m.statistics = append(m.statistics, p.Data)
			continue
		}
		v := &Variable[T]{Path: t.Paths()[i], Shape: p.Shape, Value: p.Data, Grad: t.Grad(p)}
		if v.Constraint, err = ConstraintFromConfig[T](p.Config.Raw(p.Key+"_constraint"), era); err != nil {
			return nil, fmt.Errorf("train: layer %q: %s: %w", p.Config.Name, p.Name, err)
		}
		m.vars = append(m.vars, v)
		tensorflow := backend == "" || backend == "tensorflow"
		if p.Key == "embeddings" && r == nil && (era == EraB || era == EraC || era == EraD && tensorflow) {
			m.tables[p] = v
		}
	}
	if len(m.vars) == 0 {
		return nil, fmt.Errorf("train: every layer of the model is frozen: there is nothing to train")
	}
	if len(m.tables) > 0 {
		t.Context().OnRows = m.addRow
	}
	return m, nil
}

// addRow collects the gradient of one occurrence of an id.
func (m *Model[T]) addRow(table *layers.Param[T], row int, grad []T) {
	v := m.tables[table]
	if v == nil {
		g := m.Grad(table)
		for i, d := range grad {
			g[row*len(grad)+i] += d
		}
		return
	}
	v.Rows = append(v.Rows, row)
	v.RowGrad = append(v.RowGrad, grad...)
}

// Outputs names the outputs.
func (m *Model[T]) Outputs() []string { return m.outputs }

// Activation implements [Target].
func (m *Model[T]) Activation(output int) string {
	switch a := m.Trainer.Activation(output); a {
	case "softmax", "sigmoid":
		return a
	}
	return ""
}

// Variables implements [Target].
func (m *Model[T]) Variables() []*Variable[T] { return m.vars }

// Statistics implements [Target].
func (m *Model[T]) Statistics() [][]T { return m.statistics }

// Forward implements [Target]. In training it packs the weights that the
// optimizer changed before.
func (m *Model[T]) Forward(inputs []layers.Array, training bool, seed uint64) ([]Output[T], error) {
	m.Changed()
	m.SetSeed(seed)
	outs, err := m.Trainer.Forward(inputs, training)
	if err != nil {
		return nil, err
	}
	m.out = m.out[:0]
	for i, t := range outs {
		o := Output[T]{Tensor: Tensor[T]{Shape: t.Shape, Data: t.Data}}
		if m.Activation(i) != "" {
			o.Logits = m.Logits(i).Data
		}
		if t.Mask != nil {
			o.Mask = t.Mask.On
		}
		m.out = append(m.out, o)
	}
	return m.out, nil
}

// Penalty implements [Target].
func (m *Model[T]) Penalty() T {
	var sum T
	for _, p := range m.penalties {
		sum += p.Loss(p.value, p.shape)
	}
	return sum
}

// Backward implements [Target].
func (m *Model[T]) Backward(grads []OutputGradient[T]) error {
	for _, v := range m.tables {
		if v.Rows == nil {
			v.Rows = []int{} // not nil: the gradient is by occurrence
		}
		v.Rows, v.RowGrad = v.Rows[:0], v.RowGrad[:0]
	}
	m.dout, m.logits = m.dout[:0], m.logits[:0]
	for i, g := range grads {
		m.logits = append(m.logits, g.Logits)
		if g.Data == nil {
			m.dout = append(m.dout, nil)
			continue
		}
		m.dout = append(m.dout, m.Context().Wrap(g.Data, m.out[i].Shape...))
	}
	if err := m.Trainer.Backward(m.dout, m.logits); err != nil {
		return err
	}
	for _, p := range m.penalties {
		if p.grad != nil {
			p.Gradient(p.value, p.shape, p.grad)
		}
	}
	return nil
}
