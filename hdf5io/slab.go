package hdf5io

// slab is a rectangle of a dataset, seen against the grid of its chunks.
type slab struct {
	start, count []int // in elements
	dims         []int // of the dataset
	chunk        []int // of a chunk
	grid         []uint64
	first, last  []uint64 // chunks that the slab meets, along each dimension
	lowest       uint64   // chunk numbers that bound them
	highest      uint64
	chunks       uint64 // how many the slab meets
	element      int    // bytes
}

func newSlab(d *Dataset, start, count []int) *slab {
	g := &slab{start: start, count: count, dims: d.space.dims, chunk: d.layout.chunk.dims, element: d.typ.Size, chunks: 1}
	for i, c := range g.chunk {
		grid := ceilDiv(uint64(g.dims[i]), uint64(c))
		first, last := uint64(start[i]/c), uint64((start[i]+count[i]-1)/c)
		g.grid = append(g.grid, grid)
		g.first, g.last = append(g.first, first), append(g.last, last)
		g.lowest = g.lowest*grid + first
		g.highest = g.highest*grid + last
		g.chunks *= last - first + 1
	}
	return g
}

// at returns the place of a chunk in the grid.
func (g *slab) at(number uint64) []uint64 {
	at := make([]uint64, len(g.grid))
	placeOf(number, g.grid, at)
	return at
}

// meets reports whether a chunk has elements of the slab.
func (g *slab) meets(number uint64) bool {
	for i := len(g.grid) - 1; i >= 0; i-- {
		at := number % g.grid[i]
		if at < g.first[i] || at > g.last[i] {
			return false
		}
		number /= g.grid[i]
	}
	return true
}

// isEdge reports whether a chunk reaches over the edge of the dataset.
func (g *slab) isEdge(at []uint64) bool {
	for i, c := range g.chunk {
		if g.dims[i]-int(at[i])*c < c {
			return true
		}
	}
	return false
}

// copy takes from the data of a chunk what belongs to the slab p.
func (g *slab) copy(p, data []byte, at []uint64) {
	rank := len(g.chunk)
	lo, n := make([]int, rank), make([]int, rank) // what is shared, in elements of the dataset
	for i, c := range g.chunk {
		begin := int(at[i]) * c
		lo[i] = max(begin, g.start[i])
		n[i] = begin - lo[i] + min(c, g.start[i]+g.count[i]-begin)
	}
	// Trailing dimensions that are whole on both sides join the run.
	k := rank - 1
	run := n[k] * g.element
	for k > 0 && n[k] == g.chunk[k] && n[k] == g.count[k] {
		k--
		run *= n[k]
	}
	i := make([]int, k)
	for {
		from, to := 0, 0
		for j := range rank {
			x := lo[j]
			if j < k {
				x += i[j]
			}
			from = from*g.chunk[j] + x - int(at[j])*g.chunk[j]
			to = to*g.count[j] + x - g.start[j]
		}
		from, to = from*g.element, to*g.element
		copy(p[to:to+run], data[from:from+run])
		j := k - 1
		for ; j >= 0; j-- {
			if i[j]++; i[j] < n[j] {
				break
			}
			i[j] = 0
		}
		if j < 0 {
			return
		}
	}
}
