package layers

import "testing"

// What a training step makes of the moving averages and of the output, recorded
// from Keras 3.15 and tf_keras 2.21.
func TestBatchNormalizationTraining(t *testing.T) {
	renorm := map[string]any{"momentum": 0.9, "renorm": true, "renorm_momentum": 0.8,
		"renorm_clipping": map[string]any{"rmax": 1.5, "rmin": 0.5, "dmax": 0.4}}
	plain := map[string]any{"momentum": 0.9}
	mask := []bool{true, false, true, true, true, false}
	averages := map[string][]float64{
		"moving_mean":     {0.1, 0.083333, 0.066667, 0.05},
		"moving_variance": {1.366667, 1.347222, 1.288889, 1.191667},
	}
	out := []float64{-1.388581, -0.866824, -0.338018, 0.29272}
	masked := map[string][]float64{"moving_mean": {0, 0.1, 0.025, 0.125}, "moving_variance": {1.25, 1.25, 1.11875, 1.11875}}
	maskedOut := []float64{-1.068892, -1.068892, -0.168992, -0.168992}
	imageOut := []float64{-1.365314, -0.863752, -0.401563, 0.17275}
	renormed := map[string][]float64{
		"moving_mean":     {0.1, 0.083333, 0.066667, 0.05},
		"moving_variance": {1.244563, 1.234432, 1.202909, 1.145638},
		"moving_stddev":   {1.116048, 1.1115, 1.097228, 1.070812},
		"renorm_mean":     {0.2, 0.166667, 0.133333, 0.1},
		"renorm_stddev":   {1.232096, 1.223, 1.194456, 1.141624},
	}
	renormedOut := []float64{-1.682872, -0.900237, -0.107027, 0.83908}
	for _, v := range []struct {
		name   string
		keras  Version
		config map[string]any
		shape  []int
		mask   []bool
		stats  map[string][]float64
		out    []float64
	}{
		{"Keras 3", keras3, plain, []int{2, 3, 4}, nil, averages, out},
		{"Keras 2", keras2, plain, []int{2, 3, 4}, nil, averages, out},
		{"Keras 3 masked", keras3, plain, []int{2, 3, 4}, mask, masked, maskedOut},
		{"Keras 2.15 masked", keras2, plain, []int{2, 3, 4}, mask, masked, maskedOut},
		{"Keras 2.11 ignores masks", Version{Major: 2, Minor: 11, TF: true}, plain, []int{2, 3, 4}, mask, averages, out},
		{"Keras 3 image", keras3, plain, []int{2, 3, 2, 2}, nil,
			map[string][]float64{"moving_mean": {0.083333, 0.066667}, "moving_variance": {1.330556, 1.272222}}, imageOut},
		{"Keras 2 image, unbiased", keras2, plain, []int{2, 3, 2, 2}, nil,
			map[string][]float64{"moving_mean": {0.083333, 0.066667}, "moving_variance": {1.369697, 1.306061}}, imageOut},
		{"Keras 3 renorm", keras3, renorm, []int{2, 3, 4}, nil, renormed, renormedOut},
		{"Keras 2 renorm", keras2, renorm, []int{2, 3, 4}, nil, renormed, renormedOut},
	} {
		x := make([]float64, 24)
		for i := range x {
			x[i] = float64(i%7) - 2
		}
		g := gradCase{class: "BatchNormalization", config: v.config, keras: v.keras, training: true,
			in: []gradInput{{shape: v.shape, values: x, mask: v.mask}}}
		r := g.start(t)
		for _, p := range r.layer.Params() {
			start := 0.0
			if p.Name == "gamma" || p.Name == "moving_variance" || p.Name == "moving_stddev" || p.Name == "renorm_stddev" {
				start = 1
			}
			for k := range p.Data {
				p.Data[k] = start
			}
		}
		found := map[string][]float64{}
		r.c.OnStat = func(p *Param[float64], values []float64) {
			found[p.Name] = append([]float64(nil), values...)
		}
		r.loss(t)
		if len(found) != len(v.stats) {
			t.Errorf("%s: %d statistics, want %d", v.name, len(found), len(v.stats))
		}
		for name, want := range v.stats {
			compareNumbers(t, v.name+": "+name, found[name], want)
		}
		compareNumbers(t, v.name+": output", r.call.Out[0].Data[:4], v.out)
	}
}

func compareNumbers(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for i, w := range want {
		if !near(got[i], w, 2e-6) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// A frozen layer keeps to its moving averages in training, and moves nothing.
func TestBatchNormalizationFrozen(t *testing.T) {
	g := gradCase{class: "BatchNormalization", config: map[string]any{"trainable": false}, training: true, in: one(3, 4)}
	r := g.start(t)
	r.c.OnStat = func(p *Param[float64], _ []float64) { t.Errorf("%s moved", p.Name) }
	r.loss(t)
	trained := append([]float64(nil), r.call.Out[0].Data...)
	r.training = false
	r.loss(t)
	compareNumbers(t, "output in training", trained, r.call.Out[0].Data)
}
