package layers

import (
	"fmt"
	"math"
)

func init() {
	const params = "x1 x2 rtol atol equal_nan"
	defineOp("isclose", params, newIsclose[float32], newIsclose[float64])
	defineOp("allclose", params, newAllclose[float32], newAllclose[float64])
	defineOp("isin", "x1 x2 assume_unique invert", newIsin[float32], newIsin[float64])
	defineOp("select", "condlist choicelist default", newSelect[float32], newSelect[float64])
}

// newIsclose is |x1-x2| <= atol + rtol*|x2| (keras/src/backend/tensorflow/numpy.py);
// integers must be equal.
func newIsclose[T Float](a *opArgs) operation[T] {
	rtol, atol, nan := T(a.float("rtol", 1e-5)), T(a.float("atol", 1e-8)), a.bool("equal_nan", false)
	a.tensor("x1")
	a.tensor("x2")
	return &binaryOp[T]{rule: comparing, ints: binaryInts["equal"], fn: binaryFunc[T]{f: func(x, y T) T {
		near := T(math.Abs(float64(x-y))) <= atol+rtol*T(math.Abs(float64(y)))
		return T(truth(near || nan && x != x && y != y))
	}}}
}

func newAllclose[T Float](a *opArgs) operation[T] {
	return newChain(func(b *chain[T], _ *opArgs, in []int) []int {
		near := b.add("isclose", newIsclose[T](&opArgs{values: map[string]any{
			"x1": Ref(0), "x2": Ref(1), "rtol": a.values["rtol"], "atol": a.values["atol"], "equal_nan": a.values["equal_nan"]}}), in...)
		return []int{b.do("all", nil, near)}
	}, "x1", "x2")(a)
}

// isinOp says for every number of x1 whether x2 has it.
type isinOp[T Float] struct{ invert bool }

func newIsin[T Float](a *opArgs) operation[T] {
	a.tensor("x1")
	a.tensor("x2")
	return isinOp[T]{a.bool("invert", false)}
}

func (o isinOp[T]) specs(in []Spec) ([]Spec, error) {
	if in[0].Kind == Text || in[1].Kind == Text {
		return nil, fmt.Errorf("isin of strings is not supported")
	}
	return []Spec{{Shape: in[0].Shape, Kind: Boolean}}, nil
}

func (o isinOp[T]) forward(c *Context[T], call *Call[T]) error {
	x, set := call.In[0], call.In[1]
	y := c.NewInts(Boolean, x.Shape...)
	for i := range y.Ints {
		found := false
		if x.Kind != Floating && set.Kind != Floating {
			for _, v := range set.Ints {
				found = found || v == x.Ints[i]
			}
		} else {
			number := numberAt(x, i)
			for k := range set.Len() {
				found = found || numberAt(set, k) == number
			}
		}
		y.Ints[i] = truth(found != o.invert)
	}
	call.SetOut(y)
	return nil
}

func numberAt[T Float](t *Tensor[T], i int) T {
	if t.Kind == Floating {
		return t.Data[i]
	}
	return T(t.Ints[i])
}

// newSelect takes the choice of the first condition that holds.
func newSelect[T Float](a *opArgs) operation[T] {
	a.tensors("condlist")
	n := len(a.operands)
	a.tensors("choicelist")
	if len(a.operands) != 2*n {
		a.errorf("found %d conditions and %d choices", n, len(a.operands)-n)
		return nil
	}
	if !a.has("default") {
		a.values["default"] = 0.0
	}
	a.tensor("default")
	return chainOf(a, func(b *chain[T], _ *opArgs, in []int) []int {
		y := in[2*n]
		for i := n - 1; i >= 0; i-- {
			y = b.do("where", nil, in[i], in[n+i], y)
		}
		return []int{y}
	})
}
