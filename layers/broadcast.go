package layers

import "fmt"

// broadcastOp says what broadcast does with a number of the big array and the
// number of the small array that stands over it.
type broadcastOp int

const (
	opSet    broadcastOp = iota // big = small
	opAdd                       // big += small
	opSub                       // big -= small
	opMul                       // big *= small
	opMax                       // big = max(big, small), NaN if either is
	opMin                       // big = min(big, small), NaN if either is
	opReduce                    // small += big, the gradient of broadcasting
)

// broadcast applies op to big and to small as numpy would broadcast it; both
// shapes have the same rank, and an axis of small is as long as that of big, or 1.
func broadcast[T Float](op broadcastOp, big []T, shape []int, small []T, smallShape []int) {
	switch {
	case len(big) == 0:
	case len(big) == len(small):
		broadcastEqual(op, big, small)
	case len(small) == 1:
		broadcastScalar(op, big, &small[0])
	default:
		n := shape[0]
		b, s := len(big)/n, len(small)/smallShape[0]
		for i := range n {
			at := 0
			if smallShape[0] > 1 {
				at = i * s
			}
			broadcast(op, big[i*b:(i+1)*b], shape[1:], small[at:at+s], smallShape[1:])
		}
	}
}

func broadcastEqual[T Float](op broadcastOp, big, small []T) {
	small = small[:len(big)]
	switch op {
	case opSet:
		copy(big, small)
	case opAdd:
		for i, v := range small {
			big[i] += v
		}
	case opSub:
		for i, v := range small {
			big[i] -= v
		}
	case opMul:
		for i, v := range small {
			big[i] *= v
		}
	case opMax:
		for i, v := range small {
			big[i] = max(big[i], v)
		}
	case opMin:
		for i, v := range small {
			big[i] = min(big[i], v)
		}
	case opReduce:
		for i, v := range big {
			small[i] += v
		}
	}
}

func broadcastScalar[T Float](op broadcastOp, big []T, small *T) {
	v := *small
	switch op {
	case opSet:
		for i := range big {
			big[i] = v
		}
	case opAdd:
		for i := range big {
			big[i] += v
		}
	case opSub:
		for i := range big {
			big[i] -= v
		}
	case opMul:
		for i := range big {
			big[i] *= v
		}
	case opMax:
		for i := range big {
			big[i] = max(big[i], v)
		}
	case opMin:
		for i := range big {
			big[i] = min(big[i], v)
		}
	case opReduce:
		for _, b := range big {
			v += b
		}
		*small = v
	}
}

// broadcastShape is the shape of the broadcast of two shapes of the same rank,
// -1 for an axis of unknown size.
func broadcastShape(a, b []int) ([]int, error) {
	if len(a) != len(b) {
		return nil, fmt.Errorf("shapes %s and %s have different ranks", ShapeString(a), ShapeString(b))
	}
	out := make([]int, len(a))
	for i, n := range a {
		m := b[i]
		switch {
		case n == m || m == 1:
			out[i] = n
		case n == 1:
			out[i] = m
		case n < 0:
			out[i] = m
		case m < 0:
			out[i] = n
		default:
			return nil, fmt.Errorf("shapes %s and %s do not fit together at axis %d", ShapeString(a), ShapeString(b), i)
		}
	}
	return out, nil
}
