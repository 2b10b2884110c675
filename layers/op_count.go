package layers

import "fmt"

func init() {
	defineOp("multi_hot", "x|inputs num_classes axis dtype sparse", newChain(multiHot[float32], "x"), newChain(multiHot[float64], "x"))
	defineOp("bincount", "x weights minlength sparse", newBincount[float32], newBincount[float64])
}

// multiHot marks the classes that occur along the axis after the batch.
func multiHot[T Float](b *chain[T], a *opArgs, in []int) []int {
	hot := b.do("one_hot", map[string]any{"num_classes": a.values["num_classes"], "axis": a.values["axis"],
		"dtype": a.values["dtype"], "sparse": a.values["sparse"]}, in[0])
	axis := 0.0
	if len(b.shape(in[0])) > 1 {
		axis = 1
	}
	return []int{b.do("max", map[string]any{"axis": axis}, hot)}
}

// bincountOp counts how often each number occurs in the rows of the last axis.
type bincountOp[T Float] struct{ least int }

func newBincount[T Float](a *opArgs) operation[T] {
	a.tensor("x")
	a.refuse("weights")
	a.refuse("sparse", false)
	o := bincountOp[T]{a.int("minlength", 0)}
	if o.least < 0 || o.least > maxBins {
		a.errorf("argument minlength=%d is not supported", o.least)
	}
	return o
}

// maxBins bounds the counts of one row.
const maxBins = 1 << 24

func (o bincountOp[T]) specs(in []Spec) ([]Spec, error) {
	if len(in[0].Shape) < 1 || len(in[0].Shape) > 2 || in[0].Kind == Text {
		return nil, fmt.Errorf("bincount needs whole numbers in one or two axes, found %s", in[0])
	}
	shape := append([]int{}, in[0].Shape...)
	shape[len(shape)-1] = -1
	return []Spec{{Shape: shape, Kind: Integer}}, nil
}

func (o bincountOp[T]) forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	n, bins := x.Dim(-1), o.least
	for i := range x.Len() {
		v := numberAt(x, i)
		if !(v >= 0 && v < maxBins) {
			return fmt.Errorf("bincount of %v is not supported, want numbers from 0 to %d", v, maxBins-1)
		}
		bins = max(bins, int(v)+1)
	}
	shape := c.Shape(x.Shape...)
	shape[len(shape)-1] = bins
	if total, err := CheckedProduct(shape); err != nil || total > 1<<28 {
		return fmt.Errorf("%v counts are too many", shape)
	}
	y := c.NewInts(Integer, shape...)
	clear(y.Ints)
	for i := range x.Len() {
		y.Ints[i/n*bins+int(numberAt(x, i))]++
	}
	call.SetOut(y)
	return nil
}
