package train

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// StateArray is one variable of an optimizer as a file holds it.
type StateArray[T Float] struct {
	Name   string
	Shape  []int
	Values []T
	// Count is the value of a whole-number scalar (iterations and the like), and
	// Values is nil then.
	Count *int64
}

// entry is a place of the optimizer's state. Exactly one of values, scalar and
// count is set.
type entry[T Float] struct {
	name   string
	suffix string // name of the slot, in files of EraB
	shape  []int
	values []T
	scalar *T
	count  *int64
}

// layout tells which of the optional arrays a file holds.
type layout struct{ noIterations, noScalar, noDummies bool }

// State lists the state in the file's order of the era: iterations; in EraD the
// learning rate, unless it follows a schedule; averages; accumulators; slots.
func (o *optimizer[T]) State() []StateArray[T] {
	entries := o.entries(o.layout)
	out := make([]StateArray[T], len(entries))
	for i, e := range entries {
		a := StateArray[T]{Name: e.name, Shape: e.shape, Values: e.values}
		if i < len(o.names) {
			a.Name = o.names[i]
		}
		if e.count != nil {
			n := *e.count
			a.Count = &n
		}
		if e.scalar != nil {
			a.Values = []T{*e.scalar}
		}
		out[i] = a
	}
	return out
}

// defaultLayout: until Keras 2.2 three optimizers did not save their iterations,
// and Nadam did not save its schedule.
func (o *optimizer[T]) defaultLayout() layout {
	old := o.era <= EraA22
	return layout{
		noIterations: old && (o.class == "RMSprop" || o.class == "Adagrad" || o.class == "Adadelta"),
		noScalar:     old,
	}
}

func (o *optimizer[T]) entries(l layout) []entry[T] {
	var out []entry[T]
	add := func(e entry[T]) { out = append(out, e) }
	if !l.noIterations {
		names := [...]string{o.class + "/iterations:0", o.class + "/iterations:0", o.class + "/iterations:0", o.name + "/iter:0", "iteration:0", o.name + "/iteration"}
		add(entry[T]{name: names[o.era], count: &o.iterations})
	}
	if o.era == EraD && o.schedule == nil {
		add(entry[T]{name: o.name + "/learning_rate", scalar: &o.lr})
	}
	var extra *entry[T]
	if r, ok := o.rule.(interface{ scalar() ([4]string, *T) }); ok && !l.noScalar {
		names, value := r.scalar()
		if name := names[o.column()]; name != "" {
			extra = &entry[T]{name: o.name + "/" + name + o.colon(), suffix: name, scalar: value}
			if o.era < EraD {
				add(*extra)
				extra = nil
			}
		}
	}
	for i, a := range o.average {
		add(entry[T]{name: o.slotName("average", o.built[i], len(out)), shape: o.built[i].Shape, values: a})
	}
	for i, a := range o.gathered {
		add(entry[T]{name: o.slotName("gradient_accumulator", o.built[i], len(out)), shape: o.built[i].Shape, values: a})
	}
	at, anonymous := 0, 0
	for _, group := range o.groups {
		for _, i := range o.stateOrder() {
			v := o.built[i]
			for k, s := range group {
				shape, ok := s.shapeOf(v)
				if !ok || s.dummy && l.noDummies {
					continue
				}
				name := s.names[o.column()]
				index := i
				if o.era <= EraA22 {
					index = anonymous
				}
				add(entry[T]{name: o.slotName(name, v, index), suffix: name, shape: shape, values: o.slots[i][at+k]})
				anonymous++
			}
		}
		at += len(group)
	}
	if extra != nil {
		add(*extra)
	}
	return out
}

// column is the index of the era in the names of a slot.
func (o *optimizer[T]) column() int { return max(0, int(o.era-EraA)) }

// stateOrder is the order of the variables in the file: the model's, but in
// EraA20 that of their names (keras 2.0.5, engine/training.py
// collect_trainable_weights).
func (o *optimizer[T]) stateOrder() []int {
	order := make([]int, len(o.built))
	for i := range order {
		order[i] = i
	}
	if o.era == EraA20 {
		slices.SortStableFunc(order, func(a, b int) int {
			return strings.Compare(o.built[a].Path+":0", o.built[b].Path+":0")
		})
	}
	return order
}

func (o *optimizer[T]) colon() string {
	if o.era == EraD {
		return ""
	}
	return ":0"
}

