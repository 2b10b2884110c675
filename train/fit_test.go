package train

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kerasrun/layers"
)

// problem is a small classification with everything that must survive an
// interruption: shuffling, random draws, statistics, metrics, schedule-like
// callbacks, averages.
func problem(t *testing.T) (*linear[float32], *Compiled[float32], *Arrays[float32], Options[float32]) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	start := make([]float64, 5*3+3)
	for i := range start {
		start[i] = 0.3 * r.NormFloat64()
	}
	target := newLinear[float32]("softmax", 5, 3, start)
	target.noise, target.l2 = 0.1, 0.01
	c, err := Compile[float32](map[string]any{
		"optimizer_config": map[string]any{"class_name": "Adam", "config": map[string]any{"learning_rate": 0.05, "use_ema": true, "ema_momentum": 0.9}},
		"loss":             "sparse_categorical_crossentropy", "metrics": []any{"accuracy"},
	}, "3.15.1", target.Outputs())
	if err != nil {
		t.Fatal(err)
	}
	const n = 37
	x, y := make([]float32, n*5), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = float32(r.IntN(3))
	}
	data := &Arrays[float32]{Inputs: []layers.Array{{Shape: []int{n, 5}, Data: x}}, Targets: []Tensor[float32]{{[]int{n}, y}}}
	return target, c, data, Options[float32]{
		Epochs: 6, BatchSize: 4, Seed: 9, ValidationSplit: 0.2, ClassWeight: map[int]float64{1: 2},
		Callbacks: []Callback[float32]{&ReduceLROnPlateau[float32]{Patience: 1, Factor: 0.5}, &EarlyStopping[float32]{Patience: 4, RestoreBest: true}},
	}
}

// interrupter cancels after a number of steps, counted over all epochs.
type interrupter struct {
	Base[float32]
	at     int64
	cancel context.CancelFunc
}

func (i *interrupter) BatchEnd(r *Run[float32], _ int, _ *Logs) error {
	if r.Total == i.at {
		i.cancel()
	}
	return nil
}

// TestResumeAfterInterruption: a run that is interrupted after any step, and
// resumed in a new process, ends with the same bits and the same history.
func TestResumeAfterInterruption(t *testing.T) {
	target, c, data, o := problem(t)
	o.Callbacks = append(o.Callbacks, &interrupter{at: -1})
	want, err := Fit(context.Background(), target, c, data, o)
	if err != nil {
		t.Fatal(err)
	}
	steps := int64(len(want.Epochs) * 8)       // 29 samples
	for at := int64(1); at <= steps; at += 5 { // all places within an epoch of 8 steps
		path := filepath.Join(t.TempDir(), "run.checkpoint")
		ctx, cancel := context.WithCancel(context.Background())
		first, c1, _, o1 := problem(t)
		o1.Checkpoint = path
		o1.Callbacks = append(o1.Callbacks, &interrupter{at: at, cancel: cancel})
		_, err := Fit(ctx, first, c1, data, o1)
		if err != nil && !errors.Is(err, ErrInterrupted) {
			t.Fatal(err)
		}
		if err == nil {
			if at < steps-7 {
				t.Fatalf("not interrupted at step %d", at)
			}
			continue
		}
		second, c2, _, o2 := problem(t)
		o2.Checkpoint = path
		o2.Callbacks = append(o2.Callbacks, &interrupter{at: -1})
		got, err := Fit(context.Background(), second, c2, data, o2)
		if err != nil {
			t.Fatalf("resumed after step %d: %v", at, err)
		}
		if !slices.Equal(allValues(second.Variables()), allValues(target.Variables())) || !slices.Equal(second.mean, target.mean) {
			t.Fatalf("resumed after step %d: the weights differ", at)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("resumed after step %d: history %v, want %v", at, got, want)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("the checkpoint of a complete run is still there: %v", err)
		}
	}
}

func TestCheckpointOfAnotherRunIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.checkpoint")
	ctx, cancel := context.WithCancel(context.Background())
	target, c, data, o := problem(t)
	o.Checkpoint, o.Callbacks = path, []Callback[float32]{&interrupter{at: 3, cancel: cancel}}
	if _, err := Fit(ctx, target, c, data, o); !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "step 3 of epoch 1") {
		t.Fatalf("error %v", err)
	}
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(o *Options[float32], c *Compiled[float32]){
		"seed":       func(o *Options[float32], c *Compiled[float32]) { o.Seed++ },
		"batch size": func(o *Options[float32], c *Compiled[float32]) { o.BatchSize = 5 },
		"callbacks":  func(o *Options[float32], c *Compiled[float32]) { o.Callbacks = nil },
		"optimizer": func(o *Options[float32], c *Compiled[float32]) {
			c.Optimizer, _ = OptimizerFromConfig[float32]("sgd", EraD)
		},
		"half a file": func(*Options[float32], *Compiled[float32]) { os.WriteFile(path, saved[:len(saved)/2], 0o666) },
	} {
		target, c, data, o := problem(t)
		o.Checkpoint, o.Callbacks = path, []Callback[float32]{&interrupter{at: -1}}
		change(&o, c)
		before := slices.Clone(allValues(target.Variables()))
		if _, err := Fit(context.Background(), target, c, data, o); err == nil || !strings.Contains(err.Error(), "checkpoint") {
			t.Errorf("other %s: error %v", what, err)
		}
		if !slices.Equal(before, allValues(target.Variables())) {
			t.Errorf("other %s: the refused checkpoint changed the weights", what)
		}
	}
}

