package layers

import "fmt"

// oneInput checks that a site hands a layer a single tensor besides those in
// keyword arguments.
func oneInput(site *Site) (Spec, error) {
	if len(site.In) == 0 {
		return Spec{}, fmt.Errorf("called without an input")
	}
	return site.In[0], nil
}

// notTraining takes the argument training and refuses training=True: the model
// then asks for random numbers or batch statistics at inference, too. It says
// whether the call insists on inference.
func notTraining(site *Site) (inference bool, err error) {
	switch v := site.Args.Take("training").(type) {
	case nil:
		return false, nil
	case bool:
		if !v {
			return true, nil
		}
	case float64:
		if v == 0 {
			return true, nil
		}
	}
	return false, fmt.Errorf("called with training=True inside the model, which is not supported: call the layer without it")
}

// takeMask takes the argument mask: the index in Call.In of a mask that the
// graph hands over, -1 when the mask of the input itself counts.
func takeMask(site *Site) int {
	if ref, ok := site.Args["mask"].(Ref); ok {
		site.Args.Take("mask")
		return int(ref)
	}
	if site.Args["mask"] == nil {
		site.Args.Take("mask")
	}
	return -1
}

// maskOf is the mask that counts for the first input, in the sense of takeMask.
func maskOf[T Float](c *Context[T], call *Call[T], explicit int) *Mask {
	if explicit < 0 {
		return call.In[0].Mask
	}
	return toMask(c, call.In[explicit])
}

// toMask reads a tensor as a mask.
func toMask[T Float](c *Context[T], t *Tensor[T]) *Mask {
	m := c.NewMask(t.Shape...)
	if t.Kind == Floating {
		for i, v := range t.Data {
			m.On[i] = v != 0
		}
		return m
	}
	for i, v := range t.Ints {
		m.On[i] = v != 0
	}
	return m
}

// axisIn turns a possibly negative axis into one that counts from the front.
func axisIn(axis, rank int) (int, error) {
	a := axis
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		return 0, fmt.Errorf("axis %d does not exist in an input of %d axes", axis, rank)
	}
	return a, nil
}

// axesIn is axisIn for a list; every axis may occur once.
func axesIn(axes []int, rank int) ([]int, error) {
	out := make([]int, len(axes))
	seen := make([]bool, rank)
	for i, axis := range axes {
		a, err := axisIn(axis, rank)
		if err != nil {
			return nil, err
		}
		if seen[a] {
			return nil, fmt.Errorf("axes %v name one axis twice", axes)
		}
		seen[a], out[i] = true, a
	}
	return out, nil
}

// knownDim is the size of an axis that a weight's shape depends on.
func knownDim(s Spec, axis int) (int, error) {
	n := s.Dim(axis)
	if n < 0 {
		return 0, fmt.Errorf("the weights need the size of axis %d of the input, found %v", axis, s)
	}
	return n, nil
}
