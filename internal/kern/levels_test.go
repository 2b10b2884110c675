//go:build !amd64 || purego

package kern

import "testing"

// eachLevel runs a test once: there is only portable code.
func eachLevel(t *testing.T, f func(t *testing.T)) { f(t) }

// forLevels is eachLevel without subtests.
func forLevels(f func()) { f() }
