// Package hdf5io reads and writes HDF5 files in pure Go. It needs nothing but
// the standard library and knows nothing of Keras.
//
// # Reading
//
// [Open] opens a file, [NewFile] anything that is an [io.ReaderAt]. From
// [File.Root] on, groups and datasets are found by path, [Walk] visits all of
// them. Numbers come as Go slices of the wanted type from [Read] and
// [ReadSlab], strings from [ReadStrings], bytes as they are from
// [Dataset.ReadRaw], and elements of any type from [Values]. Chunks are
// decompressed by several goroutines at once; a File may be used by many.
//
// What is read is right, or an error says why not, with the path and the byte
// offset: a [FormatError] for a file that is broken, an [UnsupportedError] for
// what is legal but not done, a [LimitError] for what would take more memory
// or time than the file deserves ([Limits]). An object that cannot be read
// never hides its neighbours. All checksums are verified.
//
// No other file is ever opened: external links, external storage and virtual
// datasets are refused by name.
//
// These are the features of the format, with the fixtures in testdata that
// show how this package does on each; a test holds the table. Fixtures marked
// * exist in the forms of the earliest and the latest version of the library.
//
//	feature                              result    fixtures
//	superblock v0, v3                    reads     superblock*
//	superblock v1                        reads     superblock_v1
//	superblock v2                        reads     superblock_v2
//	superblock extension, paged space    reads     fspace_paged_latest
//	user block                           reads     userblock*
//	2-byte, 4-byte offsets and lengths   reads     sizes_2_2 sizes_4_4*
//	object header v1, v2, continued      reads     header_continuation*
//	symbol-table group, 600 links        reads     group_old_600
//	compact links                        reads     group_compact_links_latest
//	dense links                          reads     group_dense_links_latest group_dense_links_deep_latest
//	dense links in a filtered heap       reads     group_dense_filtered_latest
//	creation order tracked               reads     group_track_order*
//	soft link                            reads     links_soft*
//	external link                        refuses   links_external*
//	hard-link cycle                      reads     links_hard_cycle*
//	UTF-8 names, backslashes             reads     utf8_names*
//	attributes in the header             reads     attr_kinds*
//	committed datatype                   reads     committed_dtype*
//	dense attributes                     reads     attr_dense_latest
//	attribute over 64 KB                 reads     attr_large_dense_latest attr_dense_filtered_large_latest
//	shared message table                 reads     sohm_list* sohm_btree*
//	integers, both byte orders           reads     dt_ints* dt_int_bits
//	float16, 32, 64, extended            reads     dt_floats*
//	bfloat16, also opaque as in Keras    reads     dt_bfloat16
//	bool, enumeration                    reads     dt_bool dt_enum*
//	strings of fixed length              reads     dt_str*
//	strings of variable length           reads     dt_str* vlen_big_gheap
//	compound, complex pair               reads     dt_compound* dt_complex*
//	complex of HDF5 2                    reads     dt_complex_native_v200
//	array                                reads     dt_array*
//	variable-length sequence             reads     dt_vlen*
//	object, region reference             reads     dt_ref*
//	opaque                               reads     dt_opaque
//	bitfield, time                       reads     dt_bitfield dt_time
//	compact layout                       reads     lay_compact*
//	contiguous layout                    reads     lay_contiguous*
//	layout v1                            reads     lay_v1
//	chunks, B-tree v1                    reads     chunk_btree_v1 chunk_btree_v1_deep
//	single chunk                         reads     chunk_single_latest
//	implicit index                       reads     chunk_implicit_latest
//	fixed array, paged                   reads     chunk_fixed_array_latest chunk_fixed_array_paged_latest
//	extensible array, paged              reads     chunk_ext_array_latest chunk_ext_array_large_latest
//	chunks, B-tree v2                    reads     chunk_btree_v2_latest chunk_btree_v2_deep_latest
//	chunks left from before a shrink     reads     chunk_shrunk*
//	unfiltered edge chunks               reads     chunk_edges_unfiltered_latest
//	64-bit chunk sizes of HDF5 2         reads     chunks_64_bit_v200
//	deflate, shuffle                     reads     filt_deflate*
//	fletcher32, verified                 reads     filt_fletcher32*
//	lzf                                  reads     filt_lzf*
//	scaleoffset                          reads     filt_scaleoffset*
//	nbit                                 reads     filt_nbit*
//	szip                                 reads     filt_szip
//	filter skipped by chunk mask         reads     filter_mask_skipped*
//	any other filter                     refuses   filt_unknown
//	external storage                     refuses   external_storage*
//	virtual dataset                      refuses   virtual_dataset*
//	fill value                           reads     fill_values*
//	null and empty dataspace             reads     empty_and_zero*
//
// Refused as well, with an UnsupportedError: metadata cache images, the
// references of HDF5 1.12, floats in the byte order of the VAX as numbers.
//
// # Writing
//
// A [Writer] makes the plain form that every Keras file has, which all versions
// of the HDF5 library read: the same content always gives the same bytes, and
// a file on disk is replaced in one step.
//
// The source files are named after the structures of the HDF5 File Format
// Specification, version 3.0, whose chapters the comments cite.
package hdf5io
