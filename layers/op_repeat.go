package layers

import "fmt"

func init() {
	defineOp("repeat", "x|input repeats axis", newRepeat[float32], newRepeat[float64])
	defineOp("tile", "x|input repeats|multiples", newTile[float32], newTile[float64])
	defineOp("roll", "x|input shift axis", newRoll[float32], newRoll[float64])
	defineOp("pad", "x|tensor pad_width|paddings mode constant_values", newPad[float32], newPad[float64])
}

// copyRule says what one axis of n cells becomes.
type copyRule struct {
	size func(n int) int
	// from is the cell that cell i comes from, -1 for the fill value.
	from func(i, n int) int
}

// copyOp copies whole cells along its axes, one axis after the other.
type copyOp[T Float] struct {
	rules func(shape []int) (map[int]copyRule, error)
	fill  float64
}

func (o *copyOp[T]) specs(in []Spec) ([]Spec, error) {
	shape := append([]int{}, in[0].Shape...)
	rules, err := o.rules(shape)
	for axis, rule := range rules {
		if shape[axis] >= 0 {
			shape[axis] = rule.size(shape[axis])
			if shape[axis] < 0 {
				return nil, fmt.Errorf("axis %d of input %s is too short", axis, in[0])
			}
		}
	}
	return []Spec{{Shape: shape, Kind: in[0].Kind}}, err
}

func (o *copyOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	rules, err := o.rules(x.Shape)
	if err != nil {
		return err
	}
	for axis := range x.Shape {
		rule, ok := rules[axis]
		if !ok {
			continue
		}
		shape := c.Shape(x.Shape...)
		n := x.Shape[axis]
		m := rule.size(n)
		if shape[axis] = m; m < 0 {
			return fmt.Errorf("axis %d of an input of shape %v is too short", axis, call.In[0].Shape)
		}
		if _, err := CheckedProduct(shape); err != nil {
			return err
		}
		y := c.NewKind(x.Kind, shape...)
		outer, inner := Product(shape[:axis]), Product(shape[axis+1:])
		for i := range outer * m {
			from := rule.from(i%m, n)
			d, s := i*inner, (i/m*n+from)*inner
			switch {
			case from < 0 && x.Kind == Floating:
				for k := range inner {
					y.Data[d+k] = T(o.fill)
				}
			case from < 0:
				for k := range inner {
					y.Ints[d+k] = int64(o.fill)
				}
			case x.Kind == Floating:
				copy(y.Data[d:d+inner], x.Data[s:])
			case x.Kind == Text:
				copy(y.Text[d:d+inner], x.Text[s:])
			default:
				copy(y.Ints[d:d+inner], x.Ints[s:])
			}
		}
		x = y
	}
	call.SetOut(c.View(x, x.Shape...))
	return nil
}

func (o *copyOp[T]) backward(c *Context[T], call *Call[T]) error {
	x, dy := call.In[0], call.DOut[0]
	if dy == nil || x.Kind != Floating {
		call.SetDIn(nil)
		return nil
	}
	rules, err := o.rules(x.Shape)
	if err != nil {
		return err
	}
	for axis := len(x.Shape) - 1; axis >= 0; axis-- {
		rule, ok := rules[axis]
		if !ok {
			continue
		}
		shape := c.Shape(dy.Shape...)
		n, m := x.Shape[axis], dy.Shape[axis]
		shape[axis] = n
		dx := c.Zeros(shape...)
		outer, inner := Product(shape[:axis]), Product(shape[axis+1:])
		for i := range outer * m {
			from := rule.from(i%m, n)
			if from < 0 {
				continue
			}
			for k := range inner {
				dx.Data[(i/m*n+from)*inner+k] += dy.Data[i*inner+k]
			}
		}
		dy = dx
	}
	call.SetDIn(c.View(dy, x.Shape...))
	return nil
}

