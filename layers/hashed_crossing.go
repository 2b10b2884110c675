package layers

import "fmt"

func init() {
	Register("HashedCrossing", newHashedCrossing[float32], newHashedCrossing[float64])
}

// hashedCrossing is HashedCrossing
// (keras/src/layers/preprocessing/hashed_crossing.py): the bin of each
// combination of features, strings or integers of shape (batch,) or (batch, 1),
// as tf.sparse.cross_hashed computes it.
type hashedCrossing[T Float] struct{ encoder }

func newHashedCrossing[T Float](c *Config) (Layer[T], error) {
	l := &hashedCrossing[T]{}
	l.mode = readOutputMode(c, "int", "int", "one_hot")
	l.depth = c.Size("num_bins")
	return l, nil
}

func (l *hashedCrossing[T]) Build(site *Site) ([]Spec, error) {
	if len(site.In) < 2 {
		return nil, fmt.Errorf("want at least two inputs, found %d", len(site.In))
	}
	for _, s := range site.In {
		if n := len(s.Shape); s.Kind == Floating || n != len(site.In[0].Shape) || n < 1 || n > 2 || n == 2 && s.Shape[1] != 1 {
			return nil, fmt.Errorf("want strings or integers of shape (batch,) or (batch, 1), found %s of %s values", s, s.Kind)
		}
	}
	out, err := l.spec(site.In[0].Shape)
	return []Spec{out}, err
}

func (l *hashedCrossing[T]) Params() []*Param[T] { return nil }

func (l *hashedCrossing[T]) Forward(c *Context[T], call *Call[T]) error {
	// key is the default key of tf.sparse.cross_hashed.
	const key = 0xDECAFCAFFE
	bins := c.NewInts(Integer, call.In[0].Shape...)
	for i := range bins.Ints {
		hash := uint64(key)
		for _, x := range call.In {
			if x.Len() != len(bins.Ints) {
				return fmt.Errorf("inputs have shapes %v and %v, want the same", call.In[0].Shape, x.Shape)
			}
			if x.Kind == Text {
				hash = fingerprintCat(hash, fingerprint64(x.Text[i]))
			} else {
				hash = fingerprintCat(hash, uint64(x.Ints[i]))
			}
		}
		bins.Ints[i] = int64(hash % uint64(l.depth))
	}
	call.SetOut(encode(c, &l.encoder, bins, nil, nil))
	return nil
}
