package train

import (
	"fmt"
	"math"
)

// TerminateOnNaN is keras/src/callbacks/terminate_on_nan.py: it stops when the
// loss of a batch is not finite.
type TerminateOnNaN[T Float] struct{ Base[T] }

// BatchEnd looks at the running loss, as Keras does.
func (TerminateOnNaN[T]) BatchEnd(r *Run[T], step int, logs *Logs) error {
	if loss, _ := logs.Value("loss"); math.IsNaN(loss) || math.IsInf(loss, 0) {
		r.Stop(fmt.Sprintf("the loss is %v at step %d of epoch %d", loss, step+1, r.Epoch+1))
	}
	return nil
}
