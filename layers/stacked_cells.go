package layers

import (
	"fmt"
	"regexp"
	"strings"
)

func init() {
	registerCell("StackedRNNCells", newStackedCells[float32], newStackedCells[float64])
}

// stackedCells is keras.layers.StackedRNNCells: each cell reads the outputs of
// the one before (keras/src/layers/rnn/stacked_rnn_cells.py). Keras runs all
// cells at each step; running each over all steps gives the same numbers.
type stackedCells[T Float] struct {
	cells   []cell[T]
	classes []string
	// order lists the cells in the order of their states.
	order   []int
	weights []*Param[T]
}

func newStackedCells[T Float](c *Config) cell[T] {
	l := &stackedCells[T]{}
	list, _ := c.Raw("cells").([]any)
	if len(list) == 0 {
		c.Errorf("option \"cells\" is %v, want a list of cells", c.Raw("cells"))
	}
	for i, v := range list {
		inner, err := c.Wrap(v)
		if err == nil {
			var made cell[T]
			if made, err = newCell[T](inner); err == nil {
				l.cells = append(l.cells, made)
				l.classes = append(l.classes, inner.Class)
			}
		}
		if err != nil {
			c.Errorf("cell %d: %v", i, err)
		}
	}
	for i := range l.cells {
		l.order = append(l.order, i)
	}
	if c.Bool("reverse_state_order", false) {
		for i := range l.order {
			l.order[i] = len(l.cells) - 1 - i
		}
	}
	return l
}

func (l *stackedCells[T]) declare(step []int) error {
	var weights []*Param[T]
	names := map[string]int{}
	for i, c := range l.cells {
		if err := c.declare(step); err != nil {
			return fmt.Errorf("cell %d (%s): %w", i, l.classes[i], err)
		}
		step = c.outShape(nil, step)
		if l.weights != nil {
			continue
		}
		// Keras 3 files name the members of a list by class and count them.
		name := snakeClass(l.classes[i])
		n := names[name]
		names[name]++
		if n > 0 {
			name = fmt.Sprintf("%s_%d", name, n)
		}
		weights = append(weights, Under("cells/"+name, c.params())...)
	}
	if l.weights == nil {
		l.weights = weights
	}
	return nil
}

var (
	capitalWord = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	caseChange  = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snakeClass is the name that Keras 3 makes of a class: LSTMCell is lstm_cell
// (keras/src/utils/naming.py, to_snake_case).
func snakeClass(class string) string {
	s := capitalWord.ReplaceAllString(class, "${1}_${2}")
	return strings.ToLower(caseChange.ReplaceAllString(s, "${1}_${2}"))
}

func (l *stackedCells[T]) params() []*Param[T] { return l.weights }

func (l *stackedCells[T]) prepare() {
	for _, c := range l.cells {
		c.prepare()
	}
}

func (l *stackedCells[T]) drops() bool {
	for _, c := range l.cells {
		if c.drops() {
			return true
		}
	}
	return false
}

func (l *stackedCells[T]) states() int {
	n := 0
	for _, c := range l.cells {
		n += c.states()
	}
	return n
}

// stateShape and outShape rely on cells in a stack having states and outputs of
// one axis, whatever their input.
func (l *stackedCells[T]) stateShape(dst, step []int, i int) []int {
	for _, k := range l.order {
		c := l.cells[k]
		if i < c.states() {
			return c.stateShape(dst, step, i)
		}
		i -= c.states()
	}
	return dst
}

func (l *stackedCells[T]) outShape(dst, step []int) []int {
	return l.cells[len(l.cells)-1].outShape(dst, step)
}

// width is the number of values of an output of cell k.
func (l *stackedCells[T]) width(c *Context[T], step []int, k int) int {
	return Product(l.cells[k].outShape(shapeBuffer(c), step))
}

// state is the part of the states that belongs to cell k.
func (l *stackedCells[T]) state(c *Context[T], s *steps[T], k int) []T {
	from := 0
	for _, o := range l.order {
		n := 0
		for i := range l.cells[o].states() {
			n += s.rows * Product(l.cells[o].stateShape(shapeBuffer(c), s.step, i))
		}
		if o == k {
			return s.state[from:][:n]
		}
		from += n
	}
	return nil
}

func (l *stackedCells[T]) forward(c *Context[T], call *Call[T], s steps[T]) outputs[T] {
	all := s
	var o outputs[T]
	for k, cell := range l.cells {
		width := l.width(c, s.step, k)
		in := s
		in.state = l.state(c, &all, k)
		if k < len(l.cells)-1 {
			in.out = keep(c, call, s.rows*s.n*width)
		}
		o = cell.forward(c, call.Sub(k), in)
		if k < len(l.cells)-1 {
			o.dense(in.out, s.rows, s.n*width)
			s.x, s.step = in.out, append(shapeBuffer(c), width)
		}
	}
	return o
}

// dense copies the outputs of all steps to dst, (rows, size), unless they are
// there already.
func (o *outputs[T]) dense(dst []T, rows, size int) {
	if &o.y[0] == &dst[0] {
		return
	}
	for r := range rows {
		copy(dst[r*size:][:size], o.y[r*o.row:])
	}
}

func (l *stackedCells[T]) backward(c *Context[T], call *Call[T], s steps[T], dy, dstate []T) []T {
	all := s
	all.state = dstate
	per := len(l.cells) - 1
	for k := len(l.cells) - 1; k >= 0; k-- {
		in := s
		if k > 0 {
			in.x = kept(call, s.part, per, k-1)
			in.step = append(shapeBuffer(c), l.width(c, s.step, k-1))
		}
		if k < len(l.cells)-1 {
			in.norms = nil
		}
		if k > 0 {
			in.dx = nil
		}
		dy = l.cells[k].backward(c, call.Sub(k), in, dy, l.state(c, &all, k))
		if k > 0 && s.on != nil {
			clearMasked(dy, &s, len(dy)/(s.rows*s.n))
		}
	}
	return dy
}

// clearMasked zeroes the values of masked steps.
func clearMasked[T Float](d []T, s *steps[T], size int) {
	for i, on := range s.on {
		if !on {
			clear(d[i*size:][:size])
		}
	}
}
