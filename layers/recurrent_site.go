package layers

import "fmt"

// rnnSite is what Build decoded of one call of a recurrent layer.
type rnnSite struct {
	states []int // the initial states among the inputs
	mask   int   // a mask given as an argument, -1 without
}

// decodeRNN finds the initial states, as many as a layer has, and the mask
// among the arguments of a call. Keras 2 passes initial states and constants
// behind the input, Keras 3 by name. None of Keras's own cells reads constants,
// so they are only counted. drops says that the layer has dropout.
func decodeRNN(site *Site, want, constants int, drops bool) (*rnnSite, error) {
	if len(site.In) == 0 {
		return nil, fmt.Errorf("called without an input")
	}
	opts := &rnnSite{mask: -1}
	named(site, "initial_state", "mask", "training")
	if drops {
		if _, err := notTraining(site); err != nil {
			return nil, err
		}
	} else if _, ok := site.Args["training"].(bool); ok || site.Args["training"] == nil {
		delete(site.Args, "training")
	}
	byName := map[int]bool{}
	take := func(key string) []int {
		list := refs(site.Args[key])
		if list != nil || site.Args[key] == nil {
			delete(site.Args, key)
		}
		for _, i := range list {
			byName[i] = true
		}
		return list
	}
	masks, states, given := take("mask"), take("initial_state"), take("constants")
	if len(masks) > 0 { // Keras uses the first of several
		opts.mask = masks[0]
	}
	var behind []int
	for i := 1; i < len(site.In); i++ {
		if !byName[i] {
			behind = append(behind, i)
		}
	}
	if given == nil {
		if len(behind) < constants {
			return nil, fmt.Errorf("num_constants is %d, found %d inputs behind the first", constants, len(behind))
		}
		behind = behind[:len(behind)-constants]
	}
	if len(behind) > 0 && len(states) > 0 {
		return nil, fmt.Errorf("has an initial_state and %d more inputs, want one or the other", len(behind))
	}
	if len(states) == 0 {
		states = behind
	}
	if len(states) != 0 && len(states) != want {
		return nil, fmt.Errorf("is given %d initial states, want %d", len(states), want)
	}
	opts.states = states
	return opts, nil
}

// named files the positional arguments behind the first, if there are any that
// are not plain tensors, under the names of the parameters they stand for.
func named(site *Site, names ...string) {
	list, ok := site.Args["args"].([]any)
	if !ok || len(list) == 0 || len(list) > len(names)+1 {
		return
	}
	for i, v := range list[1:] {
		if site.Args[names[i]] != nil {
			return
		}
		site.Args[names[i]] = v
	}
	delete(site.Args, "args")
}

// refs lists the tensors in an argument, lists within lists flattened and nulls
// left out; nil when it holds anything else.
func refs(v any) []int {
	switch v := v.(type) {
	case Ref:
		return []int{int(v)}
	case []any:
		out := []int{}
		for _, e := range v {
			if e == nil {
				continue
			}
			inner := refs(e)
			if inner == nil {
				return nil
			}
			out = append(out, inner...)
		}
		return out
	}
	return nil
}
