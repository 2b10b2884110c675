package hdf5io

type filter struct {
	id     uint16
	params []uint32
}

func (c *cursor) filterPipeline() []filter { return nil }
