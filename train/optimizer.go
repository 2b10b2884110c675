package train

import (
	"fmt"
	"slices"
)

// Optimizer updates variables from their gradients.
type Optimizer[T Float] interface {
	// Name is the Keras class, such as "Adam".
	Name() string
	// Config is the optimizer_config with every default written out.
	Config() map[string]any
	// Build allocates the state for the variables, in the model's order. Apply
	// must then get the same variables and allocates nothing.
	Build(vars []*Variable[T]) error
	// BuiltFor reports whether Build has been called for these variables.
	BuiltFor(vars []*Variable[T]) bool
	// Apply makes one update from vars' gradients, which it may overwrite.
	Apply(vars []*Variable[T]) error
	// Finalize is called at the end of training: with use_ema it replaces the
	// variables by their averages.
	Finalize(vars []*Variable[T])
	// LossScale is the factor for the loss before gradients are computed; Apply
	// takes it out again.
	LossScale() T
	// Iterations counts the calls of Apply, over the whole life of the model.
	Iterations() int64
	// LearningRate is the rate of the next update.
	LearningRate() float64
	// SetLearningRate replaces a constant rate; a schedule refuses it.
	SetLearningRate(rate float64) error
	// State lists the variables of the built optimizer in the order in which the
	// era writes them. The slices are the optimizer's own memory.
	State() []StateArray[T]
	// SetState takes over what State of an earlier run, or a file, holds. On an
	// error nothing has changed. The names become those of State.
	SetState(arrays []StateArray[T]) error
}

// rule is the part in which optimizers differ.
type rule[T Float] interface {
	// slots lists what the rule keeps beside each variable. Groups lie one after
	// the other in a file; the slots of a group alternate variable by variable.
	slots() [][]slot[T]
	// begin prepares what the variables of one update share.
	begin(s step[T])
	// update changes w, which is v.Value or one of its rows, from the gradient g
	// and slots in the order of slots. For a gradient by occurrence sq and abs
	// hold the sums of squares and of magnitudes; otherwise both are nil.
	update(s step[T], v *Variable[T], w []T, g gradient[T], slots [][]T)
}

// gradient is the dense gradient of one variable, and for embedding tables of
// EraD the sums by occurrence: see [Variable].
type gradient[T Float] struct{ g, sq, abs []T }

func (g gradient[T]) square(i int) T {
	if g.sq != nil {
		return g.sq[i]
	}
	return g.g[i] * g.g[i]
}

func (g gradient[T]) magnitude(i int) T {
	if g.abs != nil {
		return g.abs[i]
	}
	return max(g.g[i], -g.g[i])
}

// step holds the scalars of one update.
type step[T Float] struct {
	t    T // 1 for the first update
	lr   T
	rows []int // lazy rules: the distinct rows of an embedding gradient, else nil
}

// slot is one array that a rule keeps for each variable.
type slot[T Float] struct {
	names [4]string // in the files of EraA, EraB, EraC, EraD
	init  T
	// shape of the array for a variable; nil means the variable's own. False
	// means that the variable has no such array.
	shape func(v *Variable[T]) ([]int, bool)
	// dummy arrays are written by the era, but the rule has no use for them, and
	// files may lack them.
	dummy bool
}

// alternating makes the groups of slots of the eras C and D, where the slots
// alternate by variable; A and B write slot after slot.
func alternating[T Float](era Era, slots ...slot[T]) [][]slot[T] {
	if era >= EraC {
		return [][]slot[T]{slots}
	}
	return blocks(slots...)
}

// blocks makes one group of each slot.
func blocks[T Float](slots ...slot[T]) [][]slot[T] {
	groups := make([][]slot[T], len(slots))
	for i := range slots {
		groups[i] = slots[i : i+1]
	}
	return groups
}

var optimizers = newGeneric[func(*params, Era) rule[float32], func(*params, Era) rule[float64]]("optimizer")

// Optimizers lists the registered class names.
func Optimizers() []string { return append(optimizers.names(), "LossScaleOptimizer") }

