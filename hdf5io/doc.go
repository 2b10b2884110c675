// Package hdf5io reads and writes HDF5 files in pure Go.
//
// The files of the package are named after the structures of the HDF5 File
// Format Specification, version 3.0, whose chapters the comments cite.
package hdf5io
