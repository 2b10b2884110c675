package layers

import (
	"slices"
	"strings"
	"testing"
)

// TestFingerprints holds the hashes to tf.strings.to_hash_bucket_fast and
// to_hash_bucket_strong (TensorFlow 2.21) with 2^40 buckets, key (133, 137).
func TestFingerprints(t *testing.T) {
	for _, v := range fingerprintCases {
		s := strings.Repeat(v.unit, v.n)
		if h := bucket(s, 1<<40, [2]uint64{}, false); h != v.fast {
			t.Errorf("%d × %q: FarmHash %d, want %d", v.n, v.unit, h, v.fast)
		}
		if h := bucket(s, 1<<40, [2]uint64{133, 137}, true); h != v.strong {
			t.Errorf("%d × %q: SipHash %d, want %d", v.n, v.unit, h, v.strong)
		}
	}
}

// TestVocabularyAsset loads a vocabulary as Keras 3 saves it, with the special
// tokens in front.
func TestVocabularyAsset(t *testing.T) {
	l, err := New[float32](NewConfig("StringLookup", "", map[string]any{"mask_token": ""}, keras3))
	if err != nil {
		t.Fatal(err)
	}
	site := &Site{In: []Spec{{Shape: []int{-1}, Kind: Text}}, Args: Args{}}
	if _, err := l.Build(site); err == nil || !strings.Contains(err.Error(), "vocabulary") {
		t.Errorf("without a vocabulary: found error %v", err)
	}
	a := l.(AssetKeeper)
	if name := a.AssetName(); name != "vocabulary.txt" {
		t.Fatalf("wants asset %q", name)
	}
	const stored = "\n[UNK]\na\nb"
	if err := a.LoadAsset([]byte(stored + "\n")); err != nil {
		t.Fatal(err)
	}
	if again := a.SaveAsset(); string(again) != stored {
		t.Errorf("saves %q, loaded %q", again, stored)
	}
	if _, err := l.Build(site); err != nil {
		t.Fatal(err)
	}
	c := &Context[float32]{}
	x := c.NewText(4)
	copy(x.Text, []string{"b", "", "?", "a"})
	call := &Call[float32]{Site: site, In: []*Tensor[float32]{x}}
	if err := l.Forward(c, call); err != nil {
		t.Fatal(err)
	}
	if got := call.Out[0].Ints; !slices.Equal(got, []int64{3, 0, 1, 2}) {
		t.Errorf("found %v, want [3 0 1 2]", got)
	}
	older, err := New[float32](NewConfig("StringLookup", "", map[string]any{}, Version{Major: 2, Minor: 21, TF: true}))
	if err != nil {
		t.Fatal(err)
	}
	if err := older.(AssetKeeper).LoadAsset([]byte("[UNK]\na\n")); err != nil {
		t.Fatal(err)
	}
	if again := older.(AssetKeeper).SaveAsset(); string(again) != "[UNK]\na\n" {
		t.Errorf("tf_keras keeps an empty last token, found %q", again)
	}
	for _, bad := range []string{"\n[UNK]\na\na", "a\n[UNK]\n\nb"} {
		if err := a.LoadAsset([]byte(bad)); err == nil {
			t.Errorf("vocabulary %q is accepted", bad)
		}
	}
}

func TestPreprocessingRefusals(t *testing.T) {
	for _, v := range []struct {
		class  string
		config map[string]any
		in     Spec
		want   string
	}{
		{"StringLookup", map[string]any{"vocabulary": "/etc/passwd"}, Spec{}, "not opened"},
		{"StringLookup", map[string]any{"vocabulary": []any{"a", "a"}}, Spec{}, "twice"},
		{"StringLookup", map[string]any{"vocabulary": []any{"a"}}, Spec{Shape: []int{-1}}, "float"},
		{"IntegerLookup", map[string]any{"vocabulary": []any{"a"}}, Spec{}, "not an integer"},
		{"StringLookup", map[string]any{"vocabulary": []any{"a"}, "output_mode": "multi_hot"}, Spec{Shape: []int{-1}, Kind: Text}, "2 axes"},
		{"TextVectorization", map[string]any{"standardize": map[string]any{"class_name": "function"}}, Spec{}, "not executed"},
		{"Hashing", map[string]any{"num_bins": 0.0}, Spec{}, "positive"},
		{"HashedCrossing", map[string]any{"num_bins": 3.0}, Spec{Shape: []int{-1}, Kind: Text}, "at least two"},
		{"CategoryEncoding", map[string]any{}, Spec{}, "num_tokens"},
		{"Discretization", map[string]any{"num_bins": 3.0}, Spec{}, "bin_boundaries"},
		{"Discretization", map[string]any{"bin_boundaries": []any{2.0, 1.0}}, Spec{}, "ascending"},
		{"Normalization", map[string]any{"mean": 1.0}, Spec{}, "together"},
		{"Normalization", map[string]any{}, Spec{Shape: []int{-1, -1}}, "size of axis 1"},
		{"Resizing", map[string]any{"height": 2.0, "width": 2.0, "interpolation": "bicubic"}, Spec{Shape: []int{-1, 4, 4, 1}, Kind: Integer}, "cast the images"},
		{"ContrastLimitedAdaptiveHistogramEqualization", map[string]any{"tile_grid_size": []any{1000.0, 8.0}}, Spec{}, "at most 256"},
		{"ContrastLimitedAdaptiveHistogramEqualization", map[string]any{}, Spec{Shape: []int{-1, 3, 16, 1}}, "too few for 8 tiles"},
	} {
		l, err := New[float32](NewConfig(v.class, "", v.config, keras3))
		if err == nil {
			_, err = l.Build(&Site{In: []Spec{v.in}, Args: Args{}})
		}
		if err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s %v on %v: found error %v, want one about %q", v.class, v.config, v.in, err, v.want)
		}
	}
}
