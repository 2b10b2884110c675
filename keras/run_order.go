package keras

import "sort"

// orderAsKeras puts the steps in the order in which Keras 3 runs them: deepest
// first, and within a depth in the order in which map_graph comes across them
// (keras/src/ops/function.py). It matters where a layer changes what later ones
// see, as MultiHeadAttention does from Keras 3.8 on with the masks of its inputs.
func (g *graph[T]) orderAsKeras() {
	n := len(g.steps)
	// A walk from the outputs to the inputs, each step after those it needs.
	var walked []int
	seen := make([]bool, n)
	type frame struct{ step, next int }
	for _, out := range g.outputs {
		if out.step < 0 || seen[out.step] {
			continue
		}
		seen[out.step] = true
		for stack := []frame{{out.step, 0}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if in := g.steps[top.step].in; top.next < len(in) {
				from := in[top.next].step
				top.next++
				if from >= 0 && !seen[from] {
					seen[from] = true
					stack = append(stack, frame{from, 0})
				}
				continue
			}
			walked = append(walked, top.step)
			stack = stack[:len(stack)-1]
		}
	}
	// Depths, and the order in which the steps got one.
	depth := make([]int, n)
	var met []int
	hasDepth := make([]bool, n)
	layerDepth := map[*member[T]]int{}
	meet := func(s, d int) {
		if !hasDepth[s] {
			hasDepth[s] = true
			met = append(met, s)
		}
		depth[s] = max(depth[s], d)
	}
	for i := len(walked) - 1; i >= 0; i-- {
		s := walked[i]
		meet(s, layerDepth[g.steps[s].member])
		layerDepth[g.steps[s].member] = depth[s]
		for _, in := range g.steps[s].in {
			if in.step >= 0 {
				meet(in.step, depth[s]+1)
			}
		}
	}
	sort.SliceStable(met, func(i, j int) bool { return depth[met[i]] > depth[met[j]] })
	for s := range n { // steps that no output needs
		if !hasDepth[s] {
			met = append(met, s)
		}
	}
	g.reorder(met)
}

// reorder makes order[i] the i-th step.
func (g *graph[T]) reorder(order []int) {
	at := make([]int, len(order))
	steps := make([]step[T], len(order))
	for i, s := range order {
		at[s], steps[i] = i, g.steps[s]
	}
	move := func(refs []ref) {
		for i, r := range refs {
			if r.step >= 0 {
				refs[i].step = at[r.step]
			}
		}
	}
	for _, s := range steps {
		move(s.in)
	}
	move(g.outputs)
	g.steps = steps
}
