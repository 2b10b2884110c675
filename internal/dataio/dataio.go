// Package dataio reads and writes the data that models take and give: npy, npz,
// csv, json and ndjson files, as named arrays.
package dataio
