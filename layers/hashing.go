package layers

import (
	"fmt"
	"strconv"
)

func init() {
	Register("Hashing", newHashing[float32], newHashing[float64])
}

// hashing is Hashing (keras/src/layers/preprocessing/hashing.py): the bin of
// each string, or of the decimal form of each integer, by FarmHash, or by
// SipHash under a salt. With a mask value, bin 0 is for that value alone.
type hashing[T Float] struct {
	encoder
	bins     uint64
	salted   bool
	salt     [2]uint64
	mask     any
	maskText string
	maskInt  int64
}

func newHashing[T Float](c *Config) (Layer[T], error) {
	l := &hashing[T]{}
	l.mode = readOutputMode(c, "int", "int", "one_hot", "multi_hot", "count")
	l.depth = c.Size("num_bins")
	l.bins = uint64(l.depth)
	l.salt, l.salted = readSalt(c)
	switch mask := c.Raw("mask_value").(type) {
	case nil:
	case string:
		l.mask, l.maskText = mask, mask
	case float64:
		l.mask, l.maskInt = mask, int64(mask)
	default:
		c.Errorf("option \"mask_value\" is %v, want a string or an integer", mask)
	}
	if l.mask != nil && l.bins > 1 {
		l.bins--
	} else {
		l.mask = nil
	}
	return l, nil
}

// readSalt reads the key of SipHash: one number for both halves, or two.
func readSalt(c *Config) (salt [2]uint64, ok bool) {
	if !c.Has("salt") {
		return salt, false
	}
	list := c.Ints("salt")
	if len(list) == 1 {
		list = append(list, list[0])
	}
	if len(list) != 2 {
		c.Errorf("option \"salt\" is %v, want one or two integers", c.Raw("salt"))
		return salt, false
	}
	return [2]uint64{uint64(list[0]), uint64(list[1])}, true
}

// bucket is the hash of a string below n.
func bucket(s string, n uint64, salt [2]uint64, salted bool) int64 {
	if salted {
		return int64(sipHash(s, salt[0], salt[1]) % n)
	}
	return int64(fingerprint64(s) % n)
}

func (l *hashing[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if _, text := l.mask.(string); l.mask != nil && text != (in.Kind == Text) {
		return nil, fmt.Errorf("mask_value is %v, but the input holds %s values", l.mask, in.Kind)
	}
	out, err := l.spec(in.Shape)
	return []Spec{out}, err
}

func (l *hashing[T]) Params() []*Param[T] { return nil }

func (l *hashing[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	bins := c.NewInts(Integer, x.Shape...)
	if x.Kind != Text {
		x = integers(c, x)
	}
	for i := range bins.Ints {
		var s string
		var masked bool
		if x.Kind == Text {
			s = x.Text[i]
			masked = s == l.maskText
		} else {
			s = strconv.FormatInt(x.Ints[i], 10)
			masked = x.Ints[i] == l.maskInt
		}
		bins.Ints[i] = bucket(s, l.bins, l.salt, l.salted)
		if l.mask == nil {
			continue
		}
		if bins.Ints[i]++; masked {
			bins.Ints[i] = 0
		}
	}
	call.SetOut(encode(c, &l.encoder, bins, nil, nil))
	return nil
}
