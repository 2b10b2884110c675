package keras

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"kerasrun/layers"
)

// defaultInitializers are those of a weight whose configuration names none, by
// the key of the weight (the constructors in keras/src/layers).
var defaultInitializers = map[string]string{
	"kernel": "GlorotUniform", "depthwise": "GlorotUniform", "pointwise": "GlorotUniform",
	"recurrent": "Orthogonal", "bias": "Zeros", "embeddings": "RandomUniform",
	"gamma": "Ones", "beta": "Zeros", "moving_mean": "Zeros", "moving_variance": "Ones", "alpha": "Zeros",
}

// initializerOf is the initializer of a weight: its class and options.
func initializerOf(c *layers.Config, key string) any {
	if v := c.Values()[key+"_initializer"]; v != nil {
		return v
	}
	if name := defaultInitializers[key]; name != "" {
		return name
	}
	return "Zeros"
}

// initialValues draws the values of a weight (keras/src/initializers). Each
// weight has a random stream of its own, so adding a layer does not change the
// others; the streams are not Keras's.
func initialValues(v any, shape []int, seed, stream uint64) ([]float64, error) {
	n, err := layers.CheckedProduct(shape)
	if err != nil {
		return nil, err
	}
	name, cfg := "", map[string]any{}
	switch v := v.(type) {
	case string:
		name = v
	case map[string]any:
		name, _ = v["class_name"].(string)
		if inner, ok := v["config"].(map[string]any); ok {
			cfg = inner
		}
	}
	number := func(key string, def float64) float64 {
		if f, ok := layers.Number(cfg[key]); ok {
			return f
		}
		return def
	}
	rng := rand.New(rand.NewPCG(seed, stream))
	out := make([]float64, n)
	fill := func(draw func() float64) {
		for i := range out {
			out[i] = draw()
		}
	}
	switch snakeCase(name) {
	case "zeros", "zero":
	case "ones", "one":
		fill(func() float64 { return 1 })
	case "constant":
		value := number("value", 0)
		fill(func() float64 { return value })
	case "identity", "identity_initializer":
		if len(shape) != 2 {
			return nil, fmt.Errorf("initializer %s wants two axes, found %v", name, shape)
		}
		for i := 0; i < min(shape[0], shape[1]); i++ {
			out[i*shape[1]+i] = number("gain", 1)
		}
	case "random_normal", "normal":
		mean, dev := number("mean", 0), number("stddev", 0.05)
		fill(func() float64 { return mean + dev*rng.NormFloat64() })
	case "truncated_normal":
		mean, dev := number("mean", 0), number("stddev", 0.05)
		fill(func() float64 { return mean + dev*truncated(rng) })
	case "random_uniform", "uniform":
		low, high := number("minval", -0.05), number("maxval", 0.05)
		fill(func() float64 { return low + (high-low)*rng.Float64() })
	case "glorot_uniform":
		fill(scaled(rng, shape, 1, "fan_avg", "uniform"))
	case "glorot_normal":
		fill(scaled(rng, shape, 1, "fan_avg", "truncated_normal"))
	case "he_uniform":
		fill(scaled(rng, shape, 2, "fan_in", "uniform"))
	case "he_normal":
		fill(scaled(rng, shape, 2, "fan_in", "truncated_normal"))
	case "lecun_uniform":
		fill(scaled(rng, shape, 1, "fan_in", "uniform"))
	case "lecun_normal":
		fill(scaled(rng, shape, 1, "fan_in", "truncated_normal"))
	case "variance_scaling":
		mode, _ := cfg["mode"].(string)
		distribution, _ := cfg["distribution"].(string)
		fill(scaled(rng, shape, number("scale", 1), mode, distribution))
	case "orthogonal", "orthogonal_initializer":
		return orthogonal(rng, shape, number("gain", 1))
	default:
		return nil, fmt.Errorf("initializer %q is not one that kerasrun knows", name)
	}
	return out, nil
}

// truncated draws a standard normal number within two standard deviations.
func truncated(rng *rand.Rand) float64 {
	for {
		if v := rng.NormFloat64(); math.Abs(v) < 2 {
			return v
		}
	}
}

// scaled is VarianceScaling (keras/src/initializers/random_initializers.py).
func scaled(rng *rand.Rand, shape []int, scale float64, mode, distribution string) func() float64 {
	in, out := fans(shape)
	n := in
	switch mode {
	case "fan_out":
		n = out
	case "fan_avg":
		n = (in + out) / 2
	}
	scale /= max(1, n)
	switch distribution {
	case "uniform":
		limit := math.Sqrt(3 * scale)
		return func() float64 { return limit * (2*rng.Float64() - 1) }
	case "untruncated_normal":
		dev := math.Sqrt(scale)
		return func() float64 { return dev * rng.NormFloat64() }
	}
	// The constant is the standard deviation of a normal cut at two.
	dev := math.Sqrt(scale) / 0.87962566103423978
	return func() float64 { return dev * truncated(rng) }
}

// fans counts what flows in and out of a value (compute_fans there).
func fans(shape []int) (in, out float64) {
	switch n := len(shape); n {
	case 0:
		return 1, 1
	case 1:
		return float64(shape[0]), float64(shape[0])
	default:
		field := 1
		for _, d := range shape[:n-2] {
			field *= d
		}
		return float64(field * shape[n-2]), float64(field * shape[n-1])
	}
}

// orthogonal makes the rows or the columns of the weight, taken as a matrix whose
// columns are its last axis, orthonormal.
func orthogonal(rng *rand.Rand, shape []int, gain float64) ([]float64, error) {
	if len(shape) < 2 {
		return nil, fmt.Errorf("initializer Orthogonal wants at least two axes, found %v", shape)
	}
	cols := shape[len(shape)-1]
	rows := layers.Product(shape[:len(shape)-1])
	if rows == 0 || cols == 0 {
		return []float64{}, nil
	}
	tall, wide := max(rows, cols), min(rows, cols)
	a := mat.NewDense(tall, wide, nil)
	for i := 0; i < tall; i++ {
		for j := 0; j < wide; j++ {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	var q, r mat.Dense
	qr.QTo(&q)
	qr.RTo(&r)
	out := make([]float64, rows*cols)
	for i := 0; i < tall; i++ {
		for j := 0; j < wide; j++ {
			v := gain * q.At(i, j)
			if r.At(j, j) < 0 { // make the decomposition unique
				v = -v
			}
			if rows >= cols {
				out[i*cols+j] = v
			} else {
				out[j*cols+i] = v
			}
		}
	}
	return out, nil
}
