package layers

import (
	"fmt"
	"math"

	"kerasrun/internal/kern"
)

func init() {
	Register("MelSpectrogram", newMelSpectrogram[float32], newMelSpectrogram[float64])
}

// melSpectrogram is MelSpectrogram
// (keras/src/layers/preprocessing/mel_spectrogram.py): signals (batch, time)
// become (batch, mel bins, frames), in decibels unless power_to_db is false.
type melSpectrogram[T Float] struct {
	fft, stride, length int
	bins                int
	db                  bool
	topDB, exponent     float64
	minPower, reference float64
	window              []float64
	mel                 []T // (fft/2+1, bins)
	fourier             *fourier
}

func newMelSpectrogram[T Float](c *Config) (Layer[T], error) {
	l := &melSpectrogram[T]{
		fft: c.Int("fft_length", 2048), stride: c.Int("sequence_stride", 512), bins: c.Int("num_mel_bins", 128),
		db: c.Bool("power_to_db", true), topDB: c.Float("top_db", 80), exponent: c.Float("mag_exp", 2),
		minPower: c.Float("min_power", 1e-10), reference: c.Float("ref_power", 1),
	}
	l.length = c.Int("sequence_length", l.fft)
	rate, low := c.Float("sampling_rate", 16000), c.Float("min_freq", 20)
	high := c.Float("max_freq", 0)
	if high == 0 {
		high = math.Trunc(rate / 2)
	}
	const most = 1 << 20
	if l.fft < 2 || l.fft > most || l.stride < 1 || l.stride > most || l.bins < 1 || l.bins > most ||
		l.length < 1 || l.length > l.fft || l.fft*l.bins > most*64 {
		c.Errorf("fft_length %d, sequence_length %d, sequence_stride %d and num_mel_bins %d do not fit together", l.fft, l.length, l.stride, l.bins)
		return l, nil
	}
	l.readWindow(c)
	l.mel = melMatrix[T](l.fft/2+1, l.bins, rate, low, high)
	l.fourier = newFourier(l.fft)
	return l, nil
}

// readWindow makes the window of sequence_length, in the middle of fft_length.
func (l *melSpectrogram[T]) readWindow(c *Config) {
	l.window = make([]float64, l.fft)
	inner := l.window[(l.fft-l.length)/2:][:l.length]
	a := 0.0
	switch v := c.Raw("window").(type) {
	case []any, map[string]any:
		k := c.constantOf("window", 0)
		if len(k.data) != l.length {
			c.Errorf("option \"window\" has %d numbers, want %d", len(k.data), l.length)
			return
		}
		copy(inner, k.data)
		return
	case nil:
		if _, present := c.values["window"]; present { // null: no window, and the frame is all of fft_length
			for i := range l.window {
				l.window[i] = 1
			}
			return
		}
		a = 0.5
	case string:
		switch v {
		case "hann":
			a = 0.5
		case "hamming":
			a = 0.54
		}
	}
	if a == 0 {
		c.Errorf("option \"window\" is %v, want \"hann\", \"hamming\" or numbers", c.Raw("window"))
	}
	// Periodic, but for a window of odd length as TensorFlow's formula has it.
	n := float64(l.length + (1 - l.length%2) - 1)
	if l.length == 1 {
		inner[0] = 1
		return
	}
	for i := range inner {
		inner[i] = a - (1-a)*math.Cos(2*math.Pi*float64(i)/n)
	}
}

// melMatrix turns powers of linear frequency into mel bins.
func melMatrix[T Float](rows, bins int, rate, low, high float64) []T {
	mel := func(hertz T) T {
		return 1127 * T(math.Log(float64(1+hertz/700)))
	}
	from, to := mel(T(low)), mel(T(high))
	edge := func(i int) T {
		if i == bins+1 {
			return to
		}
		return from + T(i)*((to-from)/T(bins+1))
	}
	m := make([]T, rows*bins)
	step := T(rate) / 2 / T(rows-1)
	for r := 1; r < rows; r++ { // the first bin is the constant part
		at := mel(T(r) * step)
		for b := range bins {
			lower, centre, upper := edge(b), edge(b+1), edge(b+2)
			m[r*bins+b] = max(0, min((at-lower)/(centre-lower), (upper-at)/(upper-centre)))
		}
	}
	return m
}

// MixesBatch says that the largest value of a batch limits all others.
func (l *melSpectrogram[T]) MixesBatch() bool { return l.db }

func (l *melSpectrogram[T]) frames(n int) int { return 1 + (n+l.fft/2*2-l.fft)/l.stride }

func (l *melSpectrogram[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	if len(in.Shape) != 2 || in.Kind != Floating {
		return nil, fmt.Errorf("want floating-point signals (batch, time), found %s of %s values", in, in.Kind)
	}
	frames := -1
	if n := in.Shape[1]; n >= 0 {
		if n <= l.fft/2 {
			return nil, fmt.Errorf("signals have %d steps, want more than half of fft_length, which is %d", n, l.fft)
		}
		frames = l.frames(n)
	}
	out := []int{in.Shape[0], l.bins, frames}
	_, err = CheckedProduct(known(out))
	return []Spec{{Shape: out}}, err
}

func (l *melSpectrogram[T]) Params() []*Param[T] { return nil }

func (l *melSpectrogram[T]) Forward(c *Context[T], call *Call[T]) error {
	x := call.In[0]
	batch, n := x.Shape[0], x.Shape[1]
	if n <= l.fft/2 {
		return fmt.Errorf("signals have %d steps, want more than half of fft_length, which is %d", n, l.fft)
	}
	frames, width := l.frames(n), l.fft/2+1
	y := c.New(batch, l.bins, frames)
	power, mel := c.New(frames, width), c.New(frames, l.bins)
	spectrum := make([]complex128, width)
	for b := range batch {
		signal := x.Data[b*n : (b+1)*n]
		for f := range frames {
			from := f*l.stride - l.fft/2
			l.fourier.transform(spectrum, func(i int) float64 {
				return float64(signal[reflect(from+i, n)]) * l.window[i]
			})
			for k, v := range spectrum {
				power.Data[f*width+k] = T(math.Pow(math.Hypot(real(v), imag(v)), l.exponent))
			}
		}
		kern.MatMul(mel.Data, l.bins, power.Data, width, false, l.mel, l.bins, false, frames, width, l.bins, false)
		for f := range frames {
			for k := range l.bins {
				y.Data[(b*l.bins+k)*frames+f] = mel.Data[f*l.bins+k]
			}
		}
	}
	if l.db {
		l.decibels(y.Data)
	}
	call.SetOut(y)
	return nil
}

// reflect is the place of i in a signal of n steps that is mirrored at its ends.
func reflect(i, n int) int {
	if i < 0 {
		i = -i
	}
	if i >= n {
		i = 2*n - 2 - i
	}
	return i
}

func (l *melSpectrogram[T]) decibels(y []T) {
	reference := 10 * math.Log10(math.Max(math.Abs(l.reference), l.minPower))
	top := math.Inf(-1)
	for i, v := range y {
		d := 10*math.Log10(math.Max(float64(v), l.minPower)) - reference
		y[i] = T(d)
		top = max(top, d)
	}
	for i := range y {
		y[i] = max(y[i], T(top-l.topDB))
	}
}
