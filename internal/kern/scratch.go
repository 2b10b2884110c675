package kern

import (
	"sync"
	"unsafe"
)

// alignedSlice returns n zeros that start on a 64-byte boundary, so that no
// vector of packed weights straddles two cache lines.
func alignedSlice[T Float](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(*new(T)))
	buf := make([]T, n+line/size)
	skip := 0
	if r := int(uintptr(unsafe.Pointer(unsafe.SliceData(buf))) % line); r != 0 {
		skip = (line - r) / size
	}
	return buf[skip : skip+n : skip+n]
}

// Aligned returns n zeros that start on a cache line. Scratch memory runs
// faster aligned; it does not have to be.
func Aligned[T Float](n int) []T { return alignedSlice[T](n) }

var pool32, pool64 sync.Pool

// borrow takes a scratch slice of n elements from a pool; giveBack returns it.
func borrow[T Float](n int) *[]T {
	pool := &pool64
	if isF32[T]() {
		pool = &pool32
	}
	if p, ok := pool.Get().(*[]T); ok && cap(*p) >= n {
		*p = (*p)[:n]
		return p
	}
	s := alignedSlice[T](max(n, 1024))[:n]
	return &s
}

func giveBack[T Float](p *[]T) {
	if isF32[T]() {
		pool32.Put(p)
	} else {
		pool64.Put(p)
	}
}
