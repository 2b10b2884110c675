package layers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// vocabularyFile is the asset of the lookup layers: one token a line.
const vocabularyFile = "vocabulary.txt"

// lookup is the table behind StringLookup, IntegerLookup and TextVectorization
// (keras/src/layers/preprocessing/index_lookup.py). Numbers are given out in
// the order mask token (mode "int" only), out-of-vocabulary buckets, tokens.
type lookup[T Float] struct {
	encoder
	config    *Config
	maxTokens int
	oovs      int
	// mask and oov are the special tokens, as strings.
	mask    *string
	oov     string
	invert  bool
	pad     bool
	hashed  bool // out-of-vocabulary integers are hashed, not divided
	salted  bool
	salt    [2]uint64
	numbers bool // tokens are integers

	tokens  []string
	special []string // the tokens in front of them
	given   bool     // the vocabulary is known
	asset   bool     // it is not in the configuration
	index   map[string]int64
	weights *Param[T] // of mode tf_idf
	idf     []float64 // tf_idf weights of the configuration, nil when in weights
}

// readLookup reads the options that the lookup layers share. numbers says that
// the tokens are integers.
func readLookup[T Float](c *Config, numbers bool) *lookup[T] {
	l := &lookup[T]{config: c, numbers: numbers}
	l.mode = readOutputMode(c, "int", "int", "one_hot", "multi_hot", "count", "tf_idf")
	l.maxTokens = c.Int("max_tokens", 0)
	if c.Has("max_values") { // the name in the first versions of IntegerLookup
		l.maxTokens = c.Int("max_values", 0)
	}
	l.pad = c.Bool("pad_to_max_tokens", false)
	if l.pad && l.maxTokens < 1 {
		c.Errorf("option \"pad_to_max_tokens\" wants \"max_tokens\"")
	}
	l.depth = c.Int("vocabulary_size", 0)
	if l.pad {
		l.depth = l.maxTokens
	}
	l.idf = c.constantOf("idf_weights", 0).data
	if !c.Has("idf_weights") {
		l.idf = nil
	}
	return l
}

// readTokens reads the vocabulary of the configuration, if there is one; the
// special tokens are known by now.
func (l *lookup[T]) readTokens() {
	switch v := l.config.Raw("vocabulary").(type) {
	case nil:
		l.asset = true
	case string:
		l.config.Errorf("option \"vocabulary\" names the file %q, which is not opened: give the list of tokens instead", v)
	case []any:
		tokens := make([]string, 0, len(v))
		for _, e := range v {
			token, ok := tokenString(e)
			if !ok {
				l.config.Errorf("option \"vocabulary\" holds %v, want tokens", e)
				return
			}
			tokens = append(tokens, token)
		}
		if err := l.set(tokens); err != nil {
			l.config.Errorf("option \"vocabulary\": %v", err)
		}
	default:
		l.config.Errorf("option \"vocabulary\" is %v, want a list of tokens", v)
	}
}

// tokenString is a token of decoded JSON as a string.
func tokenString(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return "", false
	}
	n, ok := integer(v)
	return strconv.Itoa(n), ok
}

// oovStart is the first out-of-vocabulary number, start that of the tokens.
func (l *lookup[T]) oovStart() int {
	if l.mask != nil && l.mode == "int" {
		return 1
	}
	return 0
}

func (l *lookup[T]) start() int { return l.oovStart() + l.oovs }

