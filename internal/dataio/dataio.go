// Package dataio reads and writes the data that models take and give: npy, npz,
// csv, json, ndjson and (to read) parquet files, as named arrays.
package dataio
