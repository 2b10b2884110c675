package layers

import (
	"fmt"
	"strconv"
)

func init() {
	Register("StringLookup", newStringLookup[float32], newStringLookup[float64])
	Register("IntegerLookup", newIntegerLookup[float32], newIntegerLookup[float64])
}

// lookupLayer is StringLookup and IntegerLookup
// (keras/src/layers/preprocessing/string_lookup.py, integer_lookup.py): tokens
// to numbers, or with invert numbers to tokens.
type lookupLayer[T Float] struct{ *lookup[T] }

func newStringLookup[T Float](c *Config) (Layer[T], error) {
	l := readLookup[T](c, false)
	l.oovs = c.Int("num_oov_indices", 1)
	l.oov = c.Str("oov_token", "[UNK]")
	if c.Has("mask_token") {
		mask := c.Str("mask_token", "")
		l.mask = &mask
	}
	c.OneOf("encoding", "utf-8", "UTF-8")
	return l.finish(c)
}

func newIntegerLookup[T Float](c *Config) (Layer[T], error) {
	l := readLookup[T](c, true)
	l.oovs = c.Int("num_oov_indices", 1)
	l.oov = strconv.Itoa(c.Int("oov_token", c.Int("oov_value", -1)))
	for _, key := range []string{"mask_token", "mask_value"} {
		if c.Has(key) {
			mask := strconv.Itoa(c.Int(key, 0))
			l.mask = &mask
		}
	}
	return l.finish(c)
}

func (l *lookup[T]) finish(c *Config) (Layer[T], error) {
	l.invert = c.Bool("invert", false)
	if l.oovs < 0 || l.oovs > 1<<24 {
		c.Errorf("option \"num_oov_indices\" is %d, want a size", l.oovs)
		l.oovs = 1
	}
	l.hashed = c.OneOf("oov_method", "floormod", "farmhash") == "farmhash"
	l.salt, l.salted = readSalt(c)
	c.Ignore("vocabulary_dtype", "has_input_vocabulary")
	if l.invert && l.mode != "int" {
		c.Errorf("option \"output_mode\" is %q, want \"int\" with invert", l.mode)
	}
	l.readTokens()
	return &lookupLayer[T]{l}, nil
}

func (l *lookupLayer[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if err := l.declare(l.AssetPaths()); err != nil {
		return nil, err
	}
	want := in.Kind == Text
	if l.invert || l.numbers {
		want = in.Kind != Text
	}
	if !want {
		return nil, fmt.Errorf("found input of %s values", in.Kind)
	}
	if l.invert {
		if l.numbers {
			return []Spec{{Shape: in.Shape, Kind: Integer}}, nil
		}
		return []Spec{{Shape: in.Shape, Kind: Text}}, nil
	}
	out, err := l.spec(in.Shape)
	return []Spec{out}, err
}

func (l *lookupLayer[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	if x.Kind != Text {
		x = integers(c, x)
	}
	if l.invert {
		return l.reverse(c, call, x)
	}
	y := c.NewInts(Integer, x.Shape...)
	for i := range y.Ints {
		var token string
		var n int64
		if x.Kind == Text {
			token = x.Text[i]
		} else {
			n = x.Ints[i]
			token = strconv.FormatInt(n, 10)
		}
		var err error
		if y.Ints[i], err = l.find(token, n); err != nil {
			return err
		}
	}
	call.SetOut(encode(c, &l.encoder, y, nil, l.idfWeights()))
	return nil
}

// reverse turns numbers into tokens; numbers without one give the
// out-of-vocabulary token.
func (l *lookupLayer[T]) reverse(c *Context[T], call *Call[T], x *Tensor[T]) error {
	kind := Text
	if l.numbers {
		kind = Integer
	}
	y := c.NewKind(kind, x.Shape...)
	for i, k := range x.Ints {
		token := l.oov
		switch at := k - int64(l.start()); {
		case l.mask != nil && k == 0:
			token = *l.mask
		case at >= 0 && at < int64(len(l.tokens)):
			token = l.tokens[at]
		}
		if !l.numbers {
			y.Text[i] = token
			continue
		}
		n, err := strconv.ParseInt(token, 10, 64)
		if err != nil {
			return fmt.Errorf("token %q is not an integer", token)
		}
		y.Ints[i] = n
	}
	call.SetOut(y)
	return nil
}
