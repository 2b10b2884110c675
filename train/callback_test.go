package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// scripted is a run whose logs the test writes.
func scripted(t *testing.T, era Era) *Run[float32] {
	t.Helper()
	c, err := Compile[float32](map[string]any{
		"optimizer_config": map[string]any{"class_name": "SGD", "config": map[string]any{"learning_rate": 0.01}}, "loss": "mse",
	}, map[Era]string{EraC: "2.15.0", EraD: "3.15.1"}[era], []string{"dense"})
	if err != nil {
		t.Fatal(err)
	}
	return &Run[float32]{Target: newLinear[float32]("", 1, 1, []float64{1, 2}), Compiled: c, History: &History{}, warn: func(string) {}}
}

// TestCallbacksLikeKeras replays scripted losses, NaN among them, and compares
// what EarlyStopping and ReduceLROnPlateau decide with tf_keras and Keras 3.
func TestCallbacksLikeKeras(t *testing.T) {
	var cases []struct {
		Era     string
		Stop    bool
		Options struct {
			Patience int
			MinDelta *float64 `json:"min_delta"`
			Baseline *float64
			Start    int `json:"start_from_epoch"`
			Mode     string
			Factor   float64
			Cooldown int
			MinLR    float64 `json:"min_lr"`
		}
		Series  []string
		Stopped int
		Rates   []float64
	}
	b, err := os.ReadFile("../testdata/train/callbacks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := scripted(t, map[string]Era{"c": EraC, "d": EraD}[c.Era])
			o := c.Options
			if o.Mode == "" {
				o.Mode = "min"
			}
			var cb Callback[float32] = &ReduceLROnPlateau[float32]{Patience: o.Patience, Mode: o.Mode, MinDelta: o.MinDelta, Factor: o.Factor, Cooldown: o.Cooldown, MinLR: o.MinLR}
			if c.Stop {
				e := &EarlyStopping[float32]{Patience: o.Patience, Mode: o.Mode, Baseline: o.Baseline, StartFrom: o.Start}
				if o.MinDelta != nil {
					e.MinDelta = *o.MinDelta
				}
				cb = e
			}
			if err := cb.TrainBegin(r); err != nil {
				t.Fatal(err)
			}
			stopped, rates := -1, []float64{}
			for epoch, s := range c.Series {
				v, _ := strconv.ParseFloat(s, 64)
				if err := cb.EpochEnd(r, epoch, &Logs{[]string{"val_loss"}, []float64{v}}); err != nil {
					t.Fatal(err)
				}
				rates = append(rates, r.Compiled.Optimizer.LearningRate())
				if r.Stopped() != "" {
					stopped = epoch
					break
				}
				state, err := cb.(Stateful).State() // as if interrupted after every epoch
				if err != nil {
					t.Fatal(err)
				}
				if err := cb.(Stateful).SetState(state); err != nil {
					t.Fatal(err)
				}
			}
			if stopped != c.Stopped {
				t.Errorf("%s %+v on %v: stopped at %d, want %d", c.Era, o, c.Series, stopped, c.Stopped)
			}
			if d, at := worst(rates, c.Rates, 1e-9); !c.Stop && d > 1e-6 {
				t.Errorf("%s %+v on %v: rate %d is off: %v, want %v", c.Era, o, c.Series, at, rates, c.Rates)
			}
		})
	}
}

