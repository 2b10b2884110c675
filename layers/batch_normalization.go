package layers

import (
	"fmt"
	"math"
	"slices"
)

func init() {
	for _, class := range []string{"BatchNormalization", "SyncBatchNormalization"} {
		Register(class, newBatchNormalization[float32], newBatchNormalization[float64])
	}
	RegisterAlias("BatchNormalizationV1", "BatchNormalization")
	RegisterAlias("BatchNormalizationV2", "BatchNormalization")
}

// batchNormalization is gamma (x - mean) / sqrt(variance + epsilon) + beta for
// each channel (keras/src/layers/normalization/batch_normalization.py), with the
// moving averages at inference and the batch's moments in training. Parameters:
// gamma, beta (each optional), moving_mean, moving_variance, and with renorm
// moving_stddev, renorm_mean, renorm_stddev. Each has the size of the channel
// axis; several channel axes (Keras 2) make them as many-axed as the input.
type batchNormalization[T Float] struct {
	c                 *Config
	axes              []int
	epsilon, momentum float64
	scale, center     bool
	renorm            *renorm
	era               batchEra

	gamma, beta    *Param[T]
	mean, variance *Param[T]
	// With renorm.
	stddev, renormMean, renormStddev *Param[T]

	fold channelFold
	// mixes is true when a call was made with training=True.
	mixes bool
}

// batchEra is what differs between the versions of Keras.
type batchEra struct {
	// fusable: Keras 2 runs images and volumes through TensorFlow's fused kernel,
	// which ignores masks, raises epsilon to 1.001e-5 and moves the variance by
	// the unbiased estimate.
	fusable bool
	// masked: masked steps do not count for the moments: Keras 2.12 and later.
	masked bool
	// damped: Keras 3 adds 1e-7 to the number of steps that count.
	damped bool
	// always: with trainable false a layer of Keras 1, and of Keras 2 outside
	// TensorFlow 2, still trains its moments.
	always bool
}

// renorm holds the options of batch renormalization (Ioffe, 2017).
type renorm struct {
	momentum         float64
	rmin, rmax, dmax float64
}

func newBatchNormalization[T Float](c *Config) (Layer[T], error) {
	c.Ignore("fused", "moving_mean_initializer", "moving_variance_initializer", "gamma_init", "beta_init", "weights")
	l := &batchNormalization[T]{
		c: c, axes: readAxes(c),
		epsilon: c.Float("epsilon", 1e-3), momentum: c.Float("momentum", 0.99),
		scale: c.Bool("scale", true), center: c.Bool("center", true),
		era: batchEra{
			fusable: c.Keras.Major == 2,
			masked:  c.Keras.AtLeast(2, 12),
			damped:  c.Keras.Major >= 3,
			always:  c.Keras.Major < 2 || c.Keras.Major == 2 && !c.Keras.TF,
		},
	}
	if mode := c.Int("mode", 0); mode != 0 {
		c.Errorf("option \"mode\" is %d: statistics of each sample or of each batch at inference are not supported, only mode 0", mode)
	}
	if c.Has("virtual_batch_size") {
		c.Errorf("option \"virtual_batch_size\" is not supported")
	}
	c.Ignore("virtual_batch_size")
	if c.Bool("renorm", false) {
		l.renorm = readRenorm(c)
	} else {
		c.Ignore("renorm_clipping", "renorm_momentum")
	}
	return l, nil
}

func readRenorm(c *Config) *renorm {
	r := &renorm{momentum: c.Float("renorm_momentum", 0.99), rmin: math.Inf(-1), rmax: math.Inf(1), dmax: math.Inf(1)}
	limits, _ := c.Raw("renorm_clipping").(map[string]any)
	for key, to := range map[string]*float64{"rmin": &r.rmin, "rmax": &r.rmax, "dmax": &r.dmax} {
		if v, ok := Number(limits[key]); ok {
			*to = v
		}
	}
	return r
}

func (l *batchNormalization[T]) Params() []*Param[T] {
	return params(l.gamma, l.beta, l.mean, l.variance, l.stddev, l.renormMean, l.renormStddev)
}

// batchSite is what Build found out about a call.
type batchSite struct {
	// inference and training say that the call insists on the moving averages,
	// or on the batch's own moments, at all times.
	inference, training bool
	fused               bool
	epsilon             float64
	mask                int
}

