package layers

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func init() {
	Register("TextVectorization", newTextVectorization[float32], newTextVectorization[float64])
}

// textVectorization is TextVectorization
// (keras/src/layers/preprocessing/text_vectorization.py): strings (batch,) or
// (batch, 1) become token numbers (batch, length), padded with 0, or one row of
// the vocabulary's size each. Lower case and punctuation are those of ASCII, as
// in TensorFlow.
type textVectorization[T Float] struct {
	*lookup[T]
	lower, strip bool
	split        string // "whitespace", "character" or "": the input is tokens
	ngrams       []int
	length       int // 0: as long as the longest
}

func newTextVectorization[T Float](c *Config) (Layer[T], error) {
	l := &textVectorization[T]{lookup: readLookup[T](c, false)}
	l.oovs, l.oov = 1, "[UNK]"
	mask := ""
	l.mask = &mask
	switch s := c.Raw("standardize").(type) {
	case nil:
		if _, present := c.values["standardize"]; !present {
			l.lower, l.strip = true, true
		}
	case string:
		l.lower = s == "lower" || s == "lower_and_strip_punctuation"
		l.strip = s == "strip_punctuation" || s == "lower_and_strip_punctuation"
		if !l.lower && !l.strip {
			c.Errorf("option \"standardize\" is %q, which is not supported", s)
		}
	default:
		c.Errorf("option \"standardize\" is a function, which is not executed")
	}
	switch s := c.Raw("split").(type) {
	case nil:
		if _, present := c.values["split"]; !present {
			l.split = "whitespace"
		}
	case string:
		if l.split = s; s != "whitespace" && s != "character" {
			c.Errorf("option \"split\" is %q, want \"whitespace\" or \"character\"", s)
		}
	default:
		c.Errorf("option \"split\" is a function, which is not executed")
	}
	l.readNgrams(c)
	l.length = c.Int("output_sequence_length", 0)
	if l.length < 0 || l.length > 1<<30 {
		c.Errorf("option \"output_sequence_length\" is %d, want a size", l.length)
	}
	if c.Bool("ragged", false) {
		c.Errorf("option \"ragged\" is true, which is not supported")
	}
	c.OneOf("encoding", "utf-8", "UTF-8")
	c.Ignore("has_input_vocabulary")
	l.readTokens()
	return l, nil
}

// readNgrams reads ngrams: a list of widths, or the largest.
func (l *textVectorization[T]) readNgrams(c *Config) {
	list := c.Ints("ngrams")
	if _, isList := c.Raw("ngrams").([]any); len(list) == 1 && !isList {
		if most := list[0]; most < 1 || most > 64 {
			c.Errorf("option \"ngrams\" is %d, want a small positive integer", most)
		} else {
			list = nil
			for n := 1; n <= most; n++ {
				list = append(list, n)
			}
		}
	}
	for _, n := range list {
		if n < 1 || n > 64 {
			c.Errorf("option \"ngrams\" is %v, want small positive integers", list)
			list = nil
			break
		}
	}
	l.ngrams = list
}

// AssetPaths has the inner StringLookup, which Keras keeps in _lookup_layer.
func (l *textVectorization[T]) AssetPaths() []string { return []string{"", "_lookup_layer"} }

// MixesBatch says that the longest text of a batch decides the length of all.
func (l *textVectorization[T]) MixesBatch() bool { return l.mode == "int" && l.length == 0 }

func (l *textVectorization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if err := l.declare(l.AssetPaths()); err != nil {
		return nil, err
	}
	n := len(in.Shape)
	if in.Kind != Text || n < 1 || n > 2 || l.split != "" && n == 2 && in.Shape[1] != 1 {
		return nil, fmt.Errorf("want strings of shape (batch,) or (batch, 1), found %s of %s values", in, in.Kind)
	}
	if l.mode == "int" {
		length := -1
		if l.length > 0 {
			length = l.length
		}
		return []Spec{{Shape: []int{in.Shape[0], length}, Kind: Integer}}, nil
	}
	if l.mode == "one_hot" {
		return nil, fmt.Errorf("output_mode \"one_hot\" is not supported")
	}
	out, err := l.spec([]int{in.Shape[0], -1})
	return []Spec{out}, err
}

func (l *textVectorization[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	rows := make([][]int64, x.Shape[0])
	longest := 0
	for i := range rows {
		width := x.Len() / max(1, len(rows))
		for _, token := range l.tokensOf(x.Text[i*width : (i+1)*width]) {
			n, err := l.find(token, 0)
			if err != nil {
				return err
			}
			rows[i] = append(rows[i], n)
		}
		longest = max(longest, len(rows[i]))
	}
	if l.mode == "int" && l.length > 0 {
		longest = l.length
	}
	y := c.NewInts(Integer, len(rows), longest)
	for i, row := range rows {
		n := copy(y.Ints[i*longest:(i+1)*longest], row)
		for k := n; k < longest; k++ {
			y.Ints[i*longest+k] = 0
			if l.mode != "int" {
				y.Ints[i*longest+k] = -1 // counts nowhere
			}
		}
	}
	if l.mode == "int" {
		call.SetOut(y)
		return nil
	}
	if longest == 0 {
		call.SetOut(c.Zeros(len(rows), l.depth))
		return nil
	}
	call.SetOut(encode(c, &l.encoder, y, nil, l.idfWeights()))
	return nil
}

// tokensOf standardizes and splits one row of the input.
func (l *textVectorization[T]) tokensOf(texts []string) []string {
	var tokens []string
	for _, text := range texts {
		text = l.standardize(text)
		switch l.split {
		case "whitespace":
			tokens = append(tokens, strings.FieldsFunc(text, func(r rune) bool {
				return r == ' ' || r >= '\t' && r <= '\r'
			})...)
		case "character":
			for len(text) > 0 {
				r, n := utf8.DecodeRuneInString(text)
				tokens = append(tokens, string(r)) // a broken byte becomes U+FFFD
				text = text[n:]
			}
		default:
			tokens = append(tokens, text)
		}
	}
	if l.ngrams == nil {
		return tokens
	}
	var grams []string
	for _, n := range l.ngrams {
		for i := 0; i+n <= len(tokens); i++ {
			grams = append(grams, strings.Join(tokens[i:i+n], " "))
		}
	}
	return grams
}

// standardize works on bytes: lower case of ASCII letters, and no punctuation.
func (l *textVectorization[T]) standardize(text string) string {
	if !l.lower && !l.strip {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		b := text[i]
		if l.strip && strings.IndexByte("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'", b) >= 0 {
			continue
		}
		if l.lower && b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		out = append(out, b)
	}
	return string(out)
}
