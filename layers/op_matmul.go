package layers

import (
	"fmt"
	"strings"
)

func init() {
	defineOp("matmul", "x1|a|x x2|b|y transpose_a|adj_x transpose_b|adj_y adjoint_a adjoint_b a_is_sparse b_is_sparse grad_a grad_b output_type", newMatmul[float32], newMatmul[float64])
	defineOp("dot", "x1 x2", newDotOp[float32], newDotOp[float64])
	defineOp("tensordot", "x1|a x2|b axes", newTensordot[float32], newTensordot[float64])
	defineOp("outer", "x1 x2", newOuter[float32], newOuter[float64])
	defineOp("einsum", "*operands|inputs subscripts|equation", newEinsum[float32], newEinsum[float64])
}

// letters labels n axes from a letter on.
func letters(from byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = from + byte(i)
	}
	return out
}

// newMatmul is numpy's matmul: products of the last two axes, the others
// broadcast; vectors stand for a row or a column.
func newMatmul[T Float](a *opArgs) operation[T] {
	a.tensor("x1")
	a.tensor("x2")
	ta := a.bool("transpose_a", false) || a.bool("adjoint_a", false)
	tb := a.bool("transpose_b", false) || a.bool("adjoint_b", false)
	return &einsumOp[T]{labels: func(ranks []int) (*contraction, error) {
		ra, rb := ranks[0], ranks[1]
		if ra == 0 || rb == 0 {
			return nil, fmt.Errorf("matmul of a single number")
		}
		e := &contraction{}
		batch := letters('A', max(ra, rb, 2)-2)
		tail := func(rank int, vector, matrix string, transpose bool) []byte {
			if rank == 1 {
				return []byte(vector)
			}
			own := append([]byte{}, batch[len(batch)-rank+2:]...)
			if transpose {
				matrix = matrix[1:] + matrix[:1]
			}
			return append(own, matrix...)
		}
		e.a, e.b = tail(ra, "k", "mk", ta), tail(rb, "k", "kn", tb)
		e.out = append([]byte{}, batch...)
		if ra > 1 {
			e.out = append(e.out, 'm')
		}
		if rb > 1 {
			e.out = append(e.out, 'n')
		}
		return e, nil
	}}
}

// newDotOp is numpy's dot: the last axis of the first with the second to last
// of the second.
func newDotOp[T Float](a *opArgs) operation[T] {
	a.tensor("x1")
	a.tensor("x2")
	return &einsumOp[T]{labels: func(ranks []int) (*contraction, error) {
		e := &contraction{a: letters('a', ranks[0]), b: letters('A', ranks[1])}
		if ranks[0] == 0 || ranks[1] == 0 {
			e.out = append(append([]byte{}, e.a...), e.b...)
			return e, nil
		}
		at := max(ranks[1]-2, 0)
		e.out = append(append([]byte{}, e.a[:ranks[0]-1]...), e.b[:at]...)
		e.out = append(e.out, e.b[at+1:]...)
		e.a[ranks[0]-1], e.b[at] = 'z', 'z'
		return e, nil
	}}
}

func newOuter[T Float](a *opArgs) operation[T] {
	a.tensor("x1")
	a.tensor("x2")
	return &einsumOp[T]{labels: func(ranks []int) (*contraction, error) {
		if ranks[0] != 1 || ranks[1] != 1 {
			return nil, fmt.Errorf("outer of tensors that are not vectors is not supported")
		}
		return &contraction{[]byte("a"), []byte("b"), []byte("ab")}, nil
	}}
}

// newTensordot sums over pairs of axes: the last n of the first with the first
// n of the second, or two lists.
func newTensordot[T Float](a *opArgs) operation[T] {
	a.tensor("x1")
	a.tensor("x2")
	v := a.values["axes"]
	count, single := integer(v)
	if _, isList := v.([]any); isList {
		single = false
	}
	if v == nil {
		count, single = 2, true
	}
	var first, second []int
	if list, ok := v.([]any); ok && len(list) == 2 {
		var ok1, ok2 bool
		first, ok1 = intList(list[0])
		second, ok2 = intList(list[1])
		if !ok1 || !ok2 || len(first) != len(second) {
			a.errorf("argument axes=%v is not supported", v)
		}
	} else if !single {
		a.errorf("argument axes=%v is not supported", v)
	}
	return &einsumOp[T]{labels: func(ranks []int) (*contraction, error) {
		i, j := first, second
		if single {
			if count < 0 || count > ranks[0] || count > ranks[1] {
				return nil, fmt.Errorf("axes=%d does not fit inputs of %d and %d axes", count, ranks[0], ranks[1])
			}
			i, j = nil, nil
			for k := range count {
				i, j = append(i, ranks[0]-count+k), append(j, k)
			}
		}
		i, err := axesIn(i, ranks[0])
		if err != nil {
			return nil, err
		}
		if j, err = axesIn(j, ranks[1]); err != nil {
			return nil, err
		}
		e := &contraction{a: letters('a', ranks[0]), b: letters('A', ranks[1])}
		for k := range i {
			e.b[j[k]] = e.a[i[k]]
		}
		for _, l := range e.a {
			if strings.IndexByte(string(e.b), l) < 0 {
				e.out = append(e.out, l)
			}
		}
		for _, l := range e.b {
			if strings.IndexByte(string(e.a), l) < 0 {
				e.out = append(e.out, l)
			}
		}
		return e, nil
	}}
}

// newEinsum is einsum of one or two tensors.
func newEinsum[T Float](a *opArgs) operation[T] {
	a.tensors("operands")
	text := strings.ReplaceAll(a.str("subscripts", ""), " ", "")
	if len(a.operands) > 2 {
		a.errorf("einsum of %d tensors is not supported", len(a.operands))
	}
	return &einsumOp[T]{labels: func(ranks []int) (*contraction, error) { return parseEinsum(text, ranks) }}
}

// parseEinsum reads "bij,bjk->bik" for inputs of given ranks; an ellipsis
// stands for the axes that have no letter.
func parseEinsum(text string, ranks []int) (*contraction, error) {
	bad := fmt.Errorf("einsum equation %q does not fit %d inputs of %v axes", text, len(ranks), ranks)
	left, right, explicit := strings.Cut(text, "->")
	parts := strings.Split(left, ",")
	if len(parts) != len(ranks) {
		return nil, bad
	}
	labels := make([][]byte, 2)
	most := 0
	for i, part := range parts {
		own, ellipsis := strings.ReplaceAll(part, "...", ""), strings.Contains(part, "...")
		n := ranks[i] - len(own)
		if n < 0 || n > 0 && !ellipsis || n > maxRank {
			return nil, bad
		}
		most = max(most, n)
		// The last axes of an ellipsis have the last letters, digits here.
		labels[i] = []byte(strings.Replace(part, "...", string(letters('9'-byte(n)+1, n)), 1))
	}
	e := &contraction{a: labels[0], b: labels[1]}
	rest := string(letters('9'-byte(most)+1, most))
	if explicit {
		e.out = []byte(strings.Replace(right, "...", rest, 1))
	} else {
		e.out = []byte(rest)
		for l := byte('A'); l <= 'z'; l++ {
			if strings.Count(left, string(rune(l))) == 1 {
				e.out = append(e.out, l)
			}
		}
	}
	for i, l := range e.out {
		letter := l >= 'a' && l <= 'z' || l >= 'A' && l <= 'Z' || l >= '0' && l <= '9'
		if !letter || strings.IndexByte(string(e.out[:i]), l) >= 0 || strings.IndexByte(string(e.a)+string(e.b), l) < 0 {
			return nil, bad
		}
	}
	return e, nil
}
