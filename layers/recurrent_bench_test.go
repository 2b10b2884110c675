package layers

import (
	"fmt"
	"testing"
)

// stack is the recurrent part of model S: three LSTM layers of 50 units over 60
// time steps of one feature.
type stack struct {
	c      Context[float32]
	layers []Layer[float32]
	calls  []*Call[float32]
	x      *Tensor[float32]
}

func newStack(b *testing.B, batch int) *stack {
	s := &stack{x: &Tensor[float32]{Shape: []int{batch, 60, 1}, Data: make([]float32, batch*60)}}
	for i := range s.x.Data {
		s.x.Data[i] = float32(i%17)/17 - 0.5
	}
	in := s.x.Spec()
	var grads [][]float32
	for i := range 3 {
		l, err := New[float32](NewConfig("LSTM", "", options{"units": 50.0, "return_sequences": i < 2}, keras3))
		if err != nil {
			b.Fatal(err)
		}
		site := &Site{In: []Spec{in}, Args: Args{}}
		out, err := l.Build(site)
		if err != nil {
			b.Fatal(err)
		}
		in = out[0]
		for _, p := range l.Params() {
			p.Data = make([]float32, Product(p.Shape))
			for j := range p.Data {
				p.Data[j] = float32(j*7919%101)/500 - 0.1
			}
			p.Index = len(grads)
			grads = append(grads, make([]float32, len(p.Data)))
		}
		l.(Preparer).Prepare()
		s.layers = append(s.layers, l)
		s.calls = append(s.calls, &Call[float32]{Site: site})
	}
	s.c.UseGrads(grads)
	return s
}

func (s *stack) forward(b *testing.B) {
	s.c.Reset()
	x := s.x
	for i, l := range s.layers {
		s.calls[i].SetIn(x)
		if err := l.Forward(&s.c, s.calls[i]); err != nil {
			b.Fatal(err)
		}
		x = s.calls[i].Out[0]
	}
}

func (s *stack) backward(b *testing.B) {
	d := s.c.New(s.calls[2].Out[0].Shape...)
	for i := range d.Data {
		d.Data[i] = 0.01
	}
	for i := 2; i >= 0; i-- {
		s.calls[i].SetDOut(d)
		if err := s.layers[i].(Backwarder[float32]).Backward(&s.c, s.calls[i]); err != nil {
			b.Fatal(err)
		}
		d = s.calls[i].DIn[0]
	}
}

func BenchmarkLSTM(b *testing.B) {
	for _, batch := range []int{1, 32, 256} {
		s := newStack(b, batch)
		b.Run(fmt.Sprintf("forward/batch=%d", batch), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.forward(b)
			}
		})
		s.c.Training = true
		b.Run(fmt.Sprintf("training/batch=%d", batch), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.forward(b)
				s.backward(b)
			}
		})
	}
}
