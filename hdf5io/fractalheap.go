package hdf5io

type fractalHeap struct{}

func (s *scan) fractalHeap(addr uint64) (*fractalHeap, error) {
	return nil, &UnsupportedError{Feature: "fractal heap", Offset: s.f.base + int64(addr)}
}
func (h *fractalHeap) object(id []byte) ([]byte, int64, error) { return nil, 0, nil }

func (s *scan) denseLinks(m message, links []Link) ([]Link, error) {
	c := s.cursor(m, "")
	c.skip(1)
	if f := c.u8(); f&1 != 0 {
		c.skip(8)
	}
	if a := c.address(); a == undefined {
		return links, nil
	}
	return nil, &UnsupportedError{Feature: "dense links"}
}
func (s *scan) denseAttributes(m message) ([]message, error) {
	c := s.cursor(m, "")
	c.skip(1)
	if f := c.u8(); f&1 != 0 {
		c.skip(2)
	}
	if a := c.address(); a == undefined {
		return nil, nil
	}
	return nil, &UnsupportedError{Feature: "dense attributes"}
}
