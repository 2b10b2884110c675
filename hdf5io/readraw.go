package hdf5io

import "fmt"

// ReadRaw reads all elements into p, which must have [Dataset.Size] bytes, in
// the byte order and type of the file, the last dimension varying fastest.
// Contiguous data is read straight into p.
func (d *Dataset) ReadRaw(p []byte) error {
	if uint64(len(p)) != d.size {
		return fmt.Errorf("hdf5io: %s: buffer of %d bytes, want %d", d.path, len(p), d.size)
	}
	start := make([]int, len(d.space.dims))
	return withPath(d.read(start, d.space.dims, p), d.path)
}

// ReadRawSlab reads the elements from start on, count of them along each
// dimension, as [Dataset.ReadRaw] does. p has the bytes of that many elements.
func (d *Dataset) ReadRawSlab(start, count []int, p []byte) error {
	n, err := d.slabSize(start, count)
	if err != nil {
		return err
	}
	if want := n * uint64(d.typ.Size); uint64(len(p)) != want {
		return fmt.Errorf("hdf5io: %s: buffer of %d bytes, want %d", d.path, len(p), want)
	}
	return withPath(d.read(start, count, p), d.path)
}

// slabSize checks a hyperslab and returns its number of elements.
func (d *Dataset) slabSize(start, count []int) (uint64, error) {
	dims := d.space.dims
	if len(start) != len(dims) || len(count) != len(dims) {
		return 0, fmt.Errorf("hdf5io: %s: slab of rank %d and %d in a dataset of rank %d", d.path, len(start), len(count), len(dims))
	}
	n := uint64(1)
	if d.space.null {
		n = 0
	}
	for i, size := range dims {
		if start[i] < 0 || count[i] < 0 || start[i] > size || count[i] > size-start[i] {
			return 0, fmt.Errorf("hdf5io: %s: slab %v + %v is outside the shape %v", d.path, start, count, dims)
		}
		n *= uint64(count[i])
	}
	return n, nil
}

// read reads a checked slab into p.
func (d *Dataset) read(start, count []int, p []byte) error {
	if d.refused != nil {
		return d.refused
	}
	if len(p) == 0 {
		return nil
	}
	switch d.layout.class {
	case layoutCompact:
		d.eachRun(start, count, func(from, n uint64, to int) error {
			copy(p[to:], d.layout.compact[from:from+n])
			return nil
		})
		return nil
	case layoutContiguous:
		if d.layout.addr == undefined {
			if err := checkExpansion("data that is not stored", uint64(len(p)), 0); err != nil {
				return err
			}
			fillWith(p, d.fill)
			return nil
		}
		return d.eachRun(start, count, func(from, n uint64, to int) error {
			return d.f.readAt(p[to:to+int(n)], d.f.base+int64(d.layout.addr+from))
		})
	}
	return d.readChunks(start, count, p)
}

// eachRun calls fn for each stretch of bytes of a slab that is contiguous in
// the dataset: n bytes at byte from of the dataset are byte to of the slab.
func (d *Dataset) eachRun(start, count []int, fn func(from, n uint64, to int) error) error {
	dims := d.space.dims
	// Trailing dimensions that are read whole join the run.
	k := len(dims)
	run := uint64(d.typ.Size)
	for k > 0 && count[k-1] == dims[k-1] {
		k--
		run *= uint64(dims[k])
	}
	if k > 0 {
		k--
		run *= uint64(count[k])
	}
	at := make([]int, k)
	for to := 0; ; to += int(run) {
		from := uint64(0)
		for i, size := range dims {
			from = from*uint64(size) + uint64(start[i])
			if i < k {
				from += uint64(at[i])
			}
		}
		if err := fn(from*uint64(d.typ.Size), run, to); err != nil {
			return err
		}
		i := k - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < count[i] {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

// fillWith repeats value over p; nil means zero.
func fillWith(p, value []byte) {
	if len(value) == 0 {
		clear(p)
		return
	}
	for n := copy(p, value); n < len(p); n *= 2 {
		copy(p[n:], p[:n])
	}
}
