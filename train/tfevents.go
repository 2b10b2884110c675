package train

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"
)

// eventFile is a file of TensorFlow event records: each a little-endian length, a
// masked CRC-32C of the length, the protocol buffer tensorflow.Event, and a
// masked CRC-32C of it (tensorflow/core/lib/io/record_writer.cc).
type eventFile struct{ file io.WriteCloser }

// event is the part of tensorflow.Event that we write: the version of the file,
// or one scalar.
type event struct {
	wall    time.Time
	version string
	step    int64
	tag     string
	value   float32
}

func (e *eventFile) write(ev event) error {
	data := ev.marshal()
	record := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	record = binary.LittleEndian.AppendUint32(record, maskedCRC(record))
	record = append(record, data...)
	record = binary.LittleEndian.AppendUint32(record, maskedCRC(data))
	if _, err := e.file.Write(record); err != nil {
		return fmt.Errorf("train: TensorBoard: %w", err)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func maskedCRC(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// marshal writes wall_time = 1, step = 2, file_version = 3 or summary = 5 with
// one Summary.Value (tag = 1, tensor = 8, metadata = 9 naming the plugin
// "scalars"), as tf.summary.scalar does.
func (ev event) marshal() []byte {
	var b []byte
	b = append(b, 1<<3|1)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(ev.wall.UnixMicro())/1e6))
	if ev.step != 0 {
		b = binary.AppendUvarint(append(b, 2<<3), uint64(ev.step))
	}
	if ev.version != "" {
		return protoBytes(b, 3, []byte(ev.version))
	}
	// TensorProto: dtype = 1 (DT_FLOAT = 1), tensor_shape = 2 (a scalar),
	// float_val = 5.
	tensor := protoBytes([]byte{1 << 3, 1}, 2, nil)
	tensor = protoBytes(tensor, 5, binary.LittleEndian.AppendUint32(nil, math.Float32bits(ev.value)))
	plugin := protoBytes(nil, 1, []byte("scalars"))
	metadata := protoBytes(nil, 1, plugin)
	metadata = append(metadata, 4<<3, 1) // data_class = 4: DATA_CLASS_SCALAR
	value := protoBytes(nil, 1, []byte(ev.tag))
	value = protoBytes(value, 8, tensor)
	value = protoBytes(value, 9, metadata)
	return protoBytes(b, 5, protoBytes(nil, 1, value))
}

// protoBytes appends a length-delimited field.
func protoBytes(b []byte, field int, data []byte) []byte {
	b = binary.AppendUvarint(b, uint64(field)<<3|2)
	b = binary.AppendUvarint(b, uint64(len(data)))
	return append(b, data...)
}