// counter records the samples of each batch.
type counter struct {
	Data[float32]
	seen [][]int
}

func (c *counter) Batch(rows []int, b *Batch[float32]) error {
	c.seen = append(c.seen, slices.Clone(rows))
	return c.Data.Batch(rows, b)
}

func TestOrderOfSamples(t *testing.T) {
	target, c, data, o := problem(t)
	o.Callbacks, o.ValidationSplit, o.Epochs, o.BatchSize = nil, 0, 2, 10
	spy := &counter{Data: data}
	if _, err := Fit(context.Background(), target, c, spy, o); err != nil {
		t.Fatal(err)
	}
	if len(spy.seen) != 8 || len(spy.seen[3]) != 7 {
		t.Fatalf("batches %v, want twice 10, 10, 10, 7", spy.seen)
	}
	first, second := slices.Concat(spy.seen[:4]...), slices.Concat(spy.seen[4:]...)
	if slices.Equal(first, second) || slices.IsSorted(first) {
		t.Error("the epochs are not shuffled anew")
	}
	slices.Sort(first)
	for i, r := range first {
		if i != r {
			t.Fatalf("the first epoch does not see every sample once: %v", first)
		}
	}

	// steps_per_epoch goes on with the same pass.
	spy.seen = nil
	o.NoShuffle, o.StepsPerEpoch, o.Epochs = true, 3, 3
	if _, err := Fit(context.Background(), target, c, spy, o); err != nil {
		t.Fatal(err)
	}
	starts := []int{}
	for _, rows := range spy.seen {
		starts = append(starts, rows[0])
	}
	if want := []int{0, 10, 20, 30, 0, 10, 20, 30, 0}; !slices.Equal(starts, want) {
		t.Errorf("batches start at %v, want %v", starts, want)
	}

	spy.seen = nil
	o.MaxSteps = 4
	if h, err := Fit(context.Background(), target, c, spy, o); err != nil || len(spy.seen) != 4 || len(h.Epochs) != 2 {
		t.Errorf("max steps: %d batches, epochs %v (%v)", len(spy.seen), h.Epochs, err)
	}
}

func TestSplit(t *testing.T) {
	_, _, data, _ := problem(t) // 37 samples
	for _, c := range []struct {
		fraction float64
		at       int // 0: refused
	}{{0.25, 27}, {0.5, 18}, {0.99, 0}, {0, 0}, {1, 0}, {0.01, 36}, {-1, 0}} {
		a, b, err := Split[float32](data, c.fraction)
		if c.at == 0 {
			if err == nil {
				t.Errorf("a split of %v: no error", c.fraction)
			}
			continue
		}
		if err != nil || a.Len() != c.at || b.Len() != 37-c.at {
			t.Errorf("a split of %v: %v", c.fraction, err)
			continue
		}
		var batch Batch[float32]
		if err := b.Batch([]int{0}, &batch); err != nil || batch.Targets[0].Data[0] != data.Targets[0].Data[c.at] {
			t.Errorf("a split of %v: the validation does not start at sample %d", c.fraction, c.at)
		}
	}
}

// stream is data of unknown length.
type stream struct {
	*Arrays[float32]
	at int
}

func (s *stream) Len() int { return -1 }

func (s *stream) Batch(rows []int, b *Batch[float32]) error {
	take := []int{}
	for range rows {
		if s.at < s.Arrays.Len() {
			take = append(take, s.at)
			s.at++
		}
	}
	if len(take) < len(rows) {
		s.at = 0
	}
	return s.Arrays.Batch(take, b)
}