// slotName is the name under which the era saves slot of variable v. Only the
// order counts for Keras; names are for people.
func (o *optimizer[T]) slotName(slot string, v *Variable[T], index int) string {
	switch o.era {
	case EraA20, EraA22:
		if index == 0 {
			return "training/" + o.class + "/Variable:0"
		}
		return "training/" + o.class + "/Variable_" + strconv.Itoa(index) + ":0"
	case EraA:
		return slot + "_" + strconv.Itoa(index) + ":0"
	case EraB:
		return o.name + "/" + v.Path + "/" + slot + ":0"
	case EraC:
		return o.name + "/" + slot + "/" + v.Path + ":0"
	}
	if slot == "" { // Adafactor's factors carry the bare name of the variable
		return o.name + "/" + v.Path[strings.LastIndexByte(v.Path, '/')+1:]
	}
	return o.name + "/" + strings.ReplaceAll(v.Path, "/", "_") + "_" + slot
}

// SetState restores by position, as Keras does. It also takes what the older
// versions left out: iterations (then 0), Nadam's schedule, and the empty third
// moments of Adam; or a third moment too many. Files of EraB whose names tell
// the slots are sorted by these, because some were written in another order.
func (o *optimizer[T]) SetState(arrays []StateArray[T]) error {
	if o.built == nil {
		return fmt.Errorf("train: %s must be built before its state is restored", o.class)
	}
	full := o.entries(layout{})
	layouts := []layout{o.defaultLayout(), {}, {noIterations: true}, {noScalar: true}, {noDummies: true}, {true, false, true}, {true, true, false}}
	for _, l := range layouts {
		entries := o.entries(l)
		given := arrays
		if n := len(o.built); o.class == "Adam" && o.era <= EraB && len(given) == 3*n+1 && len(entries) == 2*n+1 {
			given = given[:2*n+1]
		}
		if o.era == EraB {
			given = sortBySuffix(given, entries)
		}
		if mismatch(given, entries) == nil {
			o.accept(given, entries, l)
			return nil
		}
	}
	return fmt.Errorf("train: the state of %s (%v) does not fit: %w", o.class, o.era, mismatch(arrays, full))
}

// mismatch tells why arrays cannot fill entries, or nil.
func mismatch[T Float](arrays []StateArray[T], entries []entry[T]) error {
	if len(arrays) != len(entries) {
		return fmt.Errorf("found %d arrays, want %d for the trainable variables", len(arrays), len(entries))
	}
	for i, e := range entries {
		a := arrays[i]
		whole := e.count != nil
		switch {
		case a.Count != nil != whole && !(whole && len(a.Values) == 1):
			return fmt.Errorf("array %d (%s) has the wrong kind of number for %s", i, a.Name, e.name)
		case (whole || e.scalar != nil) && size(a.Shape) == 1:
		case !whole && e.scalar == nil && slices.Equal(a.Shape, e.shape) && len(a.Values) == len(e.values):
		default:
			return fmt.Errorf("array %d (%s) has shape %v, want %v for %s", i, a.Name, a.Shape, e.shape, e.name)
		}
	}
	return nil
}

func (o *optimizer[T]) accept(arrays []StateArray[T], entries []entry[T], l layout) {
	o.names = o.names[:0]
	for i, e := range entries {
		a := arrays[i]
		switch {
		case e.count != nil && a.Count != nil:
			*e.count = *a.Count
		case e.count != nil: // up to Keras 2.0.x as float32
			*e.count = int64(a.Values[0])
		case e.scalar != nil:
			*e.scalar = a.Values[0]
		default:
			copy(e.values, a.Values)
		}
		o.names = append(o.names, a.Name)
	}
	o.layout = l
}

// sortBySuffix brings arrays named ".../m:0", ".../v:0" into the order of the
// entries. Arrays come back as they are when the names do not tell.
func sortBySuffix[T Float](arrays []StateArray[T], entries []entry[T]) []StateArray[T] {
	queues := map[string][]StateArray[T]{}
	suffix := func(name string) string {
		name = strings.TrimSuffix(name, ":0")
		return name[strings.LastIndexByte(name, '/')+1:]
	}
	for _, a := range arrays {
		s := suffix(a.Name)
		queues[s] = append(queues[s], a)
	}
	out := make([]StateArray[T], 0, len(arrays))
	for _, e := range entries {
		key := e.suffix
		if key == "" {
			key = suffix(e.name)
		}
		if len(queues[key]) == 0 {
			return arrays
		}
		out = append(out, queues[key][0])
		queues[key] = queues[key][1:]
	}
	if len(out) != len(arrays) {
		return arrays
	}
	return out
}
