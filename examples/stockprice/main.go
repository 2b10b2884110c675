// Command stockprice is the textbook job in Go alone: build three LSTM layers and
// a Dense, train them with Adam and mean squared error on windows of 60 prices,
// predict the held-back end of the series, save the model for Keras and plot
// prediction against truth.
//
//	go run ./examples/stockprice
package main

import (
	"context"
	"flag"
	"fmt"
	"image/color"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"kerasrun/keras"
	"kerasrun/layers"
	"kerasrun/train"
)

const window = 60

func main() {
	epochs := flag.Int("epochs", 100, "epochs to train")
	days := flag.Int("days", 1560, "length of the price series")
	model := flag.String("o", "stockprice.keras", "where to save the model")
	picture := flag.String("plot", "stockprice.png", "where to draw prediction and truth")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *epochs, *days, *model, *picture); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, epochs, days int, model, picture string) error {
	prices := scale(series(days))
	split := (len(prices) - window) * 4 / 5
	training, test := windows(prices[:split+window]), windows(prices[split:])

	lstm := func(sequences bool) keras.LayerSpec {
		return keras.LayerSpec{Class: "LSTM", Config: map[string]any{"units": 50, "return_sequences": sequences}}
	}
	m, err := keras.NewSequential("stock", []int{window, 1}, 7,
		lstm(true), lstm(true), lstm(false),
		keras.LayerSpec{Class: "Dense", Config: map[string]any{"units": 1}})
	if err != nil {
		return err
	}
	t, err := keras.NewTrainer[float32](m, keras.TrainerOptions{})
	if err != nil {
		return err
	}
	target, err := train.NewModel(t, train.EraD, "")
	if err != nil {
		return err
	}
	config := map[string]any{"optimizer": "adam", "loss": "mean_squared_error"}
	compiled, err := train.Compile[float32](config, m.KerasVersion(), target.Outputs())
	if err != nil {
		return err
	}
	start := time.Now()
	_, err = train.Fit(ctx, train.Target[float32](target), compiled, train.Data[float32](training), train.Options[float32]{
		Epochs: epochs, BatchSize: 32, Seed: 1, Warn: func(s string) { log.Print(s) },
		Callbacks: []train.Callback[float32]{&train.Progress[float32]{W: os.Stderr}},
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d epochs over %d windows: %.1f s\n", epochs, training.Len(), time.Since(start).Seconds())

	trained, err := t.Model()
	if err != nil {
		return err
	}
	if err := trained.Save(model, keras.SaveOptions{Training: config}); err != nil {
		return err
	}
	out, err := trained.Predict(test.Inputs[0])
	if err != nil {
		return err
	}
	predicted, truth := out[0].Data.([]float32), test.Targets[0].Data
	sum := 0.0
	for i, p := range predicted {
		sum += float64((p - truth[i]) * (p - truth[i]))
	}
	fmt.Printf("mean squared error on the held-back days: %.3g\n", sum/float64(len(predicted)))
	return draw(picture, predicted, truth)
}

// series is a synthetic price: a random walk with a season.
func series(days int) []float64 {
	rng := rand.New(rand.NewPCG(42, 0))
	prices := make([]float64, days)
	level := 100.0
	for i := range prices {
		level *= 1 + 0.0004 + 0.006*rng.NormFloat64()
		prices[i] = level * (1 + 0.08*math.Sin(float64(i)*2*math.Pi/120))
	}
	return prices
}

// scale maps the series to 0..1, as MinMaxScaler does.
func scale(prices []float64) []float32 {
	low, high := prices[0], prices[0]
	for _, p := range prices {
		low, high = min(low, p), max(high, p)
	}
	out := make([]float32, len(prices))
	for i, p := range prices {
		out[i] = float32((p - low) / (high - low))
	}
	return out
}

// windows pairs each stretch of 60 prices with the price that follows.
func windows(prices []float32) *train.Arrays[float32] {
	n := len(prices) - window
	x, y := make([]float32, 0, n*window), make([]float32, 0, n)
	for i := 0; i < n; i++ {
		x = append(x, prices[i:i+window]...)
		y = append(y, prices[i+window])
	}
	return &train.Arrays[float32]{
		Inputs:  []layers.Array{{Shape: []int{n, window, 1}, Data: x}},
		Targets: []train.Tensor[float32]{{Shape: []int{n, 1}, Data: y}},
	}
}

func draw(file string, predicted, truth []float32) error {
	p := plot.New()
	p.Title.Text = "price of the next day, scaled"
	p.X.Label.Text = "held-back day"
	p.Legend.Top, p.Legend.Left = true, true
	for _, s := range []struct {
		name  string
		data  []float32
		color color.RGBA
	}{{"truth", truth, color.RGBA{120, 120, 120, 255}}, {"prediction", predicted, color.RGBA{31, 119, 180, 255}}} {
		points := make(plotter.XYs, len(s.data))
		for i, v := range s.data {
			points[i] = plotter.XY{X: float64(i), Y: float64(v)}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.Color = s.color
		line.Width = vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(s.name, line)
	}
	return p.Save(18*vg.Centimeter, 9*vg.Centimeter, file)
}
