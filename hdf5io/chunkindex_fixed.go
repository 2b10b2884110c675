package hdf5io

// fromFixedArray reads the index of datasets of a fixed size (specification VII.D).
//
//	header: "FAHD", version 1, client 1, element size 1, page bits 1, elements L,
//	        data block O, checksum 4
//	block:  "FADB", version 1, client 1, header O, then elements, checksum 4;
//	        or, with more elements than a page has: a bit for each page that is
//	        written, checksum 4, pages of elements, checksum 4
func (l *chunkList) fromFixedArray(s *scan) error {
	c, err := s.read("fixed array", l.d.layout.addr, uint64(12+s.f.lenSize+s.f.offSize))
	if err != nil {
		return err
	}
	c.checksum()
	c.signature("FAHD")
	l.client(&c)
	if n := int(c.u8()); c.err == nil && n != l.elementSize() {
		c.fail("elements of %d bytes, want %d", n, l.elementSize())
	}
	pageBits := c.u8()
	count := c.length()
	block := c.address()
	if c.err == nil && (pageBits > 30 || count > 1<<40) {
		c.fail("%d elements in pages of 2^%d", count, pageBits)
	}
	if c.err != nil || block == undefined {
		return c.err
	}
	a := &arrayReader{l: l, s: s, grid: l.arrayGrid(), unlimited: -1}
	head := uint64(6 + s.f.offSize)
	page := uint64(1) << pageBits
	if count <= page {
		b, err := s.read("fixed array data block", block, head+count*uint64(l.elementSize())+4)
		if err != nil {
			return err
		}
		b.checksum()
		l.blockHead(&b, "FADB")
		return a.elements(&b, count)
	}
	pages := (count + page - 1) / page
	head += (pages+7)/8 + 4
	b, err := s.read("fixed array data block", block, head)
	if err != nil {
		return err
	}
	b.checksum()
	l.blockHead(&b, "FADB")
	written := b.bytes(int((pages + 7) / 8))
	if b.err != nil {
		return b.err
	}
	return a.pages(block+head, count, page, pageMap{b: written})
}

// client checks version and client of an array's header or block: 0 for plain
// chunks, 1 for filtered ones.
func (l *chunkList) client(c *cursor) {
	c.version(0, 0)
	want := uint8(0)
	if len(l.d.filters) > 0 {
		want = 1
	}
	if k := c.u8(); c.err == nil && k != want {
		c.fail("client is %d, want %d", k, want)
	}
}

// blockHead checks what all blocks of an array begin with.
func (l *chunkList) blockHead(c *cursor, signature string) {
	c.signature(signature)
	l.client(c)
	if a := c.address(); c.err == nil && a != l.d.layout.addr {
		c.fail("block belongs to the array at %d, want %d", a, l.d.layout.addr)
	}
}

// arrayReader hands the elements of an array index to a chunk list, in the
// order of their indexes.
type arrayReader struct {
	l         *chunkList
	s         *scan
	grid      []uint64
	unlimited int // dimension that counts slowest, -1 if none is moved
	next      uint64
}

// elements reads n elements at a cursor.
func (a *arrayReader) elements(c *cursor, n uint64) error {
	at := make([]uint64, len(a.grid))
	for range n {
		e := a.l.element(c)
		if c.err != nil {
			return c.err
		}
		if e.addr != undefined {
			a.place(at)
			if err := a.l.add(at, e); err != nil {
				return err
			}
		}
		a.next++
	}
	return c.err
}

// place finds where in the grid the next element is.
func (a *arrayReader) place(at []uint64) {
	index := a.next
	for i := len(a.grid) - 1; i >= 0; i-- {
		if i == a.unlimited {
			continue
		}
		n := max(a.grid[i], 1)
		if i == 0 && a.unlimited < 0 {
			at[0] = index
			return
		}
		at[i] = index % n
		index /= n
	}
	if a.unlimited >= 0 {
		at[a.unlimited] = index
	}
}

// pageMap tells which pages of an array were written: a bit for each, the top
// one first, from bit first on.
type pageMap struct {
	b     []byte
	first uint64
}

func (p pageMap) has(i uint64) bool {
	i += p.first
	return p.b[i/8]&(0x80>>(i%8)) != 0
}

// pages reads count elements in pages, each with a checksum, of which those
// that were never written hold nothing.
func (a *arrayReader) pages(addr, count, page uint64, written pageMap) error {
	size := uint64(a.l.elementSize())
	for i := uint64(0); count > 0; i++ {
		n := min(page, count)
		if written.has(i) {
			c, err := a.s.read("array page", addr, n*size+4)
			if err != nil {
				return err
			}
			c.checksum()
			if err := a.elements(&c, n); err != nil {
				return err
			}
		} else {
			a.next += n
		}
		addr += n*size + 4
		count -= n
	}
	return nil
}
