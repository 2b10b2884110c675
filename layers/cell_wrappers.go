package layers

import "fmt"

func init() {
	registerCell("ResidualWrapper", newResidualCell[float32], newResidualCell[float64])
	registerCell("DeviceWrapper", newDeviceCell[float32], newDeviceCell[float64])
	registerCell("DropoutWrapper", newDropoutCell[float32], newDropoutCell[float64])
}

// wrappedCell reads the cell inside one of tf_keras's wrappers
// (tf_keras/src/layers/rnn/cell_wrappers.py).
func wrappedCell[T Float](c *Config) cell[T] {
	inner := c.Inner("cell")
	if inner == nil {
		return nil
	}
	made, err := newCell[T](inner)
	if err != nil {
		c.Errorf("%v", err)
	}
	return made
}

// newDeviceCell makes tf.nn.RNNCellDeviceWrapper, which only says where to run.
func newDeviceCell[T Float](c *Config) cell[T] {
	c.Ignore("device")
	return underCell(wrappedCell[T](c))
}

// newDropoutCell makes tf.nn.RNNCellDropoutWrapper. Its dropout, if any, is on
// at inference too.
func newDropoutCell[T Float](c *Config) cell[T] {
	c.Ignore("variational_recurrent", "input_size", "dropout_fn", "dropout_fn_type", "dropout_fn_module")
	for _, key := range []string{"input_keep_prob", "output_keep_prob", "state_keep_prob"} {
		if p := c.Float(key, 1); p != 1 {
			c.Errorf("option %q is %v: its dropout is random at inference too", key, p)
		}
	}
	return underCell(wrappedCell[T](c))
}

// underCell is a cell whose parameters belong to the attribute cell of a
// wrapper that changes no numbers.
func underCell[T Float](inner cell[T]) cell[T] {
	if inner == nil {
		return nil
	}
	return &wrapperCell[T]{cell: inner}
}

type wrapperCell[T Float] struct {
	cell[T]
	weights []*Param[T]
}

func (l *wrapperCell[T]) declare(step []int) error {
	if err := l.cell.declare(step); err != nil {
		return err
	}
	if l.weights == nil {
		l.weights = Under("cell", l.cell.params())
	}
	return nil
}

func (l *wrapperCell[T]) params() []*Param[T] { return l.weights }

// residualCell is tf.nn.RNNCellResidualWrapper: the output is that of the cell
// plus its input.
type residualCell[T Float] struct{ wrapperCell[T] }

func newResidualCell[T Float](c *Config) cell[T] {
	inner := wrappedCell[T](c)
	if inner == nil {
		return nil
	}
	return &residualCell[T]{wrapperCell[T]{cell: inner}}
}

func (l *residualCell[T]) declare(step []int) error {
	if err := l.wrapperCell.declare(step); err != nil {
		return err
	}
	if out := l.outShape(nil, step); Product(out) != Product(step) {
		return fmt.Errorf("residual wrapper adds outputs of shape %v to inputs of shape %v", out, step)
	}
	return nil
}

func (l *residualCell[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	size := len(s.x) / s.rows
	out := s.out
	if out == nil {
		out = c.Scratch(len(s.x))
		s.out = out
	}
	o := l.cell.forward(c, call, s)
	o.dense(out, s.rows, size)
	add(out, s.x)
	return outputs[T]{y: out, row: size}
}

func (l *residualCell[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	through := c.Scratch(len(dy))
	copy(through, dy)
	dx := l.cell.backward(c, call, s, dy, dstate)
	add(dx, through)
	return dx
}
