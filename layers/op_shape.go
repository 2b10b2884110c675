package layers

// maxRank bounds the axes of the tensors in operation nodes.
const maxRank = 8

// strides walks over an array of a shape with several arrays beside it, each
// with a stride for every axis (0 where it is broadcast).
type strides struct {
	rank  int
	shape [maxRank]int
	by    [3][maxRank]int
}

// rowMajor returns the strides of an array of a shape.
func rowMajor(shape []int) (s [maxRank]int) {
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = n
		n *= shape[i]
	}
	return s
}

// along returns the strides of an array of shape small when it is broadcast to
// rank axes of a larger shape.
func along(small []int, rank int) (s [maxRank]int) {
	n := 1
	for i := len(small) - 1; i >= 0; i-- {
		if small[i] != 1 {
			s[i+rank-len(small)] = n
		}
		n *= small[i]
	}
	return s
}

// rows calls f for every row of the last axis with the row's place in each of
// the arrays.
func (s *strides) rows(f func(at [3]int)) {
	var count [maxRank]int
	var at [3]int
	for i := range s.rank {
		if s.shape[i] == 0 {
			return
		}
	}
	for {
		f(at)
		axis := s.rank - 2
		for ; axis >= 0; axis-- {
			count[axis]++
			for k := range at {
				at[k] += s.by[k][axis]
			}
			if count[axis] < s.shape[axis] {
				break
			}
			for k := range at {
				at[k] -= count[axis] * s.by[k][axis]
			}
			count[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}

// width is the length of a row.
func (s *strides) width() int {
	if s.rank == 0 {
		return 1
	}
	return s.shape[s.rank-1]
}

// step is how far array k moves along a row.
func (s *strides) step(k int) int {
	if s.rank == 0 {
		return 0
	}
	return s.by[k][s.rank-1]
}

// broadcastShapes is the numpy broadcast of two shapes of any ranks, -1 for an
// axis of unknown size.
func broadcastShapes(a, b []int) ([]int, error) {
	rank := max(len(a), len(b))
	return broadcastShape(leadingOnes(a, rank), leadingOnes(b, rank))
}

func leadingOnes(s []int, rank int) []int {
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	copy(out[rank-len(s):], s)
	return out
}
