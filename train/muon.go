package train

import (
	"regexp"
	"strings"
)

func init() { optimizers.add(newMuon[float32], newMuon[float64], "Muon") }

// muon is keras/src/optimizers/muon.py (Jordan 2024): matrices move along the
// orthogonalized momentum, everything else by Adam.
type muon[T Float] struct {
	adam             adam[T]
	momentum         T
	a, b, c          T
	steps            int
	nesterov         bool
	rmsRate          T
	hasRMSRate       bool
	adamRatio        T
	adamDecay        T
	hasAdamDecay     bool
	exclude          []*regexp.Regexp
	embeddings       bool
	x, gram, poly, y []T // scratch
}

func newMuon[T Float](p *params, era Era) rule[T] {
	r := &muon[T]{
		momentum:   T(p.float("momentum", 0.95)),
		a:          T(p.float("muon_a", 3.4445)),
		b:          T(p.float("muon_b", -4.775)),
		c:          T(p.float("muon_c", 2.0315)),
		steps:      p.count("ns_steps", 5),
		nesterov:   p.flag("nesterov", true),
		adamRatio:  T(p.float("adam_lr_ratio", 1)),
		embeddings: p.flag("exclude_embeddings", true),
	}
	if r.steps < 0 || r.steps > 1000 {
		p.fail("ns_steps is %d, want 0..1000", r.steps)
	}
	r.adam.moments = momentsOf[T](era, p.float("adam_beta_1", 0.9), p.float("adam_beta_2", 0.999))
	r.adam.epsilon = readEpsilon[T](p, era)
	r.hasRMSRate, r.hasAdamDecay = true, true
	if keyPresent(p.in, "rms_rate") && !p.has("rms_rate") {
		r.hasRMSRate = false
		p.ignore("rms_rate")
	} else {
		r.rmsRate = T(p.float("rms_rate", 0.2))
	}
	if keyPresent(p.in, "adam_weight_decay") && !p.has("adam_weight_decay") {
		r.hasAdamDecay = false
		p.ignore("adam_weight_decay")
	} else {
		r.adamDecay = cast[T](p, "adam_weight_decay", 0.004)
	}
	list, _ := p.in["exclude_layers"].([]any)
	p.out["exclude_layers"] = append([]any{}, list...)
	for _, x := range list {
		name, _ := x.(string)
		pattern, err := regexp.Compile(name)
		if err != nil {
			p.fail("exclude_layers: %v", err)
			continue
		}
		r.exclude = append(r.exclude, pattern)
	}
	return r
}

// byAdam is Muon._should_use_adamw.
func (r *muon[T]) byAdam(v *Variable[T]) bool {
	if len(v.Shape) != 2 || r.embeddings && strings.Contains(strings.ToLower(v.Path), "embedding") {
		return true
	}
	for _, p := range r.exclude {
		if p.MatchString(v.Path) {
			return true
		}
	}
	return false
}

func (r *muon[T]) slots() [][]slot[T] {
	return [][]slot[T]{{
		{names: slotM},
		{names: slotV, shape: func(v *Variable[T]) ([]int, bool) { return v.Shape, r.byAdam(v) }},
	}}
}

// weightDecay replaces the optimizer's own for the variables that go by Adam.
func (r *muon[T]) weightDecay(v *Variable[T]) (T, bool) {
	if !r.byAdam(v) {
		return 0, false
	}
	if !r.hasAdamDecay {
		return 0, true
	}
	return r.adamDecay, true
}

func (r *muon[T]) begin(s step[T]) {
	s.lr *= r.adamRatio
	r.adam.begin(s)
}

func (r *muon[T]) update(s step[T], v *Variable[T], w []T, g gradient[T], slots [][]T) {
	if slots[1] != nil {
		r.adam.update(s, v, w, g, slots)
		return
	}
	m, rows, cols := slots[0], v.Shape[0], v.Shape[1]
	r.x = grow(r.x, len(w))
	for i, x := range g.g {
		m[i] += x + m[i]*(r.momentum-1)
		if r.nesterov {
			r.x[i] = x + r.momentum*m[i]
		} else {
			r.x[i] = m[i]
		}
	}
	rate := T(1)
	if r.hasRMSRate {
		rate = sqrt(T(max(rows, cols))) * r.rmsRate
	}
	r.y = grow(r.y, len(w))
	if rows > cols {
		transpose(r.y, r.x, rows, cols)
		r.x, r.y = r.y, r.x
		r.orthogonalize(cols, rows)
		transpose(r.y, r.x, cols, rows)
		r.x, r.y = r.y, r.x
	} else {
		r.orthogonalize(rows, cols)
	}
	for i, u := range r.x[:len(w)] {
		w[i] -= s.lr * u * rate
	}
}

// orthogonalize runs the Newton-Schulz iteration on r.x, rows by cols with
// rows <= cols: x = a·x + (b·A + c·A²)·x with A = x·xᵀ.
func (r *muon[T]) orthogonalize(rows, cols int) {
	x := r.x[:rows*cols]
	norm := sqrt(sumSquares(x)) + 1e-7
	for i := range x {
		x[i] /= norm
	}
	r.gram, r.poly = grow(r.gram, rows*rows), grow(r.poly, rows*rows)
	for range r.steps {
		for i := range rows {
			for j := range i + 1 {
				d := dot(x[i*cols:(i+1)*cols], x[j*cols:(j+1)*cols])
				r.gram[i*rows+j], r.gram[j*rows+i] = d, d
			}
		}
		for i := range rows { // the gram matrix is symmetric: rows serve as columns
			for j := range rows {
				aa := dot(r.gram[i*rows:(i+1)*rows], r.gram[j*rows:(j+1)*rows])
				r.poly[i*rows+j] = r.b*r.gram[i*rows+j] + r.c*aa
			}
		}
		y := r.y[:rows*cols]
		for i := range rows {
			yi := y[i*cols : (i+1)*cols]
			for k, xv := range x[i*cols : (i+1)*cols] {
				yi[k] = r.a * xv
			}
			for j := range rows {
				f := r.poly[i*rows+j]
				for k, xv := range x[j*cols : (j+1)*cols] {
					yi[k] += f * xv
				}
			}
		}
		copy(x, y)
	}
}

func dot[T Float](a, b []T) T {
	var sum T
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// transpose writes the rows by cols matrix src to dst, cols by rows.
func transpose[T Float](dst, src []T, rows, cols int) {
	for i := range rows {
		for j := range cols {
			dst[j*rows+i] = src[i*cols+j]
		}
	}
}
