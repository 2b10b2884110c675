package train

func init() {
	regularizers.add(newOrthogonal[float32], newOrthogonal[float64], "OrthogonalRegularizer")
}

// orthogonal is factor·½·Σ|offdiag(ŵ·ŵᵀ)| / (n(n-1)/2) over the n rows of a
// matrix, or its columns in mode "columns", each scaled to length 1.
type orthogonal[T Float] struct {
	factor  T
	columns bool
}

func newOrthogonal[T Float](p *params) Regularizer[T] {
	r := &orthogonal[T]{factor: T(p.float("factor", 0.01))}
	switch mode := p.text("mode", "rows"); mode {
	case "rows":
	case "columns":
		r.columns = true
	default:
		p.fail("mode is %q, want rows or columns", mode)
	}
	return r
}

// unit returns the normalized vectors (n of dim), their norms, and n and dim.
// keras.utils.normalize leaves a zero vector alone.
func (r *orthogonal[T]) unit(w []T, shape []int) (u, norm []T, n, dim int) {
	if len(shape) != 2 {
		return nil, nil, 0, 0
	}
	n, dim = shape[0], shape[1]
	u = make([]T, len(w))
	copy(u, w)
	if r.columns {
		n, dim = dim, n
		transpose(u, w, shape[0], shape[1])
	}
	norm = make([]T, n)
	for i := range n {
		row := u[i*dim : (i+1)*dim]
		norm[i] = max(sqrt(sumSquares(row)), 1e-12)
		for k := range row {
			row[k] /= norm[i]
		}
	}
	return u, norm, n, dim
}

func (r *orthogonal[T]) Loss(w []T, shape []int) T {
	u, _, n, dim := r.unit(w, shape)
	if n < 2 {
		return 0
	}
	var sum T
	for i := range n {
		for j := range i {
			d := dot(u[i*dim:(i+1)*dim], u[j*dim:(j+1)*dim])
			sum += max(d, -d)
		}
	}
	return r.factor * sum / (T(n) * T(n-1) / 2)
}

func (r *orthogonal[T]) Gradient(w []T, shape []int, grad []T) {
	u, norm, n, dim := r.unit(w, shape)
	if n < 2 {
		return
	}
	scale := r.factor / (T(n) * T(n-1) / 2)
	du := make([]T, dim)
	for i := range n {
		ui := u[i*dim : (i+1)*dim]
		clear(du)
		for j := range n {
			if j == i {
				continue
			}
			uj := u[j*dim : (j+1)*dim]
			s := sign(dot(ui, uj))
			for k := range du {
				du[k] += s * uj[k]
			}
		}
		along := dot(du, ui)
		for k := range du {
			g := scale * (du[k] - along*ui[k]) / norm[i]
			if r.columns {
				grad[k*n+i] += g
			} else {
				grad[i*dim+k] += g
			}
		}
	}
}