// TestStream: data that only streams trains like the same data in memory.
func TestStream(t *testing.T) {
	for _, size := range []int{10, 37, 40, 1} {
		train := func(data Data[float32]) []float32 {
			target, c, _, o := problem(t)
			o.Callbacks, o.ValidationSplit, o.NoShuffle, o.BatchSize = nil, 0, true, size
			h, err := Fit(context.Background(), target, c, data, o)
			if err != nil || len(h.Epochs) != 6 {
				t.Fatalf("%v, %v", h, err)
			}
			return allValues(target.Variables())
		}
		_, _, data, _ := problem(t)
		if !slices.Equal(train(data), train(&stream{Arrays: data})) {
			t.Errorf("batches of %d: streamed data trains otherwise", size)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	for want, change := range map[string]func(o *Options[float32], d *Arrays[float32], c *Compiled[float32]){
		"no samples": func(_ *Options[float32], d *Arrays[float32], _ *Compiled[float32]) {
			d.Inputs[0].Shape, d.Inputs[0].Data = []int{0, 5}, []float32{}
		},
		"negative": func(o *Options[float32], _ *Arrays[float32], _ *Compiled[float32]) { o.BatchSize = -1 },
		"class from 0 to 2": func(_ *Options[float32], d *Arrays[float32], _ *Compiled[float32]) {
			d.Targets[0].Data[20] = 3
		},
		"cannot be set": func(_ *Options[float32], _ *Arrays[float32], c *Compiled[float32]) {
			c.Optimizer, _ = OptimizerFromConfig[float32](map[string]any{"class_name": "SGD", "config": map[string]any{"learning_rate": map[string]any{
				"class_name": "ExponentialDecay", "config": map[string]any{"initial_learning_rate": 0.1, "decay_steps": 1.0, "decay_rate": 0.5}}}}, EraD)
		},
	} {
		target, c, data, o := problem(t)
		o.ValidationSplit = 0
		change(&o, data, c)
		if _, err := Fit(context.Background(), target, c, data, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// failing is a callback whose disk is full.
type failing struct{ Base[float32] }

func (failing) EpochEnd(*Run[float32], int, *Logs) error { return io.ErrShortWrite }

func TestCallbackErrorEndsTraining(t *testing.T) {
	target, c, data, o := problem(t)
	o.Callbacks = []Callback[float32]{failing{}}
	if _, err := Fit(context.Background(), target, c, data, o); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error %v", err)
	}
}

func TestCompileForms(t *testing.T) {
	outputs := []string{"a", "b"}
	for _, c := range []struct {
		config string
		keys   string // of the metrics; or the beginning of the error
	}{
		{`{"loss":"mse","metrics":["mae"]}`, "a_mae b_mae"},
		{`{"loss":["mse","mae"],"loss_weights":[1,0.5],"metrics":[["mae"],["mse","mae"]]}`, "a_mae b_mse b_mae"},
		{`{"loss":{"b":"mse"},"metrics":{"b":"mae"},"weighted_metrics":{"b":["mae"]}}`, "b_mae b_weighted_mae"},
		{`{"loss":{"c":"mse"}}`, `train: loss: names output "c"`},
		{`{"loss":["mse"]}`, "train: loss: a list of 1"},
		{`{"loss":null}`, "train: the training config names no loss"},
		{`{"loss":"mse","metrics":[[{"class_name":"MeanMetricWrapper","config":{"name":"acc","dtype":"float32","fn":"categorical_accuracy"}}],null]}`, "a_acc"},
	} {
		var config map[string]any
		if err := json.Unmarshal([]byte(c.config), &config); err != nil {
			t.Fatal(err)
		}
		config["optimizer_config"] = map[string]any{"class_name": "Adam", "config": map[string]any{"name": "Adam", "decay": 0.0}}
		compiled, err := Compile[float64](config, "2.10.0", outputs)
		if err != nil {
			if !strings.HasPrefix(err.Error(), c.keys) {
				t.Errorf("%s: %v", c.config, err)
			}
			continue
		}
		var keys []string
		for _, m := range compiled.Metrics {
			keys = append(keys, m.Key)
		}
		if got := strings.Join(keys, " "); got != c.keys {
			t.Errorf("%s: metrics %q, want %q", c.config, got, c.keys)
		}
	}
}

// FuzzCompile: no training config may panic or hang.
func FuzzCompile(f *testing.F) {
	f.Add(`{"optimizer_config":{"class_name":"Custom>Adam","config":{"learning_rate":0.001,"is_legacy_optimizer":false}},"loss":"mse","metrics":[["mae",{"class_name":"AUC","config":{"num_thresholds":20}}]]}`, "2.15.0")
	f.Add(`{"optimizer_config":{"class_name":"SGD","config":{"lr":0.01,"clipnorm":1}},"loss":{"class_name":"Huber","config":{"delta":2}},"loss_weights":[1]}`, "2.2.4")
	f.Add(`{"optimizer":{"class_name":"Muon","config":{"exclude_layers":["a("],"learning_rate":{"class_name":"CosineDecayRestarts","config":{"initial_learning_rate":1,"first_decay_steps":1}}}},"loss":["bce"],"weighted_metrics":["ce"]}`, "3.0.0")
	f.Fuzz(func(t *testing.T, text, version string) {
		var config map[string]any
		if json.Unmarshal([]byte(text), &config) != nil {
			return
		}
		c, err := Compile[float32](config, version, []string{"a"})
		if err != nil {
			return
		}
		v := &Variable[float32]{Path: "a", Shape: []int{2, 3}, Value: make([]float32, 6), Grad: make([]float32, 6)}
		vars := []*Variable[float32]{v}
		if err := c.Optimizer.Build(vars); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := c.Optimizer.Apply(vars); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Optimizer.SetState(c.Optimizer.State()); err != nil {
			t.Fatal(err)
		}
		y := Tensor[float32]{[]int{2, 3}, []float32{0, 1, 0, 0, 0, 1}}
		c.Objectives[0].Evaluate(y, y, nil, nil, make([]float32, 6))
		for _, m := range c.Metrics {
			if m.Update(y, y, nil) == nil {
				m.Result()
			}
		}
	})
}
