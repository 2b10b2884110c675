// Package layers holds the arithmetic of Keras's layers: one file for each
// class, with its configuration, its parameters, Forward and Backward.
//
// Values are row-major, batch axis first; images are channels last unless a
// layer's data_format says otherwise. Axes are named batch, time, features,
// units, rows, cols, channels. The gates of an LSTM are i, f, c, o and those of
// a GRU z, r, h, side by side on the last axis of the kernels, as Keras stores
// them. Every layer runs in float32 and in float64 from one source.
//
// A layer never sees a file: it declares its parameters by name and shape, and
// the loader fills them. What the Keras version of the file changes in meaning
// is read from Config when the layer is made, never later.
package layers

// Layer is one Keras layer. Its life: the factory reads the configuration;
// Build is called once for every call of the layer in the graph, in graph
// order; the loader fills Params; Prepare (if any) packs them; Forward runs,
// from many goroutines at once, each with a Context of its own. After Prepare a
// layer is read-only.
type Layer[T Float] interface {
	// Build checks the inputs of one call and returns the specs of its outputs.
	// The first call declares the parameters; later calls find them declared
	// and only check that the inputs fit.
	Build(site *Site) ([]Spec, error)

	// Params lists the parameters in the order in which Keras's
	// save_own_variables stores them, sub-layers after the layer's own. It is
	// called once, after Build: wrappers put their attribute in front of the
	// paths (Under).
	Params() []*Param[T]

	// Forward computes call.Out from call.In. Outputs and scratch come from c.
	// Shapes agree with what Build accepted, axes of unknown size aside. An
	// error means bad input values (an index out of range, an unknown string).
	Forward(c *Context[T], call *Call[T]) error
}

// Preparer is a layer that derives something from its parameters before it can
// run, such as packed weights. Prepare runs after the parameters are filled,
// and again whenever training has changed them; it allocates the first time only.
type Preparer interface{ Prepare() }

// Backwarder is a layer that passes gradients. Backward reads call.In,
// call.Out, call.Saved and call.DOut (nil entries are zero), adds to the
// gradients of its parameters (Context.Grad) in a fixed order, and sets
// call.DIn, with nil for inputs that have no gradient. Forward has run on the
// same Call with c.Training or c.Record set just before.
type Backwarder[T Float] interface {
	Backward(c *Context[T], call *Call[T]) error
}

// Batcher is a layer whose rows are not independent of each other: with
// MixesBatch true the batch is never split over goroutines or sessions.
type Batcher interface{ MixesBatch() bool }

// Site is one place in the graph where a layer is called: all that is known
// of the call before it runs.
type Site struct {
	// In are the tensors of the call: positional ones first, in order, then
	// those found in keyword arguments, in order of appearance.
	In []Spec
	// Out is what Build returned, kept by the graph.
	Out []Spec
	// Args are the arguments besides the positional tensors, by Keras's names,
	// with every tensor replaced by a Ref into In. Build removes (Args.Take)
	// what it understands; what is left makes Open refuse the file.
	Args Args
	// Opts is what Build decoded from Args for Forward to use.
	Opts any
}

// Ref stands in Args for a tensor: its index in Site.In and Call.In.
type Ref int

// Args are the keyword arguments of a call as decoded JSON. Positional
// arguments that are not tensors are filed under "args" as a list.
type Args map[string]any

// Take returns an argument and removes it; nil when it is absent or null.
func (a Args) Take(name string) any {
	v := a[name]
	delete(a, name)
	return v
}

// TakeBool is Take for a boolean; def when absent or null, or not a boolean
// (which is then left for the refusal of unknown arguments).
func (a Args) TakeBool(name string, def bool) bool {
	switch v := a[name].(type) {
	case nil:
		delete(a, name)
	case bool:
		delete(a, name)
		return v
	}
	return def
}

// Call is one run of a layer at one Site. It lives as long as its session, so
// that a warm run allocates nothing.
type Call[T Float] struct {
	Site *Site
	In   []*Tensor[T]
	Out  []*Tensor[T]

	// Saved is what Forward keeps for Backward, in an order of the layer's own.
	Saved []*Tensor[T]
	// DOut and DIn are the gradients of the loss with respect to Out and In.
	DOut []*Tensor[T]
	DIn  []*Tensor[T]
	// FromLogits says that DOut belongs to the input of the layer's last
	// activation (LogitLayer).
	FromLogits bool

	subs []*Call[T]
}

// Sub returns the i-th inner call of a wrapper, made on first use and kept.
func (call *Call[T]) Sub(i int) *Call[T] {
	for len(call.subs) <= i {
		call.subs = append(call.subs, &Call[T]{Site: &Site{}})
	}
	return call.subs[i]
}

// SetIn, SetOut and the like reuse the slices of the call.
func (call *Call[T]) SetIn(in ...*Tensor[T]) { call.In = append(call.In[:0], in...) }

// SetOut makes the outputs of the call.
func (call *Call[T]) SetOut(out ...*Tensor[T]) { call.Out = append(call.Out[:0], out...) }

// SetDOut makes the output gradients of the call.
func (call *Call[T]) SetDOut(d ...*Tensor[T]) { call.DOut = append(call.DOut[:0], d...) }

// SetDIn makes the input gradients of the call.
func (call *Call[T]) SetDIn(d ...*Tensor[T]) { call.DIn = append(call.DIn[:0], d...) }

// Save keeps tensors for Backward, replacing those of the run before.
func (call *Call[T]) Save(t ...*Tensor[T]) { call.Saved = append(call.Saved[:0], t...) }

// Param is one weight array of a layer.
type Param[T Float] struct {
	// Name is Keras's name of the weight: kernel, recurrent_kernel, gamma.
	Name string
	// Key finds the weight's entries in Config: Key+"_initializer",
	// Key+"_regularizer", Key+"_constraint".
	Key string
	// Path leads from the layer to the object that owns the weight, in the
	// attribute names of Keras 3's files: "" or "cell" or "forward_layer/cell".
	Path string
	// Copies are the paths of further objects under which Keras 3's files store
	// the same weight once more.
	Copies []string
	// ByName is true for a weight that Keras 3 does not count among the weights
	// of its layer: its .keras files have it under its name, its .h5 files not.
	// Data may hold the configuration's values from the start.
	ByName bool
	// Shape as Keras stores it.
	Shape []int
	// Data is filled by the loader, row-major.
	Data []T
	// Trainable is false for statistics such as moving_mean, and for all
	// weights of a layer that the file says is frozen.
	Trainable bool
	// Config is the configuration of the layer that declared the weight.
	Config *Config
	// Index numbers the parameters of a model, for Context.Grad.
	Index int
}

// NewParam declares a weight of the layer that c configures.
func NewParam[T Float](c *Config, name, key string, shape ...int) *Param[T] {
	return &Param[T]{
		Name: name, Key: key, Shape: append([]int(nil), shape...),
		Trainable: c.Trainable, Config: c,
	}
}

// NewStat declares a weight that training does not change by gradients, such as
// a moving average.
func NewStat[T Float](c *Config, name, key string, shape ...int) *Param[T] {
	p := NewParam[T](c, name, key, shape...)
	p.Trainable = false
	return p
}

// Under returns the parameters with their Path put below an attribute of the
// wrapping layer.
func Under[T Float](attr string, params []*Param[T]) []*Param[T] {
	for _, p := range params {
		p.Path = under(attr, p.Path)
		for i, path := range p.Copies {
			p.Copies[i] = under(attr, path)
		}
	}
	return params
}

func under(attr, path string) string {
	if path == "" {
		return attr
	}
	return attr + "/" + path
}
