package hdf5io

import "math"

// dataspace is the shape of a dataset or an attribute (specification IV.A.2.b).
type dataspace struct {
	null bool // no elements and no shape
	dims []int
	max  []uint64 // greatest sizes, undefined if unlimited
	n    uint64   // number of elements
}

// dataspace decodes a dataspace message.
//
//	v1: version 1, rank 1, flags 1, reserved 5, dims L each, [max dims], [permutation]
//	v2: version 1, rank 1, flags 1, type 1, dims L each, [max dims]
func (c *cursor) dataspace() dataspace {
	version := c.version(1, 2)
	rank := int(c.u8())
	flags := c.u8()
	kind := c.u8()
	if version == 1 {
		c.skip(4)
		kind = 1
	}
	ds := dataspace{n: 1}
	switch {
	case c.err != nil:
	case rank > maxRank:
		c.fail("rank is %d, at most %d is allowed", rank, maxRank)
	case version == 2 && kind > 2:
		c.fail("dataspace type is %d, want 0, 1 or 2", kind)
	case version == 2 && kind != 1 && rank != 0:
		c.fail("rank is %d in a dataspace without dimensions", rank)
	case version == 2 && kind == 2:
		ds.null, ds.n = true, 0
	}
	if c.err != nil {
		return ds
	}
	ds.dims = make([]int, rank)
	for i := range ds.dims {
		d := c.length()
		if d > math.MaxInt {
			c.fail("dimension %d is %d", i, d)
			return ds
		}
		ds.dims[i] = int(d)
		var ok bool
		if ds.n, ok = mulSize(ds.n, d); !ok {
			c.fail("the number of elements does not fit 63 bits")
			return ds
		}
	}
	for _, d := range ds.dims {
		m := uint64(d)
		if flags&1 != 0 {
			if m = c.length(); m == 1<<(8*c.lenSize)-1 {
				m = undefined
			}
			if c.err == nil && m < uint64(d) {
				c.fail("maximum size %d is below the size %d", m, d)
			}
		}
		ds.max = append(ds.max, m)
	}
	return ds
}