// OptimizerFromConfig makes the optimizer that an optimizer_config describes:
// {"class_name", "config"} from the training config of a file, or a bare name.
func OptimizerFromConfig[T Float](config any, era Era) (Optimizer[T], error) {
	class, in, err := classOf(config)
	if err != nil {
		return nil, err
	}
	if registryKey(class) == registryKey("LossScaleOptimizer") {
		return newLossScale[T](in, era)
	}
	newRule, class, err := find[T, func(*params, Era) rule[T]](optimizers, class)
	if err != nil {
		return nil, err
	}
	p := newParams(class, in)
	o := &optimizer[T]{class: class, era: era, options: readOptions[T](p, era, class)}
	o.rule = newRule(p, era)
	if err := p.done(); err != nil {
		return nil, err
	}
	o.config = p.out
	return o, nil
}

// optimizer is every optimizer but LossScaleOptimizer: a rule within the order of
// operations of the era.
type optimizer[T Float] struct {
	options[T]
	class      string
	era        Era
	rule       rule[T]
	config     map[string]any
	iterations int64

	built    []*Variable[T]
	groups   [][]slot[T]
	slots    [][][]T // by variable, by slot
	average  [][]T   // use_ema
	gathered [][]T   // gradient_accumulation_steps
	sparse   []sparseScratch[T]
	rowSlots [][]T    // scratch: the slots of one row
	names    []string // of the state, when it came from a file
	layout   layout
}

func (o *optimizer[T]) Name() string          { return o.class }
func (o *optimizer[T]) Iterations() int64     { return o.iterations }
func (o *optimizer[T]) LearningRate() float64 { return float64(o.rate()) }

func (o *optimizer[T]) LossScale() T {
	if o.lossScale != 0 {
		return o.lossScale
	}
	return 1
}

// rate is the learning rate before the decay of the eras A and B.
func (o *optimizer[T]) rate() T {
	if o.schedule != nil {
		return T(o.schedule.Rate(o.iterations))
	}
	return o.lr
}

func (o *optimizer[T]) SetLearningRate(rate float64) error {
	if o.schedule != nil {
		return fmt.Errorf("train: the learning rate of %s follows a schedule and cannot be set: replace the schedule", o.class)
	}
	o.lr = T(rate)
	return nil
}

// Config returns class_name and config; the learning rate is the current one.
func (o *optimizer[T]) Config() map[string]any {
	config := make(map[string]any, len(o.config))
	for k, v := range o.config {
		config[k] = v
	}
	if o.schedule == nil {
		config[o.rateKey] = float64(o.lr)
	}
	return map[string]any{"class_name": o.class, "config": config}
}

func (o *optimizer[T]) Build(vars []*Variable[T]) error {
	o.built = append([]*Variable[T](nil), vars...)
	o.groups = o.rule.slots()
	n := 0
	for _, g := range o.groups {
		n += len(g)
	}
	o.slots = make([][][]T, len(vars))
	o.sparse = make([]sparseScratch[T], len(vars))
	o.rowSlots = make([][]T, n)
	o.average, o.gathered = nil, nil
	for i, v := range vars {
		if err := v.check(); err != nil {
			return err
		}
		for _, g := range o.groups {
			for _, s := range g {
				o.slots[i] = append(o.slots[i], s.make(v))
			}
		}
		if o.useEMA {
			a := make([]T, len(v.Value))
			if o.era != EraD {
				copy(a, v.Value)
			}
			o.average = append(o.average, a)
		}
		if o.accumulate > 0 {
			o.gathered = append(o.gathered, make([]T, len(v.Value)))
		}
	}
	o.names, o.layout = nil, o.defaultLayout()
	return nil
}

// BuiltFor compares with the variables of Build.
func (o *optimizer[T]) BuiltFor(vars []*Variable[T]) bool {
	return o.built != nil && slices.Equal(o.built, vars)
}

func (s slot[T]) make(v *Variable[T]) []T {
	shape, ok := s.shapeOf(v)
	if !ok {
		return nil
	}
	a := make([]T, size(shape))
	for i := range a {
		a[i] = s.init
	}
	return a
}

func (s slot[T]) shapeOf(v *Variable[T]) ([]int, bool) {
	if s.shape == nil {
		return v.Shape, true
	}
	return s.shape(v)
}