func TestEarlyStoppingRestoresTheBestWeights(t *testing.T) {
	for _, c := range []struct {
		era    Era
		losses []float64
		want   float32
	}{
		{EraD, []float64{3, 1, 2, 2}, 1}, // stopped, best epoch 1
		{EraC, []float64{3, 1, 2, 2}, 1}, // stopped
		{EraD, []float64{3, 1, 2}, 1},    // ran out of epochs: Keras 3 restores all the same
		{EraC, []float64{3, 1, 2}, 2},    // Keras 2 does not
	} {
		r := scripted(t, c.era)
		e := &EarlyStopping[float32]{Monitor: "loss", Mode: "min", Patience: 2, RestoreBest: true}
		if err := e.TrainBegin(r); err != nil {
			t.Fatal(err)
		}
		w := r.Target.Variables()[0].Value
		for epoch, v := range c.losses {
			w[0] = float32(epoch)
			if err := e.EpochEnd(r, epoch, &Logs{[]string{"loss"}, []float64{v}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.TrainEnd(r); err != nil {
			t.Fatal(err)
		}
		if w[0] != c.want {
			t.Errorf("%v after %v: weights of epoch %v, want %v", c.era, c.losses, w[0], c.want)
		}
	}
}

func TestModelCheckpointNamesAndBest(t *testing.T) {
	r := scripted(t, EraD)
	var saved []string
	c := &ModelCheckpoint[float32]{Path: "m.{epoch:02d}-{val_loss:.2f}.keras", BestOnly: true, Save: func(p string) error { saved = append(saved, p); return nil }}
	if err := c.TrainBegin(r); err != nil {
		t.Fatal(err)
	}
	for epoch, v := range []float64{0.5, 0.75, 0.125, math.NaN()} {
		r.Epoch = epoch
		if err := c.EpochEnd(r, epoch, &Logs{[]string{"val_loss"}, []float64{v}}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"m.01-0.50.keras", "m.03-0.12.keras"}; !slices.Equal(saved, want) {
		t.Errorf("saved %q, want %q", saved, want)
	}
	c = &ModelCheckpoint[float32]{Path: "m.{val_auc}.keras", Save: c.Save}
	if err := c.EpochEnd(r, 0, &Logs{[]string{"val_loss"}, []float64{1}}); err == nil || !strings.Contains(err.Error(), "val_auc") {
		t.Errorf("a path with an unknown name: error %v", err)
	}
}

func TestCSVLogger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.csv")
	for _, c := range []struct {
		appending bool
		logs      []Logs
	}{
		{false, []Logs{{[]string{"loss", "acc"}, []float64{0.5, 1}}, {[]string{"loss", "acc", "val_loss"}, []float64{0.25, 1, 3}}}},
		{true, []Logs{{[]string{"loss"}, []float64{0.125}}}},
	} {
		l := &CSVLogger[float32]{Path: path, Append: c.appending}
		if err := l.TrainBegin(nil); err != nil {
			t.Fatal(err)
		}
		for epoch := range c.logs {
			if err := l.EpochEnd(nil, epoch, &c.logs[epoch]); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.TrainEnd(nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "epoch,acc,loss,val_acc,val_loss\n0,1,0.5,NA,NA\n1,1,0.25,NA,3\n0,NA,0.125,NA,NA\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTerminateOnNaN(t *testing.T) {
	r := scripted(t, EraD)
	var c TerminateOnNaN[float32]
	for _, v := range []float64{1, math.Inf(1)} {
		if err := c.BatchEnd(r, 0, &Logs{[]string{"loss"}, []float64{v}}); err != nil {
			t.Fatal(err)
		}
		if (r.Stopped() != "") != math.IsInf(v, 0) {
			t.Errorf("loss %v: stopped %q", v, r.Stopped())
		}
	}
}

// TestTensorBoard checks the framing of the records and the bytes of one event
// against tensorflow.Event with the same content, serialized by TensorFlow 2.21.
func TestTensorBoard(t *testing.T) {
	dir := t.TempDir()
	c := &TensorBoard[float32]{Dir: dir, Now: func() time.Time { return time.Unix(1700000000, 500000000) }}
	r := scripted(t, EraD)
	if err := c.TrainBegin(r); err != nil {
		t.Fatal(err)
	}
	if err := c.EpochEnd(r, 3, &Logs{[]string{"loss", "val_loss"}, []float64{0.5, 0.25}}); err != nil {
		t.Fatal(err)
	}
	if err := c.TrainEnd(r); err != nil {
		t.Fatal(err)
	}
	for part, value := range map[string]float32{"train": 0.5, "validation": 0.25} {
		files, _ := filepath.Glob(filepath.Join(dir, part, "events.out.tfevents.*"))
		if len(files) != 1 {
			t.Fatalf("%s: files %q", part, files)
		}
		b, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		var records [][]byte
		for len(b) > 0 {
			n := binary.LittleEndian.Uint64(b)
			if maskedCRC(b[:8]) != binary.LittleEndian.Uint32(b[8:]) || maskedCRC(b[12:12+n]) != binary.LittleEndian.Uint32(b[12+n:]) {
				t.Fatal("wrong checksum")
			}
			records = append(records, b[12:12+n])
			b = b[16+n:]
		}
		if len(records) != 2 || !bytes.Contains(records[0], []byte("brain.Event:2")) {
			t.Fatalf("%s: records %q", part, records)
		}
		want := fmt.Sprintf("0900002040fc54d94110032a290a270a0a65706f63685f6c6f7373420a080112002a04%08x4a0d0a090a077363616c6172732001",
			binary.BigEndian.Uint32(binary.LittleEndian.AppendUint32(nil, math.Float32bits(value))))
		if got := fmt.Sprintf("%x", records[1]); got != want {
			t.Errorf("%s: event %s, want %s", part, got, want)
		}
	}
	// The masked checksum of record_writer.cc for known bytes.
	if got := maskedCRC([]byte("123456789")); got != ((0xe3069283>>15|0xe3069283<<17&0xffffffff)+0xa282ead8)&0xffffffff {
		t.Errorf("masked checksum %x", got)
	}
}

func TestProgress(t *testing.T) {
	now := time.Unix(0, 0)
	for _, c := range []struct {
		era      Era
		terminal bool
		want     string
	}{
		{EraC, false, "Epoch 1/5\n25/25 - 1s - loss: 0.4312 - val_loss: 3.9770e-04 - 1s/epoch - 50ms/step\n"},
		{EraD, false, "Epoch 1/5\n25/25 - 1s - 50ms/step - loss: 0.4312 - val_loss: 3.9770e-04\n"},
		{EraC, true, "Epoch 1/5\n\r\x1b[K10/25 [===========>..................] - ETA: 1s - loss: 0.4312\r\x1b[K25/25 [==============================] - 1s 50ms/step - loss: 0.4312 - val_loss: 3.9770e-04\n"},
		{EraD, true, "Epoch 1/5\n\r\x1b[K\x1b[1m10/25\x1b[0m \x1b[32m━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 50ms/step - loss: 0.4312\r\x1b[K\x1b[1m25/25\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m1s\x1b[0m 50ms/step - loss: 0.4312 - val_loss: 3.9770e-04\n"},
	} {
		var b strings.Builder
		p := &Progress[float32]{W: &b, Terminal: c.terminal, Now: func() time.Time { return now }}
		r := scripted(t, c.era)
		r.Epochs, r.Steps = 5, 25
		logs := &Logs{[]string{"loss"}, []float64{0.4312}}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(p.EpochBegin(r, 0))
		now = now.Add(500 * time.Millisecond)
		r.Step = 10
		check(p.BatchEnd(r, 9, logs))
		now = now.Add(750 * time.Millisecond)
		r.Step = 25
		logs.Set("val_loss", 3.977e-4)
		check(p.EpochEnd(r, 0, logs))
		if b.String() != c.want {
			t.Errorf("%v, terminal %v:\n%q, want\n%q", c.era, c.terminal, b.String(), c.want)
		}
	}
}