// set takes a vocabulary, with or without the special tokens in front.
func (l *lookup[T]) set(vocabulary []string) error {
	special := make([]string, 0, l.start())
	if l.oovStart() == 1 {
		special = append(special, *l.mask)
	}
	for range l.oovs {
		special = append(special, l.oov)
	}
	tokens, found := vocabulary, false
	if len(vocabulary) >= len(special) && slices.Equal(vocabulary[:len(special)], special) {
		tokens, found = vocabulary[len(special):], true
	}
	index := make(map[string]int64, len(tokens))
	for i, token := range tokens {
		if l.numbers {
			if _, err := strconv.ParseInt(token, 10, 64); err != nil {
				return fmt.Errorf("token %q is not an integer", token)
			}
		}
		if _, twice := index[token]; twice {
			return fmt.Errorf("token %q occurs twice", token)
		}
		if l.mask != nil && token == *l.mask {
			return fmt.Errorf("the mask token %q stands at an unexpected place", token)
		}
		index[token] = int64(i + l.start())
	}
	size := len(tokens) + l.start()
	if l.maxTokens > 0 && size > l.maxTokens {
		return fmt.Errorf("%d tokens are more than max_tokens, which is %d", size, l.maxTokens)
	}
	if !l.pad && l.mode != "int" {
		if l.depth > 0 && l.depth != size {
			return fmt.Errorf("%d tokens found, want vocabulary_size, which is %d", size, l.depth)
		}
		l.depth = size
	}
	if l.idf != nil {
		if len(l.idf) != len(vocabulary) {
			return fmt.Errorf("%d idf_weights for %d tokens", len(l.idf), len(vocabulary))
		}
		l.idf = l.padIDF(l.idf, found)
	}
	l.tokens, l.special, l.index, l.given = tokens, special, index, true
	return nil
}

// padIDF gives the special tokens the mean weight, and the places behind the
// vocabulary none.
func (l *lookup[T]) padIDF(idf []float64, special bool) []float64 {
	out := make([]float64, 0, l.depth)
	if !special {
		mean := 0.0
		for _, v := range idf {
			mean += v / float64(len(idf))
		}
		for range l.start() {
			out = append(out, mean)
		}
	}
	out = append(out, idf...)
	for len(out) < l.depth {
		out = append(out, 0)
	}
	return out
}

func (l *lookup[T]) AssetName() string {
	if l.asset {
		return vocabularyFile
	}
	return ""
}

func (l *lookup[T]) AssetPaths() []string { return []string{""} }

func (l *lookup[T]) LoadAsset(data []byte) error {
	tokens := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for l.config.Keras.Major >= 3 && len(tokens) > 0 && tokens[len(tokens)-1] == "" { // as load_assets does
		tokens = tokens[:len(tokens)-1]
	}
	return l.set(tokens)
}

func (l *lookup[T]) SaveAsset() []byte {
	return []byte(strings.Join(slices.Concat(l.special, l.tokens), "\n"))
}

// declare reports a vocabulary that nobody supplied, and declares the tf_idf
// weights. Keras stores them under their name in .keras files, also those of the
// configuration, for each of the objects at paths.
func (l *lookup[T]) declare(paths []string) error {
	if !l.given {
		return fmt.Errorf("the vocabulary is neither in the configuration nor among the assets of the file; save the model as .keras, or build the layer with vocabulary=")
	}
	if l.mode != "tf_idf" || l.weights != nil {
		return nil
	}
	l.weights = NewStat[T](l.config, "idf_weights", "idf_weights", l.depth)
	l.weights.ByName, l.weights.Path, l.weights.Copies = true, paths[0], paths[1:]
	if l.idf != nil {
		l.weights.Data = make([]T, l.depth)
		for i, v := range l.idf {
			l.weights.Data[i] = T(float32(v))
		}
	}
	return nil
}

func (l *lookup[T]) Params() []*Param[T] { return params(l.weights) }

// find is the number of a token; n is its value when tokens are integers.
func (l *lookup[T]) find(token string, n int64) (int64, error) {
	if l.mask != nil && token == *l.mask {
		if l.mode == "int" {
			return 0, nil
		}
		return -1, nil
	}
	if at, ok := l.index[token]; ok {
		return at, nil
	}
	switch {
	case l.oovs == 0:
		return 0, fmt.Errorf("%q is not in the vocabulary, and the layer has no number for such values (num_oov_indices is 0)", token)
	case l.oovs == 1:
		return int64(l.oovStart()), nil
	case l.numbers && !l.hashed:
		return floorMod(n, int64(l.oovs)) + int64(l.oovStart()), nil
	}
	return bucket(token, uint64(l.oovs), l.salt, l.salted) + int64(l.oovStart()), nil
}

// idfWeights are the weights of mode tf_idf.
func (l *lookup[T]) idfWeights() []T {
	if l.weights == nil {
		return nil
	}
	return l.weights.Data
}