func (l *batchNormalization[T]) Build(site *Site) ([]Spec, error) {
	in, err := oneInput(site)
	if err != nil {
		return nil, err
	}
	opts := &batchSite{mask: takeMask(site), epsilon: l.epsilon}
	if opts.training = site.Args["training"] == true; opts.training {
		site.Args.Take("training")
		l.mixes = true
	} else if opts.inference, err = notTraining(site); err != nil {
		return nil, err
	}
	rank := len(in.Shape)
	axes, err := axesIn(l.axes, rank)
	if err != nil {
		return nil, err
	}
	slices.Sort(axes)
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = 1
	}
	for _, axis := range axes {
		if shape[axis], err = knownDim(in, axis); err != nil {
			return nil, err
		}
	}
	if len(axes) == 1 {
		shape = shape[axes[0] : axes[0]+1]
	}
	if l.mean == nil {
		l.declare(shape)
		if l.fold, err = newChannelFold(axes, rank); err != nil {
			return nil, err
		}
	} else if !slices.Equal(shape, l.mean.Shape) {
		return nil, fmt.Errorf("input has shape %v, which makes the weights %v; earlier calls made them %v", in, shape, l.mean.Shape)
	}
	if l.era.fusable && l.renorm == nil && len(axes) == 1 && (rank == 4 || rank == 5) && (axes[0] == 1 || axes[0] == rank-1) {
		opts.fused, opts.epsilon = true, max(l.epsilon, 1.001e-5)
	}
	site.Opts = opts
	return []Spec{{Shape: in.Shape}}, nil
}

func (l *batchNormalization[T]) declare(shape []int) {
	if l.scale {
		l.gamma = NewParam[T](l.c, "gamma", "gamma", shape...)
	}
	if l.center {
		l.beta = NewParam[T](l.c, "beta", "beta", shape...)
	}
	l.mean = NewStat[T](l.c, "moving_mean", "moving_mean", shape...)
	l.variance = NewStat[T](l.c, "moving_variance", "moving_variance", shape...)
	if l.renorm != nil {
		l.stddev = NewStat[T](l.c, "moving_stddev", "moving_variance", shape...)
		l.renormMean = NewStat[T](l.c, "renorm_mean", "moving_mean", shape...)
		l.renormStddev = NewStat[T](l.c, "renorm_stddev", "moving_variance", shape...)
	}
}

// trains says whether a run normalizes by the batch's own moments.
func (l *batchNormalization[T]) trains(c *Context[T], opts *batchSite) bool {
	return (c.Training || opts.training) && !opts.inference && (l.c.Trainable || l.era.always)
}

// MixesBatch says that a call uses the batch's own moments at inference, too.
func (l *batchNormalization[T]) MixesBatch() bool { return l.mixes }

func (l *batchNormalization[T]) Forward(c *Context[T], call *Call[T]) error {
	opts := call.Site.Opts.(*batchSite)
	x, sizes := foldChannels(c, l.fold, floating(c, call.In[0]))
	b := newBatchRun(c, sizes.channels)
	if l.trains(c, opts) {
		if err := l.moments(c, call, x, sizes, b); err != nil {
			return err
		}
	} else {
		l.movingMoments(opts.epsilon, b)
	}
	y := c.New(x.Shape...)
	scaleChannels(y.Data, x.Data, sizes, b.mean.Data, b.factor.Data, b.shift.Data)
	y = unfoldChannels(c, l.fold, y)
	y.Mask = call.In[0].Mask
	call.SetOut(y)
	if c.Saving() {
		call.Save(x, b.mean, b.rstd, b.factor, b.shift, b.r, b.d)
	}
	return nil
}

// batchRun is what one run normalizes with, for each channel:
// y = (x - mean) factor + shift, factor = rstd r gamma, shift = d gamma + beta.
type batchRun[T Float] struct{ mean, rstd, factor, shift, r, d *Tensor[T] }

func newBatchRun[T Float](c *Context[T], channels int) batchRun[T] {
	b := batchRun[T]{c.New(channels), c.New(channels), c.New(channels), c.Zeros(channels), c.New(channels), c.Zeros(channels)}
	for k := range channels {
		b.r.Data[k] = 1
	}
	return b
}

// compose fills in factor and shift.
func (l *batchNormalization[T]) compose(b batchRun[T], k int, rstd float64) {
	gamma := 1.0
	if l.gamma != nil {
		gamma = float64(l.gamma.Data[k])
	}
	b.rstd.Data[k] = T(rstd)
	b.factor.Data[k] = T(rstd * float64(b.r.Data[k]) * gamma)
	b.shift.Data[k] = T(float64(b.d.Data[k]) * gamma)
	if l.beta != nil {
		b.shift.Data[k] += l.beta.Data[k]
	}
}

func (l *batchNormalization[T]) movingMoments(epsilon float64, b batchRun[T]) {
	for k := range b.mean.Data {
		b.mean.Data[k] = l.mean.Data[k]
		l.compose(b, k, 1/math.Sqrt(float64(l.variance.Data[k])+epsilon))
	}
}
