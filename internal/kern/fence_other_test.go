//go:build !linux

package kern

import "testing"

// fenced has no fence on this system.
func fenced(t testing.TB, n int, before bool) []float32 { return make([]float32, n) }
