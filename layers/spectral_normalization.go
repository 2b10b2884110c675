package layers

import "fmt"

func init() {
	Register("SpectralNormalization", newSpectralNormalization[float32], newSpectralNormalization[float64])
}

// spectralNormalization wraps a layer whose kernel was divided by its largest
// singular value in every training step
// (keras/src/layers/normalization/spectral_normalization.py). The file holds the
// divided kernel, so that at inference the layer runs as it is; training it is
// refused. Parameters: the layer's, then vector_u (1, last axis of the kernel).
// Keras 3's files hold the kernel among the wrapper's own weights, too.
type spectralNormalization[T Float] struct {
	c       *Config
	inner   Layer[T]
	vectorU *Param[T]
	params  []*Param[T]
}

func newSpectralNormalization[T Float](c *Config) (Layer[T], error) {
	c.Ignore("power_iterations")
	config := c.Inner("layer")
	if config == nil {
		return &spectralNormalization[T]{}, nil
	}
	inner, err := New[T](config)
	if err != nil {
		return nil, fmt.Errorf("layer %q (%s): %w", config.Name, config.Class, err)
	}
	return &spectralNormalization[T]{c: c, inner: inner}, nil
}

func (l *spectralNormalization[T]) Params() []*Param[T] { return l.params }

// spectralSite is the call of the wrapped layer.
type spectralSite struct{ inner *Site }

func (l *spectralNormalization[T]) Build(site *Site) ([]Spec, error) {
	if _, err := notTraining(site); err != nil {
		return nil, err
	}
	opts := &spectralSite{&Site{In: site.In, Args: site.Args}}
	site.Opts = opts
	out, err := l.inner.Build(opts.inner)
	if err != nil || l.vectorU != nil {
		return out, err
	}
	for _, p := range l.inner.Params() {
		if l.vectorU == nil && p.Path == "" && (p.Name == "kernel" || p.Name == "embeddings") {
			l.vectorU = NewStat[T](l.c, "vector_u", "vector_u", 1, p.Shape[len(p.Shape)-1])
			p.Copies = []string{""}
		}
	}
	if l.vectorU == nil {
		return nil, fmt.Errorf("the wrapped layer has neither kernel nor embeddings")
	}
	for _, p := range l.inner.Params() {
		p.Path = under("layer", p.Path)
		l.params = append(l.params, p)
	}
	l.params = append(l.params, l.vectorU)
	return out, nil
}

func (l *spectralNormalization[T]) Prepare() {
	if p, ok := l.inner.(Preparer); ok {
		p.Prepare()
	}
}

func (l *spectralNormalization[T]) Forward(c *Context[T], call *Call[T]) error {
	if c.Training && l.c.Trainable {
		return fmt.Errorf("training a spectrally normalized layer is not supported: freeze it")
	}
	sub := call.Sub(0)
	sub.Site = call.Site.Opts.(*spectralSite).inner
	sub.SetIn(call.In...)
	if err := l.inner.Forward(c, sub); err != nil {
		return err
	}
	call.SetOut(sub.Out...)
	return nil
}

func (l *spectralNormalization[T]) Backward(c *Context[T], call *Call[T]) error {
	inner, ok := l.inner.(Backwarder[T])
	if !ok {
		return fmt.Errorf("the wrapped layer passes no gradients")
	}
	sub := call.Sub(0)
	sub.SetDOut(call.DOut...)
	if err := inner.Backward(c, sub); err != nil {
		return err
	}
	call.SetDIn(sub.DIn...)
	return nil
}
