package hdf5io

// Limits bound what a file can make the reader do. They hold for each call of
// an exported function on its own, so that a long-lived [File] never runs dry.
type Limits struct {
	MetadataBytes int64 // structures read by one call (headers, trees, heaps)
	ValueBytes    int64 // one attribute value, one variable-length value
	Objects       int   // objects met by one Walk, links of one group, attributes of one object
	Chunks        int   // stored chunks of one dataset
}

// DefaultLimits returns the limits that a new [File] has. They leave room for
// far larger files than Keras writes.
func DefaultLimits() Limits {
	return Limits{
		MetadataBytes: 256 << 20,
		ValueBytes:    64 << 20,
		Objects:       100_000,
		Chunks:        4 << 20,
	}
}

// Bounds that no valid file comes near, or that libhdf5 has as well.
const (
	maxRank         = 32   // H5S_MAX_RANK
	maxFilters      = 32   // H5Z_MAX_NFILTERS
	maxHeaderBlocks = 1024 // continuation blocks of one object header
	maxTreeDepth    = 64   // levels of a B-tree
	maxTypeDepth    = 32   // datatypes inside datatypes
	maxTypeMembers  = 1 << 16
	maxLinkHops     = 16   // H5L_NUM_LINKS
	maxNesting      = 1000 // groups inside groups
)

// A dataset or a chunk may be larger than what the file stores for it, by
// compression or because it is filled and never written. Below bombFloor bytes
// that is always accepted, above it only up to bombRatio times the stored
// bytes; deflate cannot reach more than 1032.
const (
	bombFloor = 16 << 20
	bombRatio = 1100
)

// checkExpansion refuses data that is far larger than what is stored for it.
func checkExpansion(what string, size, stored uint64) error {
	if size <= bombFloor {
		return nil
	}
	limit, ok := mulSize(stored, bombRatio)
	if ok && size > limit {
		return &LimitError{What: what + " (bytes, against what the file stores)", Found: size, Limit: max(limit, bombFloor)}
	}
	return nil
}