// onAxis is a single rule for one axis.
func onAxis(axis int, rule copyRule) func(shape []int) (map[int]copyRule, error) {
	return func(shape []int) (map[int]copyRule, error) {
		i, err := axisIn(axis, len(shape))
		return map[int]copyRule{i: rule}, err
	}
}

func newRepeat[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	times := a.ints("repeats")
	if len(times) != 1 || times[0] < 1 || times[0] > 1<<24 || !a.has("axis") {
		a.errorf("repeat wants one positive number and an axis, found repeats=%v axis=%v", a.values["repeats"], a.values["axis"])
		times = []int{1}
	}
	return &copyOp[T]{rules: onAxis(a.int("axis", 0), copyRule{
		size: func(n int) int { return n * times[0] },
		from: func(i, _ int) int { return i / times[0] },
	})}
}

func newRoll[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	shift := a.ints("shift")
	if len(shift) != 1 || !a.has("axis") || len(a.ints("axis")) != 1 {
		a.errorf("roll wants one shift and one axis, found shift=%v axis=%v", a.values["shift"], a.values["axis"])
		shift = []int{0}
	}
	return &copyOp[T]{rules: onAxis(a.int("axis", 0), copyRule{
		size: func(n int) int { return n },
		from: func(i, n int) int { return ((i-shift[0])%n + n) % n },
	})}
}

func newTile[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	times := a.ints("repeats")
	for _, n := range times {
		if n < 1 || n > 1<<24 {
			a.errorf("tile wants positive numbers, found %v", times)
		}
	}
	return &copyOp[T]{rules: func(shape []int) (map[int]copyRule, error) {
		if len(times) > len(shape) {
			return nil, fmt.Errorf("tile of %v does not fit input %s", times, ShapeString(shape))
		}
		rules := map[int]copyRule{}
		for i, k := range times {
			if k != 1 {
				rules[i+len(shape)-len(times)] = copyRule{
					size: func(n int) int { return n * k },
					from: func(i, n int) int { return i % n },
				}
			}
		}
		return rules, nil
	}}
}

func newPad[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	var width [][2]int
	list, _ := a.values["pad_width"].([]any)
	if n, ok := integer(a.values["pad_width"]); ok {
		list = []any{[]any{float64(n), float64(n)}}
	}
	for _, e := range list {
		pair, ok := intList(e)
		if ok && len(pair) == 1 {
			pair = append(pair, pair[0])
		}
		if !ok || len(pair) != 2 || pair[0] < 0 || pair[1] < 0 || pair[0] > 1<<30 || pair[1] > 1<<30 {
			a.errorf("argument pad_width=%v is not supported", a.values["pad_width"])
			break
		}
		width = append(width, [2]int{pair[0], pair[1]})
	}
	mode := a.str("mode", "constant")
	o := &copyOp[T]{fill: a.float("constant_values", 0)}
	mirror := 0
	switch mode {
	case "constant", "CONSTANT":
		mirror = -1
	case "reflect", "REFLECT":
		mirror = 1
	case "symmetric", "SYMMETRIC":
	default:
		a.errorf("argument mode=%q is not supported", mode)
	}
	o.rules = func(shape []int) (map[int]copyRule, error) {
		if len(width) != len(shape) && len(width) != 1 {
			return nil, fmt.Errorf("padding %v does not fit input %s", width, ShapeString(shape))
		}
		rules := map[int]copyRule{}
		for axis := range shape {
			w := width[min(axis, len(width)-1)]
			if w == [2]int{} {
				continue
			}
			rules[axis] = copyRule{
				size: func(n int) int {
					if mirror >= 0 && max(w[0], w[1]) > n-mirror {
						return -1
					}
					return w[0] + n + w[1]
				},
				from: func(i, n int) int {
					i -= w[0]
					switch {
					case i >= 0 && i < n:
						return i
					case mirror < 0:
						return -1
					case i < 0:
						return -i - 1 + mirror
					}
					return 2*n - 1 - i - mirror
				},
			}
		}
		return rules, nil
	}
	return o
}
